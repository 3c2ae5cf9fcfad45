//! Availability: every figure, for every service.

use std::time::Duration;

use e2e::{END, Generation, Prometheus, shop};
use promql_client::Timestamp;
use slo_core::Slo;
use slo_core::evaluate::{Evaluation, Figures, Options, Status};
use slo_core::interval::clopper_pearson;

use super::support::{availability, figures, near, run, visible};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn availability_is_what_happened() {
    let services: Vec<&str> = shop().services().collect();
    let slos: Vec<Slo> = services.iter().copied().map(availability).collect();
    for generation in Generation::ALL {
        let evaluations = run(Prometheus::shared(generation), &slos, &Options::at(END));
        for (service, evaluation) in services.iter().zip(evaluations) {
            check_availability(
                &format!("{generation:?} {service}"),
                service,
                &evaluation,
                END,
            );
        }
    }
}

/// `end` is where the evaluation's window ends: a little early for one from recordings.
pub(crate) fn check_availability(
    what: &str,
    service: &str,
    evaluation: &Evaluation,
    end: Timestamp,
) {
    let figures = figures(evaluation);
    let length = evaluation.slo.window.nominal();
    let truth = visible(service, length, end);
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
        let truth = visible(service, *window, end);
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
    let hour = visible(service, HOUR, end);
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
        total / length.as_secs_f64(),
        0.004,
        1e-6,
    );
    check_exhaustion(what, service, figures, length, end);
}

/// Time to exhaustion by its definition, walked over the truth's own five-minute buckets.
fn check_exhaustion(
    what: &str,
    service: &str,
    figures: &Figures,
    length: Duration,
    end: Timestamp,
) {
    let step = Duration::from_secs(300);
    let bucket = |i: u32| {
        let counts = visible(service, step, end.minus(step * i));
        (counts.bad as f64, counts.total as f64)
    };
    let e = 0.001;
    let slots = (length.as_secs() / step.as_secs()) as u32;
    let buckets: Vec<(f64, f64)> = (0..slots).rev().map(bucket).collect();
    let (mut bad, mut total) = buckets
        .iter()
        .fold((0.0, 0.0), |s, b| (s.0 + b.0, s.1 + b.1));
    let mean = total / f64::from(slots);
    let hour = visible(service, HOUR, end);
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
