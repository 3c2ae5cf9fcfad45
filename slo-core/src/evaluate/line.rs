//! One run's requests, without a memory: what is asked, and what is kept of the answer.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use promql_client::{
    Answer, Hold, InstantOptions, LabelOptions, Labels, PromQl, RangeOptions, SampleValue,
    Selector, Series, ServerInfo, Timestamp, Value,
};

use super::Failure;
use super::column::Column;
use super::gate::Gate;
use super::grid::Grid;
use super::memo::Weigh;
use super::said::Remarks;

/// Of longer label sets the long values are cut: they are in memory several times, and in every report.
const LABEL_BYTES: usize = 1000;

/// Numbers by label set.
pub(super) type Numbers = Asked<BTreeMap<Labels, f64>>;
/// Values over time by label set.
pub(super) type Points = Asked<BTreeMap<Labels, Column>>;
/// Values that came.
pub(super) type PointsTold = Arc<Told<BTreeMap<Labels, Column>>>;
/// Label sets.
pub(super) type Named = Asked<Vec<Labels>>;
/// The bounds of a histogram.
pub(super) type Bounds = Asked<Vec<f64>>;
type Asked<T> = Result<Arc<Told<T>>, Failure>;

/// An answer, with all that the server remarked.
pub(super) struct Told<T> {
    pub(super) data: T,
    pub(super) remarks: Remarks,
}

impl<T> Told<T>
where
    Asked<T>: Weigh,
{
    /// Keeps what is read of an answer, and no more of the memory that it took.
    fn new<U>(
        answer: Answer<U>,
        hold: &Hold,
        read: impl FnOnce(U) -> Result<T, Failure>,
    ) -> Asked<T> {
        let remarks = Remarks::of(&answer);
        let data = read(answer.data);
        let told = data.map(|data| Arc::new(Self { data, remarks }));
        hold.shrink(u64::try_from(told.weight()).unwrap_or(u64::MAX));
        told
    }
}

fn bytes<'l, T: 'l>(all: impl Iterator<Item = (&'l Labels, usize)>) -> usize {
    all.map(|(labels, more)| size_of::<(Labels, T)>() + labels.heap_bytes() + more)
        .sum()
}

impl Weigh for Points {
    fn weight(&self) -> usize {
        let all = self.iter().flat_map(|told| &told.data);
        bytes::<Column>(all.map(|(labels, column)| (labels, column.heap_bytes())))
    }
}

impl Weigh for Numbers {
    fn weight(&self) -> usize {
        let all = self.iter().flat_map(|told| told.data.keys());
        bytes::<f64>(all.map(|labels| (labels, 0)))
    }
}

impl Weigh for Named {
    fn weight(&self) -> usize {
        let all = self.iter().flat_map(|told| &told.data);
        bytes::<()>(all.map(|labels| (labels, 0)))
    }
}

impl Weigh for Bounds {
    fn weight(&self) -> usize {
        self.as_ref().map_or(0, |told| size_of_val(&*told.data))
    }
}

/// Asks.
pub(super) struct Line<'a> {
    pub(super) backend: &'a dyn PromQl,
    pub(super) at: Timestamp,
    pub(super) gate: Gate,
    pub(super) max_groups: NonZeroUsize,
}

impl Line<'_> {
    /// The numbers of an instant query at the pinned time.
    pub(super) async fn numbers(
        &self,
        what: &'static str,
        query: &str,
        hold: &Arc<Hold>,
    ) -> Numbers {
        let options = InstantOptions::at(self.at);
        let held = self.backend.holding(hold);
        let backend = held.as_deref().unwrap_or(self.backend);
        let answer = self.gate.pass(what, hold, backend.instant(query, &options));
        Told::new(answer.await?, hold, |value| match value {
            Value::Vector(samples) => samples
                .into_iter()
                .map(|sample| match sample.value {
                    SampleValue::Float(value) => Ok((short(sample.labels), value)),
                    _ => Err(shape(what, "histogram")),
                })
                .collect(),
            Value::Scalar(point) => Ok(BTreeMap::from([(Labels::empty(), point.value)])),
            other => Err(shape(what, other.shape())),
        })
    }

    /// The values of a range query. Of more series than a run takes groups only the labels are kept.
    pub(super) async fn points(
        &self,
        what: &'static str,
        query: &str,
        grid: &Grid,
        hold: &Arc<Hold>,
    ) -> Points {
        let answer = self.range(what, query, grid, hold).await?;
        Told::new(answer, hold, |all| {
            let too_many = all.len() > self.max_groups.get();
            let column = |series: Series| match (series.histograms.is_empty(), too_many) {
                (true, false) => Ok((short(series.labels), Column::new(series.points, grid))),
                (true, true) => Ok((short(series.labels), Column::default())),
                (false, _) => Err(shape(what, "histogram")),
            };
            all.into_iter().map(column).collect()
        })
    }

    /// The label sets of a range query, in order.
    pub(super) async fn series(
        &self,
        what: &'static str,
        query: &str,
        grid: &Grid,
        hold: &Arc<Hold>,
    ) -> Named {
        let answer = self.range(what, query, grid, hold).await?;
        Told::new(answer, hold, |all| {
            let mut labels: Vec<Labels> =
                all.into_iter().map(|series| short(series.labels)).collect();
            labels.sort();
            Ok(labels)
        })
    }

    async fn range(
        &self,
        what: &'static str,
        query: &str,
        grid: &Grid,
        hold: &Arc<Hold>,
    ) -> Result<Answer<Vec<Series>>, Failure> {
        let options = RangeOptions::new(grid.start, grid.end(), grid.step);
        let held = self.backend.holding(hold);
        let backend = held.as_deref().unwrap_or(self.backend);
        self.gate
            .pass(what, hold, backend.range(query, &options))
            .await
    }

    /// The bounds of a classic histogram, ascending, `+Inf` included.
    pub(super) async fn bounds(
        &self,
        bucket: Selector,
        since: Timestamp,
        hold: &Arc<Hold>,
    ) -> Bounds {
        let options = LabelOptions {
            selectors: vec![bucket],
            start: Some(since),
            end: Some(self.at),
            limit: None,
        };
        let what = "the histogram's bounds";
        let held = self.backend.holding(hold);
        let backend = held.as_deref().unwrap_or(self.backend);
        let request = backend.label_values("le", &options);
        let answer = self.gate.pass(what, hold, request).await?;
        Told::new(answer, hold, |values| {
            let mut bounds: Vec<f64> = values.iter().filter_map(|le| le.parse().ok()).collect();
            bounds.sort_by(f64::total_cmp);
            bounds.dedup();
            Ok(bounds)
        })
    }

    /// What the server says of itself.
    pub(super) async fn server_info(&self) -> Option<ServerInfo> {
        self.gate.alone(self.backend.server_info()).await?.ok()
    }
}

fn short(labels: Labels) -> Labels {
    labels.shortened(LABEL_BYTES)
}

fn shape(what: &'static str, shape: &'static str) -> Failure {
    Failure::Shape { what, shape }
}
