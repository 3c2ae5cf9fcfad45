//! The in-memory backend passes the suite, with the semantics of either generation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(feature = "conformance")]

use std::collections::BTreeMap;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    InstantOptions, Labels, MemoryBackend, PromQl, RangeOptions, RangeSemantics, Timestamp, Value,
    conformance,
};

const END: Timestamp = Timestamp::from_secs(1_700_000_025);

fn backend(semantics: RangeSemantics) -> MemoryBackend {
    let backend = MemoryBackend::new().with_semantics(semantics);
    for series in conformance::dataset(END) {
        backend.push_series(&series);
    }
    backend
}

#[test]
fn both_semantics_pass() {
    for semantics in [RangeSemantics::LeftOpen, RangeSemantics::Closed] {
        let report = block_on(conformance::check(&backend(semantics), END));
        let report = report.unwrap_or_else(|failure| panic!("{semantics:?}: {failure}"));
        assert_eq!(report.passed.len(), 38);
    }
}

#[test]
fn a_backend_without_the_data_fails_with_the_case_named() {
    let failure = block_on(conformance::check(&MemoryBackend::new(), END)).unwrap_err();
    assert!(failure.case.starts_with("03 "), "{failure}");
}

#[test]
fn the_comparison_sees_the_difference_between_the_generations() {
    let three = backend(RangeSemantics::LeftOpen);
    let two = backend(RangeSemantics::Closed);
    let same: &dyn PromQl = &three;
    let compared = block_on(conformance::compare(same, same, END)).unwrap();
    assert_eq!(compared, conformance::expressions().len() * 9);
    let failure = block_on(conformance::compare(&three, &two, END)).unwrap_err();
    assert!(failure.message.contains("at 2023-"), "{failure}");
}

#[test]
fn the_openmetrics_text_is_in_series_and_time_order() {
    let text = conformance::openmetrics(&conformance::dataset(END));
    assert!(text.ends_with("# EOF\n"));
    assert!(text.contains("# TYPE conformance_requests counter\n"));
    assert!(text.contains("# TYPE conformance_latency_seconds histogram\n"));
    assert!(text.contains(r#"conformance_awkward{text="a\"b\\c\nd é {}"} 1 1700000025"#));
    let mut last: Option<(&str, f64)> = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, rest) = line.rsplit_once("} ").unwrap();
        let time: f64 = rest.rsplit_once(' ').unwrap().1.parse().unwrap();
        if let Some((before, earlier)) = last {
            assert!(before != series || earlier < time, "{line}");
        }
        last = Some((series, time));
    }
}

/// A range is walked with cursors, an instant query is searched afresh: they must agree.
#[test]
fn every_step_of_a_range_is_the_instant_query_of_its_time() {
    let step = Duration::from_secs(83);
    for semantics in [RangeSemantics::LeftOpen, RangeSemantics::Closed] {
        let backend = backend(semantics);
        for query in conformance::expressions() {
            let options = RangeOptions::new(END.minus(step * 60), END, step);
            let range = block_on(backend.range(query, &options));
            for i in 0..=60 {
                let at = options.start.plus(step * i);
                let instant = block_on(backend.instant(query, &InstantOptions::at(at)));
                let (Ok(range), Ok(instant)) = (&range, &instant) else {
                    // An error of one step fails the whole range.
                    assert!(range.is_err() || instant.is_ok(), "{query} at {at}");
                    continue;
                };
                let expected: BTreeMap<Labels, u64> = match &instant.data {
                    Value::Vector(samples) => {
                        let bits = samples.iter().map(|s| (s.labels.clone(), bits(s.float())));
                        bits.collect()
                    }
                    Value::Scalar(point) => [(Labels::empty(), bits(Some(point.value)))].into(),
                    other => panic!("{query}: {other:?}"),
                };
                let of_step = range.data.iter().filter_map(|series| {
                    let point = series.points.iter().find(|p| p.timestamp == at)?;
                    Some((series.labels.clone(), bits(Some(point.value))))
                });
                assert_eq!(
                    of_step.collect::<BTreeMap<_, _>>(),
                    expected,
                    "{query} at {at}"
                );
            }
        }
    }
}

fn bits(value: Option<f64>) -> u64 {
    value.map_or(0, |v| if v.is_nan() { 1 } else { v.to_bits() })
}
