//! Verdicts at their edges: exactly a floor, exactly an age, two bounds that disagree, answers that are
//! incomplete.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod judged;

use std::time::Duration;

use promql_client::{Answer, Completeness, Labels, MemoryBackend, Value};
use slo_core::evaluate::{Failure, Outcome, Source, Status};
use slo_core::queries::{Queries, Recorded};
use slo_core::sli::{EmptySlice, IstioService, RatioSli, Template};
use slo_core::{Coverage, Required, Sli};

use crate::judged::{
    DAY, END, MINUTE, STEP, bucket, figures, judged, measured, requests, sliced, slo,
};

#[test]
fn under_a_tenth_of_the_budget_is_at_risk_and_a_tenth_is_not() {
    // The budget is 2,880 of 288,000.
    let slo = slo("99", Sli::Events(requests()));
    let mut buckets = vec![bucket(0.0, 1000.0); DAY];
    for (errors, status) in [
        (2592.0, Status::Ok),
        (2593.0, Status::AtRisk),
        (2880.0, Status::AtRisk),
        (2881.0, Status::Breached),
    ] {
        // In the oldest hours, of which no tier of a day's window asks.
        buckets[..4].fill(bucket(errors / 4.0, 1000.0));
        let figures = figures(&slo, buckets.clone());
        let firing = figures.decision.is_firing();
        assert_eq!((figures.status, firing), (status, Some(false)), "{errors}");
    }
}

#[test]
fn data_of_exactly_the_limit_s_age_are_young_enough() {
    let slo = slo("99", Sli::Events(requests()));
    for (silent, status) in [(12, Status::Ok), (13, Status::Stale)] {
        let mut buckets = vec![bucket(0.0, 100.0); DAY - silent];
        buckets.extend(vec![None; silent]);
        assert_eq!(figures(&slo, buckets).status, status, "{silent}");
    }
}

#[test]
fn the_age_of_recordings_is_that_of_the_newest() {
    let slo = slo("99", Sli::Events(requests()));
    let recorded = Recorded::new(&slo);
    let backend = MemoryBackend::new();
    for (leg, value) in [(recorded.bad(), 0.0), (recorded.total(), 100.0)] {
        let name = leg.metric.clone().unwrap();
        let labels = [
            ("__name__", name.as_str()),
            ("service", "api"),
            ("slo", "a"),
        ];
        for back in 0..300 {
            let at = END.minus(Duration::from_secs(200) + STEP * back);
            backend.push(&Labels::from_pairs(labels), at, value);
        }
    }
    let evaluation = measured(&backend, &slo, Source::Recorded);
    let age = evaluation.outcome.figures().unwrap().age;
    assert_eq!(age, Duration::from_secs(200));
}

#[test]
fn an_incomplete_answer_is_a_failure() {
    let slo = slo("99", Sli::Events(requests()));
    let backend = MemoryBackend::new();
    let labels = [
        ("__name__", "requests_total"),
        ("job", "api"),
        ("instance", "a"),
        ("code", "200"),
    ];
    for minute in 0..1500 {
        let at = END.minus(MINUTE * (1500 - minute));
        backend.push(&Labels::from_pairs(labels), at, f64::from(minute));
    }
    assert!(
        measured(&backend, &slo, Source::Raw)
            .outcome
            .figures()
            .is_some()
    );
    let mut answer = Answer::new(Value::Matrix(Vec::new()));
    answer.completeness = Completeness::Partial;
    backend.script(Queries::new(&slo).bad(STEP).to_string(), answer);
    let outcome = measured(&backend, &slo, Source::Raw).outcome;
    let Outcome::Failed(failure) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(failure.kind(), "partial", "{failure}");
}

/// So many of a hundred requests a minute take up to 100 ms, up to 250 ms, and longer.
fn latencies(at_100: f64, at_250: f64) -> MemoryBackend {
    let backend = MemoryBackend::new();
    let labels = |name: &str| {
        Labels::from_pairs([
            ("__name__", name),
            ("reporter", "destination"),
            ("destination_service_name", "api"),
            ("destination_service_namespace", "shop"),
            ("job", "istio"),
            ("instance", "a"),
        ])
    };
    for minute in 0..1500 {
        let at = END.minus(MINUTE * (1499 - minute));
        let all = f64::from(minute);
        let bucket = labels("istio_request_duration_milliseconds_bucket");
        for (le, each) in [("100", at_100), ("250", at_250), ("+Inf", 100.0)] {
            backend.push(&bucket.with("le", le), at, all * each);
        }
        let count = labels("istio_request_duration_milliseconds_count");
        backend.push(&count, at, all * 100.0);
    }
    backend
}

#[test]
fn between_two_bounds_only_their_common_verdict_counts() {
    let istio = IstioService::service("api", "shop");
    let slo = slo("90", istio.latency(200.0).map(Sli::Events).unwrap());
    for (at_100, at_250, verdict) in [
        (95.0, 99.0, Ok(Status::Ok)),
        (50.0, 80.0, Ok(Status::Breached)),
        (50.0, 95.0, Err("between_bounds")),
    ] {
        let outcome = measured(&latencies(at_100, at_250), &slo, Source::Raw).outcome;
        let got = match &outcome {
            Outcome::Value(figures) => {
                // The figures are the lower bound's.
                assert!((figures.counts.sli() - at_100 / 100.0).abs() < 1e-9);
                Ok(figures.status)
            }
            Outcome::Failed(failure) => {
                let text = failure.to_string();
                for bound in [at_100, at_250] {
                    assert!(text.contains(&format!("{bound:.3} %")), "{text}");
                }
                Err(failure.kind())
            }
            _ => Err("no data"),
        };
        assert_eq!(got, verdict, "{at_100} {at_250}");
    }
}

#[test]
fn what_is_asked_of_coverage_is_the_coverage_that_is_reported() {
    let half = |known| {
        let mut buckets = vec![known; DAY / 2];
        buckets.extend(vec![bucket(0.0, 100.0); DAY / 2]);
        buckets
    };
    let required = Required {
        min_coverage: Some(Coverage::from_percent(95.0).unwrap()),
        ..Required::default()
    };
    for (empty, known, fails) in [
        // Without data nobody looked, also where that counts as good.
        (EmptySlice::LeftOut, None, true),
        (EmptySlice::Good, None, true),
        (EmptySlice::Bad, None, false),
        // A quiet half of the day is known to be quiet.
        (EmptySlice::LeftOut, bucket(0.0, 0.0), false),
        (EmptySlice::Good, bucket(0.0, 0.0), false),
    ] {
        let outcome = judged(&sliced(empty), half(known), &required);
        let failed = matches!(&outcome, Outcome::Failed(failure) if failure.kind() == "coverage");
        assert_eq!(failed, fails, "{empty:?} {known:?}: {outcome:?}");
    }
    // Exactly what is asked for is enough.
    let required = Required {
        min_coverage: Some(Coverage::from_percent(50.0).unwrap()),
        ..required
    };
    let slo = slo("99", Sli::Events(requests()));
    assert!(judged(&slo, half(None), &required).figures().is_some());
}

#[test]
fn a_share_of_time_outside_of_0_to_1_is_a_failure_where_it_is_in_the_window() {
    let ratio = RatioSli {
        error_ratio: Template::new("avg_over_time(errors[$window])").unwrap(),
    };
    let slo = slo("99", Sli::Ratio(ratio));
    // Three more than the window holds.
    let with = |at: usize, bad| {
        let mut buckets = vec![bucket(0.0, 1.0); DAY + 3];
        buckets[at] = bad;
        judged(&slo, buckets, &Required::default())
    };
    for (at, bad, fails) in [
        (3, bucket(1.6, 1.0), true),
        (DAY + 2, bucket(-0.6, 1.0), true),
        (DAY + 2, bucket(1.5, 1.0), false),
        (DAY + 2, bucket(-0.5, 1.0), false),
        // A share is of its own total.
        (DAY + 2, bucket(2.0, 2.0), false),
        (DAY + 2, bucket(0.8, 0.5), true),
        (2, bucket(7.0, 1.0), false),
    ] {
        let outcome = with(at, bad);
        let Outcome::Failed(failure) = &outcome else {
            assert!(!fails, "{at} {bad:?}: {outcome:?}");
            continue;
        };
        assert!(fails, "{at} {bad:?}: {failure}");
        let Failure::Inconsistent { end, window, .. } = failure else {
            panic!("{failure:?}")
        };
        let left = u32::try_from(DAY + 2 - at).unwrap();
        assert_eq!((*end, *window), (END.minus(STEP * left), STEP));
    }
}

#[test]
fn the_usual_burn_rates_are_reported_from_their_own_windows() {
    let mut slo = slo("99", Sli::Events(requests()));
    slo.window = "30d".parse().unwrap();
    let mut buckets = vec![bucket(0.0, 100.0); 30 * DAY];
    let hours = [0.084, 0.5, 1.0, 2.0, 6.0, 24.0, 72.0];
    // Each window holds one error more than the next shorter one.
    for hour in hours {
        let back = (hour * 12.0) as usize;
        let at = buckets.len() - back;
        buckets[at] = bucket(1.0, 100.0);
    }
    let reported: Vec<(u64, f64)> = figures(&slo, buckets)
        .burn_rates
        .iter()
        .map(|(window, rate)| (window.as_secs() / 60, rate.unwrap().value()))
        .collect();
    let minutes = [5, 30, 60, 120, 360, 1440, 4320];
    assert_eq!(reported.len(), minutes.len());
    for (i, (window, rate)) in reported.into_iter().enumerate() {
        let wanted = (i + 1) as f64 / (minutes[i] as f64 * 20.0) / 0.01;
        assert_eq!(window, minutes[i]);
        assert!((rate - wanted).abs() < 1e-9, "{window} min: {rate}");
    }
}

#[test]
fn fewer_than_no_bad_events_fire_nothing() {
    // Old errors keep the whole window's sum positive.
    let slo = slo("99", Sli::Events(requests()));
    let mut buckets = vec![bucket(0.0, 100.0); DAY];
    buckets[0] = bucket(99.0, 100.0);
    buckets[DAY - 12..].fill(bucket(-5.0, 100.0));
    let firing = figures(&slo, buckets).decision.is_firing();
    assert_ne!(firing, Some(true));
}

#[test]
fn a_month_of_buckets_that_spend_exactly_the_budget_keeps_the_promise() {
    // A tenth of an event of a hundred in each, as extrapolation gives them: added up one by one they
    // are 864.0000000001.
    let mut slo = slo("99.9", Sli::Events(requests()));
    slo.window = "30d".parse().unwrap();
    let figures = figures(&slo, vec![bucket(0.1, 100.0); 30 * DAY]);
    assert_eq!((figures.counts.bad, figures.counts.total), (864.0, 864e3));
    assert_eq!(figures.budget.consumed_ratio, 1.0);
    assert!(figures.budget.is_kept());
}
