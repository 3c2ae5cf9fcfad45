//! Latency from histograms, through the evaluator.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod recording;

use std::time::Duration;

use futures::executor::block_on;
use promql_client::memory::Request;
use promql_client::{
    BucketBounds, Error, HistogramBucket, Labels, MemoryBackend, NativeHistogram, Selector,
    Timestamp,
};
use slo_core::evaluate::{Evaluation, Options, Source, evaluate};
use slo_core::sli::{Buckets, EventSli, IstioService, Latency};
use slo_core::{Name, Sli, Slo, Window};

use crate::recording::record;

const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: u32 = 288;

fn slo(sli: EventSli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let window = Window::days(1).unwrap();
    let objective = "99".parse().unwrap();
    Slo::new(name("api"), name("a"), objective, window, Sli::Events(sli))
}

fn series(name: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", "api"), ("instance", "a")])
}

fn one(backend: &MemoryBackend, slo: &Slo, source: Source) -> Evaluation {
    let options = Options::at(END).from_source(source);
    let mut all = block_on(evaluate(backend, std::slice::from_ref(slo), &options));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn warned(evaluation: &Evaluation, part: &str) {
    let warnings = &evaluation.warnings;
    assert!(warnings.iter().any(|w| w.contains(part)), "{warnings:?}");
}

fn latency(backend: &MemoryBackend, slow: f64) -> Slo {
    let labels = |le: &str| {
        Labels::from_pairs([
            ("__name__", "istio_request_duration_milliseconds_bucket"),
            ("reporter", "destination"),
            ("destination_service_name", "api"),
            ("destination_service_namespace", "shop"),
            ("job", "istio"),
            ("instance", "a"),
            ("le", le),
        ])
    };
    for left in 0..DAY * 5 + 20 {
        let at = END.minus(Duration::from_secs(60) * left);
        let minutes = f64::from(DAY * 5 + 20 - left);
        backend.push(&labels("100"), at, minutes * (100.0 - slow));
        backend.push(&labels("250"), at, minutes * (100.0 - slow));
        backend.push(&labels("+Inf"), at, minutes * 100.0);
        let count = labels("").filtered(|name| name != "le");
        let count = count.with("__name__", "istio_request_duration_milliseconds_count");
        backend.push(&count, at, minutes * 100.0);
    }
    let istio = IstioService::service("api", "shop");
    slo(istio.latency(100.0).unwrap())
}

#[test]
fn a_percentile_above_the_last_bound_is_at_least_that() {
    let backend = MemoryBackend::new();
    let above = one(&backend, &latency(&backend, 10.0), Source::Raw);
    warned(&above, "p95 is at least 250 ms");
    let backend = MemoryBackend::new();
    let within = one(&backend, &latency(&backend, 1.0), Source::Raw);
    assert!(
        !within.warnings.iter().any(|w| w.contains("at least")),
        "{within:?}"
    );
}

#[test]
fn what_only_adds_to_the_figures_does_not_cost_them() {
    let backend = MemoryBackend::new();
    let slo = latency(&backend, 1.0);
    backend.hook(|request| match request {
        Request::Instant(query, _) if query.contains("quantile") => Err(Error::Timeout {
            message: "query timed out".to_owned(),
        }),
        _ => Ok(()),
    });
    let evaluation = one(&backend, &slo, Source::Raw);
    let figures = evaluation.outcome.figures().unwrap();
    assert!((figures.counts.error_ratio() - 0.01).abs() < 1e-6);
    assert_eq!(figures.observed.p95_ms, None);
    warned(&evaluation, "left out: the p95 query: ");
}

#[test]
fn histograms_that_had_no_bucket_are_told_whenever_that_was() {
    let backend = MemoryBackend::new();
    let slo = latency(&backend, 1.0);
    // Another one without the bound, until two hours before the end.
    for left in 120..DAY * 5 {
        let at = END.minus(Duration::from_secs(60) * left);
        let labels = Labels::from_pairs([
            ("__name__", "istio_request_duration_milliseconds_count"),
            ("reporter", "destination"),
            ("destination_service_name", "api"),
            ("destination_service_namespace", "shop"),
            ("job", "istio"),
            ("instance", "b"),
        ]);
        backend.push(&labels, at, f64::from(DAY * 5 - left) * 100.0);
    }
    record(&backend, &slo, END.minus(Duration::from_secs(86_000)), END);
    for source in [Source::Raw, Source::Recorded] {
        let evaluation = one(&backend, &slo, source);
        warned(&evaluation, "1 histograms have no bucket at the threshold");
        warned(&evaluation, r#"instance="b""#);
    }
}

#[test]
fn a_percentile_is_in_milliseconds_whatever_the_histogram_counts() {
    let backend = MemoryBackend::new();
    for left in 0..DAY * 5 + 20 {
        let at = END.minus(Duration::from_secs(60) * left);
        let all = f64::from(DAY * 5 + 20 - left) * 100.0;
        for (name, le) in [("bucket", "0.2"), ("bucket", "+Inf"), ("count", "")] {
            let name = format!("request_seconds_{name}");
            backend.push(&series(&name).with("le", le), at, all);
        }
    }
    let sli = EventSli::latency(Latency {
        buckets: Buckets::classic(&Selector::metric("request_seconds")),
        threshold: 0.2,
        unit_ms: 1000.0,
    });
    let evaluation = one(&backend, &slo(sli), Source::Raw);
    let p95 = evaluation.outcome.figures().unwrap().observed.p95_ms;
    // Evenly spread up to 200 ms.
    assert!((p95.unwrap() - 190.0).abs() < 1e-9, "{p95:?}");
}

#[test]
fn a_native_histogram_has_its_bad_ones_above_the_threshold() {
    let backend = MemoryBackend::new();
    for left in 0..DAY * 5 + 20 {
        let minutes = f64::from(DAY * 5 + 20 - left);
        // Nine of ten up to 64 ms, one above 128 ms.
        let bucket = |upper: f64, each: f64| HistogramBucket {
            bounds: BucketBounds::OpenLeft,
            lower: upper / 2.0,
            upper,
            count: each * minutes,
        };
        let histogram = NativeHistogram {
            count: 10.0 * minutes,
            sum: 500.0 * minutes,
            buckets: vec![bucket(64.0, 9.0), bucket(256.0, 1.0)],
        };
        let at = END.minus(Duration::from_secs(60) * left);
        backend.push_histogram(&series("duration"), at, histogram);
    }
    let sli = EventSli::latency(Latency {
        buckets: Buckets::Native {
            histogram: Selector::metric("duration"),
        },
        threshold: 100.0,
        unit_ms: 1.0,
    });
    let counts = one(&backend, &slo(sli), Source::Raw)
        .outcome
        .figures()
        .unwrap()
        .counts;
    assert!((counts.total - 14_400.0).abs() < 20.0, "{counts:?}");
    assert!((counts.bad - 1_440.0).abs() < 2.0, "{counts:?}");
}
