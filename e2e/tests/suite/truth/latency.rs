//! Latency: shares under a threshold, percentiles, thresholds between bounds.

use e2e::{END, Generation, Prometheus};
use slo_core::Slo;
use slo_core::evaluate::Options;

use super::support::{WINDOW, figures, istio, near, run, slo, visible};

#[test]
fn latency_is_what_happened() {
    let services = [
        "api-gateway",
        "model-inference",
        "quiet-batch",
        "post-processing",
    ];
    let slos: Vec<Slo> = services
        .iter()
        .map(|service| {
            slo(
                service,
                "latency",
                "95",
                istio(service).latency(100.0).unwrap(),
            )
        })
        .collect();
    for generation in Generation::ALL {
        for (service, evaluation) in services.iter().zip(run(
            Prometheus::shared(generation),
            &slos,
            &Options::at(END),
        )) {
            let what = format!("{generation:?} {service}");
            let figures = figures(&evaluation);
            let truth = visible(service, WINDOW, END);
            let slow = truth.total - truth.le(100.0);
            near(
                &format!("{what} total"),
                figures.counts.total,
                truth.total as f64,
                0.002,
                1.0,
            );
            near(
                &format!("{what} slow"),
                figures.counts.bad,
                slow as f64,
                0.005,
                1.0,
            );
            // The percentile lies in the bucket that the truth says.
            let rank = 0.95 * truth.total as f64;
            let upper = testkit::BOUNDS_MS
                .iter()
                .position(|b| truth.le(*b) as f64 >= rank)
                .unwrap();
            let lower = if upper == 0 {
                0.0
            } else {
                testkit::BOUNDS_MS[upper - 1]
            };
            let p95 = figures.observed.p95_ms.unwrap();
            let inside = lower * 0.98..=testkit::BOUNDS_MS[upper] * 1.02;
            assert!(inside.contains(&p95), "{what}: {p95} is not in {inside:?}");
        }
    }
}

#[test]
fn a_threshold_between_bounds_is_bracketed() {
    let sli = istio("model-inference").latency(200.0).unwrap();
    let slo = slo("model-inference", "latency", "95", sli);
    let truth = visible("model-inference", WINDOW, END);
    for generation in Generation::ALL {
        let evaluation = run(
            Prometheus::shared(generation),
            std::slice::from_ref(&slo),
            &Options::at(END),
        )
        .remove(0);
        let figures = figures(&evaluation);
        let above = |bound: f64| (truth.total - truth.le(bound)) as f64;
        near(
            "above the lower bound",
            figures.counts.bad,
            above(100.0),
            0.005,
            1.0,
        );
        let best = 1.0 - above(250.0) / truth.total as f64;
        let interval = figures.interval.unwrap();
        assert!(interval.high >= best && interval.low <= figures.counts.sli());
        assert!(
            evaluation
                .warnings
                .iter()
                .any(|w| w.contains("100") && w.contains("250"))
        );
    }
}
