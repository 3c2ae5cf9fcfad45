//! SLOs of the generated shop, their evaluation on a real server, and comparisons.

use std::time::Duration;

use e2e::{END, Prometheus, shop};
use promql_client::Timestamp;
use promql_client::http::HttpBackend;
use slo_core::evaluate::{Evaluation, Figures, Options, evaluate};
use slo_core::sli::{ErrorClasses, EventSli, IstioService, Protocol};
use slo_core::{Name, Sli, Slo, Window};
use testkit::Counts;

const PATIENCE: Duration = Duration::from_secs(110);
pub(crate) const WINDOW: Duration = Duration::from_secs(30 * 86_400);

pub(crate) fn slo(service: &str, name: &str, objective: &str, sli: EventSli) -> Slo {
    Slo::new(
        Name::new(service).unwrap(),
        Name::new(name).unwrap(),
        objective.parse().unwrap(),
        Window::days(30).unwrap(),
        Sli::Events(sli),
    )
}

pub(crate) fn availability(service: &str) -> Slo {
    let sli = istio(service).availability().unwrap();
    slo(service, "availability", "99.9", sli)
}

pub(crate) fn istio(service: &str) -> IstioService {
    let protocol = if service == "grpc-service" {
        Protocol::Grpc
    } else {
        Protocol::Http
    };
    IstioService::service(service, "shop").with_errors(protocol, ErrorClasses::default())
}

pub(crate) fn run(server: &Prometheus, slos: &[Slo], options: &Options) -> Vec<Evaluation> {
    // Figures are judged here, not times; a busy machine takes long over thirty days.
    let backend = HttpBackend::builder(server.url()).timeout(PATIENCE);
    let backend = backend.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(evaluate(&backend, slos, options))
}

pub(crate) fn figures(evaluation: &Evaluation) -> &Figures {
    evaluation
        .outcome
        .figures()
        .unwrap_or_else(|| panic!("{evaluation:?}"))
}

/// What scrapes in the `window` up to `end` show for the first time.
pub(crate) fn visible(service: &str, window: Duration, end: Timestamp) -> Counts {
    // Recordings end a little early, and then their window starts before the history.
    let start = end.minus(window).max(END.minus(WINDOW));
    shop().truth(service).visible_window(start, end)
}

#[track_caller]
pub(crate) fn near(what: &str, got: f64, want: f64, relative: f64, absolute: f64) {
    let tolerance = relative * want.abs() + absolute;
    assert!(
        (got - want).abs() <= tolerance,
        "{what}: {got} instead of {want} ± {tolerance}"
    );
}
