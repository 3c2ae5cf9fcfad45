//! One run's questions: as many at once as are allowed, the same one only once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use promql_client::{
    Answer, Expr, InstantOptions, LabelOptions, Labels, Point, PromQl, RangeOptions, SampleValue,
    Selector, Series, ServerInfo, Timestamp, Value,
};

use super::Failure;
use super::gate::Gate;
use super::memo::{Memo, Weigh};
use super::said::Remarks;

/// Numbers by label set.
pub(super) type Numbers = Asked<BTreeMap<Labels, f64>>;
/// Points by label set.
pub(super) type Points = Asked<BTreeMap<Labels, Vec<Point>>>;
/// Points that came.
pub(super) type PointsTold = Arc<Told<BTreeMap<Labels, Vec<Point>>>>;
type Asked<T> = Result<Arc<Told<T>>, Failure>;

/// An answer, with all that the server remarked.
pub(super) struct Told<T> {
    pub(super) data: T,
    pub(super) remarks: Remarks,
}

impl<T> Told<T> {
    fn new<U>(answer: Answer<U>, read: impl FnOnce(U) -> Result<T, Failure>) -> Asked<T> {
        let remarks = Remarks::of(&answer);
        let data = read(answer.data)?;
        Ok(Arc::new(Self { data, remarks }))
    }
}

/// What an answer keeps in memory: its points.
impl Weigh for Asked<BTreeMap<Labels, Vec<Point>>> {
    fn weight(&self) -> usize {
        self.as_ref()
            .map_or(0, |told| told.data.values().map(Vec::len).sum())
    }
}

impl Weigh for Asked<BTreeMap<Labels, f64>> {
    fn weight(&self) -> usize {
        self.as_ref().map_or(0, |told| told.data.len())
    }
}

impl Weigh for Asked<Vec<f64>> {
    fn weight(&self) -> usize {
        self.as_ref().map_or(0, |told| told.data.len())
    }
}

/// A backend for the length of one run.
pub(super) struct Asker<'a> {
    line: Arc<Line<'a>>,
    instants: Memo<'a, String, Numbers>,
    ranges: Memo<'a, Range, Points>,
    bounds: Memo<'a, Selector, Asked<Vec<f64>>>,
}

/// A range query: text, start, end and step.
type Range = (String, Timestamp, Timestamp, Duration);

impl<'a> Asker<'a> {
    pub(super) fn new(backend: &'a dyn PromQl, at: Timestamp, gate: Gate) -> Self {
        Self {
            line: Arc::new(Line { backend, at, gate }),
            instants: Memo::default(),
            ranges: Memo::default(),
            bounds: Memo::default(),
        }
    }

    /// The numbers of an instant query at the pinned time.
    pub(super) async fn numbers(&self, what: &'static str, expr: &Expr) -> Numbers {
        let line = self.line.clone();
        let ask = |query: &String| {
            let query = query.clone();
            async move { line.numbers(what, &query).await }.boxed()
        };
        self.instants.get(expr.to_string(), ask).await
    }

    /// The points of a range query.
    pub(super) async fn points(
        &self,
        what: &'static str,
        expr: &Expr,
        start: Timestamp,
        end: Timestamp,
        step: Duration,
    ) -> Points {
        let line = self.line.clone();
        let ask = |(query, ..): &Range| {
            let query = query.clone();
            let options = RangeOptions::new(start, end, step);
            async move { line.points(what, &query, &options).await }.boxed()
        };
        self.ranges
            .get((expr.to_string(), start, end, step), ask)
            .await
    }

    /// The bounds of a classic histogram, ascending, `+Inf` included.
    pub(super) async fn bounds(&self, bucket: &Selector, since: Timestamp) -> Asked<Vec<f64>> {
        let line = self.line.clone();
        let ask = |bucket: &Selector| {
            let bucket = bucket.clone();
            async move { line.bounds(bucket, since).await }.boxed()
        };
        self.bounds.get(bucket.clone(), ask).await
    }

    /// What the server says of itself; nothing depends on it but a remark.
    pub(super) async fn server_info(&self) -> Option<ServerInfo> {
        let Line { backend, gate, .. } = &*self.line;
        gate.alone(backend.server_info()).await?.ok()
    }
}

/// Asks, without a memory.
struct Line<'a> {
    backend: &'a dyn PromQl,
    at: Timestamp,
    gate: Gate,
}

impl Line<'_> {
    async fn numbers(&self, what: &'static str, query: &str) -> Numbers {
        let options = InstantOptions::at(self.at);
        let answer = self.gate.pass(what, self.backend.instant(query, &options));
        Told::new(answer.await?, |value| match value {
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

    async fn points(&self, what: &'static str, query: &str, options: &RangeOptions) -> Points {
        let answer = self.gate.pass(what, self.backend.range(query, options));
        Told::new(answer.await?, |series| {
            let floats = |series: Series| match series.histograms.is_empty() {
                true => Ok((series.labels, series.points)),
                false => Err(shape(what, "histogram")),
            };
            series.into_iter().map(floats).collect()
        })
    }

    async fn bounds(&self, bucket: Selector, since: Timestamp) -> Asked<Vec<f64>> {
        let options = LabelOptions {
            selectors: vec![bucket],
            start: Some(since),
            end: Some(self.at),
            limit: None,
        };
        let what = "the histogram's bounds";
        let request = self.backend.label_values("le", &options);
        let answer = self.gate.pass(what, request).await?;
        Told::new(answer, |values| {
            let mut bounds: Vec<f64> = values.iter().filter_map(|le| le.parse().ok()).collect();
            bounds.sort_by(f64::total_cmp);
            bounds.dedup();
            Ok(bounds)
        })
    }
}

fn shape(what: &'static str, shape: &'static str) -> Failure {
    Failure::Shape { what, shape }
}
