use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use super::super::{Payload, decode, encode_error};
use crate::backend::{Answer, Completeness, MetricMetadata, RuleGroup, RuleKind};
use crate::value::{BucketBounds, SampleValue};
use crate::{Error, Labels, Series, Timestamp, Value};

fn read<T: Payload>(body: &str) -> Answer<T> {
    decode(200, body.as_bytes()).unwrap()
}

fn success<T: Payload>(data: &str) -> T {
    read::<T>(&format!(r#"{{"status":"success","data":{data}}}"#)).data
}

fn refused<T: Payload + Debug>(status: u16, body: &str) -> Error {
    decode::<T>(status, body.as_bytes()).unwrap_err()
}

fn fault_at(body: &str) -> usize {
    match refused::<Value>(200, body) {
        Error::Decode { offset, .. } => offset,
        other => panic!("{other:?}"),
    }
}

#[test]
fn reads_a_vector_of_floats_and_histograms() {
    let value: Value = success(
        r#"{"resultType":"vector","result":[
            {"metric":{"__name__":"up","job":"a"},"value":[1435781451.781,"1e-67"]},
            {"metric":{},"value":[1435781451.781,"+Inf"]},
            {"value":[1435781451.781,"-Inf"],"metric":{"job":"b\u00e9\"\n"}},
            {"metric":{"job":"c"},"histogram":[1,{"count":"59","sum":"NaN","buckets":[
                [1,"-8","-4","1"],[3,"-0.25","0.25","3"],[0,"4","8","2"],[2,"8","+Inf","1"]]}]},
            {"metric":{"job":"d"},"histogram":[1,{"sum":"0","count":"0"}]}
        ]}"#,
    );
    let Value::Vector(samples) = value else {
        panic!("{value:?}")
    };
    assert_eq!(samples[0].float(), Some(1e-67));
    assert_eq!(
        samples[0].timestamp,
        Timestamp::from_millis(1_435_781_451_781)
    );
    assert_eq!(samples[0].labels.get("job"), Some("a"));
    assert_eq!(samples[1].float(), Some(f64::INFINITY));
    assert!(samples[1].labels.is_empty());
    assert_eq!(samples[2].float(), Some(f64::NEG_INFINITY));
    assert_eq!(samples[2].labels.get("job"), Some("bé\"\n"));
    let SampleValue::Histogram(histogram) = &samples[3].value else {
        panic!("{:?}", samples[3])
    };
    assert!(histogram.sum.is_nan());
    let bounds: Vec<_> = histogram.buckets.iter().map(|b| b.bounds).collect();
    use BucketBounds::{ClosedBoth, OpenBoth, OpenLeft, OpenRight};
    assert_eq!(bounds, [OpenRight, ClosedBoth, OpenLeft, OpenBoth]);
    assert_eq!(histogram.buckets[3].upper, f64::INFINITY);
    assert!(matches!(&samples[4].value, SampleValue::Histogram(h) if h.buckets.is_empty()));
}

#[test]
fn reads_a_matrix_scalars_and_strings() {
    let series: Vec<Series> = success(
        r#"{"resultType":"matrix","result":[
            {"metric":{"a":"1"},"values":[[1,"2"],[1.5,"NaN"]],"histograms":[[2,{"count":"1","sum":"2","buckets":null}]]},
            {"metric":{"a":"2"},"values":null,"histograms":[[2,{"count":"1","sum":"2"}]]}
        ]}"#,
    );
    assert_eq!(series[0].points[1].timestamp, Timestamp::from_millis(1500));
    assert!(series[0].points[1].value.is_nan());
    assert_eq!(series[0].histograms[0].histogram.sum, 2.0);
    assert!(series[1].points.is_empty());
    let scalar: Value = success(r#"{"resultType":"scalar","result":[1,"-0"]}"#);
    assert!(matches!(scalar, Value::Scalar(p) if p.value.to_bits() == (-0.0f64).to_bits()));
    let text: Value = success(r#"{"resultType":"string","result":[1.25,"a\tb"]}"#);
    assert_eq!(
        text,
        Value::String(Timestamp::from_millis(1250), "a\tb".to_owned())
    );
}

#[test]
fn accepts_any_order_unknown_fields_and_null_lists() {
    let answer: Answer<Vec<Series>> = read(
        r#" { "infos":["i"], "stats": {"deep":[{"x":[null,true,-1.5e3,"\u0041"]}]},
            "data":{"result":[{"values":[ [ 1 , "2" ] ],"extra":1,"metric":{ "a" : "b" }}],
                    "stats":{},"resultType":"matrix","analysis":null},
            "warnings":null,"error":null,"isPartial":null,"status":"success" } "#,
    );
    assert_eq!(answer.data[0].points.len(), 1);
    assert_eq!(answer.data[0].labels, Labels::from_pairs([("a", "b")]));
    assert_eq!(answer.infos, ["i"]);
    assert_eq!(answer.completeness, Completeness::Complete);
    for data in [
        r#"{"resultType":"vector","result":null}"#,
        r#"{"result":[],"resultType":"vector"}"#,
    ] {
        assert_eq!(success::<Value>(data), Value::Vector(Vec::new()));
    }
    assert!(success::<Vec<String>>("null").is_empty());
    assert!(success::<BTreeMap<String, Vec<MetricMetadata>>>("null").is_empty());
}

#[test]
fn knows_a_partial_answer() {
    for remarks in [
        r#""warnings":["No StoreAPIs matched for this query"]"#,
        r#""isPartial":true"#,
    ] {
        let body = format!(r#"{{"status":"success",{remarks},"data":[]}}"#);
        let answer: Answer<Vec<String>> = read(&body);
        assert_eq!(answer.completeness, Completeness::Partial, "{body}");
    }
}

#[test]
fn reads_labels_metadata_rules_and_status_pages() {
    let labels: Vec<Labels> = success(r#"[{"__name__":"up","b":"","a":"x\\y"}]"#);
    assert_eq!(
        labels,
        [Labels::from_pairs([("__name__", "up"), ("a", "x\\y")])]
    );
    let metadata: BTreeMap<String, Vec<MetricMetadata>> =
        success(r#"{"up":[{"type":"gauge","unit":"","help":"1 if up","x":1}]}"#);
    assert_eq!(
        metadata["up"],
        [MetricMetadata::new("gauge", "1 if up", "")]
    );
    let groups: Vec<RuleGroup> = success(
        r#"{"groups":[{"name":"g","file":"f.yml","interval":0.5,"limit":0,"rules":[
            {"type":"alerting","state":"firing","name":"A","query":"up == 0","duration":60,
             "labels":{"severity":"page"},"annotations":{},"alerts":[{"activeAt":"x"}],"health":"ok",
             "evaluationTime":0.0001,"lastEvaluation":"2023-05-18T15:52:53.45Z"},
            {"health":"err","lastError":"many-to-many","name":"r","query":"a / b","type":"recording"}
        ]}]}"#,
    );
    assert_eq!(groups[0].interval, Duration::from_millis(500));
    let [alert, record] = &groups[0].rules[..] else {
        panic!("{groups:?}")
    };
    assert_eq!(
        (alert.kind, alert.state.as_deref()),
        (RuleKind::Alerting, Some("firing"))
    );
    assert_eq!(alert.labels.get("severity"), Some("page"));
    assert_eq!(
        (record.kind, record.last_error.as_deref()),
        (RuleKind::Recording, Some("many-to-many"))
    );
    let page: BTreeMap<String, String> = success(r#"{"version":"3.5.0","CWD":null,"n":1}"#);
    assert_eq!(
        page,
        BTreeMap::from([("version".to_owned(), "3.5.0".to_owned())])
    );
}

#[test]
fn errors_are_typed_and_unknown_ones_kept() {
    for (kind, expected) in [
        ("bad_data", "bad_query"),
        ("execution", "execution"),
        ("canceled", "canceled"),
        ("timeout", "timeout"),
        ("internal", "unavailable"),
        ("unavailable", "unavailable"),
        ("not_found", "api"),
        ("not_acceptable", "api"),
        ("too_old", "api"),
    ] {
        let body =
            format!(r#"{{"data":7,"errorType":"{kind}","error":"1:2: no","status":"error"}}"#);
        let error = refused::<Value>(418, &body);
        assert_eq!(error.kind(), expected);
        assert!(error.to_string().contains("1:2: no"), "{error}");
        if let Error::Api {
            error_type, status, ..
        } = &error
        {
            assert_eq!((error_type.as_str(), *status), (kind, 418));
        }
        let (status, written) = encode_error(&error);
        let again = refused::<Value>(status, &written);
        assert_eq!(again.to_string(), error.to_string());
    }
    for (status, kind) in [(400, "api"), (500, "unavailable")] {
        let bare = refused::<Value>(status, r#"{"status":"error"}"#);
        assert_eq!(bare.kind(), kind);
    }
}

#[test]
fn says_where_a_body_cannot_be_read() {
    let head = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"#;
    for (tail, offset) in [
        (r#""a":1}"#, 4),
        (r#""a":"1"},"value":[1,2]}]}}"#, 20),
        (r#""a":"1"},"value":[1,"x"]}]}}"#, 20),
        (r#""a":"1"},"value":["1","2"]}]}}"#, 18),
        (r#""a":"1"},"value":[01,"2"]}]}}"#, 18),
        (r#""a":"1"},"value":[1e30,"2"]}]}}"#, 18),
        (r#""a":"1"},"value":[1,"2",3]}]}}"#, 23),
        (r#""a":"1"}}]}}"#, 9),
        ("\"a\n\":\"1\"}}]}}", 2),
        (r#""\x":"1"}}]}}"#, 1),
        (r#""a"#, 2),
    ] {
        assert_eq!(
            fault_at(&format!("{head}{tail}")),
            head.len() + offset,
            "{tail}"
        );
    }
    assert_eq!(fault_at(""), 0);
    assert_eq!(fault_at("<html>"), 0);
    assert_eq!(fault_at(r#"{"status":"success"}"#), 20);
    assert_eq!(fault_at(r#"{"status":"maybe","data":[]}"#), 28);
    assert_eq!(
        fault_at(r#"{"status":"success","data":{"resultType":"blob","result":1}}"#),
        57
    );
    assert_eq!(fault_at(r#"{"status":"error"} x"#), 19);
    assert!(matches!(
        decode::<Value>(200, b"{\"a\":\"\xff\"}").unwrap_err(),
        Error::Decode { offset: 6, .. }
    ));
    let deep = format!(r#"{{"x":{}"#, "[".repeat(100_000));
    assert!(fault_at(&deep) < 200);
    let range = refused::<Vec<Series>>(
        200,
        r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
    );
    assert!(
        range.to_string().contains("resultType of matrix"),
        "{range}"
    );
}
