//! The in-memory backend passes the suite, with the semantics of either generation.
#![cfg(feature = "conformance")]

use futures::executor::block_on;
use promql_client::{MemoryBackend, PromQl, RangeSemantics, Timestamp, conformance};

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
