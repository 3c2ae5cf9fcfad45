//! One run's questions: each asked once, all at the same time.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use promql_client::{
    Expr, InstantOptions, LabelOptions, Labels, Point, PromQl, RangeOptions, SampleValue, Selector,
    Series, Timestamp, Value,
};

use super::Failure;

type Memo<'a, K, V> = Mutex<HashMap<K, Shared<BoxFuture<'a, V>>>>;
/// Numbers by label set, with the server's warnings.
pub(super) type Numbers = Result<Arc<(BTreeMap<Labels, f64>, Vec<String>)>, Failure>;
/// Points by label set, with the server's warnings.
pub(super) type Points = Result<Arc<(BTreeMap<Labels, Vec<Point>>, Vec<String>)>, Failure>;

/// A backend with a memory for the length of one run.
pub(super) struct Asker<'a> {
    backend: &'a dyn PromQl,
    at: Timestamp,
    instants: Memo<'a, String, Numbers>,
    ranges: Memo<'a, (String, Timestamp, Duration), Points>,
    bounds: Memo<'a, Selector, Result<Arc<Vec<f64>>, Failure>>,
}

fn remember<'a, K, V, F>(memo: &Memo<'a, K, V>, key: K, ask: F) -> Shared<BoxFuture<'a, V>>
where
    K: std::hash::Hash + Eq,
    V: Clone + Send + Sync,
    F: FnOnce() -> BoxFuture<'a, V>,
{
    // A panic while the lock is held would have to come from the map itself.
    let mut memo = memo.lock().unwrap_or_else(PoisonError::into_inner);
    memo.entry(key).or_insert_with(|| ask().shared()).clone()
}

impl<'a> Asker<'a> {
    pub(super) fn new(backend: &'a dyn PromQl, at: Timestamp) -> Self {
        Self {
            backend,
            at,
            instants: Memo::default(),
            ranges: Memo::default(),
            bounds: Memo::default(),
        }
    }

    /// The numbers of an instant query.
    pub(super) async fn numbers(&self, what: &'static str, expr: &Expr) -> Numbers {
        let query = expr.to_string();
        let (backend, at) = (self.backend, self.at);
        let ask = || async move { numbers(backend, what, &query, at).await }.boxed();
        remember(&self.instants, expr.to_string(), ask).await
    }

    /// The points of a range query that ends at the pinned time.
    pub(super) async fn points(
        &self,
        what: &'static str,
        expr: &Expr,
        start: Timestamp,
        step: Duration,
    ) -> Points {
        let query = expr.to_string();
        let backend = self.backend;
        let options = RangeOptions::new(start, self.at, step);
        let ask = || async move { points(backend, what, &query, &options).await }.boxed();
        remember(&self.ranges, (expr.to_string(), start, step), ask).await
    }

    /// The bounds of a classic histogram, ascending, `+Inf` included.
    pub(super) async fn bounds(
        &self,
        bucket: &Selector,
        since: Timestamp,
    ) -> Result<Arc<Vec<f64>>, Failure> {
        let backend = self.backend;
        let options = LabelOptions {
            selectors: vec![bucket.clone()],
            start: Some(since),
            end: Some(self.at),
            limit: None,
        };
        let ask = || {
            async move {
                let answer = backend.label_values("le", &options).await;
                let values = answer
                    .and_then(promql_client::Answer::require_complete)
                    .map_err(|error| failed("the histogram's bounds", error))?
                    .data;
                let mut bounds: Vec<f64> = values
                    .iter()
                    .filter_map(|value| value.parse().ok())
                    .collect();
                bounds.sort_by(f64::total_cmp);
                bounds.dedup();
                Ok(Arc::new(bounds))
            }
            .boxed()
        };
        remember(&self.bounds, bucket.clone(), ask).await
    }
}

fn failed(what: &'static str, source: promql_client::Error) -> Failure {
    Failure::Backend {
        what,
        source: Arc::new(source),
    }
}

async fn numbers(backend: &dyn PromQl, what: &'static str, query: &str, at: Timestamp) -> Numbers {
    let answer = backend.instant(query, &InstantOptions::at(at)).await;
    // A sum over the stores that happened to answer proves nothing.
    let answer = answer.and_then(promql_client::Answer::require_complete);
    let answer = answer.map_err(|error| failed(what, error))?;
    let samples = match answer.data {
        Value::Vector(samples) => samples,
        Value::Scalar(point) => {
            let scalar = BTreeMap::from([(Labels::empty(), point.value)]);
            return Ok(Arc::new((scalar, answer.warnings)));
        }
        other => {
            return Err(Failure::Shape {
                what,
                shape: other.shape(),
            });
        }
    };
    let mut numbers = BTreeMap::new();
    for sample in samples {
        match sample.value {
            SampleValue::Float(value) => {
                numbers.insert(sample.labels, value);
            }
            _ => {
                return Err(Failure::Shape {
                    what,
                    shape: "histogram",
                });
            }
        }
    }
    Ok(Arc::new((numbers, answer.warnings)))
}

async fn points(
    backend: &dyn PromQl,
    what: &'static str,
    query: &str,
    options: &RangeOptions,
) -> Points {
    let answer = backend.range(query, options).await;
    let answer = answer.and_then(promql_client::Answer::require_complete);
    let answer = answer.map_err(|error| failed(what, error))?;
    let series = answer
        .data
        .into_iter()
        .map(|Series { labels, points, .. }| (labels, points));
    Ok(Arc::new((series.collect(), answer.warnings)))
}
