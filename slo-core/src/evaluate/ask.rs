//! One run's questions: each asked once, all at the same time.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use promql_client::{
    Answer, Expr, InstantOptions, LabelOptions, Labels, Point, PromQl, RangeOptions, SampleValue,
    Selector, Series, Timestamp, Value,
};

use super::Failure;

type Memo<'a, K, V> = Mutex<HashMap<K, Shared<BoxFuture<'a, V>>>>;
/// Numbers by label set.
pub(super) type Numbers = Asked<BTreeMap<Labels, f64>>;
/// Points by label set.
pub(super) type Points = Asked<BTreeMap<Labels, Vec<Point>>>;
type Asked<T> = Result<Arc<Told<T>>, Failure>;

/// An answer, with all that the server remarked.
pub(super) struct Told<T> {
    pub(super) data: T,
    pub(super) remarks: Vec<String>,
}

impl<T> Told<T> {
    fn new<U>(answer: Answer<U>, read: impl FnOnce(U) -> Result<T, Failure>) -> Asked<T> {
        let mut remarks = answer.warnings;
        remarks.extend(answer.infos);
        let data = read(answer.data)?;
        Ok(Arc::new(Self { data, remarks }))
    }
}

/// A backend with a memory for the length of one run.
pub(super) struct Asker<'a> {
    backend: &'a dyn PromQl,
    at: Timestamp,
    instants: Memo<'a, String, Numbers>,
    ranges: Memo<'a, (String, Timestamp, Duration), Points>,
    bounds: Memo<'a, Selector, Asked<Vec<f64>>>,
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
    pub(super) async fn bounds(&self, bucket: &Selector, since: Timestamp) -> Asked<Vec<f64>> {
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
                let answer = complete("the histogram's bounds", answer)?;
                Told::new(answer, |values| {
                    let mut bounds: Vec<f64> =
                        values.iter().filter_map(|le| le.parse().ok()).collect();
                    bounds.sort_by(f64::total_cmp);
                    bounds.dedup();
                    Ok(bounds)
                })
            }
            .boxed()
        };
        remember(&self.bounds, bucket.clone(), ask).await
    }
}

/// A sum over the stores that happened to answer proves nothing, so a partial answer is a failure.
fn complete<T>(
    what: &'static str,
    answer: promql_client::Result<Answer<T>>,
) -> Result<Answer<T>, Failure> {
    answer
        .and_then(Answer::require_complete)
        .map_err(|source| Failure::Backend {
            what,
            source: Arc::new(source),
        })
}

async fn numbers(backend: &dyn PromQl, what: &'static str, query: &str, at: Timestamp) -> Numbers {
    let answer = backend.instant(query, &InstantOptions::at(at)).await;
    Told::new(complete(what, answer)?, |value| match value {
        Value::Vector(samples) => samples
            .into_iter()
            .map(|sample| match sample.value {
                SampleValue::Float(value) => Ok((sample.labels, value)),
                _ => Err(shape(what, "histogram")),
            })
            .collect(),
        Value::Scalar(point) => Ok(BTreeMap::from([(Labels::empty(), point.value)])),
        other => Err(shape(what, other.shape())),
    })
}

fn shape(what: &'static str, shape: &'static str) -> Failure {
    Failure::Shape { what, shape }
}

async fn points(
    backend: &dyn PromQl,
    what: &'static str,
    query: &str,
    options: &RangeOptions,
) -> Points {
    let answer = backend.range(query, options).await;
    Told::new(complete(what, answer)?, |series| {
        let floats = |series: Series| match series.histograms.is_empty() {
            true => Ok((series.labels, series.points)),
            false => Err(shape(what, "histogram")),
        };
        series.into_iter().map(floats).collect()
    })
}
