//! The samples: one column per series, in time order.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::matcher::Matchers;
use crate::error::Result;
use crate::expr::Selector;
use crate::labels::Labels;
use crate::value::NativeHistogram;

/// The bits that mark a float as "the series ended here".
pub(super) const STALE: u64 = 0x7ff0_0000_0000_0002;

/// A series: floats, native histograms and the times at which it went stale, kept apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    pub(super) labels: Labels,
    pub(super) times: Vec<i64>,
    pub(super) values: Vec<f64>,
    pub(super) hist_times: Vec<i64>,
    pub(super) hists: Vec<Arc<NativeHistogram>>,
    stale: Vec<i64>,
}

/// A sample found by an instant selector.
pub(super) enum Found<'c> {
    Float(i64, f64),
    Histogram(i64, &'c Arc<NativeHistogram>),
}

impl Column {
    pub(super) fn new(labels: Labels) -> Self {
        Self {
            labels,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, time: i64, value: f64) {
        if value.to_bits() == STALE {
            self.push_stale(time);
        } else {
            insert(&mut self.times, &mut self.values, time, value);
        }
    }

    pub(super) fn push_histogram(&mut self, time: i64, histogram: Arc<NativeHistogram>) {
        insert(&mut self.hist_times, &mut self.hists, time, histogram);
    }

    pub(super) fn push_stale(&mut self, time: i64) {
        let at = self.stale.partition_point(|t| *t < time);
        self.stale.insert(at, time);
    }

    /// The last sample at or before `at`, unless it is at or before `after` or a stale marker.
    pub(super) fn last(&self, at: i64, after: i64) -> Option<Found<'_>> {
        let float = last_before(&self.times, at).and_then(|i| {
            let time = *self.times.get(i)?;
            Some((time, *self.values.get(i)?))
        });
        let histogram = last_before(&self.hist_times, at).and_then(|i| {
            let time = *self.hist_times.get(i)?;
            Some((time, self.hists.get(i)?))
        });
        let stale = last_before(&self.stale, at).and_then(|i| self.stale.get(i).copied());
        let found = match (float, histogram) {
            (Some((t, _)), Some((h, histogram))) if h >= t => Found::Histogram(h, histogram),
            (None, Some((h, histogram))) => Found::Histogram(h, histogram),
            (Some((t, value)), _) => Found::Float(t, value),
            (None, None) => return None,
        };
        let time = found.time();
        (time > after && stale.is_none_or(|s| s < time)).then_some(found)
    }

    /// Whether there is a sample between the two times, both included.
    fn touches(&self, from: i64, to: i64) -> bool {
        let in_range = |times: &[i64]| {
            let first = times.partition_point(|t| *t < from);
            times.get(first).is_some_and(|t| *t <= to)
        };
        in_range(&self.times) || in_range(&self.hist_times)
    }
}

impl Found<'_> {
    pub(super) fn time(&self) -> i64 {
        match self {
            Self::Float(time, _) | Self::Histogram(time, _) => *time,
        }
    }
}

fn last_before(times: &[i64], at: i64) -> Option<usize> {
    times.partition_point(|t| *t <= at).checked_sub(1)
}

/// Keeps time order; a second sample of the same time replaces the first.
fn insert<T>(times: &mut Vec<i64>, values: &mut Vec<T>, time: i64, value: T) {
    let at = times.partition_point(|t| *t < time);
    if times.get(at) == Some(&time) {
        if let Some(slot) = values.get_mut(at) {
            *slot = value;
        }
    } else {
        times.insert(at, time);
        values.insert(at, value);
    }
}

/// All series, found by label set or by metric name.
#[derive(Debug, Default)]
pub(super) struct Store {
    columns: Vec<Column>,
    by_labels: HashMap<Labels, usize>,
    by_metric: HashMap<String, Vec<usize>>,
}

impl Store {
    /// The series of a label set, made where there is none.
    pub(super) fn column(&mut self, labels: &Labels) -> Option<&mut Column> {
        let next = self.columns.len();
        let at = match self.by_labels.get(labels) {
            Some(at) => *at,
            None => {
                let metric = labels.metric_name().unwrap_or_default().to_owned();
                self.by_labels.insert(labels.clone(), next);
                self.by_metric.entry(metric).or_default().push(next);
                self.columns.push(Column::new(labels.clone()));
                next
            }
        };
        self.columns.get_mut(at)
    }

    /// The series a selector selects, ordered by labels as a server's storage has them.
    pub(super) fn select(&self, selector: &Selector) -> Result<Vec<Cow<'_, Column>>> {
        let matchers = Matchers::new(selector)?;
        let mut found: Vec<&Column> = match &matchers.metric {
            Some(metric) => {
                let of_metric = self.by_metric.get(metric).into_iter().flatten();
                let columns = of_metric.filter_map(|i| self.columns.get(*i));
                columns.filter(|c| matchers.accept(&c.labels)).collect()
            }
            None => {
                let all = self.columns.iter();
                all.filter(|c| matchers.accept(&c.labels)).collect()
            }
        };
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(found.into_iter().map(Cow::Borrowed).collect())
    }

    /// Label sets with samples in a time range that any of the selectors selects; without
    /// selectors, all of them.
    pub(super) fn label_sets(
        &self,
        selectors: &[Selector],
        from: i64,
        to: i64,
    ) -> Result<Vec<Labels>> {
        let mut sets = Vec::new();
        let any = [Selector::any()];
        let selectors = if selectors.is_empty() {
            any.as_slice()
        } else {
            selectors
        };
        for selector in selectors {
            let columns = self.select(selector)?;
            let touched = columns.iter().filter(|c| c.touches(from, to));
            sets.extend(touched.map(|c| c.labels.clone()));
        }
        sets.sort();
        sets.dedup();
        Ok(sets)
    }
}
