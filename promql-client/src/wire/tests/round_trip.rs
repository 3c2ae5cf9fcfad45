use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::super::{Payload, decode, encode};
use crate::backend::{Answer, Completeness, MetricMetadata, Rule, RuleGroup, RuleKind};
use crate::value::{
    BucketBounds, HistogramBucket, HistogramPoint, NativeHistogram, Point, Sample, SampleValue,
};
use crate::{Labels, Series, Timestamp, Value};

/// Bit for bit: `Debug` tells every float apart, minus zero included, and takes `NaN` as equal.
fn comes_back<T: Payload + Debug>(
    data: T,
    warnings: Vec<String>,
    infos: Vec<String>,
    partial: bool,
) {
    let mut answer = Answer::with_remarks(data, warnings, infos);
    if partial {
        answer.completeness = Completeness::Partial;
    }
    let body = encode(&answer);
    let again = decode::<T>(200, body.as_bytes()).unwrap();
    assert_eq!(format!("{answer:?}"), format!("{again:?}"), "{body}");
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        any::<f64>().prop_map(f64::round),
        (any::<i32>(), 0i32..6).prop_map(|(n, e)| f64::from(n) / 10f64.powi(e)),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![any::<i64>(), -10_000i64..2_000_000_000_000].prop_map(Timestamp::from_millis)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,12}",
        "\\PC{0,8}",
        ".{1,6}\n\"\\\\",
        any::<String>()
    ]
}

fn labels() -> impl Strategy<Value = Labels> {
    vec((text(), text()), 0..5).prop_map(Labels::from_pairs)
}

fn histogram() -> impl Strategy<Value = NativeHistogram> {
    use BucketBounds::{ClosedBoth, OpenBoth, OpenLeft, OpenRight};
    let bounds = prop::sample::select(vec![OpenLeft, OpenRight, OpenBoth, ClosedBoth]);
    let bucket = (bounds, float(), float(), float()).prop_map(|(bounds, lower, upper, count)| {
        HistogramBucket {
            bounds,
            lower,
            upper,
            count,
        }
    });
    (float(), float(), vec(bucket, 0..4)).prop_map(|(count, sum, buckets)| NativeHistogram {
        count,
        sum,
        buckets,
    })
}

fn point() -> impl Strategy<Value = Point> {
    (time(), float()).prop_map(|(timestamp, value)| Point { timestamp, value })
}

fn sample() -> impl Strategy<Value = Sample> {
    let value = prop_oneof![
        float().prop_map(SampleValue::Float),
        histogram().prop_map(|h| SampleValue::Histogram(Box::new(h))),
    ];
    (labels(), time(), value).prop_map(|(labels, timestamp, value)| Sample {
        labels,
        timestamp,
        value,
    })
}

/// Floats and histograms, at least one, no two at the same time.
fn series() -> impl Strategy<Value = Series> {
    let sample = (float(), option::of(histogram()));
    (labels(), btree_map(time(), sample, 1..6)).prop_map(|(labels, samples)| {
        let mut series = Series {
            labels,
            ..Series::default()
        };
        for (timestamp, (value, histogram)) in samples {
            match histogram {
                None => series.points.push(Point { timestamp, value }),
                Some(histogram) => series.histograms.push(HistogramPoint {
                    timestamp,
                    histogram,
                }),
            }
        }
        series
    })
}

/// Up to three, no two of the same labels.
fn each_once<T: Debug>(
    items: impl Strategy<Value = T>,
    labels: fn(&T) -> &Labels,
) -> impl Strategy<Value = Vec<T>> {
    vec(items, 0..4).prop_map(move |mut all| {
        let mut seen = HashSet::new();
        all.retain(|item| seen.insert(labels(item).clone()));
        all
    })
}

fn matrix() -> impl Strategy<Value = Vec<Series>> {
    each_once(series(), |series| &series.labels)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        point().prop_map(Value::Scalar),
        (time(), text()).prop_map(|(time, text)| Value::String(time, text)),
        each_once(sample(), |sample| &sample.labels).prop_map(Value::Vector),
        matrix().prop_map(Value::Matrix),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let kind = prop::sample::select(vec![RuleKind::Recording, RuleKind::Alerting]);
    let some_text = || option::of(text().prop_filter("empty is absent", |t| !t.is_empty()));
    (
        kind,
        [text(), text(), text()],
        labels(),
        some_text(),
        some_text(),
    )
        .prop_map(
            |(kind, [name, query, health], labels, state, last_error)| Rule {
                kind,
                name,
                query,
                labels,
                health,
                state,
                last_error,
            },
        )
}

proptest! {
    #[test]
    fn every_query_result_comes_back(
        value in value(), warnings in vec(text(), 0..3), infos in vec(text(), 0..3), partial: bool,
    ) {
        comes_back(value, warnings, infos, partial);
    }

    #[test]
    fn every_range_comes_back(all in matrix()) {
        comes_back(all, Vec::new(), Vec::new(), false);
    }

    #[test]
    fn every_list_comes_back(labels in vec(labels(), 0..4), names in vec(text(), 0..4)) {
        comes_back(labels, Vec::new(), Vec::new(), false);
        let page: BTreeMap<_, _> = names.iter().cloned().zip(names.iter().rev().cloned()).collect();
        comes_back(page, Vec::new(), Vec::new(), false);
        let entry = |n: &String| (n.clone(), vec![MetricMetadata::new(n, n, n)]);
        let metadata: BTreeMap<_, _> = names.iter().map(entry).collect();
        comes_back(metadata, Vec::new(), Vec::new(), false);
        comes_back(names, Vec::new(), Vec::new(), false);
    }

    #[test]
    fn every_rule_comes_back(name in text(), millis in 0u64..1 << 40, rules in vec(rule(), 0..3)) {
        let group = RuleGroup::new(name.clone(), name, Duration::from_millis(millis), rules);
        comes_back(vec![group], Vec::new(), Vec::new(), false);
    }

    #[test]
    fn serde_agrees_that_it_is_json(value in value()) {
        let body = encode(&Answer::new(value));
        serde_json::from_str::<serde_json::Value>(&body).unwrap();
    }

    /// Any cut or changed byte is an error or another answer, never a panic.
    #[test]
    fn damaged_bodies_never_panic(value in value(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut body = encode(&Answer::new(value)).into_bytes();
        let at = at.index(body.len());
        prop_assert!(decode::<Value>(200, &body[..at]).is_err());
        body[at] = byte;
        let _ = decode::<Value>(200, &body);
    }

    /// What is counted while an answer is decoded is at least what it then takes.
    #[test]
    fn what_an_answer_takes_is_counted(all in matrix(), names in vec(text(), 0..40)) {
        let taken = taken(&all);
        let points: usize = all.iter().map(|s| s.points.len() * size_of::<Point>()).sum();
        let labels: usize = all.iter().map(|s| s.labels.heap_bytes()).sum();
        prop_assert!(taken as usize >= all.len() * size_of::<Series>() + points + labels);
        let texts: usize = names.iter().map(|name| size_of::<String>() + name.len()).sum();
        prop_assert!(super::taken(&names) as usize >= texts);
    }
}

fn taken(all: &Vec<Series>) -> u64 {
    super::taken(all)
}
