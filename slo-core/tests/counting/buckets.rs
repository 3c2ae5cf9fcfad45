//! Five-minute buckets, as recording rules and the evaluator ask for them, at several phases.

use std::time::Duration;

use slo_core::queries::{Extrapolation, Queries};
use testkit::counting::case;

use crate::play::{
    BUCKET, PHASES_MS, SEMANTICS, assert_sum, backend, bad_in_doubt, points, slo, sum_of_buckets,
};

pub(crate) fn check(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    let queries = Queries::new(&slo);
    let [bad, total] = [queries.bucket_bad(), queries.bucket_total()];
    for semantics in SEMANTICS {
        let backend = backend(&case, semantics);
        for phase in PHASES_MS {
            let what = |leg: &str| format!("{leg}, {semantics:?}, {phase} ms after the bucket");
            let sum = |expr| sum_of_buckets(&backend, &case, expr, phase);
            let counted = sum(&bad);
            assert_sum(&what("bad"), &case, &case.bad, counted);
            assert_sum(&what("total"), &case, &case.total, sum(&total));
            let in_doubt = sum(&bad_in_doubt(&slo));
            let named = *case.stated.doubt.start() as f64..=*case.stated.doubt.end() as f64;
            let what = what("in doubt");
            assert!(
                named.contains(&in_doubt),
                "{name}: {what}: {in_doubt}, not in {named:?}"
            );
            // Whatever isn't counted is named.
            let all = case.stated.bad as f64 - case.bad.tolerance;
            assert!(
                counted + in_doubt >= all,
                "{name}: {what}: {counted} + {in_doubt}"
            );
        }
    }
}

/// Across resets, `increase` extrapolates; anchored ranges need not.
pub(crate) fn check_anchored(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    let backend = backend(&case, SEMANTICS[0]);
    let queries = Queries::new(&slo).extrapolated(Extrapolation::Anchored);
    for phase in PHASES_MS {
        let bad = sum_of_buckets(&backend, &case, &queries.bucket_bad(), phase);
        assert_eq!(bad, case.stated.bad as f64, "{name}: {phase}");
    }
}

/// What ends a while ago is what ended then.
pub(crate) fn check_offset(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    let offset = Duration::from_secs(37);
    let earlier = Queries::new(&slo).ending_before(offset);
    let queries = Queries::new(&slo);
    for semantics in SEMANTICS {
        let backend = backend(&case, semantics);
        let ask = |expr, late: Duration| -> Vec<f64> {
            let first = case.measured_from.plus(late);
            let points = points(&backend, &expr, (first, case.end), BUCKET);
            points.into_iter().map(|point| point.value).collect()
        };
        for (now, then) in [
            (earlier.bucket_bad(), queries.bucket_bad()),
            (earlier.bucket_total(), queries.bucket_total()),
            (
                earlier.in_doubt(BUCKET).unwrap(),
                queries.in_doubt(BUCKET).unwrap(),
            ),
        ] {
            let (now, then) = (ask(now, offset), ask(then, Duration::ZERO));
            let len = now.len().min(then.len());
            assert!(now.len().abs_diff(then.len()) <= 1, "{name}");
            assert_eq!(now[..len], then[..len], "{name}: {semantics:?}");
        }
    }
}
