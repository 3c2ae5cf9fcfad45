//! The first events of a series count where the spec's own total proves that its target was there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{InstantOptions, Labels, MemoryBackend, PromQl, Timestamp, Value};
use slo_core::evaluate::{Options, evaluate};
use slo_core::queries::Queries;
use slo_core::spec;

const END: i64 = 1_800_000_000;
const PODS: i64 = 40;
/// Requests of a pod in a minute, without its first error and its first probe.
const REQUESTS: i64 = 10;

/// Forty pods that serve for four hours; each has its first error and its first probe in the last one.
fn pods() -> MemoryBackend {
    let backend = MemoryBackend::new();
    for minute in 0..=240 {
        let at = Timestamp::from_secs(END - 60 * (240 - minute));
        for pod in 0..PODS {
            let name = format!("10.0.0.{pod}");
            let push = |path: &str, code: &str, value: i64| {
                let labels = [
                    ("__name__", "z1_total"),
                    ("job", "api"),
                    ("instance", &name),
                ];
                let labels = labels.into_iter().chain([("path", path), ("code", code)]);
                backend.push(&Labels::from_pairs(labels), at, value as f64);
            };
            push("/", "200", 1_000 + REQUESTS * minute);
            if minute >= 190 + pod {
                push("/", "500", 1);
            }
            if minute >= 185 + pod {
                push("/health", "200", 1);
            }
        }
    }
    backend
}

#[test]
fn first_errors_count_where_the_total_is_a_difference() {
    let backend = pods();
    let window = "window: 1d\nslos: [{name: a, objective: 99, ";
    let own = |sli: &str| {
        format!("version: meshobs/v1\nservice: s\n{window}availability: {{{sli}}}}}]\n")
    };
    let sloth = |bad: &str, total: &str| {
        format!(
            "version: prometheus/v1\nservice: s\nslos: [{{name: a, objective: 99, sli: {{events: \
             {{error_query: 'sum(rate({bad}[{{{{.window}}}}]))', total_query: '{total}'}}}}}}]\n"
        )
    };
    let served = "z1_total - z1_total{path=\"/health\"}";
    let errors = "z1_total{code=~\"5..\"}";
    for text in [
        own(&format!("bad: '{errors}', total: '{served}'")),
        own(&format!(
            "bad: 'sum(rate({errors}[$window]))', total: 'sum(rate(z1_total[$window])) - sum(rate(z1_total{{path=\"/health\"}}[$window]))'"
        )),
        sloth(
            errors,
            "sum(rate(z1_total[{{.window}}])) - sum(rate(z1_total{path=\"/health\"}[{{.window}}]))",
        ),
    ] {
        let mut slo = spec::load("f.yaml", &text).unwrap().slos.remove(0);
        slo.window = "2h".parse().unwrap();
        let options = Options::at(Timestamp::from_secs(END));
        let all = block_on(evaluate(&backend, std::slice::from_ref(&slo), &options));
        let figures = all[0].outcome.figures().unwrap();
        let served = PODS * (120 * REQUESTS + 1);
        assert_eq!(figures.counts.bad, PODS as f64, "{text}");
        assert_eq!(figures.counts.total, served as f64, "{text}");
        let doubted = all[0].warnings.iter().any(|w| w.contains("in doubt"));
        assert!(!doubted, "{:?}", all[0].warnings);
        // Alerts see them, too.
        let seen = Queries::for_alerts(&slo)
            .bad(Duration::from_secs(3600))
            .to_string();
        let at = InstantOptions::at(Timestamp::from_secs(END));
        match block_on(backend.instant(&seen, &at)).unwrap().data {
            Value::Vector(samples) => assert_eq!(samples[0].float(), Some(PODS as f64)),
            other => panic!("{other:?}"),
        }
    }
}
