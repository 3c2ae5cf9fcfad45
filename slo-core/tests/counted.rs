//! Recordings telescope: whatever the scrapes show counts once, in exactly one bucket.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use futures::executor::block_on;
use promql_client::memory::RangeSemantics;
use promql_client::{InstantOptions, Labels, MemoryBackend, PromQl, Selector, Timestamp, Value};
use proptest::prelude::*;
use slo_core::queries::Queries;
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};

const START: i64 = 1_800_000_000_000;
const BUCKET: i64 = 300_000;

fn slo() -> Slo {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    let name = |text: &str| Name::new(text).unwrap();
    let objective = "99.9".parse().unwrap();
    Slo::new(
        name("api"),
        name("a"),
        objective,
        Window::days(30).unwrap(),
        Sli::Events(sli),
    )
}

fn series(code: &str) -> Labels {
    let labels = [
        ("__name__", "requests_total"),
        ("job", "api"),
        ("instance", "a"),
        ("code", code),
    ];
    Labels::from_pairs(labels)
}

/// What the recording rule writes at `at`.
fn recorded(backend: &MemoryBackend, at: i64) -> f64 {
    let query = Queries::new(&slo()).bucket_bad().to_string();
    let options = InstantOptions::at(Timestamp::from_millis(at));
    match block_on(backend.instant(&query, &options)).unwrap().data {
        Value::Vector(samples) => samples
            .first()
            .map_or(0.0, |sample| sample.float().unwrap()),
        other => panic!("{other:?}"),
    }
}

/// Scrapes a counter of errors that grows by `steps` (milliseconds after the start, how many) on a
/// target that also serves good requests; answers what twelve recordings add up to.
fn sum_of_recordings(
    semantics: RangeSemantics,
    interval: i64,
    phase: i64,
    group_offset: i64,
    born_at_zero: bool,
    steps: &[(i64, u32)],
) -> f64 {
    let backend = MemoryBackend::new().with_semantics(semantics);
    let end = START + 12 * BUCKET + group_offset;
    let mut at = START - 2 * BUCKET + phase;
    while at <= end {
        let errors: u32 = steps
            .iter()
            .filter(|(when, _)| START + when <= at)
            .map(|s| s.1)
            .sum();
        let time = Timestamp::from_millis(at);
        backend.push(&series("200"), time, (at - START) as f64 / 100.0 + 1e6);
        if errors > 0 || born_at_zero {
            backend.push(&series("500"), time, f64::from(errors));
        }
        at += interval;
    }
    (0..=12)
        .map(|k| recorded(&backend, START + k * BUCKET + group_offset))
        .sum()
}

fn semantics() -> impl Strategy<Value = RangeSemantics> {
    prop_oneof![Just(RangeSemantics::LeftOpen), Just(RangeSemantics::Closed)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_isolated_error_counts_once_whichever_scrape_it_falls_on(
        semantics in semantics(),
        interval in prop_oneof![Just(15_000i64), Just(60_000)],
        phase in 0i64..60_000,
        group_offset in 0i64..BUCKET,
        when in 0i64..(11 * BUCKET),
        born_at_zero in any::<bool>(),
    ) {
        let phase = phase % interval;
        let sum = sum_of_recordings(semantics, interval, phase, group_offset, born_at_zero, &[(when, 1)]);
        prop_assert_eq!(sum, 1.0);
    }

    #[test]
    fn whatever_the_scrapes_show_counts_once(
        semantics in semantics(),
        interval in prop_oneof![Just(15_000i64), Just(60_000), Just(7_000)],
        group_offset in 0i64..BUCKET,
        steps in prop::collection::vec((0i64..(11 * BUCKET), 1u32..50), 1..20),
        born_at_zero in any::<bool>(),
    ) {
        let sum = sum_of_recordings(semantics, interval, 0, group_offset, born_at_zero, &steps);
        prop_assert_eq!(sum, f64::from(steps.iter().map(|s| s.1).sum::<u32>()));
    }
}

#[test]
fn a_scrape_on_the_border_of_two_buckets_counts_in_one_of_them() {
    for semantics in [RangeSemantics::LeftOpen, RangeSemantics::Closed] {
        for when in [BUCKET - 15_000, BUCKET, BUCKET + 15_000] {
            assert_eq!(
                sum_of_recordings(semantics, 15_000, 0, 0, false, &[(when, 3)]),
                3.0
            );
        }
    }
}

#[test]
fn a_whole_counter_is_never_added_after_a_gap_in_scraping() {
    let backend = MemoryBackend::new();
    let push = |at: i64, errors: f64| {
        let time = Timestamp::from_millis(START + at);
        backend.push(&series("200"), time, 1e6 + at as f64);
        backend.push(&series("500"), time, errors);
    };
    (0..20).for_each(|i| push(i * 15_000, 500.0));
    // Nothing is scraped for twenty minutes; meanwhile seven errors happen.
    (100..140).for_each(|i| push(i * 15_000, 507.0));
    let sum: f64 = (0..8).map(|k| recorded(&backend, START + k * BUCKET)).sum();
    assert_eq!(sum, 7.0);
    // A short gap is bridged by the counters themselves.
    let backend = MemoryBackend::new();
    for i in (0..20).chain(35..60) {
        let time = Timestamp::from_millis(START + i * 15_000);
        backend.push(&series("200"), time, 1e6);
        backend.push(&series("500"), time, if i < 20 { 500.0 } else { 507.0 });
    }
    let sum: f64 = (0..4).map(|k| recorded(&backend, START + k * BUCKET)).sum();
    assert_eq!(sum, 7.0);
}

#[test]
fn a_target_that_is_new_itself_is_not_guessed_at() {
    let backend = MemoryBackend::new();
    for i in 40..80 {
        let time = Timestamp::from_millis(START + i * 15_000);
        backend.push(&series("200"), time, 1000.0);
        backend.push(&series("500"), time, if i < 60 { 30.0 } else { 32.0 });
    }
    let sum: f64 = (0..5).map(|k| recorded(&backend, START + k * BUCKET)).sum();
    assert_eq!(sum.round(), 2.0);
    // How many that may be is known.
    let query = Queries::new(&slo())
        .in_doubt(Duration::from_secs(3600))
        .unwrap()
        .to_string();
    let options = InstantOptions::at(Timestamp::from_millis(START + 80 * 15_000));
    let Value::Vector(samples) = block_on(backend.instant(&query, &options)).unwrap().data else {
        panic!()
    };
    assert_eq!(samples.first().unwrap().float(), Some(30.0));
}

#[test]
fn queries_look_as_far_and_as_closely_as_the_documents_say() {
    let query = Queries::new(&slo())
        .bad(Duration::from_secs(300))
        .to_string();
    let documents = include_str!("../../docs/slo-math.md");
    for range in ["[20m]", "[2h10m:5m]", "[1d:1h]", "[1h:5m]"] {
        assert!(query.contains(range), "{range}: {query}");
        assert!(documents.contains(range), "{range}");
    }
    // The window and an hour before.
    assert!(query.contains("[1h5m:5m]"), "{query}");
    assert!(documents.contains("[w+1h:5m]"));
}
