//! `anchored` ranges: exact where portable ones lose what happened around a reset.

use std::time::Duration;

use e2e::{END, Generation, Prometheus, promtool};
use promql_client::{Expr, Timestamp};
use slo_core::queries::{Extrapolation, Queries};
use slo_core::rules;

use super::support::{availability, visible};

const DAY: Duration = Duration::from_secs(86_400);
const BUCKET: Duration = Duration::from_secs(300);

#[test]
fn anchored_legs_count_exactly() {
    let server = Prometheus::shared(Generation::Three);
    // In this day the feature service's pods restart in place.
    let restart = END.minus(19 * DAY / 2);
    for service in ["feature-service", "quiet-batch", "dead-service"] {
        let slo = availability(service);
        let queries = Queries::new(&slo).extrapolated(Extrapolation::Anchored);
        for end in [END, restart] {
            let truth = visible(service, DAY, end);
            let truth = [truth.total as f64, truth.bad as f64];
            let what = format!("{service} at {end}");
            let whole =
                [queries.total(DAY), queries.bad(DAY)].map(|leg| number(server, leg, end, 0));
            assert_eq!(whole, truth, "{what}");
            let buckets = (DAY.as_secs() / BUCKET.as_secs()) as u32;
            let recorded = [queries.bucket_total(), queries.bucket_bad()].map(|leg| {
                let each = (0..buckets).map(|k| number(server, leg.clone(), end, k));
                each.sum::<f64>()
            });
            assert_eq!(recorded, truth, "{what}, by bucket");
        }
    }
}

/// The answer as of some buckets before `end`.
fn number(server: &Prometheus, query: Expr, end: Timestamp, buckets: u32) -> f64 {
    let at = end.minus(BUCKET * buckets);
    server.number(&query.to_string(), at).unwrap()
}

#[test]
fn anchored_rules_need_a_server_that_knows_them() {
    let mut options = rules::Options::default();
    options.extrapolation = Extrapolation::Anchored;
    let set = rules::generate(&[availability("api-gateway")], &options);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.yaml");
    std::fs::write(&file, set.to_prometheus_yaml()).unwrap();
    promtool::check_rules(Generation::Three, &file).unwrap();
    let error = promtool::check_rules(Generation::Two, &file).unwrap_err();
    assert!(format!("{error:#}").contains("anchored"), "{error:#}");
}
