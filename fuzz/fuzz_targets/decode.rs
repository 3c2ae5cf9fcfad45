//! Any bytes through every decoder of the API's JSON: no panic, every error has a place within the
//! body, and what was read is written and read again as the same. What was read can be read in one way
//! only: each label set once, each time of a series once and in order. A server's words are short.
#![no_main]

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use promql_client::wire::{self, Payload};
use promql_client::{Error, Labels, MetricMetadata, RuleGroup, Series, Value};

fn check<T: Payload + Debug>(body: &[u8]) {
    match wire::decode::<T>(200, body) {
        Ok(answer) => {
            for remarks in [&answer.warnings, &answer.infos] {
                assert!(remarks.len() <= 20 && remarks.iter().all(|text| text.len() <= 1024));
            }
            let written = wire::encode(&answer);
            let again = wire::decode::<T>(200, written.as_bytes());
            // As text, because NaN is not equal to itself.
            assert_eq!(format!("{:?}", Ok::<_, Error>(answer)), format!("{again:?}"));
        }
        Err(Error::Decode { offset, .. }) => assert!(offset <= body.len()),
        Err(error) => {
            let (status, written) = wire::encode_error(&error);
            let again = wire::decode::<T>(status, written.as_bytes()).unwrap_err();
            assert_eq!(again.kind(), error.kind());
        }
    }
}

fn unambiguous(all: &[Series]) {
    let labels: HashSet<_> = all.iter().map(|series| &series.labels).collect();
    assert_eq!(labels.len(), all.len());
    for series in all {
        let floats = series.points.iter().map(|point| point.timestamp);
        let histograms = series.histograms.iter().map(|point| point.timestamp);
        let times: HashSet<_> = floats.clone().chain(histograms.clone()).collect();
        assert_eq!(times.len(), series.points.len() + series.histograms.len());
        assert!(floats.is_sorted() && histograms.is_sorted());
    }
}

fn check_all(body: &[u8]) {
    check::<Value>(body);
    match wire::decode::<Value>(200, body).map(|answer| answer.data) {
        Ok(Value::Vector(samples)) => {
            let labels: HashSet<_> = samples.iter().map(|sample| &sample.labels).collect();
            assert_eq!(labels.len(), samples.len());
        }
        Ok(Value::Matrix(all)) => unambiguous(&all),
        _ => {}
    }
    check::<Vec<Series>>(body);
    check::<Vec<Labels>>(body);
    check::<Vec<String>>(body);
    check::<Vec<RuleGroup>>(body);
    check::<BTreeMap<String, String>>(body);
    check::<BTreeMap<String, Vec<MetricMetadata>>>(body);
}

fuzz_target!(|bytes: &[u8]| {
    check_all(bytes);
    // Most mutations break the envelope; what is in it is the larger part.
    for head in [
        r#"{"status":"success","data":"#,
        r#"{"status":"success","data":{"resultType":"vector","result":"#,
        r#"{"status":"success","data":{"resultType":"matrix","result":"#,
    ] {
        let tail = if head.ends_with("result\":") { "}}" } else { "}" };
        check_all(&[head.as_bytes(), bytes, tail.as_bytes()].concat());
    }
});
