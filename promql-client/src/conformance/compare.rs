//! Two backends, the same questions.

use std::time::Duration;

use super::suite::{Failure, close};
use crate::backend::{InstantOptions, PromQl, RangeOptions};
use crate::error::Result;
use crate::labels::Labels;
use crate::time::Timestamp;
use crate::value::{Series, Value};

/// Expressions over the [`dataset`](super::dataset) whose answers two backends of the same
/// semantics must agree on: most of the language, at ends of ranges, resets, gaps and births.
#[must_use]
pub fn expressions() -> &'static [&'static str] {
    EXPRESSIONS
}

const EXPRESSIONS: &[&str] = &[
    "conformance_requests_total",
    "conformance_odd",
    "conformance_jobs_total offset 35m",
    "timestamp(conformance_jobs_total)",
    "timestamp(conformance_jobs_total + 0)",
    "rate(conformance_requests_total[1m])",
    "rate(conformance_requests_total[7m] offset 15m)",
    "increase(conformance_requests_total[30m])",
    "increase(conformance_errors_total[1h])",
    "increase(conformance_errors_total[47m])",
    "increase(conformance_jobs_total[25m])",
    "increase(conformance_jobs_total[1h30m])",
    "delta(conformance_temperature[10m])",
    "delta(conformance_errors_total[41m])",
    "irate(conformance_requests_total[1m])",
    "resets(conformance_requests_total[1h])",
    "resets(conformance_temperature[5m])",
    "changes(conformance_up[2h])",
    "changes(conformance_odd[5m])",
    "sum_over_time(conformance_temperature[5m])",
    "avg_over_time(conformance_temperature[10m])",
    "avg_over_time(conformance_odd[1m])",
    "min_over_time(conformance_temperature[3m])",
    "max_over_time(conformance_odd[1m])",
    "count_over_time(conformance_jobs_total[40m])",
    "last_over_time(conformance_jobs_total[40m])",
    "present_over_time(conformance_errors_total[1m])",
    "absent_over_time(conformance_jobs_total[1m])",
    "absent(conformance_jobs_total)",
    "absent(conformance_missing{job=\"a\",job=\"b\",x=\"y\",z!=\"w\"})",
    "sum by (code) (rate(conformance_requests_total[5m]))",
    "sum without (code) (conformance_requests_total)",
    "avg by (instance) (conformance_requests_total)",
    "min(conformance_odd)",
    "max(conformance_odd{kind=~\"nan|tiny\"})",
    "sum(conformance_odd)",
    "count by (job) ({__name__=~\"conformance_.*\"})",
    "group by (code) (conformance_requests_total)",
    "sum by (__name__) ({__name__=~\"conformance_(up|temperature)\"})",
    "histogram_quantile(0.5, sum by (le) (rate(conformance_latency_seconds_bucket[5m])))",
    "histogram_quantile(0.93, conformance_latency_seconds_bucket)",
    "histogram_quantile(0.99, rate(conformance_latency_seconds_bucket{le!=\"+Inf\"}[5m]))",
    "histogram_quantile(0.7, conformance_latency_seconds_bucket{le=~\"0.5|.Inf\"})",
    "histogram_quantile(scalar(vector(0.25)), increase(conformance_latency_seconds_bucket[10m]))",
    "conformance_latency_seconds_sum / conformance_latency_seconds_count",
    "conformance_requests_total{code=\"500\"} / ignoring (code) conformance_requests_total{code=\"200\"}",
    "conformance_requests_total / on (instance) group_left () sum by (instance) (conformance_requests_total)",
    "sum by (instance) (conformance_requests_total) - on (instance) group_right () conformance_requests_total",
    "conformance_requests_total * on (job) group_left (le) conformance_latency_seconds_bucket{le=\"0.1\"}",
    "conformance_requests_total > 100",
    "conformance_requests_total > bool 100",
    "100 > conformance_requests_total",
    "conformance_requests_total{instance=\"a\"} > on (code) conformance_requests_total{instance=\"b\"}",
    "conformance_requests_total{instance=\"a\"} >= ignoring (instance) conformance_requests_total{instance=\"b\"}",
    "conformance_requests_total == conformance_requests_total",
    "conformance_odd != conformance_odd",
    "conformance_up and on (job) conformance_temperature",
    "conformance_up unless on (instance) conformance_requests_total{code=\"200\"} > 1000",
    "conformance_errors_total or conformance_jobs_total",
    "conformance_jobs_total or conformance_up",
    "conformance_errors_total or on () vector(0)",
    "-conformance_temperature + 2 * conformance_temperature",
    "conformance_temperature % 7 ^ 2",
    "2 ^ -1 ^ 2",
    "-1 ^ 2",
    "conformance_odd / 0",
    "0 / conformance_odd",
    "abs(-conformance_temperature)",
    "round(conformance_temperature, 0.3)",
    "round(-conformance_temperature)",
    "clamp_min(conformance_odd, 0)",
    "clamp_max(conformance_odd, 0)",
    "vector(time())",
    "scalar(conformance_temperature) * 2",
    "scalar(conformance_up)",
    "label_replace(conformance_up, \"host\", \"$1-x\", \"instance\", \"(.*)\")",
    "label_replace(conformance_up, \"instance\", \"\", \"instance\", \"nothing\")",
    "label_replace(conformance_up, \"job\", \"\", \"instance\", \"a\")",
    "max_over_time(rate(conformance_requests_total[2m])[20m:1m])",
    "sum_over_time(conformance_up[13m:45s] offset 2m)",
    "avg_over_time(sum by (code) (conformance_requests_total)[10m:30s])",
    "count_over_time(vector(1)[5m:1m])",
    "increase(sum(conformance_requests_total)[30m:1m])",
    "quantile_missing or conformance_up",
    "1 - avg_over_time(conformance_up[1h])",
    "sum(rate(conformance_requests_total{code=~\"5..\"}[30m])) / sum(rate(conformance_requests_total[30m]))",
    // Errors on both, too.
    "conformance_requests_total / on (instance) conformance_requests_total",
    "conformance_requests_total + on (job) group_left () conformance_up",
    "rate({__name__=~\"conformance_(jobs|errors)_total\"}[5m])",
    "sum by (code) (conformance_requests_total) + on () group_left () conformance_up",
    "label_replace(conformance_up, \"instance\", \"same\", \"\", \"\")",
    "rate(conformance_up)",
];

/// Asks two backends all [`expressions`], at several times and over a range, and compares shapes,
/// labels, timestamps and values (to a relative 1e-9); where one answers an error, the other must,
/// of the same kind. Answers how many answers were compared.
///
/// # Errors
/// The first expression the two disagree on.
pub async fn compare(a: &dyn PromQl, b: &dyn PromQl, end: Timestamp) -> Result<usize, Failure> {
    let mut compared = 0;
    for query in EXPRESSIONS {
        let fail = |message: String| Failure {
            case: (*query).to_owned(),
            message,
        };
        // On a scrape, between two, around the reset, in the gap, near the birth and at the start.
        for back in [0u64, 7, 1_195, 1_200, 3_600, 2_400, 2_381, 7_100] {
            let at = end.minus(Duration::from_secs(back));
            let options = InstantOptions::at(at);
            let left = a.instant(query, &options).await.map(|answer| answer.data);
            let right = b.instant(query, &options).await.map(|answer| answer.data);
            same(left, right, same_value).map_err(|m| fail(format!("at {at}: {m}")))?;
            compared += 1;
        }
        let step = Duration::from_secs(37);
        let from = end.minus(Duration::from_secs(7_000));
        let options = RangeOptions::new(from, end, step);
        let left = a.range(query, &options).await.map(|answer| answer.data);
        let right = b.range(query, &options).await.map(|answer| answer.data);
        same(left, right, same_series).map_err(|m| fail(format!("range: {m}")))?;
        compared += 1;
    }
    Ok(compared)
}

fn same<T>(
    a: Result<T>,
    b: Result<T>,
    compare: impl Fn(T, T) -> Result<(), String>,
) -> Result<(), String> {
    match (a, b) {
        (Ok(a), Ok(b)) => compare(a, b),
        (Err(a), Err(b)) if a.kind() == b.kind() => Ok(()),
        (Err(a), Err(b)) => Err(format!("two errors: {a} / {b}")),
        (Ok(_), Err(error)) => Err(format!("an answer / {error}")),
        (Err(error), Ok(_)) => Err(format!("{error} / an answer")),
    }
}

fn same_value(a: Value, b: Value) -> Result<(), String> {
    match (a, b) {
        (Value::Scalar(a), Value::Scalar(b)) if close(a.value, b.value) => Ok(()),
        (Value::Vector(mut a), Value::Vector(mut b)) => {
            a.sort_by(|x, y| x.labels.cmp(&y.labels));
            b.sort_by(|x, y| x.labels.cmp(&y.labels));
            let flat = |v: &[crate::Sample]| -> Vec<(Labels, Vec<(Timestamp, f64)>)> {
                v.iter()
                    .map(|s| {
                        let value = s.float().unwrap_or(f64::NAN);
                        (s.labels.clone(), vec![(s.timestamp, value)])
                    })
                    .collect()
            };
            same_flat(&flat(&a), &flat(&b))
        }
        (Value::Matrix(a), Value::Matrix(b)) => same_series(a, b),
        (a, b) if a == b => Ok(()),
        (a, b) => Err(format!("{a:?} / {b:?}")),
    }
}

fn same_series(mut a: Vec<Series>, mut b: Vec<Series>) -> Result<(), String> {
    a.sort_by(|x, y| x.labels.cmp(&y.labels));
    b.sort_by(|x, y| x.labels.cmp(&y.labels));
    let flat = |series: &[Series]| -> Vec<(Labels, Vec<(Timestamp, f64)>)> {
        let points = |s: &Series| s.points.iter().map(|p| (p.timestamp, p.value)).collect();
        series
            .iter()
            .map(|s| (s.labels.clone(), points(s)))
            .collect()
    };
    same_flat(&flat(&a), &flat(&b))
}

type Flat = [(Labels, Vec<(Timestamp, f64)>)];

fn same_flat(a: &Flat, b: &Flat) -> Result<(), String> {
    let names = |f: &Flat| {
        f.iter()
            .map(|(l, _)| l.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    if a.len() != b.len() {
        return Err(format!("{} / {}", names(a), names(b)));
    }
    for ((labels, points), (other, others)) in a.iter().zip(b) {
        if labels != other {
            return Err(format!("{labels} / {other}"));
        }
        if points.len() != others.len() {
            return Err(format!(
                "{labels}: {} / {} points",
                points.len(),
                others.len()
            ));
        }
        for ((t, v), (u, w)) in points.iter().zip(others) {
            if t != u || !close(*v, *w) {
                return Err(format!("{labels}: {v} at {t} / {w} at {u}"));
            }
        }
    }
    Ok(())
}
