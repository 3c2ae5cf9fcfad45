//! What could be read in two ways is read in none.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::super::{Payload, decode};
use crate::backend::{MetricMetadata, RuleGroup};
use crate::error::Error;
use crate::{Labels, Series, Value};

fn success(data: &str) -> String {
    format!(r#"{{"status":"success","data":{data}}}"#)
}

/// Where the body is refused, and why.
#[track_caller]
fn fault<T: Payload + Debug>(body: &str) -> (usize, String) {
    match decode::<T>(200, body.as_bytes()) {
        Err(Error::Decode { offset, message }) => (offset, message),
        other => panic!("{body}: {other:?}"),
    }
}

#[track_caller]
fn refused<T: Payload + Debug>(body: &str, why: &str) {
    let (offset, message) = fault::<T>(body);
    assert!(message.contains(why), "{body}: {message}");
    assert!(offset <= body.len());
}

/// A body and the same one with `twice` a second time, at each of the places marked with `@`.
fn doubled(body: &str, twice: &str) -> String {
    body.replace('@', twice)
}

#[test]
fn a_name_that_comes_twice_is_refused_in_every_object() {
    let why = "each name once";
    let vector = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"1"},"value":[1,"2"]}]}}"#;
    let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"2"]],"histograms":[[2,{"count":"1","sum":"2","buckets":[]}]]}]}}"#;
    assert!(decode::<Value>(200, vector.as_bytes()).is_ok());
    assert!(decode::<Vec<Series>>(200, matrix.as_bytes()).is_ok());
    for (field, twice) in [
        (r#""status":"success""#, r#""status":"success""#),
        (r#""status":"success""#, r#""status":"error""#),
        (r#""resultType":"#, r#""resultType":"vector""#),
        (r#""metric":"#, r#""metric":{"b":"1"}"#),
        (r#""a":"1""#, r#""a":"2""#),
        (r#""a":"1""#, r#""a":"""#),
        (r#""value":"#, r#""value":[1,"3"]"#),
    ] {
        let body = vector.replacen(field, &format!("{twice},{field}"), 1);
        refused::<Value>(&body, why);
    }
    for (field, twice) in [
        (r#""values":"#, r#""values":[]"#),
        (r#""histograms":"#, r#""histograms":null"#),
        (r#""count":"1""#, r#""count":"1""#),
        (r#""sum":"2""#, r#""sum":"3""#),
        (r#""buckets":"#, r#""buckets":null"#),
    ] {
        let body = matrix.replacen(field, &format!("{twice},{field}"), 1);
        refused::<Vec<Series>>(&body, why);
    }
    // Whatever nobody reads, however deep, however it is spelt.
    for twice in [
        r#""x":1,"x":1"#,
        r#""x":[{"y":{"z":1,"z":2}}]"#,
        r#""data":[],"data":[]"#,
        r#""warnings":["a"],"warnings":["b"]"#,
        r#""error":"","error":"""#,
        r#""st\u0061tus":"success""#,
    ] {
        let body = format!(r#"{{{twice},"status":"success","data":[]}}"#);
        refused::<Vec<String>>(&body, why);
    }
    let many: Vec<_> = (0..2000).map(|i| format!(r#""n{i}":1"#)).collect();
    let body = |last: &str| {
        format!(
            r#"{{"status":"success","data":[],{},{last}}}"#,
            many.join(",")
        )
    };
    assert!(decode::<Vec<String>>(200, body(r#""n2000":1"#).as_bytes()).is_ok());
    refused::<Vec<String>>(&body(r#""n7":1"#), why);
    refused::<Vec<String>>(&body(r#""n1777":1"#), why);

    let labels = success(r#"[{"a":"1",@"b":"2"}]"#);
    refused::<Vec<Labels>>(&doubled(&labels, r#""b":"2","#), why);
    refused::<Vec<Labels>>(&doubled(&labels, r#""b":"\u0032","#), why);
    let page = success(r#"{"version":"2",@"x":1}"#);
    refused::<BTreeMap<String, String>>(&doubled(&page, r#""version":"3","#), why);
    let metadata = success(r#"{"up":[],@"x":[]}"#);
    refused::<BTreeMap<String, Vec<MetricMetadata>>>(&doubled(&metadata, r#""up":[],"#), why);
    let kind = success(r#"{"up":[{"type":"gauge",@"help":""}]}"#);
    refused::<BTreeMap<String, Vec<MetricMetadata>>>(&doubled(&kind, r#""type":"x","#), why);
    let rules = success(r#"{"groups":[{"name":"g",@"rules":[{"type":"recording","name":"r"}]}]}"#);
    refused::<Vec<RuleGroup>>(&doubled(&rules, r#""name":"h","#), why);
}

#[test]
fn the_place_of_a_name_that_comes_twice_is_told() {
    let body = r#"{"status":"success","data":[],"x":1, "data":7}"#;
    assert_eq!(
        fault::<Vec<String>>(body).0,
        body.rfind(r#""data""#).unwrap()
    );
}

#[test]
fn a_label_set_that_comes_twice_is_refused_and_its_place_told() {
    let vector = |second: &str| {
        success(&format!(
            r#"{{"resultType":"vector","result":[{{"metric":{{"a":"1","b":"2"}},"value":[1,"1"]}}, {{"metric":{second},"value":[1,"2"]}}]}}"#
        ))
    };
    for same in [
        r#"{"a":"1","b":"2"}"#,
        r#"{"b":"2","a":"1"}"#,
        r#"{"b":"2","c":"","a":"1"}"#,
        r#"{"a":"\u0031","b":"2"}"#,
    ] {
        let body = vector(same);
        let (offset, message) = fault::<Value>(&body);
        assert_eq!(message, "expected each label set once");
        assert_eq!(offset, body.rfind(r#"{"metric""#).unwrap());
    }
    assert!(decode::<Value>(200, vector(r#"{"a":"1"}"#).as_bytes()).is_ok());
    let matrix = success(
        r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]]},{"metric":{"a":""},"values":[[2,"2"]]}]}"#,
    );
    refused::<Vec<Series>>(&matrix, "each label set once");
    refused::<Value>(&matrix, "each label set once");
    // Also where the result is read last.
    let reversed = matrix
        .replace(r#""resultType":"matrix","#, "")
        .replace("]}]}", r#"]}],"resultType":"matrix"}"#);
    refused::<Vec<Series>>(&reversed, "each label set once");
}

#[test]
fn a_sample_is_a_float_or_a_histogram_and_a_series_has_one_at_a_time() {
    let sample = success(
        r#"{"resultType":"vector","result":[{"metric":{},"value":[1,"1"],"histogram":[1,{"count":"1","sum":"1"}]}]}"#,
    );
    refused::<Value>(&sample, "either a `value` or a `histogram`");
    let series = |fields: &str| {
        success(&format!(
            r#"{{"resultType":"matrix","result":[{{"metric":{{}}{fields}}}]}}"#
        ))
    };
    let histogram = |time: u32| format!(r#"[{time},{{"count":"1","sum":"1"}}]"#);
    for (values, histograms) in [
        (r#"[1,"1"],[1,"2"]"#, String::new()),
        (r#"[1,"1"],[3,"2"],[2,"2"]"#, String::new()),
        (r#" [1,"1"] , [1.0,"1"] "#, String::new()),
        ("", format!("{},{}", histogram(1), histogram(1))),
        ("", format!("{},{}", histogram(2), histogram(1))),
        (
            r#"[1,"1"],[2,"1"]"#,
            format!("{},{}", histogram(0), histogram(2)),
        ),
    ] {
        let body = series(&format!(
            r#","values":[{values}],"histograms":[{histograms}]"#
        ));
        refused::<Vec<Series>>(&body, "times in ascending order");
    }
    let both = series(&format!(
        r#","values":[[1,"1"],[3,"1"]],"histograms":[{},{}]"#,
        histogram(2),
        histogram(4)
    ));
    assert!(decode::<Vec<Series>>(200, both.as_bytes()).is_ok());
    for nothing in ["", r#","value":[1,"1"]"#, r#","x":1"#] {
        refused::<Vec<Series>>(&series(nothing), "`values` or `histograms`");
    }
    // Prometheus, Thanos and VictoriaMetrics leave series without points out.
    for empty in [
        r#","values":[]"#,
        r#","values":null"#,
        r#","histograms":[]"#,
        r#","values":null,"histograms":[ ]"#,
    ] {
        let body = series(empty);
        refused::<Vec<Series>>(&body, "a point in `values` or `histograms`");
        refused::<Value>(&body, "a point in `values` or `histograms`");
    }
}

#[test]
fn a_success_with_an_error_is_neither() {
    let with = |fields: &str| format!(r#"{{"status":"success",{fields},"data":[]}}"#);
    for (fields, words) in [
        (r#""errorType":"execution""#, "got execution"),
        (r#""error":"too many samples""#, "got too many samples"),
        (r#""errorType":"timeout","error":"why""#, "got timeout: why"),
    ] {
        refused::<Vec<String>>(&with(fields), words);
        let last = format!(r#"{{"data":[],"status":"success",{fields}}}"#);
        refused::<Vec<String>>(&last, words);
    }
    for nothing in [r#""errorType":null"#, r#""errorType":"","error":"""#] {
        assert!(decode::<Vec<String>>(200, with(nothing).as_bytes()).is_ok());
    }
}

#[test]
fn a_name_that_was_there_before_needs_its_quote_again() {
    let series = |first: &str| {
        success(&format!(
            r#"{{"resultType":"vector","result":[{{"metric":{{"job":"a"}},"value":[1,"2"]}},{{"metric":{{{first}job":"b"}},"value":[1,"2"]}}]}}"#
        ))
    };
    assert!(decode::<Value>(200, series("\"").as_bytes()).is_ok());
    for other in ["x", " ", "'", ""] {
        let body = series(other);
        let (offset, _) = fault::<Value>(&body);
        assert!(offset > body.len() / 2, "{other}: {offset}");
    }
}
