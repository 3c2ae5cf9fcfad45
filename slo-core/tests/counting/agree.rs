//! Alert rules and the evaluator see the same burn rates, also across gaps in scraping.

use std::time::Duration;

use promql_client::{MemoryBackend, Timestamp};
use slo_core::Slo;
use slo_core::evaluate::Source;
use slo_core::rules::{self, Rule};
use testkit::counting::case;

use crate::evaluated::evaluation;
use crate::play::{HOUR, SEMANTICS, backend, points, slo};
use crate::recorded::recorded;

const EVERY: Duration = Duration::from_secs(600);
/// A recording's distance from the bucket's grid, and from the bucket's end.
const PHASE_MS: u64 = 61_250;
const OFFSET: Duration = Duration::from_secs(30);

pub(crate) fn check(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    for semantics in SEMANTICS {
        let backend = backend(&case, semantics);
        recorded(&backend, &case, &slo, PHASE_MS);
        let mut at = case
            .measured_from
            .plus(HOUR + Duration::from_millis(PHASE_MS));
        let mut compared = 0;
        while at <= case.end {
            // When a recording is new, what it holds ended half a minute ago.
            let shown = at.minus(OFFSET);
            let rule = by_rule(&backend, &slo, shown);
            // Never in the very millisecond, where closed ranges hold two recordings.
            let just_after = at.plus(Duration::from_millis(7));
            for (source, at) in [(Source::Raw, shown), (Source::Recorded, just_after)] {
                let evaluator = by_evaluator(&backend, &slo, at, source);
                if let (Some(rule), Some(evaluator)) = (rule, evaluator) {
                    let what = format!("{name}: {semantics:?} {source:?} at {at}");
                    let far = (rule - evaluator).abs() > 1e-9 * rule.max(1.0);
                    assert!(!far, "{what}: {rule} {evaluator}");
                    compared += 1;
                }
            }
            at = at.plus(EVERY);
        }
        assert!(compared > 60, "{name}: {compared}");
    }
}

/// The burn rate over an hour that the generated rule records.
fn by_rule(backend: &MemoryBackend, slo: &Slo, at: Timestamp) -> Option<f64> {
    let set = rules::generate(std::slice::from_ref(slo), &rules::Options::default());
    let rules = set.groups.into_iter().flat_map(|group| group.rules);
    let burn = rules.into_iter().find_map(|rule| match rule {
        Rule::Record { metric, expr, .. } if metric == "slo:burn_rate:1h" => Some(expr),
        _ => None,
    });
    let points = points(backend, &burn.unwrap(), (at, at), EVERY);
    points.first().map(|point| point.value)
}

fn by_evaluator(backend: &MemoryBackend, slo: &Slo, at: Timestamp, source: Source) -> Option<f64> {
    let evaluation = evaluation(backend, slo, at, source);
    let figures = evaluation.outcome.figures()?;
    let hour = figures
        .burn_rates
        .iter()
        .find(|(window, _)| *window == HOUR)?;
    hour.1.map(slo_core::BurnRate::value)
}
