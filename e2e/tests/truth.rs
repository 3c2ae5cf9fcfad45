//! Every figure of an evaluation on real servers, against the truth of the generator's own events.
//!
//! `visible` is what a perfect reader of the scrapes can know: counts are compared with it to 0.2 %
//! and one event (extrapolation at resets and at the window's ends). Figures that follow from the
//! counts are recomputed from the truth by their definitions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use e2e::{END, Generation, Prometheus, shop};
use promql_client::http::HttpBackend;
use slo_core::evaluate::{Evaluation, Figures, Options, Status, evaluate};
use slo_core::interval::clopper_pearson;
use slo_core::sli::{ErrorClasses, EventSli, IstioService, Protocol};
use slo_core::{Name, Sli, Slo, Window};
use testkit::Counts;

const HOUR: Duration = Duration::from_secs(3600);
const WINDOW: Duration = Duration::from_secs(30 * 86_400);

fn slo(service: &str, name: &str, objective: &str, sli: EventSli) -> Slo {
    Slo::new(
        Name::new(service).unwrap(),
        Name::new(name).unwrap(),
        objective.parse().unwrap(),
        Window::days(30).unwrap(),
        Sli::Events(sli),
    )
}

fn istio(service: &str) -> IstioService {
    let protocol = if service == "grpc-service" {
        Protocol::Grpc
    } else {
        Protocol::Http
    };
    IstioService::service(service, "shop").with_errors(protocol, ErrorClasses::default())
}

fn run(generation: Generation, slos: &[Slo]) -> Vec<Evaluation> {
    let backend = HttpBackend::builder(Prometheus::shared(generation).url())
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(evaluate(&backend, slos, &Options::at(END)))
}

fn figures(evaluation: &Evaluation) -> &Figures {
    evaluation
        .outcome
        .figures()
        .unwrap_or_else(|| panic!("{evaluation:?}"))
}

/// What scrapes in the last `window` show for the first time.
fn visible(service: &str, window: Duration) -> Counts {
    shop().truth(service).visible_window(END.minus(window), END)
}

#[track_caller]
fn near(what: &str, got: f64, want: f64, relative: f64, absolute: f64) {
    let tolerance = relative * want.abs() + absolute;
    assert!(
        (got - want).abs() <= tolerance,
        "{what}: {got} instead of {want} ± {tolerance}"
    );
}

#[test]
fn availability_is_what_happened() {
    let services: Vec<&str> = shop().services().collect();
    let slos: Vec<Slo> = services
        .iter()
        .map(|service| {
            slo(
                service,
                "availability",
                "99.9",
                istio(service).availability().unwrap(),
            )
        })
        .collect();
    for generation in Generation::ALL {
        for (service, evaluation) in services.iter().zip(run(generation, &slos)) {
            check_availability(&format!("{generation:?} {service}"), service, &evaluation);
        }
    }
}

fn check_availability(what: &str, service: &str, evaluation: &Evaluation) {
    let figures = figures(evaluation);
    let truth = visible(service, WINDOW);
    let (total, bad) = (truth.total as f64, truth.bad as f64);
    near(
        &format!("{what} total"),
        figures.counts.total,
        total,
        0.002,
        1.0,
    );
    near(&format!("{what} bad"), figures.counts.bad, bad, 0.002, 1.0);
    let e = 0.001;
    let slack = 1.0 / (e * total);
    near(
        &format!("{what} sli"),
        figures.counts.sli(),
        1.0 - bad / total,
        0.0,
        0.002 * bad / total + 1.0 / total,
    );
    let consumed = bad / (e * total);
    near(
        &format!("{what} consumed"),
        figures.budget.consumed_ratio,
        consumed,
        0.004,
        slack,
    );
    near(
        &format!("{what} remaining"),
        figures.budget.remaining_ratio,
        1.0 - consumed,
        0.004 * consumed,
        slack + 0.004 * consumed,
    );
    assert_eq!(figures.budget.total_ratio, e);
    let (status, kept) = (figures.status, consumed <= 1.0);
    assert_eq!(
        status != Status::Breached,
        kept,
        "{what}: {status:?}, consumed {consumed}"
    );
    for (window, burn) in &figures.burn_rates {
        let truth = visible(service, *window);
        let name = format!("{what} burn rate over {window:?}");
        match burn {
            None => assert_eq!(truth.total, 0, "{name}"),
            Some(burn) => {
                let total = truth.total as f64;
                let want = truth.bad as f64 / total / e;
                near(&name, burn.value(), want, 0.01, 1.0 / (e * total));
            }
        }
    }
    let hour = visible(service, HOUR);
    near(
        &format!("{what} errors per hour"),
        figures.errors_per_hour.unwrap(),
        hour.bad as f64,
        0.01,
        0.5,
    );
    let interval = figures.interval.unwrap();
    let exact = clopper_pearson(bad, total, 0.95);
    let width = exact.high - exact.low;
    near(
        &format!("{what} interval low"),
        interval.low,
        1.0 - exact.high,
        0.0,
        0.02 * width + 1.0 / total,
    );
    near(
        &format!("{what} interval high"),
        interval.high,
        1.0 - exact.low,
        0.0,
        0.02 * width + 1.0 / total,
    );
    assert!(
        evaluation.coverage > 0.999,
        "{what}: {}",
        evaluation.coverage
    );
    let rate = figures.observed.rate_per_second.unwrap();
    near(
        &format!("{what} rate"),
        rate,
        total / WINDOW.as_secs_f64(),
        0.004,
        1e-6,
    );
    check_exhaustion(what, service, figures);
}

/// Time to exhaustion by its definition, walked over the truth's own five-minute buckets.
fn check_exhaustion(what: &str, service: &str, figures: &Figures) {
    let step = Duration::from_secs(300);
    let bucket = |i: u32| {
        let to = END.minus(step * i);
        let counts = shop().truth(service).visible_window(to.minus(step), to);
        (counts.bad as f64, counts.total as f64)
    };
    let e = 0.001;
    let slots = 8640;
    let buckets: Vec<(f64, f64)> = (0..slots).rev().map(bucket).collect();
    let (mut bad, mut total) = buckets
        .iter()
        .fold((0.0, 0.0), |s, b| (s.0 + b.0, s.1 + b.1));
    let mean = total / f64::from(slots);
    let hour = visible(service, HOUR);
    let burn = if hour.total == 0 {
        0.0
    } else {
        hour.bad as f64 / hour.total as f64 / e
    };
    let got = figures.forecast.exhaustion.map(|d| d.as_secs_f64());
    if bad >= e * total {
        assert_eq!(got, Some(0.0), "{what}");
        return;
    }
    let mut want = None;
    for (i, leaving) in buckets.iter().enumerate() {
        bad += (burn * e).min(1.0) * mean - leaving.0;
        total += mean - leaving.1;
        if burn > 0.0 && bad >= e * total {
            want = Some((i + 1) as f64 * 300.0);
            break;
        }
    }
    match (got, want) {
        (None, None) => {}
        (Some(got), Some(want)) => near(&format!("{what} exhaustion"), got, want, 0.02, 600.0),
        other => panic!("{what}: time to exhaustion {other:?}"),
    }
}

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
        for (service, evaluation) in services.iter().zip(run(generation, &slos)) {
            let what = format!("{generation:?} {service}");
            let figures = figures(&evaluation);
            let truth = visible(service, WINDOW);
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
    let truth = visible("model-inference", WINDOW);
    for generation in Generation::ALL {
        let evaluation = run(generation, std::slice::from_ref(&slo)).remove(0);
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

#[test]
fn recordings_and_raw_series_have_three_outcomes() {
    // Nothing is recorded on these servers: that is no data, not a perfect score.
    let gateway = slo(
        "api-gateway",
        "a",
        "99.9",
        istio("api-gateway").availability().unwrap(),
    );
    let nobody = slo(
        "nobody",
        "a",
        "99.9",
        istio("nobody").availability().unwrap(),
    );
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        let backend = HttpBackend::builder(server.url()).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let recorded = Options::at(END).from_source(slo_core::evaluate::Source::Recorded);
        for (slo, options) in [(&gateway, &recorded), (&nobody, &Options::at(END))] {
            let evaluations =
                runtime.block_on(evaluate(&backend, std::slice::from_ref(slo), options));
            let outcome = &evaluations[0].outcome;
            assert!(
                matches!(outcome, slo_core::evaluate::Outcome::NoData),
                "{outcome:?}"
            );
        }
    }
}
