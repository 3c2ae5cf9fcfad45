//! The in-memory evaluator's rules that the conformance suite cannot ask every server about:
//! generations, extrapolation, `anchored`, native histograms, names.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    BucketBounds, Error, HistogramBucket, InstantOptions, Labels, MemoryBackend, NativeHistogram,
    PromQl, RangeOptions, RangeSemantics, SampleValue, Value,
};
use support::{ask, float, floats, labels, minutely, secs};

#[test]
fn generations_differ_in_the_start_of_a_range_and_the_edge_of_the_lookback() {
    for (semantics, in_range, on_edge) in [
        (RangeSemantics::LeftOpen, 5.0, None),
        (RangeSemantics::Closed, 6.0, Some(0.0)),
    ] {
        let backend = MemoryBackend::new().with_semantics(semantics);
        minutely(&backend, "x", &[0.0; 6]);
        assert_eq!(
            float(&backend, "count_over_time(x[5m])", 300),
            Some(in_range)
        );
        assert_eq!(float(&backend, "x", 600), on_edge);
        assert_eq!(
            float(&backend, "count_over_time(x[5m:1m])", 300),
            Some(in_range)
        );
    }
    let backend = MemoryBackend::new();
    minutely(&backend, "x", &[0.0]);
    let mut options = InstantOptions::at(secs(590));
    options.limits.lookback = Some(Duration::from_secs(600));
    let answer = block_on(backend.instant("x", &options)).unwrap();
    assert!(matches!(answer.data, Value::Vector(samples) if samples.len() == 1));
}

#[test]
fn a_counter_is_not_extrapolated_to_below_zero() {
    let backend = MemoryBackend::new();
    // Born at 10, 600 seconds into the window: nothing says it was zero before.
    for minute in 10..=20 {
        backend.push(&labels("x"), secs(minute * 60), 10.0 + (minute - 10) as f64);
        backend.push(&labels("y"), secs(minute * 60), 0.25 + (minute - 10) as f64);
    }
    // Ten steps of one minute gain 10; half a step more at the start.
    let increase = float(&backend, "increase(x[20m])", 1200).unwrap();
    assert!((increase - 10.5).abs() < 1e-9, "{increase}");
    // A quarter of a step before its first sample, this one was at zero.
    let increase = float(&backend, "increase(y[20m])", 1200).unwrap();
    assert!((increase - 10.25).abs() < 1e-9, "{increase}");
    let delta = float(&backend, "delta(y[20m])", 1200).unwrap();
    assert!((delta - 10.5).abs() < 1e-9, "{delta}");
    assert_eq!(
        float(&backend, "increase(x[1m])", 1200),
        None,
        "one sample gains nothing"
    );
}

#[test]
fn anchored_ranges_start_at_the_sample_before_them() {
    let backend = MemoryBackend::new();
    minutely(&backend, "x", &[5.0, 5.0, 8.0, 2.0, 4.0]);
    for (query, at, expected) in [
        // From the sample at 0 (5) to the one at 60 (5), on to 8, a reset to 2, to 4.
        ("increase(x[230s] anchored)", 240, Some(7.0)),
        ("increase(x[2m] anchored)", 240, Some(4.0)),
        ("rate(x[2m] anchored)", 240, Some(4.0 / 120.0)),
        ("delta(x[2m] anchored)", 240, Some(-4.0)),
        ("resets(x[2m] anchored)", 240, Some(1.0)),
        ("changes(x[3m] anchored)", 240, Some(3.0)),
        // Nothing inside: nothing is known.
        ("increase(x[30s] anchored)", 290, None),
    ] {
        assert_eq!(float(&backend, query, at), expected, "{query}");
    }
    let refused = ask(&backend, "sum_over_time(x[2m] anchored)", 240);
    assert!(matches!(refused, Err(Error::Execution { .. })));
}

fn bucket(bounds: BucketBounds, lower: f64, upper: f64, count: f64) -> HistogramBucket {
    HistogramBucket {
        bounds,
        lower,
        upper,
        count,
    }
}

/// Observations on both sides of zero, `n` times.
fn two_sided(n: f64) -> NativeHistogram {
    use BucketBounds::{ClosedBoth, OpenLeft, OpenRight};
    NativeHistogram {
        count: 12.0 * n,
        sum: 10.0 * n,
        buckets: vec![
            bucket(OpenRight, -2.0, -1.0, 3.0 * n),
            bucket(OpenRight, -1.0, -0.5, n),
            bucket(ClosedBoth, -0.001, 0.001, 2.0 * n),
            bucket(OpenLeft, 0.5, 1.0, 2.0 * n),
            bucket(OpenLeft, 1.0, 2.0, 3.0 * n),
            bucket(OpenLeft, 4.0, 8.0, n),
        ],
    }
}

#[test]
fn native_histograms_answer_as_prometheus_does() {
    let backend = MemoryBackend::new();
    for minute in 0..=20 {
        // A reset after ten minutes.
        let n = if minute > 10 { minute - 10 } else { minute + 1 } as f64;
        backend.push_histogram(&labels("h"), secs(minute * 60), two_sided(n));
    }
    // Expected values are Prometheus 3.16's for the same samples (schema 0).
    for (query, expected) in [
        ("histogram_count(h)", 108.0),
        ("histogram_sum(h)", 90.0),
        ("histogram_quantile(0.05, h)", -1.741_101_126_592_248_2),
        ("histogram_quantile(0.3, h)", -0.659_753_955_386_447_1),
        ("histogram_quantile(0.45, h)", 0.0004),
        ("histogram_quantile(0.7, h)", 1.096_824_979_694_626),
        ("histogram_quantile(0.93, h)", 4.469_148_552_288_882),
        ("histogram_quantile(1, h)", 8.0),
        ("histogram_fraction(-1.5, 3, h)", 0.812_907_291_846_955_8),
        ("histogram_fraction(-Inf, 0.7, h)", 0.580_904_471_195_040_3),
        ("histogram_fraction(2, 7, h)", 0.067_279_576_838_133_67),
        ("histogram_count(increase(h[15m]))", 180.0),
        ("histogram_sum(rate(h[5m]))", 1.0 / 6.0),
        ("histogram_count(irate(h[5m]))", 0.2),
        ("resets(h[15m])", 1.0),
        ("changes(h[5m])", 4.0),
        ("histogram_count(sum(h))", 108.0),
        ("histogram_count(h * 2 - h)", 108.0),
        ("histogram_count(avg_over_time(h[3m]))", 96.0),
        ("count(h)", 1.0),
    ] {
        let got = float(&backend, query, 19 * 60 + 20);
        let close = got.is_some_and(|got| (got - expected).abs() <= 1e-12 * expected.abs());
        assert!(close, "{query}: expected {expected}, got {got:?}");
    }
    // A float function, and a comparison with a float, leave histograms out.
    for query in [
        "abs(h)",
        "h > 1",
        "max(h)",
        "max_over_time(h[5m])",
        "histogram_count(x)",
    ] {
        assert_eq!(float(&backend, query, 1200), None, "{query}");
    }
    let Ok(Value::Vector(samples)) = ask(&backend, "h", 0) else {
        panic!("no vector");
    };
    assert_eq!(
        samples[0].value,
        SampleValue::Histogram(Box::new(two_sided(1.0)))
    );
}

#[test]
fn floats_and_histograms_do_not_add_up() {
    let backend = MemoryBackend::new();
    backend.push_histogram(&labels("x{a=\"1\"}"), secs(0), two_sided(1.0));
    backend.push(&labels("x{a=\"2\"}"), secs(0), 1.0);
    assert_eq!(float(&backend, "sum(x)", 60), None);
    assert_eq!(float(&backend, "count(x)", 60), Some(2.0));
    backend.push(&labels("x{a=\"1\"}"), secs(30), 1.0);
    assert_eq!(float(&backend, "rate(x{a=\"1\"}[1m])", 60), None);
    assert_eq!(float(&backend, "resets(x{a=\"1\"}[2m])", 60), Some(1.0));
    assert_eq!(
        float(&backend, "sum(x)", 60),
        Some(2.0),
        "the last sample decides"
    );
}

#[test]
fn names_are_dropped_where_the_value_is_another_one() {
    let backend = MemoryBackend::new();
    minutely(&backend, "a", &[1.0; 5]);
    minutely(&backend, "b", &[2.0; 5]);
    assert_eq!(float(&backend, "a > 0", 240), Some(1.0));
    assert_eq!(floats(&backend, "a > 0", 240)[0].0, "a{}");
    for query in [
        "a + 1",
        "-a",
        "a > bool 0",
        "rate(a[5m])",
        "abs(a)",
        "sum(a)",
    ] {
        assert_eq!(floats(&backend, query, 240)[0].0, "{}", "{query}");
    }
    // Two series that only differ in their name become one label set: refused.
    let both = "{__name__=~\"a|b\"}";
    for query in [
        format!("rate({both}[5m])"),
        format!("{both} * 2"),
        format!("-{both}"),
    ] {
        let answer = ask(&backend, &query, 240);
        assert!(
            matches!(answer, Err(Error::Execution { .. })),
            "{query}: {answer:?}"
        );
    }
    assert_eq!(
        floats(&backend, &format!("last_over_time({both}[5m])"), 240).len(),
        2
    );
}

#[test]
fn a_series_that_takes_over_another_ones_labels_goes_on_in_its_place() {
    let backend = MemoryBackend::new();
    for (pod, from) in [("x{pod=\"1\"}", 0), ("x{pod=\"2\"}", 10)] {
        for minute in from..from + 5 {
            backend.push(&labels(pod), secs(minute * 60), 1.0);
        }
        backend.push_stale(&labels(pod), secs((from + 5) * 60));
    }
    let query = "label_replace(x, \"pod\", \"\", \"\", \"\") * 2";
    let options = RangeOptions::new(secs(0), secs(900), Duration::from_secs(60));
    let answer = block_on(backend.range(query, &options)).unwrap().data;
    assert_eq!(answer.len(), 1);
    assert_eq!(answer[0].points.len(), 10);
    assert_eq!(answer[0].labels, Labels::empty());
}
