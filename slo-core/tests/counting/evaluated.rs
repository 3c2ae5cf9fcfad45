//! Through the evaluator, from raw series.

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{MemoryBackend, Timestamp};
use slo_core::Slo;
use slo_core::evaluate::{Evaluation, Options, Outcome, Source, evaluate};
use testkit::counting::{Case, case};

use crate::play::{SEMANTICS, assert_sum, backend, slo};

pub(crate) fn check(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    for semantics in SEMANTICS {
        let backend = backend(&case, semantics);
        for early_ms in [0, 17_300, 151_000] {
            let at = case.end.minus(Duration::from_millis(early_ms));
            let evaluation = evaluation(&backend, &slo, at, Source::Raw);
            check_evaluation(&format!("{semantics:?} at {at}"), &case, &evaluation);
            let doubt = evaluation.warnings.iter().find(|w| w.contains("doubt"));
            if let (Some(doubt), Some(figures)) = (doubt, evaluation.outcome.figures()) {
                let share = doubt.contains("% of the bad ones)");
                assert_eq!(share, figures.counts.bad > 0.0, "{name}: {doubt}");
            }
            let doubted = doubt.is_some();
            let wanted = &case.stated.doubt;
            if *wanted.start() > 0 || *wanted.end() == 0 {
                let what = format!("{name}: {semantics:?}: {:?}", evaluation.warnings);
                assert_eq!(doubted, *wanted.start() > 0, "{what}");
            }
        }
    }
}

pub(crate) fn evaluation(
    backend: &MemoryBackend,
    slo: &Slo,
    at: Timestamp,
    source: Source,
) -> Evaluation {
    let mut options = Options::at(at).from_source(source);
    options.keep_history = true;
    let slos = std::slice::from_ref(slo);
    let mut evaluations = block_on(evaluate(backend, slos, &options));
    assert_eq!(evaluations.len(), 1, "{evaluations:?}");
    evaluations.remove(0)
}

/// The window's counts and its buckets' are the same, and what happened.
pub(crate) fn check_evaluation(what: &str, case: &Case, evaluation: &Evaluation) {
    let Some(figures) = evaluation.outcome.figures() else {
        let nothing = matches!(evaluation.outcome, Outcome::NoData | Outcome::Failed(_));
        assert!(
            case.stated.nothing_to_count && nothing,
            "{}: {:?}",
            case.name,
            evaluation.outcome
        );
        return;
    };
    assert!(
        !case.stated.nothing_to_count,
        "{}: {:?}",
        case.name, evaluation.outcome
    );
    let sum = figures.history.as_ref().unwrap().sum();
    let counts = [
        ("window", figures.counts.bad, figures.counts.total),
        ("buckets", sum.bad, sum.total),
    ];
    for (of, bad, total) in counts {
        assert_sum(&format!("{what}: bad of the {of}"), case, &case.bad, bad);
        assert_sum(
            &format!("{what}: total of the {of}"),
            case,
            &case.total,
            total,
        );
    }
}
