//! `check-slo`: one service of a mesh, without a spec.

use std::sync::Arc;
use std::time::Duration;

use promql_client::text::shorten;
use promql_client::{Error, LabelOptions, PromQl, Selector, Timestamp};
use slo_core::evaluate::{Evaluation, Failure, Remarks, Source};
use slo_core::report::{Report, words};
use slo_core::sli::IstioService;
use slo_core::{Name, Sli, Slo, Window};

use super::evaluation;
use crate::args::CheckServiceArgs;
use crate::clock;
use crate::deadline::Limit;
use crate::exit::{Exit, Stop};
use crate::output::Streams;

const DAYS: u32 = 30;
/// No namespace is longer, with a cluster's name and the like.
const MOST_BYTES: usize = 1000;

pub(super) fn run(args: &CheckServiceArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    // A name that cannot be one is refused before anything is asked.
    slos(&args.service, None).map_err(Stop::usage)?;
    evaluation::warn_of_arguments(io, &args.run);
    let at = args.run.at.unwrap_or_else(clock::now);
    let options = evaluation::options(at, &args.run, &args.backend, Source::Raw);
    let limit = Limit::from_now(args.run.deadline);
    let report = evaluation::block_on(async {
        let backend = evaluation::connect(&args.backend, limit)?;
        let found = match &args.namespace {
            Some(namespace) => Found::Only {
                namespace: namespace.clone(),
                remarks: Remarks::default(),
            },
            None => namespace_of(&backend, &args.service, at).await,
        };
        let evaluations = match found {
            Found::Only { namespace, remarks } => {
                let slos = slos(&args.service, Some(&namespace)).map_err(Stop::usage)?;
                let mut evaluations = evaluation::evaluate(&backend, &slos, &options, io).await;
                for evaluation in &mut evaluations {
                    evaluation.remarks.add(&remarks);
                }
                evaluations
            }
            Found::Several(namespaces) => {
                let short = |namespace: &String| shorten(namespace, MOST_BYTES).into_owned();
                let namespaces: Vec<String> = namespaces.iter().map(short).collect();
                let namespaces = words::listed(namespaces.iter().map(String::as_str));
                return Err(Stop::usage(format!(
                    "the service {} exists in several namespaces: {}; choose one with --namespace",
                    args.service,
                    namespaces.collect::<Vec<_>>().join(", ")
                )));
            }
            Found::None => {
                let why = format!(
                    "no requests to a service named {} in the last {DAYS} days",
                    args.service
                );
                each(args, |slo| {
                    Evaluation::no_data(slo, options.source, why.clone())
                })?
            }
            Found::Failed(failure) => {
                evaluation::tell_missed(&backend, io);
                each(args, |slo| {
                    Evaluation::failed(slo, options.source, failure.clone())
                })?
            }
        };
        Ok(Report::new(at, &evaluations))
    })??;
    evaluation::show(&report, args.output, &args.run, io)
}

/// The same for both promises, where it isn't known which namespace's they are.
fn each(
    args: &CheckServiceArgs,
    evaluation: impl Fn(Arc<Slo>) -> Evaluation,
) -> Result<Vec<Evaluation>, Stop> {
    let slos = slos(&args.service, None).map_err(Stop::usage)?;
    Ok(slos.into_iter().map(Arc::new).map(evaluation).collect())
}

/// 99.9 % of the requests succeed, and 95 % take at most 100 ms, over 30 days.
fn slos(service: &str, namespace: Option<&str>) -> slo_core::Result<Vec<Slo>> {
    let mesh = IstioService::service(service, namespace.unwrap_or_default());
    let slo = |name: &str, objective: &str, sli| -> slo_core::Result<Slo> {
        let window = Window::days(DAYS)?;
        let mut slo = Slo::new(
            Name::new(service)?,
            Name::new(name)?,
            objective.parse()?,
            window,
            Sli::Events(sli),
        );
        let namespace = namespace.map(|namespace| ("namespace".to_owned(), namespace.to_owned()));
        slo.labels.extend(namespace);
        Ok(slo)
    };
    Ok(vec![
        slo("availability", "99.9", mesh.availability()?)?,
        slo("latency", "95", mesh.latency(100.0)?)?,
    ])
}

/// The namespaces that a service's name occurs in.
#[derive(Debug)]
enum Found {
    Only {
        namespace: String,
        /// What the backend remarked on the search.
        remarks: Remarks,
    },
    Several(Vec<String>),
    None,
    Failed(Failure),
}

async fn namespace_of(backend: &dyn PromQl, service: &str, at: Timestamp) -> Found {
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
    let (mut namespaces, remarks) = match answer {
        Ok(answer) => {
            let remarks = Remarks::of(&answer);
            (answer.data, remarks)
        }
        Err(error) => {
            return Found::Failed(Failure::Backend {
                what: "the search for the service's namespace",
                source: Arc::new(error),
            });
        }
    };
    match namespaces.len() {
        1 if namespaces.iter().any(|name| name.len() > MOST_BYTES) => {
            let length = namespaces.iter().map(String::len).sum::<usize>();
            Found::Failed(Failure::Backend {
                what: "the search for the service's namespace",
                source: Arc::new(Error::Shape {
                    expected: "the name of a namespace",
                    got: format!("{length} bytes"),
                }),
            })
        }
        0 | 1 => namespaces
            .pop()
            .map_or(Found::None, |namespace| Found::Only { namespace, remarks }),
        _ => Found::Several(namespaces),
    }
}

#[cfg(test)]
mod tests {
    use promql_client::{Labels, MemoryBackend};

    use super::*;

    fn namespace(namespaces: &[&str]) -> Found {
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
        futures::executor::block_on(namespace_of(&backend, "cart", at))
    }

    #[test]
    fn the_namespace_must_be_the_only_one() {
        assert!(
            matches!(namespace(&["shop"]), Found::Only { namespace, .. } if namespace == "shop")
        );
        assert!(
            matches!(namespace(&["shop", "test"]), Found::Several(all) if all == ["shop", "test"])
        );
        assert!(matches!(namespace(&[]), Found::None));
    }

    #[test]
    fn the_promise_is_the_original_one() {
        let slos = slos("cart", Some("shop")).unwrap();
        assert_eq!(slos[0].objective.to_string(), "99.9");
        assert_eq!(slos[1].objective.to_string(), "95");
        let Sli::Events(latency) = &slos[1].sli else {
            panic!("no events")
        };
        assert_eq!(latency.latency.as_ref().unwrap().threshold_ms(), 100.0);
    }
}
