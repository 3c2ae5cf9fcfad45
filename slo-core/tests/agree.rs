//! The evaluator's policy and the generated alert rules decide the same, on a thousand random series.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    InstantOptions, Labels, MemoryBackend, PromQl, RangeOptions, Selector, Timestamp, Value,
};
use slo_core::evaluate::{Options, evaluate};
use slo_core::policy::{BudgetShare, PolicySpec, Severity, TierSpec, Tiers};
use slo_core::rules::{self, Rule};
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};
use testkit::RandomCounters;

const SERIES: usize = 1000;
const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const BUCKET: Duration = Duration::from_secs(300);

/// One SLO per value of `id`, over a day so that its budget is spent quickly.
fn slo(min_bad_events: u32) -> Slo {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    let name = |text: &str| Name::new(text).unwrap();
    let window = Window::days(1).unwrap();
    let mut slo = Slo::new(
        name("api"),
        name("a"),
        "99".parse().unwrap(),
        window,
        Sli::Events(sli),
    );
    slo.group_by = vec!["id".to_owned()];
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
    slo.policy.min_bad_events = min_bad_events;
    slo
}

fn seed(backend: &MemoryBackend) {
    for (id, counters) in RandomCounters::generate(11, SERIES, 1560)
        .iter()
        .enumerate()
    {
        counters
            .series(id, END)
            .iter()
            .for_each(|series| backend.push_series(series));
    }
}

/// Plays Prometheus: writes what the recording group would have by `at`, then evaluates the alert
/// group and answers what fires.
fn fire(slo: &Slo, at: Timestamp) -> BTreeSet<(String, String)> {
    let backend = MemoryBackend::new();
    seed(&backend);
    let set = rules::generate(std::slice::from_ref(slo), &rules::Options::default());
    let mut firing = BTreeSet::new();
    for rule in set
        .groups
        .iter()
        .flat_map(|group| group.rules.iter().map(move |r| (group, r)))
    {
        match rule {
            (
                group,
                Rule::Record {
                    metric,
                    expr,
                    labels,
                },
            ) if group.interval == BUCKET => {
                let range = RangeOptions::new(at.minus(BUCKET * 288), at, BUCKET);
                for mut series in block_on(backend.range(&expr.to_string(), &range))
                    .unwrap()
                    .data
                {
                    series.labels = relabelled(&series.labels, metric, labels);
                    backend.push_series(&series);
                }
            }
            (
                _,
                Rule::Record {
                    metric,
                    expr,
                    labels,
                },
            ) => {
                for (series, value) in instant(&backend, &expr.to_string(), at) {
                    backend.push(&relabelled(&series, metric, labels), at, value);
                }
            }
            (
                _,
                Rule::Alert {
                    name, expr, labels, ..
                },
            ) if name.starts_with("SloBudgetBurns") => {
                for (series, _) in instant(&backend, &expr.to_string(), at) {
                    let id = series.get("id").unwrap().to_owned();
                    firing.insert((labels["severity"].clone(), id));
                }
            }
            _ => {}
        }
    }
    firing
}

fn relabelled(series: &Labels, metric: &str, labels: &BTreeMap<String, String>) -> Labels {
    let named = series.with("__name__", metric);
    labels
        .iter()
        .fold(named, |series, (name, value)| series.with(name, value))
}

fn instant(backend: &MemoryBackend, query: &str, at: Timestamp) -> Vec<(Labels, f64)> {
    match block_on(backend.instant(query, &InstantOptions::at(at)))
        .unwrap()
        .data
    {
        Value::Vector(samples) => samples
            .iter()
            .map(|s| (s.labels.clone(), s.float().unwrap()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn decide(slo: &Slo, at: Timestamp) -> BTreeSet<(String, String)> {
    let backend = MemoryBackend::new();
    seed(&backend);
    let evaluations = block_on(evaluate(
        &backend,
        std::slice::from_ref(slo),
        &Options::at(at),
    ));
    assert_eq!(evaluations.len(), SERIES);
    let mut firing = BTreeSet::new();
    for evaluation in &evaluations {
        let id = evaluation.group.get("id").unwrap();
        let Some(figures) = evaluation.outcome.figures() else {
            continue;
        };
        for tier in figures.decision.tiers.iter().filter(|tier| tier.firing) {
            firing.insert((tier.tier.severity.name().to_owned(), id.to_owned()));
        }
    }
    firing
}

#[test]
fn evaluator_and_rules_agree_on_a_thousand_series() {
    for (min_bad_events, at) in [(1, END), (5, END.minus(Duration::from_secs(7200)))] {
        let slo = slo(min_bad_events);
        let (rules, evaluator) = (fire(&slo, at), decide(&slo, at));
        let apart: Vec<_> = rules.symmetric_difference(&evaluator).collect();
        assert!(apart.is_empty(), "{} of {SERIES}: {apart:?}", apart.len());
        // Something must be at stake: both severities fire, and most series are well.
        for severity in ["page", "ticket"] {
            let n = rules.iter().filter(|(s, _)| s == severity).count();
            assert!((20..SERIES / 2).contains(&n), "{n} {severity}");
        }
    }
}
