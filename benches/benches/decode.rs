//! Decoding of complete response bodies, in bytes per second: ours, and the same bodies by
//! `prometheus-http-query` as its client does it (`serde_json` into its public types).
//!
//! A vector of 10,000 series with an Istio mesh's labels, and a matrix of 100 series of 11,000
//! points. In test mode the bodies are small; before anything is timed, both sides must agree on
//! every label and value.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a wrong answer must stop the benchmark"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use prometheus_http_query::response::{Data, PromqlResult};
use promql_client::{Value, wire};
use serde::Deserialize;

/// The wrapper that `prometheus-http-query` has around its answers; private there, so repeated.
#[derive(Deserialize)]
#[serde(tag = "status")]
enum TheirEnvelope {
    #[serde(alias = "success")]
    Success { data: PromqlResult },
}

fn theirs(body: &[u8]) -> Data {
    let TheirEnvelope::Success { data } = serde_json::from_slice(body).unwrap();
    data.into_inner().0
}

fn ours(body: &[u8]) -> Value {
    wire::decode(200, body).unwrap().data
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let timed = has("--bench") && !has("--test");
    let (series, ranges, points) = if timed {
        (10_000, 100, 11_000)
    } else {
        (20, 3, 50)
    };

    let mut criterion = Criterion::default().configure_from_args();
    compare(&mut criterion, "vector", &vector(series));
    compare(&mut criterion, "matrix", &matrix(ranges, points));
    criterion.final_summary();
}

fn compare(criterion: &mut Criterion, shape: &str, body: &str) {
    let body = body.as_bytes();
    assert_same(&ours(body), &theirs(body));
    let mut group = criterion.benchmark_group(format!("decode {shape}"));
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.sample_size(20);
    let megabytes = format!("{:.1} MB", body.len() as f64 / 1e6);
    group.bench_with_input(
        BenchmarkId::new("promql-client", &megabytes),
        body,
        |b, body| {
            b.iter(|| ours(black_box(body)));
        },
    );
    group.bench_with_input(
        BenchmarkId::new("prometheus-http-query", &megabytes),
        body,
        |b, body| b.iter(|| theirs(black_box(body))),
    );
    group.finish();
}

/// Every label, time and value alike; their times are floats of seconds.
fn assert_same(ours: &Value, theirs: &Data) {
    let same_labels = |ours: &promql_client::Labels, theirs: &std::collections::HashMap<_, _>| {
        assert_eq!(ours.len(), theirs.len());
        for (name, value) in ours.iter() {
            assert_eq!(theirs.get(name).map(String::as_str), Some(value));
        }
    };
    let same_point = |millis: i64, value: f64, theirs: &prometheus_http_query::response::Sample| {
        assert_eq!(millis as f64, (theirs.timestamp() * 1000.0).round());
        assert_eq!(value.to_bits(), theirs.value().to_bits());
    };
    match (ours, theirs) {
        (Value::Vector(ours), Data::Vector(theirs)) => {
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                same_labels(&ours.labels, theirs.metric());
                let value = ours.float().unwrap();
                same_point(ours.timestamp.as_millis(), value, theirs.sample());
            }
        }
        (Value::Matrix(ours), Data::Matrix(theirs)) => {
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                same_labels(&ours.labels, theirs.metric());
                assert_eq!(ours.points.len(), theirs.samples().len());
                for (ours, theirs) in ours.points.iter().zip(theirs.samples()) {
                    same_point(ours.timestamp.as_millis(), ours.value, theirs);
                }
            }
        }
        other => panic!("different shapes: {other:?}"),
    }
}

fn labels(i: usize) -> String {
    let (code, reason) = [("200", "-"), ("404", "-"), ("503", "UF,URX")][i % 3];
    format!(
        r#"{{"__name__":"istio_requests_total","connection_security_policy":"mutual_tls","destination_service_name":"checkout-{service}","destination_service_namespace":"shop-{namespace}","destination_version":"v{version}","destination_workload":"checkout-{service}-v{version}","instance":"10.42.{a}.{b}:15020","job":"kubernetes-pods","reporter":"destination","request_protocol":"http","response_code":"{code}","response_flags":"{reason}","source_workload":"frontend-{source}"}}"#,
        service = i / 12,
        namespace = i % 7,
        version = 1 + i % 2,
        a = i / 250 % 250,
        b = i % 250,
        source = i % 31,
    )
}

/// A whole number as a counter is, or a fraction with all its digits as a rate is.
fn value(i: usize, k: usize) -> String {
    let n = 1_000_003 * (i + 1) + 37 * k + (k * k) % 11;
    if i.is_multiple_of(2) {
        n.to_string()
    } else {
        (n as f64 / 14_285.7).to_string()
    }
}

fn body(shape: &str, elements: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = elements.collect();
    format!(
        r#"{{"status":"success","data":{{"resultType":"{shape}","result":[{}]}}}}"#,
        all.join(",")
    )
}

fn vector(series: usize) -> String {
    let element = |i| {
        let (labels, value) = (labels(i), value(i, 0));
        format!(r#"{{"metric":{labels},"value":[1767225600.781,"{value}"]}}"#)
    };
    body("vector", (0..series).map(element))
}

fn matrix(series: usize, points: usize) -> String {
    let element = |i| {
        let mut values = String::new();
        for k in 0..points {
            let comma = if k == 0 { "" } else { "," };
            let (time, value) = (1_767_225_600 + 15 * k, value(i, k));
            write!(values, r#"{comma}[{time},"{value}"]"#).unwrap();
        }
        format!(r#"{{"metric":{},"values":[{values}]}}"#, labels(i))
    };
    body("matrix", (0..series).map(element))
}
