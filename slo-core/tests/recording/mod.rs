//! Writes what the generated recording rules would have.

use futures::executor::block_on;
use promql_client::{MemoryBackend, PromQl, RangeOptions, Timestamp};
use slo_core::Slo;
use slo_core::rules::{self, Rule};

/// Rule after rule, from the first evaluation on.
pub(crate) fn record(backend: &MemoryBackend, slo: &Slo, first: Timestamp, end: Timestamp) {
    let set = rules::generate(std::slice::from_ref(slo), &rules::Options::default());
    let recordings = set.groups.iter();
    for group in recordings.filter(|group| group.name.ends_with(":recordings")) {
        for rule in &group.rules {
            let Rule::Record {
                metric,
                expr,
                labels,
            } = rule
            else {
                panic!("{rule:?}");
            };
            let range = RangeOptions::new(first, end, group.interval);
            let answer = block_on(backend.range(&expr.to_string(), &range)).unwrap();
            for mut series in answer.data {
                series.labels = series.labels.with("__name__", metric);
                for (name, value) in labels {
                    series.labels = series.labels.with(name, value);
                }
                backend.push_series(&series);
            }
        }
    }
}
