//! `check-slo`: one service of a mesh, without a spec.

use std::time::Duration;

use promql_client::{LabelOptions, PromQl, Selector, Timestamp};
use slo_core::evaluate::Options;
use slo_core::report::Report;
use slo_core::sli::IstioService;
use slo_core::{Name, Sli, Slo, Window};

use super::evaluation;
use crate::args::CheckServiceArgs;
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::{backend, clock};

const DAYS: u32 = 30;

pub(super) fn run(args: &CheckServiceArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    // A name that cannot be one is refused before anything is asked.
    slos(&args.service, "default").map_err(Stop::usage)?;
    let at = args.run.at.unwrap_or_else(clock::now);
    let mut options = Options::at(at);
    options.concurrency = args.backend.concurrency;
    let report = evaluation::block_on(async {
        let backend = backend::connect(&args.backend)?;
        let namespace = match &args.namespace {
            Some(namespace) => namespace.clone(),
            None => only_namespace(&backend, &args.service, at).await?,
        };
        let slos = slos(&args.service, &namespace).map_err(Stop::usage)?;
        let evaluations = evaluation::evaluate(&backend, &slos, &options, io).await;
        Ok(Report::new(at, &evaluations))
    })??;
    evaluation::show(&report, args.output, &args.run, io)
}

/// 99.9 % of the requests succeed, and 95 % take at most 100 ms, over 30 days.
fn slos(service: &str, namespace: &str) -> slo_core::Result<Vec<Slo>> {
    let mesh = IstioService::service(service, namespace);
    let slo = |name: &str, objective: &str, sli| -> slo_core::Result<Slo> {
        let window = Window::days(DAYS)?;
        let mut slo = Slo::new(
            Name::new(service)?,
            Name::new(name)?,
            objective.parse()?,
            window,
            Sli::Events(sli),
        );
        slo.labels
            .insert("namespace".to_owned(), namespace.to_owned());
        Ok(slo)
    };
    Ok(vec![
        slo("availability", "99.9", mesh.availability()?)?,
        slo("latency", "95", mesh.latency(100.0)?)?,
    ])
}

/// The namespace of a service, where there is exactly one.
async fn only_namespace(
    backend: &dyn PromQl,
    service: &str,
    at: Timestamp,
) -> Result<String, Stop> {
    let requests = Selector::metric("istio_requests_total").eq("destination_service_name", service);
    let options = LabelOptions {
        selectors: vec![requests],
        start: Some(at.minus(Duration::from_secs(u64::from(DAYS) * 86_400))),
        end: Some(at),
        limit: None,
    };
    let answer = backend
        .label_values("destination_service_namespace", &options)
        .await
        // A namespace that a silent store knows of could be the second one.
        .and_then(promql_client::Answer::require_complete);
    let namespaces = answer
        .map_err(|error| {
            Stop::not_evaluated(format!("cannot find the namespace of {service}: {error}"))
        })?
        .data;
    match namespaces.as_slice() {
        [namespace] => Ok(namespace.clone()),
        [] => Err(Stop::not_evaluated(format!(
            "no requests to a service named {service} in the last {DAYS} days"
        ))),
        several => Err(Stop::usage(format!(
            "the service {service} exists in several namespaces: {}; choose one with --namespace",
            several.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use promql_client::{Labels, MemoryBackend};

    use super::*;

    fn namespace(namespaces: &[&str]) -> Result<String, (u8, String)> {
        let at = Timestamp::from_secs(1_800_000_000);
        let backend = MemoryBackend::new();
        for namespace in namespaces {
            let labels = Labels::from_pairs([
                ("__name__", "istio_requests_total"),
                ("destination_service_name", "cart"),
                ("destination_service_namespace", namespace),
            ]);
            backend.push(&labels, at.minus(Duration::from_secs(60)), 1.0);
        }
        let found = futures::executor::block_on(only_namespace(&backend, "cart", at));
        found.map_err(|stop| (stop.exit.code(), stop.to_string()))
    }

    #[test]
    fn the_namespace_must_be_the_only_one() {
        assert_eq!(namespace(&["shop"]).unwrap(), "shop");
        let (code, message) = namespace(&["shop", "test"]).unwrap_err();
        assert_eq!(code, 2);
        assert!(message.contains("shop, test"), "{message}");
        assert_eq!(namespace(&[]).unwrap_err().0, 3);
    }

    #[test]
    fn the_promise_is_the_original_one() {
        let slos = slos("cart", "shop").unwrap();
        assert_eq!(slos[0].objective.to_string(), "99.9");
        assert_eq!(slos[1].objective.to_string(), "95");
        let Sli::Events(latency) = &slos[1].sli else {
            panic!("no events")
        };
        assert_eq!(latency.latency.as_ref().unwrap().threshold_ms(), 100.0);
    }
}
