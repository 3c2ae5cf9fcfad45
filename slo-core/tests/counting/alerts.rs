//! The short ranges that alerts ask for, every 30 s: what did not happen fires nothing.

use std::time::Duration;

use testkit::counting::case;

use crate::play::{BUCKET, HOUR, SEMANTICS, backend, bad_in_alerts, points, slo};

const EVERY: Duration = Duration::from_secs(30);

pub(crate) fn check(name: &str) {
    let case = case(name);
    let slo = slo(&case);
    for semantics in SEMANTICS {
        let backend = backend(&case, semantics);
        for window in [BUCKET, HOUR] {
            let expr = bad_in_alerts(&slo, window);
            // The first of these ranges begin before the first scrape: a server is new at times.
            // Between scrapes and evaluations there is any distance; this one is never 0.
            let first = case.measured_from.plus(Duration::from_millis(7_300));
            for point in points(&backend, &expr, (first, case.end), EVERY) {
                let (from, to) = (point.timestamp.minus(window), point.timestamp);
                let most = case.bad.most_in_alerts(from, to);
                assert!(
                    point.value <= most,
                    "{name}: {semantics:?}: {} bad events in {window:?} up to {to}, not {most} ({})",
                    point.value,
                    case.what
                );
            }
        }
        let expr = bad_in_alerts(&slo, BUCKET);
        let apart = points(&backend, &expr, (case.measured_from, case.end), BUCKET);
        let sum: f64 = apart.iter().map(|point| point.value).sum();
        let least = case.stated.bad_in_alerts as f64 - case.bad.tolerance;
        assert!(
            sum >= least,
            "{name}: {semantics:?}: {sum} bad events instead of {least}"
        );
    }
}
