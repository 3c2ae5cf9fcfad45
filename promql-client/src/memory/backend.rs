//! The backend: what goes in, and what it is told to do.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::store::Store;
use crate::backend::{Answer, InstantOptions, MetricMetadata, RangeOptions, RuleGroup};
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::time::Timestamp;
use crate::value::{NativeHistogram, Series, Value};

/// A backend that evaluates queries over samples in memory; see the [module](super).
///
/// All methods take `&self`: share it as `Arc<MemoryBackend>` and keep pushing while others ask.
#[derive(Default)]
pub struct MemoryBackend {
    pub(super) state: RwLock<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) semantics: RangeSemantics,
    pub(super) now: Option<Timestamp>,
    pub(super) scripts: HashMap<String, Answer<Value>>,
    pub(super) failures: VecDeque<Error>,
    pub(super) hook: Option<Hook>,
    pub(super) metadata: BTreeMap<String, Vec<MetricMetadata>>,
    pub(super) rules: Vec<RuleGroup>,
}

pub(super) type Hook = Arc<dyn Fn(Request<'_>) -> Result<()> + Send + Sync>;

/// Which of its ends a range `x[w]` contains, and a lookback likewise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RangeSemantics {
    /// `(t - w, t]`, as Prometheus 3.
    #[default]
    LeftOpen,
    /// `[t - w, t]`, as Prometheus 2, which also extrapolates counters that start near zero further.
    Closed,
}

/// A request, as [`MemoryBackend::hook`] sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Request<'a> {
    /// An instant query.
    Instant(&'a str, &'a InstantOptions),
    /// A range query.
    Range(&'a str, &'a RangeOptions),
    /// One of the others, by the trait's name for it (`series`, `rules`, …).
    Other(&'static str),
}

impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBackend").finish_non_exhaustive()
    }
}

impl MemoryBackend {
    /// An empty backend with the semantics of Prometheus 3.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ranges as this or that generation of Prometheus has them.
    #[must_use]
    pub fn with_semantics(self, semantics: RangeSemantics) -> Self {
        self.write().semantics = semantics;
        self
    }

    /// The time of queries that pin none; without it, they are refused.
    #[must_use]
    pub fn with_now(self, now: Timestamp) -> Self {
        self.write().now = Some(now);
        self
    }

    /// Adds a sample. Any order will do; a second sample of the same time replaces the first.
    pub fn push(&self, labels: &Labels, timestamp: Timestamp, value: f64) {
        if let Some(column) = self.write().store.column(labels) {
            column.push(timestamp.as_millis(), value);
        }
    }

    /// Adds a native histogram.
    pub fn push_histogram(
        &self,
        labels: &Labels,
        timestamp: Timestamp,
        histogram: NativeHistogram,
    ) {
        if let Some(column) = self.write().store.column(labels) {
            column.push_histogram(timestamp.as_millis(), Arc::new(histogram));
        }
    }

    /// Marks a series as ended: from here on, instant selectors do not find its last sample.
    pub fn push_stale(&self, labels: &Labels, timestamp: Timestamp) {
        if let Some(column) = self.write().store.column(labels) {
            column.push_stale(timestamp.as_millis());
        }
    }

    /// Adds all samples of a series.
    pub fn push_series(&self, series: &Series) {
        if let Some(column) = self.write().store.column(&series.labels) {
            for point in &series.points {
                column.push(point.timestamp.as_millis(), point.value);
            }
            for point in &series.histograms {
                let histogram = Arc::new(point.histogram.clone());
                column.push_histogram(point.timestamp.as_millis(), histogram);
            }
        }
    }

    /// Sets what [`crate::PromQl::metadata`] says of a metric.
    pub fn set_metadata(&self, metric: impl Into<String>, metadata: Vec<MetricMetadata>) {
        self.write().metadata.insert(metric.into(), metadata);
    }

    /// Sets what [`crate::PromQl::rules`] answers.
    pub fn set_rules(&self, groups: Vec<RuleGroup>) {
        self.write().rules = groups;
    }

    /// Answers this query, in exactly these words, with this; a range query wants a matrix.
    pub fn script(&self, query: impl Into<String>, answer: Answer<Value>) {
        self.write().scripts.insert(query.into(), answer);
    }

    /// Fails the next request, of whatever kind, with this error. Several queue up.
    pub fn fail_next(&self, error: Error) {
        self.write().failures.push_back(error);
    }

    /// Shows every request to a function first; its error is the request's.
    pub fn hook(&self, hook: impl Fn(Request<'_>) -> Result<()> + Send + Sync + 'static) {
        self.write().hook = Some(Arc::new(hook));
    }

    /// What happens before anything is answered.
    pub(super) fn announce(&self, request: Request<'_>) -> Result<()> {
        // The hook runs without the lock, so that it may push samples itself.
        let hook = self.read().hook.clone();
        if let Some(hook) = hook {
            hook(request)?;
        }
        if self.read().failures.is_empty() {
            return Ok(());
        }
        self.write().failures.pop_front().map_or(Ok(()), Err)
    }

    // A panic of another thread leaves at worst a sample half pushed; going on is right for tests.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
