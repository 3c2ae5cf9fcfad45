//! Through the generated recording rules, evaluated once a bucket, and the evaluator on them.

use std::time::Duration;

use promql_client::MemoryBackend;
use slo_core::Slo;
use slo_core::evaluate::Source;
use testkit::counting::{Case, case};

use crate::evaluated::{check_evaluation, evaluation};
use crate::play::{SEMANTICS, backend, slo};
use crate::recording::record;

pub(crate) fn check(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    for semantics in SEMANTICS {
        for phase_ms in [61_250, 142_500] {
            let backend = backend(&case, semantics);
            recorded(&backend, &case, &slo, phase_ms);
            let evaluation = evaluation(&backend, &slo, case.end, Source::Recorded);
            let what = format!("recorded, {semantics:?}, {phase_ms} ms after the bucket");
            check_evaluation(&what, &case, &evaluation);
            let doubt = evaluation.warnings.iter().find(|w| w.contains("in doubt"));
            let named = doubt.is_none_or(|doubt| doubt.contains("for example in {"));
            assert!(named, "{name}: {what}: {doubt:?}");
        }
    }
}

pub(crate) fn recorded(backend: &MemoryBackend, case: &Case, slo: &Slo, phase_ms: u64) {
    let first = case.measured_from.plus(Duration::from_millis(phase_ms));
    record(backend, slo, first, case.end);
}
