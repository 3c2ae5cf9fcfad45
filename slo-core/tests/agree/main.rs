//! The evaluator's policy and the generated alert rules decide the same, on a thousand random series.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod player;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures::executor::block_on;
use player::{Alert, fire};
use promql_client::{Labels, MemoryBackend, Point, Selector, Series, Timestamp};
use slo_core::evaluate::{Evaluation, Options, Outcome, Source, Status, evaluate};
use slo_core::policy::{BudgetShare, PolicySpec, Severity, TierSpec, Tiers};
use slo_core::sli::{
    Budgeting, Counter, EmptySlice, EventSli, Leg, ProbeSli, RatioSli, Slice, Template,
    ThroughputSli, TimeSlices,
};
use slo_core::{Name, Sli, Slo, Window};
use testkit::RandomCounters;

const SERIES: usize = 1000;
const MINUTES: u64 = 1560;
const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);

/// An SLO over a day, so that its budget is spent quickly.
fn slo(sli: Sli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let window = Window::days(1).unwrap();
    let mut slo = Slo::new(name("api"), name("a"), "99".parse().unwrap(), window, sli);
    let tier = |severity, hours: u64, percent: u32| TierSpec {
        severity,
        long: Duration::from_secs(hours * 3600),
        budget: BudgetShare::from_millionths(percent * 10_000).unwrap(),
    };
    slo.policy = PolicySpec::new(Tiers::Exactly(vec![
        tier(Severity::Page, 1, 30),
        tier(Severity::Page, 6, 50),
        tier(Severity::Ticket, 12, 60),
    ]));
    slo
}

/// One SLO per value of `id`.
fn by_id(sli: Sli) -> Slo {
    let mut slo = slo(sli);
    slo.group_by = vec!["id".to_owned()];
    slo
}

fn requests() -> EventSli {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total))
}

fn slices(empty: EmptySlice) -> Sli {
    let mut sli = requests();
    sli.budgeting = Budgeting::TimeSlices(TimeSlices {
        slice: Slice::FIVE_MINUTES,
        target: "95".parse().unwrap(),
        empty,
    });
    Sli::Events(sli)
}

fn probe() -> Sli {
    Sli::Probe(ProbeSli {
        success: Selector::metric("probe_success").eq("job", "api"),
    })
}

fn seeded() -> MemoryBackend {
    let backend = MemoryBackend::new();
    let services = RandomCounters::generate(11, SERIES, MINUTES);
    for (id, counters) in services.iter().enumerate() {
        for series in counters.series(id, END) {
            backend.push_series(&series);
        }
        backend.push_series(&up(id, counters));
    }
    backend
}

/// A probe that succeeds in a minute with at most 5 % errors.
fn up(id: usize, counters: &RandomCounters) -> Series {
    let id = id.to_string();
    let labels = [
        ("__name__", "probe_success"),
        ("job", "api"),
        ("id", id.as_str()),
    ];
    let minutes = counters.good.windows(2).zip(counters.bad.windows(2));
    let points = minutes.enumerate().map(|(minute, (good, bad))| {
        let [good, bad] = [good[1] - good[0], bad[1] - bad[0]];
        let left = MINUTES - minute as u64 - 1;
        Point {
            timestamp: END.minus(Duration::from_secs(60 * left)),
            value: f64::from(u8::from(bad * 20 <= good + bad)),
        }
    });
    Series {
        labels: Labels::from_pairs(labels),
        points: points.collect(),
        histograms: vec![],
    }
}

fn evaluated(slo: &Slo, backend: &MemoryBackend, at: Timestamp) -> Vec<Evaluation> {
    let mut options = Options::at(at);
    options.max_groups = NonZeroUsize::new(SERIES).unwrap();
    block_on(evaluate(backend, std::slice::from_ref(slo), &options))
}

/// Alert and severity of what the evaluator would alert on, with the group's id.
fn decided(evaluations: &[Evaluation]) -> BTreeSet<(&'static str, &'static str, String)> {
    let mut firing = BTreeSet::new();
    for evaluation in evaluations {
        let id = evaluation.group.get("id").unwrap_or_default();
        let Some(figures) = evaluation.outcome.figures() else {
            continue;
        };
        for tier in figures
            .decision
            .tiers
            .iter()
            .filter(|tier| tier.firing == Some(true))
        {
            firing.insert(("burns", tier.tier.severity.name(), id.to_owned()));
        }
        if figures.status == Status::Breached {
            firing.insert(("exhausted", "page", id.to_owned()));
        }
    }
    firing
}

fn fired(alerts: &[Alert]) -> BTreeSet<(&'static str, &'static str, String)> {
    let alerts = alerts.iter().map(|alert| {
        let what = match alert.name.as_str() {
            "SloBudgetExhausted" => "exhausted",
            "SloBudgetBurns" | "SloBudgetBurnsFast" => "burns",
            other => panic!("{other}"),
        };
        let severity = match alert.labels["severity"].as_str() {
            "page" => "page",
            _ => "ticket",
        };
        (
            what,
            severity,
            alert.found.get("id").unwrap_or_default().to_owned(),
        )
    });
    alerts.collect()
}

/// On all series; and something must be at stake: each alert fires somewhere, none everywhere.
fn agree(slo: &Slo, at: Timestamp) {
    let evaluations = evaluated(slo, &seeded(), at);
    assert_eq!(evaluations.len(), SERIES);
    let evaluator = decided(&evaluations);
    let rules = fired(&fire(slo, &seeded(), DAY, at));
    let apart: Vec<_> = rules.symmetric_difference(&evaluator).collect();
    assert!(apart.is_empty(), "{} of {SERIES}: {apart:?}", apart.len());
    for wanted in [
        ("burns", "page"),
        ("burns", "ticket"),
        ("exhausted", "page"),
    ] {
        let n = rules.iter().filter(|(w, s, _)| (*w, *s) == wanted).count();
        assert!((20..SERIES - 100).contains(&n), "{n} {wanted:?}");
    }
}

#[test]
fn on_events() {
    agree(&by_id(Sli::Events(requests())), END);
}

#[test]
fn on_events_with_a_gate() {
    let mut slo = by_id(Sli::Events(requests()));
    slo.policy.min_bad_events = 5;
    agree(&slo, END.minus(Duration::from_secs(7200)));
}

#[test]
fn on_time_slices() {
    agree(&by_id(slices(EmptySlice::LeftOut)), END);
    agree(&by_id(slices(EmptySlice::Good)), END);
}

#[test]
fn on_probes() {
    agree(&by_id(probe()), END);
}

/// A counter of ten requests a second for a day, which vanishes so many minutes before the end.
fn vanishing(minutes: u32) -> MemoryBackend {
    let backend = MemoryBackend::new();
    let labels = [
        ("__name__", "requests_total"),
        ("job", "api"),
        ("instance", "a"),
    ];
    for left in (minutes..1560).rev() {
        let at = END.minus(Duration::from_secs(60) * left);
        backend.push(
            &Labels::from_pairs(labels),
            at,
            600.0 * f64::from(1560 - left),
        );
    }
    backend
}

#[test]
fn on_slices_whose_series_are_gone() {
    for (empty, fires) in [
        (EmptySlice::LeftOut, false),
        (EmptySlice::Good, false),
        (EmptySlice::Bad, true),
    ] {
        let total = Leg::counter(Selector::metric("requests_total").eq("job", "api"));
        let mut floor = ThroughputSli::new(total, 5.0).unwrap();
        floor.empty = empty;
        for sli in [Sli::Throughput(floor), slices(empty)] {
            let slo = slo(sli);
            let evaluations = evaluated(&slo, &vanishing(60), END);
            let mut alerts = fire(&slo, &vanishing(60), DAY, END);
            let missing = |alert: &Alert| alert.name == "SloMetricsMissing";
            assert!(alerts.iter().any(missing), "{empty:?}");
            alerts.retain(|alert| !missing(alert));
            assert_eq!(fired(&alerts), decided(&evaluations), "{empty:?}");
            assert_eq!(!alerts.is_empty(), fires, "{empty:?}");
        }
    }
}

#[test]
fn a_selector_that_never_matched_is_no_empty_slice() {
    for empty in [EmptySlice::Good, EmptySlice::Bad] {
        let total = Leg::counter(Selector::metric("request_total").eq("job", "api"));
        let mut floor = ThroughputSli::new(total, 5.0).unwrap();
        floor.empty = empty;
        let slo = slo(Sli::Throughput(floor));
        let backend = vanishing(0);
        let alerts = fire(&slo, &backend, DAY, END);
        let names: Vec<_> = alerts.iter().map(|alert| alert.name.as_str()).collect();
        assert_eq!(names, ["SloMetricsMissing"], "{empty:?}");
        let options = Options::at(END).from_source(Source::Recorded);
        let evaluations = block_on(evaluate(&backend, std::slice::from_ref(&slo), &options));
        assert!(matches!(evaluations[0].outcome, Outcome::NoData));
    }
}

#[test]
fn a_ratio_that_is_never_a_number_is_missing() {
    let ratio = RatioSli {
        error_ratio: Template::new("avg_over_time(error_ratio[$window])").unwrap(),
    };
    let slo = slo(Sli::Ratio(ratio));
    let backend = MemoryBackend::new();
    for minutes in 0..5 * 1440 {
        let at = END.minus(Duration::from_secs(60) * minutes);
        backend.push(
            &Labels::from_pairs([("__name__", "error_ratio")]),
            at,
            f64::NAN,
        );
    }
    // For a day it may have been quiet.
    for (days, told) in [(1, false), (4, true)] {
        let alerts = fire(&slo, &backend, DAY * days, END);
        let missing = alerts.iter().any(|alert| alert.name == "SloMetricsMissing");
        assert_eq!(missing, told, "{days} days");
    }
}

#[test]
fn a_group_keeps_its_value_of_a_label_that_alerts_have() {
    let mut slo = by_id(Sli::Events(requests()));
    slo.labels.insert("id".to_owned(), "all".to_owned());
    let alerts = fire(&slo, &seeded(), DAY, END);
    assert!(alerts.iter().all(|alert| !alert.labels.contains_key("id")));
}

#[test]
fn a_quiet_service_is_not_missing() {
    let backend = MemoryBackend::new();
    for left in (0..1560).rev() {
        let at = END.minus(Duration::from_secs(60) * left);
        for code in ["200", "500"] {
            let labels = [
                ("__name__", "requests_total"),
                ("job", "api"),
                ("code", code),
            ];
            backend.push(&Labels::from_pairs(labels), at, 1000.0);
        }
    }
    for sli in [Sli::Events(requests()), slices(EmptySlice::LeftOut)] {
        let slo = slo(sli);
        let [evaluation] = &evaluated(&slo, &backend, END)[..] else {
            panic!("not one")
        };
        assert!(matches!(evaluation.outcome, Outcome::NoData));
        assert!(fire(&slo, &backend, DAY, END).is_empty());
    }
}

#[test]
fn rules_that_were_just_loaded_know_little_of_the_window() {
    // An hour of errors; the rules have run for two hours, or for the whole day.
    let backend = |errors_per_minute: f64| {
        let backend = MemoryBackend::new();
        let (mut good, mut bad) = (0.0, 0.0);
        for left in (0..1560_u32).rev() {
            let errors = if left < 60 { errors_per_minute } else { 0.0 };
            (good, bad) = (good + 100.0 - errors, bad + errors);
            let at = END.minus(Duration::from_secs(60) * left);
            for (code, value) in [("200", good), ("500", bad)] {
                let labels = [
                    ("__name__", "requests_total"),
                    ("job", "api"),
                    ("code", code),
                ];
                backend.push(&Labels::from_pairs(labels), at, value);
            }
        }
        backend
    };
    let slo = slo(Sli::Events(requests()));
    // The day's budget is 24 of these an hour long.
    for (errors, spent) in [(10.0, false), (40.0, true)] {
        let [evaluation] = &evaluated(&slo, &backend(errors), END)[..] else {
            panic!("not one")
        };
        let budget = evaluation.outcome.figures().unwrap().budget;
        assert_eq!(budget.is_kept(), !spent);
        for since in [Duration::from_secs(7200), DAY] {
            let alerts = fire(&slo, &backend(errors), since, END);
            let exhausted = alerts.iter().any(|a| a.name == "SloBudgetExhausted");
            assert_eq!(exhausted, spent, "{errors} errors, recorded for {since:?}");
        }
    }
}
