//! Counters that are easily misread (`testkit::counting`), on real servers, asked raw: bucket by
//! bucket, in the short ranges of alerts, and through the evaluator.

use std::time::Duration;

use e2e::Generation;
use slo_core::evaluate::{Options, Source};
use slo_core::queries::Queries;

use super::histories::{
    BUCKET, Failures, Written, bad_in_alerts, bad_in_doubt, check_evaluation, written,
};

/// A recording group has a phase of its own within its interval; at 0 it meets scrapes exactly.
const PHASES_MS: [u64; 2] = [0, 142_500];
const HOUR: Duration = Duration::from_secs(3600);
const EVERY: Duration = Duration::from_secs(30);

/// Both servers are asked side by side; one run tells of all histories.
pub(crate) fn on_each_server(check: impl Fn(&Written, &mut Failures) + Sync) {
    let check = |generation| {
        let mut failures = Failures::default();
        check(written(generation), &mut failures);
        failures
    };
    let all: Failures = std::thread::scope(|scope| {
        let checks = Generation::ALL.map(|generation| scope.spawn(move || check(generation)));
        checks
            .into_iter()
            .map(|check| check.join().unwrap())
            .collect()
    });
    all.report();
}

#[test]
fn buckets_of_counters_add_up_to_what_happened() {
    on_each_server(|server, failures| {
        for (case, slo) in server.histories() {
            let queries = Queries::new(slo);
            let [bad, total] = [queries.bucket_bad(), queries.bucket_total()];
            for phase in PHASES_MS {
                let what = format!("{:?}, {phase} ms", server.generation());
                let first = case.measured_from.plus(Duration::from_millis(phase));
                let sum = |expr| server.sum(expr, (first, case.end), BUCKET);
                let counted = sum(&bad);
                failures.leg(&format!("{what}: bad"), case, &case.bad, counted);
                failures.leg(&format!("{what}: total"), case, &case.total, sum(&total));
                let in_doubt = sum(&bad_in_doubt(slo));
                let stated = &case.stated.doubt;
                let named = *stated.start() as f64..=*stated.end() as f64;
                failures.hold(named.contains(&in_doubt), || {
                    format!(
                        "{}: {what}: {in_doubt} in doubt, not in {named:?}",
                        case.name
                    )
                });
            }
        }
    });
}

#[test]
fn alerts_see_nothing_that_did_not_happen() {
    on_each_server(|server, failures| {
        for (case, slo) in server.histories() {
            for window in [BUCKET, HOUR] {
                let first = case.measured_from.plus(Duration::from_millis(7_300));
                let points = server.points(&bad_in_alerts(slo, window), (first, case.end), EVERY);
                let most = |point: &&promql_client::Point| {
                    let from = point.timestamp.minus(window);
                    case.bad.most_in_alerts(from, point.timestamp)
                };
                let above = points.iter().find(|point| point.value > most(point));
                failures.hold(above.is_none(), || {
                    let generation = server.generation();
                    let most = above.as_ref().map(most);
                    let name = case.name;
                    format!("{name}: {generation:?}: {above:?} in {window:?}, not {most:?}")
                });
            }
        }
    });
}

#[test]
fn the_evaluator_counts_what_happened() {
    on_each_server(|server, failures| {
        for (case, slo) in server.histories() {
            let options = Options::at(case.end).from_source(Source::Raw);
            let evaluation = server.evaluation(slo, &options);
            let what = format!("{:?}", server.generation());
            check_evaluation(&what, case, &evaluation, failures);
        }
    });
}
