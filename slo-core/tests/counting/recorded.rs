//! Through the generated recording rules, evaluated once a bucket, and the evaluator on them.

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{MemoryBackend, PromQl, RangeOptions};
use slo_core::Slo;
use slo_core::evaluate::Source;
use slo_core::rules::{self, Rule};
use testkit::counting::{Case, case};

use crate::evaluated::{check_evaluation, evaluation};
use crate::play::{SEMANTICS, backend, slo};

pub(crate) fn check(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    for semantics in SEMANTICS {
        for phase_ms in [61_250, 142_500] {
            let backend = backend(&case, semantics);
            record(&backend, &case, &slo, phase_ms);
            let evaluation = evaluation(&backend, &slo, case.end, Source::Recorded);
            let what = format!("recorded, {semantics:?}, {phase_ms} ms after the bucket");
            check_evaluation(&what, &case, &evaluation);
        }
    }
}

/// Writes what the recording groups would have, rule after rule.
pub(crate) fn record(backend: &MemoryBackend, case: &Case, slo: &Slo, phase_ms: u64) {
    let set = rules::generate(std::slice::from_ref(slo), &rules::Options::default());
    let first = case.measured_from.plus(Duration::from_millis(phase_ms));
    for group in &set.groups {
        if !group.name.ends_with(":recordings") {
            continue;
        }
        for rule in &group.rules {
            let Rule::Record {
                metric,
                expr,
                labels,
            } = rule
            else {
                panic!("{rule:?}");
            };
            let range = RangeOptions::new(first, case.end, group.interval);
            let answer = block_on(backend.range(&expr.to_string(), &range)).unwrap();
            for mut series in answer.data {
                series.labels = series.labels.with("__name__", metric);
                for (name, value) in labels {
                    series.labels = series.labels.with(name, value);
                }
                backend.push_series(&series);
            }
        }
    }
}
