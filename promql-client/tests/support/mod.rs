//! Series to ask the in-memory backend about, and its answers as plain numbers.

use futures::executor::block_on;
use promql_client::{
    Error, InstantOptions, Labels, MemoryBackend, PromQl, Selector, Timestamp, Value,
};

pub(crate) fn secs(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

pub(crate) fn labels(text: &str) -> Labels {
    let selector = Selector::parse(text).unwrap();
    let name = selector.metric.iter().map(|m| ("__name__", m.as_str()));
    let others = selector
        .matchers
        .iter()
        .map(|m| (m.name.as_str(), m.value.as_str()));
    Labels::from_pairs(name.chain(others))
}

/// One sample a minute from zero on.
pub(crate) fn minutely(backend: &MemoryBackend, series: &str, values: &[f64]) {
    for (minute, value) in (0..).zip(values) {
        backend.push(&labels(series), secs(minute * 60), *value);
    }
}

pub(crate) fn ask(backend: &MemoryBackend, query: &str, at: i64) -> Result<Value, Error> {
    block_on(backend.instant(query, &InstantOptions::at(secs(at)))).map(|answer| answer.data)
}

/// Labels and floats of a vector.
pub(crate) fn floats(backend: &MemoryBackend, query: &str, at: i64) -> Vec<(String, f64)> {
    match ask(backend, query, at) {
        Ok(Value::Vector(samples)) => {
            let float = |s: &promql_client::Sample| s.float().unwrap_or(f64::NAN);
            samples
                .iter()
                .map(|s| (s.labels.to_string(), float(s)))
                .collect()
        }
        other => panic!("{query}: {other:?}"),
    }
}

pub(crate) fn float(backend: &MemoryBackend, query: &str, at: i64) -> Option<f64> {
    let all = floats(backend, query, at);
    assert!(all.len() < 2, "{query}: {all:?}");
    all.first().map(|(_, value)| *value)
}
