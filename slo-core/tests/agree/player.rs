//! Plays Prometheus: runs generated rules over the in-memory backend.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    InstantOptions, Labels, MemoryBackend, PromQl, RangeOptions, Timestamp, Value,
};
use slo_core::Slo;
use slo_core::rules::{self, Rule};

/// An alert that fires.
pub(crate) struct Alert {
    pub(crate) name: String,
    /// The rule's labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// The labels of what its expression found.
    pub(crate) found: Labels,
}

/// Writes what the recording group would have `since` then and by `at`, evaluates the alert group,
/// and answers what fires.
pub(crate) fn fire(
    slo: &Slo,
    backend: &MemoryBackend,
    since: Duration,
    at: Timestamp,
) -> Vec<Alert> {
    let mut options = rules::Options::default();
    // Here no scrape takes any time, and both sides are to look at the same moment.
    options.recording_offset = Duration::ZERO;
    let set = rules::generate(std::slice::from_ref(slo), &options);
    let mut firing = Vec::new();
    for group in &set.groups {
        let is_recording = group.name.ends_with(":recordings");
        for rule in &group.rules {
            match rule {
                Rule::Record {
                    metric,
                    expr,
                    labels,
                } if is_recording => {
                    let range = RangeOptions::new(at.minus(since), at, group.interval);
                    let series = block_on(backend.range(&expr.to_string(), &range)).unwrap();
                    for mut series in series.data {
                        series.labels = relabelled(&series.labels, metric, labels);
                        backend.push_series(&series);
                    }
                }
                Rule::Record {
                    metric,
                    expr,
                    labels,
                } => {
                    for (series, value) in instant(backend, &expr.to_string(), at) {
                        backend.push(&relabelled(&series, metric, labels), at, value);
                    }
                }
                Rule::Alert {
                    name, expr, labels, ..
                } => {
                    let found = instant(backend, &expr.to_string(), at);
                    firing.extend(found.into_iter().map(|(found, _)| Alert {
                        name: name.clone(),
                        labels: labels.clone(),
                        found,
                    }));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    firing
}

fn relabelled(series: &Labels, metric: &str, labels: &BTreeMap<String, String>) -> Labels {
    let named = series.with("__name__", metric);
    labels
        .iter()
        .fold(named, |series, (name, value)| series.with(name, value))
}

fn instant(backend: &MemoryBackend, query: &str, at: Timestamp) -> Vec<(Labels, f64)> {
    match block_on(backend.instant(query, &InstantOptions::at(at)))
        .unwrap()
        .data
    {
        Value::Vector(samples) => samples
            .iter()
            .map(|s| (s.labels.clone(), s.float().unwrap()))
            .collect(),
        other => panic!("{other:?}"),
    }
}
