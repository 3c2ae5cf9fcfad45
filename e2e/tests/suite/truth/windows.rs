//! Calendar windows and groups.

use e2e::{END, Generation, Prometheus, shop};
use promql_client::Timestamp;
use slo_core::Slo;
use slo_core::evaluate::{Options, Status};

use super::support::{WINDOW, availability, figures, near, run};

/// [`END`] is 2025-06-21 10:00 UTC, a Saturday.
#[test]
fn calendar_periods_begin_where_their_time_zone_says() {
    let service = "api-gateway";
    // 31 May 22:00 UTC, 15 June 15:00 UTC and 21 June 00:00 UTC.
    for (window, start, days) in [
        ("month Europe/Berlin", 1_748_728_800, 30.0),
        ("week Asia/Tokyo", 1_749_999_600, 7.0),
        ("day", 1_750_464_000, 1.0),
    ] {
        let start = Timestamp::from_secs(start);
        let truth = shop().truth(service).visible_window(start, END);
        let (total, bad) = (truth.total as f64, truth.bad as f64);
        let elapsed = END.since(start).as_secs_f64();
        let mut slo = availability(service);
        slo.window = window.parse().unwrap();
        for generation in Generation::ALL {
            let what = format!("{generation:?} {window}");
            let server = Prometheus::shared(generation);
            let evaluation = &run(server, std::slice::from_ref(&slo), &Options::at(END))[0];
            let figures = figures(evaluation);
            let period = evaluation.period.unwrap();
            assert_eq!(period.start, start, "{what}");
            assert_eq!(period.end.since(start).as_secs_f64(), days * 86_400.0);
            near(&what, figures.counts.total, total, 0.002, 1.0);
            near(&what, figures.counts.bad, bad, 0.002, 1.0);
            // The budget is the whole period's; its events to come are projected.
            let whole = total * days * 86_400.0 / elapsed;
            let budget = &figures.budget;
            near(&what, budget.total_events, 0.001 * whole, 0.004, 1.0);
            let consumed = bad / (0.001 * whole);
            near(&what, budget.consumed_ratio, consumed, 0.004, 1e-3);
            assert!(budget.projected);
            assert_eq!(figures.status != Status::Breached, consumed <= 1.0);
        }
    }
}

#[test]
fn each_version_is_a_group_with_a_truth_of_its_own() {
    let service = "model-inference";
    let mut slo: Slo = availability(service);
    slo.group_by = vec!["destination_version".to_owned()];
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        let evaluations = run(server, std::slice::from_ref(&slo), &Options::at(END));
        let versions: Vec<&str> = evaluations
            .iter()
            .filter_map(|evaluation| evaluation.group.get("destination_version"))
            .collect();
        assert_eq!(versions, ["v1", "v2"], "{generation:?}");
        for (version, evaluation) in versions.iter().zip(&evaluations) {
            let visible = &shop().truth(service).visible;
            let truth = visible.window_of(END.minus(WINDOW), END, |tag| {
                (tag.version == *version).then(|| tag.outcome.is_failure())
            });
            let what = format!("{generation:?} {version}");
            let figures = figures(evaluation);
            let (total, bad) = (truth.total as f64, truth.bad as f64);
            near(&what, figures.counts.total, total, 0.002, 1.0);
            near(&what, figures.counts.bad, bad, 0.002, 1.0);
            let breached = bad > 0.001 * total;
            assert_eq!(figures.status == Status::Breached, breached, "{what}");
        }
    }
}
