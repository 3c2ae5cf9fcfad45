//! What an expression is worth at every step.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::labels::{Labels, METRIC_NAME};
use crate::value::NativeHistogram;

/// Evaluation times.
#[derive(Clone, Copy, Debug)]
pub(in crate::memory) struct Steps {
    /// First, in milliseconds.
    pub(in crate::memory) start: i64,
    /// Between two, in milliseconds.
    pub(in crate::memory) step: i64,
    /// How many.
    pub(in crate::memory) count: usize,
}

impl Steps {
    pub(super) fn once(time: i64) -> Self {
        Self {
            start: time,
            step: 1,
            count: 1,
        }
    }

    pub(super) fn times(&self) -> impl Iterator<Item = i64> + use<> {
        let Self { start, step, .. } = *self;
        (0..self.count).map(move |i| start.saturating_add(step.saturating_mul(i as i64)))
    }

    /// The last evaluation.
    pub(super) fn end(&self) -> i64 {
        let last = self.count.saturating_sub(1) as i64;
        self.start.saturating_add(self.step.saturating_mul(last))
    }
}

/// A series' value at one step.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Absent,
    Float(f64),
    Histogram(Arc<NativeHistogram>),
}

impl Cell {
    pub(super) fn histogram(histogram: NativeHistogram) -> Self {
        Self::Histogram(Arc::new(histogram))
    }

    pub(super) fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

/// A series over all steps.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) labels: Labels,
    pub(super) cells: Vec<Cell>,
}

impl Row {
    pub(super) fn scalar(values: Vec<f64>) -> Self {
        Self {
            labels: Labels::empty(),
            cells: values.into_iter().map(Cell::Float).collect(),
        }
    }

    pub(super) fn is_present(&self) -> bool {
        self.cells.iter().any(Cell::is_present)
    }
}

/// An expression's value over all steps.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    Scalar(Vec<f64>),
    Text(String),
    Vector(Vec<Row>),
}

/// The labels without the metric's name.
pub(super) fn nameless(labels: &Labels) -> Labels {
    if labels.metric_name().is_none() {
        labels.clone()
    } else {
        labels.filtered(|name| name != METRIC_NAME)
    }
}

/// Changes every cell (the second argument is the step's number), drops the name, and joins what
/// became the same series.
pub(super) fn map_rows(rows: Vec<Row>, mut f: impl FnMut(Cell, usize) -> Cell) -> Result<Vec<Row>> {
    let mapped = rows.into_iter().map(|row| Row {
        labels: nameless(&row.labels),
        cells: {
            let cells = row.cells.into_iter().enumerate();
            cells.map(|(step, cell)| f(cell, step)).collect()
        },
    });
    joined(mapped.collect())
}

/// Drops rows without a value and joins rows of equal labels.
///
/// # Errors
/// [`Error::Execution`] where two of them have a value at the same step.
pub(super) fn joined(rows: Vec<Row>) -> Result<Vec<Row>> {
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    let mut at: HashMap<Labels, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        if !row.is_present() {
            continue;
        }
        let earlier = at.get(&row.labels).and_then(|i| out.get_mut(*i));
        let Some(earlier) = earlier else {
            at.insert(row.labels.clone(), out.len());
            out.push(row);
            continue;
        };
        for (old, new) in earlier.cells.iter_mut().zip(row.cells) {
            if !new.is_present() {
                continue;
            }
            if old.is_present() {
                return Err(Error::Execution {
                    message: "vector cannot contain metrics with the same labelset".to_owned(),
                });
            }
            *old = new;
        }
    }
    Ok(out)
}
