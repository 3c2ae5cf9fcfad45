//! Rules from one Sloth spec, ours and slokit's: where both mean the same, and where they don't.
//!
//! Every claim is run: both sides' expressions are evaluated over the same series in memory.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a wrong answer must stop the test"
)]

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    InstantOptions, Labels, MemoryBackend, Point, PromQl, Selector, Series, Timestamp, Value,
};
use slo_core::policy::Severity;
use slo_core::queries::{Queries, Recorded};
use slo_core::{Slo, rules, spec};
use slokit::generate::{GenerateOptions, generate_all};
use slokit::spec::Spec;
use slokit::{AlertWindow, MwmbrConfig, Severity as TheirSeverity};
use testkit::DayNight;

const DAY: Duration = Duration::from_secs(86_400);
const BUCKET: Duration = Duration::from_secs(300);
const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn text(objective: &str) -> String {
    spec_of("errors_total{job=\"api\"}", objective)
}

fn spec_of(errors: &str, objective: &str) -> String {
    format!(
        r#"version: prometheus/v1
service: api
slos:
  - name: availability
    objective: {objective}
    sli:
      events:
        error_query: sum(rate({errors}[{{{{.window}}}}]))
        total_query: sum(rate(requests_total{{job="api"}}[{{{{.window}}}}]))
    alerting:
      name: Api
"#
    )
}

fn ours(text: &str) -> Slo {
    let mut slos = spec::load("a.yaml", text).unwrap().slos;
    slos.remove(0)
}

/// slokit's rules: names and expressions, as its file says them.
fn theirs(text: &str) -> Vec<(String, String)> {
    let specs = [Spec::from_yaml(text).unwrap()];
    let rules = generate_all(&specs, &GenerateOptions::default()).unwrap();
    let json = serde_json::to_value(&rules).unwrap();
    let groups = json["groups"].as_array().unwrap();
    let rules = groups.iter().flat_map(|g| g["rules"].as_array().unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    rules
        .map(|rule| (text(&rule["record"]), text(&rule["expr"])))
        .collect()
}

fn recording_of(rules: &[(String, String)], name: &str) -> String {
    let rule = rules.iter().find(|(record, _)| record == name);
    rule.unwrap_or_else(|| panic!("no {name}")).1.clone()
}

/// What an expression answers: the only element's value, if there is one.
fn value(backend: &MemoryBackend, query: &str, at: Timestamp) -> Option<f64> {
    let answer = block_on(backend.instant(query, &InstantOptions::at(at))).unwrap();
    let Value::Vector(vector) = answer.data else {
        panic!("{query}: not a vector")
    };
    assert!(vector.len() <= 1, "{query}: {vector:?}");
    vector.first().map(|sample| sample.float().unwrap())
}

/// Records an expression every five minutes, as a server would.
fn record(
    backend: &MemoryBackend,
    labels: &Labels,
    query: &str,
    (from, to): (Timestamp, Timestamp),
) {
    let mut points = Vec::new();
    let mut timestamp = from;
    while timestamp <= to {
        if let Some(value) = value(backend, query, timestamp) {
            points.push(Point { timestamp, value });
        }
        timestamp = timestamp.plus(BUCKET);
    }
    backend.push_series(&Series {
        labels: labels.clone(),
        points,
        histograms: Vec::new(),
    });
}

fn labels_of(selector: &Selector) -> Labels {
    let matchers = selector.matchers.iter();
    let own = matchers.map(|m| (m.name.as_str(), m.value.as_str()));
    Labels::from_pairs(own.chain([("__name__", selector.metric.as_deref().unwrap())]))
}

fn scraped(metric: &str) -> Labels {
    Labels::from_pairs([("__name__", metric), ("job", "api"), ("instance", "a")])
}

#[test]
fn objectives_windows_and_thresholds_are_the_same() {
    for objective in ["99.9", "99.5", "99", "99.95"] {
        let slo = ours(&text(objective));
        let their_slo = Spec::from_yaml(&text(objective)).unwrap().slos[0]
            .to_slo(GenerateOptions::default().default_period)
            .unwrap();
        let e = slo.objective.error_ratio();
        assert!((e - their_slo.error_budget_ratio()).abs() < 1e-12);
        assert_eq!(
            slo.window.nominal().as_secs_f64(),
            their_slo.period.as_secs_f64()
        );

        let policy = slo.policy.derive(slo.objective, slo.window);
        let their_policy = MwmbrConfig::sre_default();
        assert!(policy.repairs.is_empty(), "{:?}", policy.repairs);
        assert_eq!(policy.tiers.len(), their_policy.windows.len());
        for tier in &policy.tiers {
            let same = |their: &&AlertWindow| {
                let severity = match their.severity {
                    TheirSeverity::Page => Severity::Page,
                    TheirSeverity::Ticket => Severity::Ticket,
                };
                severity == tier.severity
                    && their.long.as_secs_f64() == tier.long.as_secs_f64()
                    && their.short.as_secs_f64() == tier.short.as_secs_f64()
            };
            let their = their_policy.windows.iter().find(same);
            let their = their.unwrap_or_else(|| panic!("{tier:?} is only ours"));
            assert!((their.factor - tier.factor.value()).abs() < 1e-9);
            assert!((their.threshold(&their_slo) - tier.factor.value() * e).abs() < 1e-12);
        }
    }
}

#[test]
fn steady_traffic_has_the_same_error_ratio() {
    let backend = MemoryBackend::new();
    for i in 0..=480 {
        let at = START.plus(Duration::from_secs(15) * i);
        backend.push(&scraped("requests_total"), at, f64::from(i) * 1500.0);
        backend.push(&scraped("errors_total"), at, f64::from(i) * 30.0);
    }
    let (slo, their_rules) = (ours(&text("99.9")), theirs(&text("99.9")));
    let at = START.plus(Duration::from_secs(7200));
    for minutes in [5, 30, 60] {
        let window = Duration::from_secs(minutes * 60);
        let name = if minutes == 60 {
            "1h".to_owned()
        } else {
            format!("{minutes}m")
        };
        let their_query = recording_of(&their_rules, &format!("slo:sli_error:ratio_rate{name}"));
        let our_query = Queries::new(&slo).bad(window) / Queries::new(&slo).total(window);
        for query in [their_query, our_query.to_string()] {
            let ratio = value(&backend, &query, at).unwrap();
            assert!((ratio - 0.02).abs() < 1e-9, "{query}: {ratio}");
        }
    }
}

#[test]
fn only_ours_weighs_uneven_traffic_by_events() {
    // One day of history: sums and averages over 30 days are those of the day.
    let traffic = DayNight::new(1, Duration::from_secs(60));
    let backend = MemoryBackend::new();
    for series in traffic.series(START, scraped("requests_total"), scraped("errors_total")) {
        backend.push_series(&series);
    }
    let (slo, their_rules) = (ours(&text("99.9")), theirs(&text("99.9")));
    let (from, end) = (START.plus(BUCKET), START.plus(DAY));

    let queries = Queries::new(&slo);
    let recorded = Recorded::new(&slo);
    let legs = [
        (recorded.bad(), queries.bucket_bad()),
        (recorded.total(), queries.bucket_total()),
    ];
    for (selector, expr) in legs {
        record(
            &backend,
            &labels_of(selector),
            &expr.to_string(),
            (from, end),
        );
    }
    let period = slo.window.nominal();
    let ratio = recorded.bad_over(period) / recorded.total_over(period);
    let ratio = value(&backend, &ratio.to_string(), end).unwrap();
    let truth = traffic.bad() as f64 / traffic.total() as f64;
    assert!((100.0 * truth - 0.999).abs() < 0.0001);
    assert!((100.0 * ratio - 0.999).abs() < 0.001, "{ratio}");

    let labels = Labels::from_pairs([
        ("__name__", "slo:sli_error:ratio_rate5m"),
        ("sloth_id", "api-availability"),
        ("sloth_service", "api"),
        ("sloth_slo", "availability"),
        ("sloth_window", "5m"),
    ]);
    let their_bucket = recording_of(&their_rules, "slo:sli_error:ratio_rate5m");
    record(&backend, &labels, &their_bucket, (from, end));
    let their_period = recording_of(&their_rules, "slo:sli_error:ratio_rate30d");
    let ratio = value(&backend, &their_period, end).unwrap();
    assert!((100.0 * ratio - 0.5).abs() < 0.01, "{ratio}");
}

#[test]
fn without_traffic_only_ours_says_nothing() {
    let backend = MemoryBackend::new();
    for i in 0..=120 {
        let at = START.plus(Duration::from_secs(15) * i);
        backend.push(&scraped("requests_total"), at, 1000.0);
        backend.push(&scraped("errors_total"), at, 10.0);
    }
    let at = START.plus(Duration::from_secs(1800));
    let their_bucket = recording_of(&theirs(&text("99.9")), "slo:sli_error:ratio_rate5m");
    // Recorded once, NaN makes every average over it NaN: the whole period's, too.
    assert!(value(&backend, &their_bucket, at).unwrap().is_nan());

    let set = rules::generate(&[ours(&text("99.9"))], &rules::Options::default());
    let all = set.groups.iter().flat_map(|group| &group.rules);
    let burn_rate = all.clone().find_map(|rule| match rule {
        rules::Rule::Record { metric, expr, .. } if metric == "slo:burn_rate:5m" => Some(expr),
        _ => None,
    });
    assert_eq!(value(&backend, &burn_rate.unwrap().to_string(), at), None);
}

#[test]
fn errors_of_a_newborn_series_count_only_in_ours() {
    // The first errors ever come with their series, 40 at once, on a target that was scraped before.
    let text = spec_of(r#"requests_total{job="api",code="500"}"#, "99.9");
    let series = |code: &str| {
        let pairs = [("__name__", "requests_total"), ("job", "api")];
        Labels::from_pairs(pairs.into_iter().chain([("instance", "a"), ("code", code)]))
    };
    let backend = MemoryBackend::new();
    for i in 0..=40 {
        let at = START.plus(Duration::from_secs(15) * i);
        backend.push(&series("200"), at, f64::from(i) * 498.0);
        if i >= 30 {
            backend.push(&series("500"), at, 40.0);
        }
    }
    let at = START.plus(Duration::from_secs(600));
    let their_bucket = recording_of(&theirs(&text), "slo:sli_error:ratio_rate5m");
    assert_eq!(value(&backend, &their_bucket, at), Some(0.0));
    let slo = ours(&text);
    let queries = Queries::new(&slo);
    let our_bucket = queries.bucket_bad() / queries.bucket_total();
    let ratio = value(&backend, &our_bucket.to_string(), at).unwrap();
    assert!((ratio - 40.0 / 10_000.0).abs() < 1e-12, "{ratio}");
}

#[test]
fn an_alert_that_can_never_fire_is_repaired_only_in_ours() {
    // At 90 % even a total outage burns at 10 only, and slokit's first page wants 14.4.
    let alerts: Vec<String> = theirs(&text("90"))
        .into_iter()
        .filter(|(record, _)| record.is_empty())
        .map(|(_, expr)| expr)
        .collect();
    assert!(
        alerts.iter().any(|expr| expr.contains("> (14.4 * 0.1)")),
        "{alerts:?}"
    );

    let slo = ours(&text("90"));
    let policy = slo.policy.derive(slo.objective, slo.window);
    assert!(!policy.repairs.is_empty());
    let outage = 1.0 / slo.objective.error_ratio();
    for tier in &policy.tiers {
        assert!(tier.factor.value() < outage, "{tier:?}");
    }
}
