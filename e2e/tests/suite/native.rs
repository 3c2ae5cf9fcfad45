//! Latency from native histograms, remote-written to real servers, against what was written.

use std::time::Duration;

use e2e::remote_write::{Exponential, write_histograms};
use e2e::{END, Generation, Options, Prometheus};
use promql_client::http::HttpBackend;
use slo_core::evaluate::{self, evaluate};
use slo_core::sli::IstioService;
use slo_core::{Name, Sli, Slo};
use testkit::Rng;

const SCRAPE_MS: i64 = 15_000;
const WINDOW: Duration = Duration::from_secs(2 * 3600);
/// Buckets 0 to 80: from 1 ms to 1,024 ms.
const BUCKETS: usize = 81;

/// Three hours of a service that answers around 50 ms, scraped every 15 s.
fn samples() -> Vec<(i64, Exponential)> {
    let mut rng = Rng::seeded(5);
    let mut seen = Exponential {
        first: 0,
        counts: vec![0; BUCKETS],
        ..Exponential::default()
    };
    let scrapes = 3 * 3600 * 1000 / SCRAPE_MS;
    let mut sample = |i: i64| {
        for _ in 0..rng.poisson(40.0) {
            // Bucket k ends at 2^(k/8) ms: 40 ends at 32 ms, 48 at 64 ms.
            let k = 36 + rng.binomial(24, 0.4) as usize;
            seen.counts[k] += 1;
            seen.count += 1;
            seen.sum += 2f64.powf((k as f64 - 0.5) / 8.0);
        }
        (END.as_millis() - (scrapes - i) * SCRAPE_MS, seen.clone())
    };
    (0..=scrapes).map(&mut sample).collect()
}

/// Requests of the window: all, and those above the end of bucket `k`.
fn truth(samples: &[(i64, Exponential)], k: usize) -> (f64, f64) {
    let start = END.minus(WINDOW).as_millis();
    let before = &samples.iter().rfind(|(at, _)| *at <= start).unwrap().1;
    let after = &samples.last().unwrap().1;
    let above = |h: &Exponential| h.counts[k + 1..].iter().sum::<u64>();
    (
        (after.count - before.count) as f64,
        (above(after) - above(before)) as f64,
    )
}

#[test]
fn native_histograms_are_what_was_written() {
    let samples = samples();
    let labels = [
        ("__name__", "istio_request_duration_milliseconds"),
        ("destination_service_name", "reviews"),
        ("destination_service_namespace", "shop"),
        ("instance", "10.0.0.1:15020"),
        ("job", "istio-proxies"),
        ("reporter", "destination"),
    ];
    let flags = [
        "--web.enable-remote-write-receiver",
        "--enable-feature=native-histograms",
    ];
    let flags = flags.map(str::to_owned).to_vec();
    for generation in Generation::ALL {
        let server = Prometheus::start(
            generation,
            &Options {
                flags: flags.clone(),
                ..Options::default()
            },
        )
        .unwrap();
        write_histograms(server.address(), &labels, &samples).unwrap();
        let slo = |name: &str, threshold_ms: f64| {
            Slo::new(
                Name::new("reviews").unwrap(),
                Name::new(name).unwrap(),
                "90".parse().unwrap(),
                "2h".parse().unwrap(),
                Sli::Events(
                    IstioService::service("reviews", "shop")
                        .latency_native(threshold_ms)
                        .unwrap(),
                ),
            )
        };
        // 64 ms is the end of bucket 48; 100 ms lies in bucket 54, from 98.7 to 107.6 ms.
        let slos = [slo("on-a-bound", 64.0), slo("between-bounds", 100.0)];
        let backend = HttpBackend::builder(server.url()).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let options = evaluate::Options::at(END);
        let evaluations = runtime.block_on(evaluate(&backend, &slos, &options));
        let counts = |i: usize| {
            let evaluation = &evaluations[i];
            evaluation
                .outcome
                .figures()
                .unwrap_or_else(|| panic!("{evaluation:?}"))
                .counts
        };
        // `increase` extrapolates by at most a scrape interval at each end: 30 s of two hours.
        let near = |got: f64, want: f64| {
            assert!(
                (got - want).abs() <= 0.005 * want,
                "{generation:?}: {got} instead of {want}"
            );
        };
        let (total, above) = truth(&samples, 48);
        near(counts(0).total, total);
        near(counts(0).bad, above);
        let (most, fewest) = (truth(&samples, 53).1, truth(&samples, 54).1);
        let bad = counts(1).bad;
        let inside = fewest * 0.995..=most * 1.005;
        assert!(
            inside.contains(&bad),
            "{generation:?}: {bad} is not in {inside:?}"
        );
        let p95 = evaluations[0]
            .outcome
            .figures()
            .unwrap()
            .observed
            .p95_ms
            .unwrap();
        let at_or_under = |k: usize| total - truth(&samples, k).1;
        let k = (0..BUCKETS - 1)
            .find(|k| at_or_under(*k) >= 0.95 * total)
            .unwrap();
        let bucket = 2f64.powf((k as f64 - 1.0) / 8.0) * 0.999..=2f64.powf(k as f64 / 8.0) * 1.001;
        assert!(
            bucket.contains(&p95),
            "{generation:?}: {p95} is not in {bucket:?}"
        );
        assert!((evaluations[0].coverage - 1.0).abs() < 1e-9);
    }
}
