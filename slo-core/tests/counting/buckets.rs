//! Five-minute buckets, as recording rules and the evaluator ask for them, at several phases.

use slo_core::queries::Queries;
use testkit::counting::case;

use crate::play::{PHASES_MS, SEMANTICS, assert_sum, backend, bad_in_doubt, slo, sum_of_buckets};

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
