//! Every figure against the truth of the generator's own events, on the in-memory backend.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use promql_client::{MemoryBackend, Timestamp};
use slo_core::evaluate::{Evaluation, Figures, Options, evaluate};
use slo_core::sli::{ErrorClasses, IstioService, Protocol};
use slo_core::{Name, Sli, Slo, Window};
use testkit::{History, Spec};

const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);

fn slo(service: &str, name: &str, objective: &str, days: u32, sli: Sli) -> Slo {
    Slo::new(
        Name::new(service).unwrap(),
        Name::new(name).unwrap(),
        objective.parse().unwrap(),
        Window::days(days).unwrap(),
        sli,
    )
}

fn availability(service: &str, days: u32) -> Slo {
    let protocol = if service == "grpc-service" {
        Protocol::Grpc
    } else {
        Protocol::Http
    };
    let istio =
        IstioService::service(service, "shop").with_errors(protocol, ErrorClasses::default());
    slo(
        service,
        "availability",
        "99.9",
        days,
        Sli::Events(istio.availability().unwrap()),
    )
}

fn run(history: &History, slos: &[Slo]) -> Vec<Evaluation> {
    let backend = MemoryBackend::new();
    for series in history.series() {
        backend.push_series(series);
    }
    futures::executor::block_on(evaluate(&backend, slos, &Options::at(history.end())))
}

fn figures(evaluation: &Evaluation) -> &Figures {
    evaluation
        .outcome
        .figures()
        .unwrap_or_else(|| panic!("{evaluation:?}"))
}

#[test]
fn counts_are_what_the_scrapes_can_show() {
    let history = History::generate(7, &Spec::shop(END).lasting(3 * DAY));
    let services: Vec<&str> = history.services().collect();
    let slos: Vec<Slo> = services
        .iter()
        .map(|service| availability(service, 2))
        .collect();
    for (service, evaluation) in services.iter().zip(run(&history, &slos)) {
        let figures = figures(&evaluation);
        let seen = history
            .truth(service)
            .visible_window(END.minus(2 * DAY), END);
        let close = |got: f64, want: u64, what: &str| {
            let tolerance = 0.002 * want as f64 + 0.5;
            assert!(
                (got - want as f64).abs() <= tolerance,
                "{service} {what}: {got} instead of {want}; {:?}",
                evaluation.warnings
            );
        };
        close(figures.counts.total, seen.total, "total");
        close(figures.counts.bad, seen.bad, "bad");
        let hour = history
            .truth(service)
            .visible_window(END.minus(DAY / 24), END);
        close(
            figures.errors_per_hour.unwrap(),
            hour.bad,
            "errors per hour",
        );
    }
}
