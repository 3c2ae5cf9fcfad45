//! A mesh with one of everything, and how the program is run on it.

use promql_client::{Labels, MemoryBackend, Timestamp};

use super::{FakePrometheus, Fault, Outcome, meshobs};

/// When everything is evaluated.
pub(crate) const AT: &str = "2026-11-23T12:00:00Z";
pub(crate) const NOW: i64 = 1_795_435_200;

/// A service's counters over the last two hours: so many good and bad requests a minute.
pub(crate) fn service(backend: &MemoryBackend, name: &str, namespace: &str, good: f64, bad: f64) {
    for (code, per_minute) in [("200", good), ("500", bad)] {
        let labels = Labels::from_pairs([
            ("__name__", "istio_requests_total"),
            ("reporter", "destination"),
            ("destination_service_name", name),
            ("destination_service_namespace", namespace),
            ("response_code", code),
            ("response_flags", "-"),
            ("job", "proxies"),
            ("instance", "10.0.0.1:15020"),
        ]);
        for minute in 0..=120 {
            let time = Timestamp::from_secs(NOW - (120 - minute) * 60);
            backend.push(&labels, time, per_minute * minute as f64);
        }
    }
}

/// A mesh with one of everything.
pub(crate) fn mesh() -> MemoryBackend {
    let backend = MemoryBackend::new();
    service(&backend, "good", "shop", 100.0, 0.0);
    service(&backend, "bad", "shop", 90.0, 10.0);
    // 0.04 % errors: kept, but of its budget of 1 per 1,000 nothing like a tenth is gone; the tight
    // one has 4 % left.
    service(&backend, "tight", "shop", 9990.4, 9.6);
    service(&backend, "twice", "shop", 10.0, 0.0);
    service(&backend, "twice", "test", 10.0, 0.0);
    service(&backend, "idle", "shop", 0.0, 0.0);
    backend
}

pub(crate) fn spec(services: &[&str]) -> String {
    let document = |name: &&str| {
        format!(
            "version: meshobs/v1\nservice: {name}\nnamespace: shop\nwindow: 1h\nslos:\n  \
             - {{name: availability, objective: 99.9, availability: istio}}\n"
        )
    };
    services
        .iter()
        .map(document)
        .collect::<Vec<_>>()
        .join("---\n")
}

pub(crate) fn check(prometheus: &FakePrometheus, services: &[&str], more: &[&str]) -> Outcome {
    let args = [
        "slo",
        "check",
        "--spec",
        "-",
        "--at",
        AT,
        "--prometheus-url",
        &prometheus.url,
        "--retries",
        "0",
    ];
    meshobs(&[&args, more].concat(), &spec(services))
}

pub(crate) fn start() -> FakePrometheus {
    FakePrometheus::start(mesh(), Fault::None)
}

/// Two of five latency buckets are enough here: half of the requests take at most 100 ms.
pub(crate) fn latencies(backend: &MemoryBackend, name: &str, fast: f64, all: f64) {
    for (suffix, le, per_minute) in [
        ("bucket", "100", fast),
        ("bucket", "+Inf", all),
        ("count", "", all),
    ] {
        let metric = format!("istio_request_duration_milliseconds_{suffix}");
        let labels = Labels::from_pairs([
            ("__name__", metric.as_str()),
            ("reporter", "destination"),
            ("destination_service_name", name),
            ("destination_service_namespace", "shop"),
            ("le", le),
            ("job", "proxies"),
            ("instance", "10.0.0.1:15020"),
        ]);
        for minute in 0..=120 {
            let time = Timestamp::from_secs(NOW - (120 - minute) * 60);
            backend.push(&labels, time, per_minute * minute as f64);
        }
    }
}
