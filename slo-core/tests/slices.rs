//! Time slices and throughput floors: what a slice is, and what is known of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod judged;
mod recording;

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{InstantOptions, Labels, MemoryBackend, PromQl, SampleValue, Value};
use slo_core::evaluate::{Source, Status};
use slo_core::queries::Queries;
use slo_core::rules::{self, RuleSet};
use slo_core::sli::{Budgeting, EmptySlice, Leg, Slice, ThroughputSli, TimeSlices};
use slo_core::{Coverage, Sli};

use crate::judged::{DAY, END, MINUTE, bucket, figures, measured, requests, sliced, slo, total};
use crate::recording::record;

#[test]
fn a_slice_at_exactly_its_floor_is_good() {
    let floor = ThroughputSli::new(Leg::counter(total()), 0.5).unwrap();
    let slo = slo("90", Sli::Throughput(floor));
    for (events, bad) in [(150.0, 0.0), (149.0, 1.0)] {
        let mut buckets = vec![bucket(1e3, 1e3); DAY];
        buckets[100] = bucket(events, events);
        assert_eq!(figures(&slo, buckets).counts.bad, bad, "{events}");
    }
}

#[test]
fn a_slice_at_exactly_its_target_is_good() {
    let slo = sliced(EmptySlice::LeftOut);
    for (errors, bad) in [(1.0, 0.0), (2.0, 1.0)] {
        let mut buckets = vec![bucket(0.0, 100.0); DAY];
        buckets[100] = bucket(errors, 100.0);
        assert_eq!(figures(&slo, buckets).counts.bad, bad, "{errors}");
    }
}

#[test]
fn a_slice_is_empty_where_nothing_happened_and_bad_where_only_errors_did() {
    // Of a day's slices: what one bucket makes of them.
    for (one, empty, bad, total) in [
        (bucket(0.0, 100.0), EmptySlice::LeftOut, 0.0, 288.0),
        (bucket(0.0, 0.0), EmptySlice::LeftOut, 0.0, 287.0),
        (bucket(0.0, 0.0), EmptySlice::Good, 0.0, 288.0),
        (bucket(0.0, 0.0), EmptySlice::Bad, 1.0, 288.0),
        (None, EmptySlice::LeftOut, 0.0, 287.0),
        (bucket(3.0, 0.0), EmptySlice::LeftOut, 1.0, 288.0),
    ] {
        let mut buckets = vec![bucket(0.0, 100.0); DAY];
        buckets[100] = one;
        let counts = figures(&sliced(empty), buckets).counts;
        assert_eq!(
            (counts.bad, counts.total),
            (bad, total),
            "{one:?} {empty:?}"
        );
    }
}

#[test]
fn presence_is_recorded_where_empty_slices_count_and_there_are_no_groups() {
    for (empty, grouped, recorded) in [
        (EmptySlice::Bad, false, true),
        (EmptySlice::Good, false, true),
        (EmptySlice::LeftOut, false, false),
        (EmptySlice::Bad, true, false),
    ] {
        let mut slo = sliced(empty);
        slo.group_by = grouped.then(|| "path".to_owned()).into_iter().collect();
        let present = Queries::new(&slo).bucket_present();
        assert_eq!(present.is_some(), recorded, "{empty:?} {grouped}");
    }
}

#[test]
fn a_recorded_slice_at_exactly_its_floor_is_good() {
    let floor = ThroughputSli::new(Leg::counter(total()), 0.5).unwrap();
    let slo = slo("90", Sli::Throughput(floor));
    for (per_minute, bad) in [(30.0, 0.0), (29.0, 1.0)] {
        let backend = MemoryBackend::new();
        let labels = [
            ("__name__", "requests_total"),
            ("job", "api"),
            ("instance", "a"),
        ];
        for minute in 0..=60 {
            let at = END.minus(MINUTE * (60 - minute));
            backend.push(
                &Labels::from_pairs(labels),
                at,
                per_minute * f64::from(minute),
            );
        }
        let query = Queries::new(&slo).bucket_bad().to_string();
        let options = InstantOptions::at(END);
        let answer = block_on(backend.instant(&query, &options));
        let Value::Vector(samples) = answer.unwrap().data else {
            panic!("no vector")
        };
        let values: Vec<SampleValue> = samples.into_iter().map(|s| s.value).collect();
        assert_eq!(values, [SampleValue::Float(bad)], "{per_minute}");
    }
}

#[test]
fn recordings_are_as_far_apart_as_slices_are_long() {
    let mut sli = requests();
    for length in [60, 600, 3600].map(Duration::from_secs) {
        sli.budgeting = Budgeting::TimeSlices(TimeSlices {
            slice: Slice::new(length).unwrap(),
            target: "99".parse().unwrap(),
            empty: EmptySlice::LeftOut,
        });
        let slo = slo("90", Sli::Events(sli.clone()));
        let set: RuleSet = rules::generate(&[slo], &rules::Options::default());
        let recordings = set.groups.iter().find(|g| g.name.ends_with(":recordings"));
        assert_eq!(recordings.unwrap().interval, length);
    }
}

#[test]
fn quiet_slices_are_known_from_raw_series_and_from_recordings() {
    // Nothing happens in the last four hours, and all is scraped.
    let backend = MemoryBackend::new();
    for left in (0..2 * 1440).rev() {
        let happened = f64::from((2 * 1440 - left).min(2 * 1440 - 240));
        for (code, value) in [("200", 10.0 * happened), ("500", 1.0)] {
            let labels = [
                ("__name__", "requests_total"),
                ("job", "api"),
                ("instance", "a"),
                ("code", code),
            ];
            backend.push(&Labels::from_pairs(labels), END.minus(MINUTE * left), value);
        }
    }
    let mut slo = sliced(EmptySlice::LeftOut);
    slo.data.min_coverage = Some(Coverage::from_percent(95.0).unwrap());
    let first = END.minus(MINUTE * 1800 + Duration::from_secs(100));
    record(&backend, &slo, first, END);
    for source in [Source::Raw, Source::Recorded] {
        let evaluation = measured(&backend, &slo, source);
        let figures = evaluation.outcome.figures().unwrap();
        assert_eq!(figures.status, Status::Ok, "{source:?}");
        assert!(evaluation.coverage > 0.99, "{source:?}");
        let firing: Vec<_> = figures.decision.tiers.iter().map(|t| t.firing).collect();
        assert!(
            firing.iter().all(|f| *f == Some(false)),
            "{source:?}: {firing:?}"
        );
        // Twenty hours of slices count.
        assert!(
            (239.0..=241.0).contains(&figures.counts.total),
            "{:?}",
            figures.counts
        );
    }
}
