//! A report from a real Prometheus that scrapes an Istio mesh: the availability of every service it
//! knows of, over the last day.
//!
//! ```console
//! $ cargo run --example live_report -- http://localhost:9090
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "an example shows something, and it is an edge: it reads the clock"
)]

use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use promql_client::http::HttpBackend;
use promql_client::{PromQl, Selector, SeriesOptions, Timestamp};
use slo_core::evaluate::{Options, evaluate};
use slo_core::report::{Report, markdown};
use slo_core::sli::IstioService;
use slo_core::{Name, Sli, Slo, Window};

const DAY: Duration = Duration::from_secs(86_400);

fn main() -> anyhow::Result<ExitCode> {
    let given = std::env::args().nth(1);
    let Some(url) = given.or_else(|| std::env::var("PROMETHEUS_URL").ok()) else {
        eprintln!(
            "usage: live_report URL [TIME] (or set PROMETHEUS_URL), such as http://localhost:9090"
        );
        return Ok(ExitCode::from(2));
    };
    let now = match std::env::args().nth(2) {
        Some(at) => DateTime::parse_from_rfc3339(&at)?.with_timezone(&Utc),
        None => Utc::now(),
    };
    let now = Timestamp::from(now);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(report(&HttpBackend::builder(url).build()?, now))?;
    println!("{}", markdown(&report));
    // Nothing that could not be measured is a success.
    let summary = report.summary;
    let unknown = summary.total_slos == 0 || summary.failed > 0;
    Ok(ExitCode::from(u8::from(unknown)))
}

async fn report(backend: &dyn PromQl, now: Timestamp) -> anyhow::Result<Report> {
    let requests = Selector::metric("istio_requests_total").eq("reporter", "destination");
    let options = SeriesOptions {
        start: Some(now.minus(DAY)),
        end: Some(now),
        limit: None,
    };
    let known = backend.series(&[requests], &options).await?;
    let service = |labels: &promql_client::Labels| {
        let name = labels.get("destination_service_name")?;
        let namespace = labels.get("destination_service_namespace")?;
        Some((namespace.to_owned(), name.to_owned()))
    };
    let mut services: Vec<_> = known.data.iter().filter_map(service).collect();
    services.sort();
    services.dedup();
    let slo = |(namespace, name): (String, String)| -> slo_core::Result<Slo> {
        Ok(Slo::new(
            Name::new(format!("{namespace}/{name}"))?,
            Name::new("availability")?,
            "99.9".parse()?,
            Window::days(1)?,
            Sli::Events(IstioService::service(name, namespace).availability()?),
        ))
    };
    let slos: Vec<Slo> = services.into_iter().map(slo).collect::<Result<_, _>>()?;
    let evaluations = evaluate(backend, &slos, &Options::at(now)).await;
    Ok(Report::new(now, &evaluations))
}
