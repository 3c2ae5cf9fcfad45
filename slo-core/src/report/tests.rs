//! Golden files of every format; `BLESS=1 cargo test -p slo-core` writes them anew.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use promql_client::{Labels, Timestamp};

use super::*;
use crate::data::Required;
use crate::evaluate::{Evaluation, Failure, Measurement, Outcome, Remarks, Source, judge};
use crate::history::{Bucket, History};
use crate::sli::{IstioService, Leg, ProbeSli, Sli, ThroughputSli};
use crate::slo::{Name, Slo};

mod shown;

const STEP: Duration = Duration::from_secs(300);

fn at() -> Timestamp {
    Timestamp::from_secs(1_795_435_200)
}

fn slo(service: &str, name: &str, objective: &str, window: &str, sli: Sli) -> Slo {
    Slo::new(
        Name::new(service).unwrap(),
        Name::new(name).unwrap(),
        objective.parse().unwrap(),
        window.parse().unwrap(),
        sli,
    )
}

fn availability() -> Sli {
    Sli::Events(
        IstioService::service("checkout", "shop")
            .availability()
            .unwrap(),
    )
}

/// An evaluation of buckets that are made by their distance from the end.
fn evaluated(slo: Slo, bucket: impl Fn(u32) -> Option<(f64, f64)>) -> Evaluation {
    let period = slo.window.at(at()).unwrap();
    let reach = period.elapsed().max(Duration::from_secs(3 * 86_400));
    let n = (reach.as_secs() / 300) as u32;
    let buckets = (0..n)
        .rev()
        .map(|ago| bucket(ago).map(|(bad, total)| Bucket { bad, total }));
    let measured = Measurement::from_history(History::new(at(), STEP, buckets.collect()));
    let within = (period.elapsed().as_secs() / 300) as u32;
    let covered = (0..within).filter(|ago| bucket(*ago).is_some()).count();
    Evaluation {
        outcome: judge(&slo, &period, &measured, &Required::default()),
        slo: Arc::new(slo),
        group: Labels::empty(),
        source: Source::Raw,
        period: Some(period),
        coverage: covered as f64 / f64::from(within),
        warnings: Vec::new(),
        remarks: Remarks::default(),
    }
}

/// One of everything.
fn mesh() -> Vec<Evaluation> {
    let mut kept = slo("checkout", "availability", "99.9", "30d", availability());
    kept.description = Some("Customers can pay".to_owned());
    kept.labels
        .insert("team".to_owned(), "pay|ments".to_owned());
    kept.group_by = vec!["version".to_owned()];
    let mut kept = evaluated(kept, |ago| {
        Some((if ago % 9 == 0 { 1.0 } else { 0.0 }, 1000.0))
    });
    kept.group = Labels::from_pairs([("version", "v<2>")]);

    let burning = slo("search", "availability", "99.9", "30d", availability());
    let burning = evaluated(burning, |ago| {
        Some((if ago < 14 { 50.0 } else { 0.0 }, 1000.0))
    });

    let broken = slo("cart", "latency", "99", "7d", {
        Sli::Events(
            IstioService::service("cart", "shop")
                .latency(100.0)
                .unwrap(),
        )
    });
    let broken = evaluated(broken, |ago| match ago {
        300..500 => None,
        900..1000 => Some((300.0, 1000.0)),
        ago => Some((f64::from(ago % 7), 1000.0)),
    });

    let floor = ThroughputSli::new(
        Leg::counter(promql_client::Selector::metric("orders_total")),
        1.0,
    );
    let monthly = slo(
        "orders",
        "throughput",
        "99",
        "month Europe/Berlin",
        Sli::Throughput(floor.unwrap()),
    );
    let monthly = evaluated(monthly, |ago| {
        Some((0.0, if ago % 500 == 3 { 10.0 } else { 900.0 }))
    });

    let success = promql_client::Selector::metric("probe_success");
    let probe = slo(
        "login",
        "probe",
        "99.5",
        "28d",
        Sli::Probe(ProbeSli { success }),
    );
    let probe = evaluated(probe, |ago| Some((if ago == 600 { 0.5 } else { 0.0 }, 1.0)));

    let quiet = slo("batch", "availability", "99", "30d", availability());
    let mut quiet = evaluated(quiet, |_| None);
    quiet
        .warnings
        .push("no series match the SLI's queries".to_owned());

    let failed = slo("mail", "availability", "99", "30d", availability());
    let mut failed = evaluated(failed, |_| None);
    failed.outcome = Outcome::Failed(Failure::Backend {
        what: "the total's query",
        source: Arc::new(promql_client::Error::Unavailable {
            status: 503,
            message: "<html>, \"sorry\" & bye".to_owned(),
            retry_after: None,
        }),
    });
    vec![
        kept,
        burning,
        broken,
        monthly,
        probe,
        stale(),
        quiet,
        failed,
    ]
}

/// Its scrapes ended 23 h ago.
fn stale() -> Evaluation {
    let stale = slo("stock", "availability", "99", "30d", availability());
    evaluated(stale, |ago| (ago >= 23 * 12).then_some((0.0, 1000.0)))
}

fn golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/report/golden")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{name} differs; look at what BLESS=1 makes of it:\n{actual}"
    );
}

fn report() -> Report {
    Report::new(at(), &mesh())
}

#[test]
fn json_is_as_it_always_was() {
    let report = report();
    let json = serde_json::to_string_pretty(&report).unwrap();
    golden("report.json", &(json.clone() + "\n"));
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn the_other_formats_are_as_they_always_were() {
    let report = report();
    golden("report.md", &markdown(&report));
    golden("report.csv", &csv(&report));
    golden("burn-down.svg", &burn_down_svg(at(), &mesh()));
}

#[test]
fn the_original_figures_follow_from_the_definitions() {
    let report = report();
    let slo = |service: &str| report.slos.iter().find(|s| s.service == service).unwrap();
    // 960 of 8,640,000 with a budget of 8,640: a ninth is spent.
    let kept = slo("checkout");
    assert_eq!(kept.status, ReportStatus::Ok);
    assert_eq!(kept.compliant, Some(true));
    assert_eq!(kept.error_budget.consumed_ratio, Some(0.111_111_111_111));
    assert_eq!(kept.error_budget_remaining, Some(0.088_888_888_888_9));
    assert_eq!(kept.events.unwrap().bad, 960.0);
    // 50 of 1,000 for an hour is 50 times the budget: a page.
    let burning = slo("search");
    assert_eq!(burning.status, ReportStatus::AtRisk);
    assert_eq!(burning.burn_rate("1h"), Some(50.0));
    assert_eq!(burning.policy.as_ref().unwrap().tiers[0].firing, Some(true));
    assert_eq!(slo("cart").compliant, Some(false));
    assert_eq!(slo("login").events, None);
    assert_eq!(slo("orders").unit, "slices");
    for (service, status) in [
        ("batch", ReportStatus::NoData),
        ("mail", ReportStatus::Failed),
    ] {
        let unknown = slo(service);
        assert_eq!(unknown.status, status);
        assert_eq!((unknown.compliant, unknown.current), (None, None));
        assert_eq!(
            (unknown.error_budget_remaining, unknown.events),
            (None, None)
        );
        assert_eq!(unknown.error_budget.remaining_ratio, None);
        assert_eq!(unknown.error_budget.total_ratio, 0.01);
    }
    assert_eq!(slo("mail").error.as_ref().unwrap().kind, "unavailable");
    let Summary {
        total_slos,
        compliant,
        non_compliant,
        stale,
        no_data,
        failed,
        at_risk,
    } = report.summary;
    assert_eq!((total_slos, compliant, non_compliant), (8, 4, 1));
    assert_eq!((stale, no_data, failed, at_risk), (1, 1, 1, 1));
}

#[test]
fn nothing_spent_leaves_all_of_the_budget() {
    let slo = slo("checkout", "availability", "99.9", "30d", availability());
    let report = Report::new(at(), &[evaluated(slo, |_| Some((0.0, 10.0)))]);
    assert_eq!(report.slos[0].error_budget_remaining, Some(0.1));
    assert_eq!(report.slos[0].current, Some(100.0));
}

#[test]
fn every_row_has_every_column() {
    let text = csv(&report());
    // Quoted fields of this report hold commas, but no quotes that open another.
    let fields = |line: &str| {
        let mut quoted = false;
        1 + line
            .chars()
            .filter(|c| {
                quoted ^= *c == '"';
                *c == ',' && !quoted
            })
            .count()
    };
    let counts: Vec<usize> = text.lines().map(fields).collect();
    assert_eq!(counts, [counts[0]; 9]);
}

#[test]
fn a_burn_down_ends_where_the_budget_stands() {
    for evaluation in mesh() {
        let Some(burn_down) = BurnDown::new(&evaluation) else {
            assert!(evaluation.outcome.figures().is_none());
            continue;
        };
        let left = evaluation.outcome.figures().unwrap().budget.remaining_ratio;
        assert_eq!(burn_down.points[0].1, 1.0);
        assert_eq!(burn_down.points.last().unwrap().1, left);
        assert!(
            burn_down
                .points
                .is_sorted_by(|a, b| a.0 <= b.0 && a.1 >= b.1 - 1e-12)
        );
        let sampled = burn_down.sampled(40);
        assert_eq!((sampled.len(), sampled[0], sampled[39]), (40, 1.0, left));
    }
}
