//! Aggregation over series.

use std::collections::HashMap;
use std::sync::Arc;

use super::frame::{Cell, Frame, Row, Steps};
use super::native;
use super::over_time::{Mean, Sum};
use crate::expr::{Aggregation, Grouping};
use crate::labels::{Labels, METRIC_NAME};
use crate::value::NativeHistogram;

pub(super) fn aggregate(
    op: Aggregation,
    grouping: &Grouping,
    rows: Vec<Row>,
    steps: &Steps,
) -> Frame {
    let mut groups: Vec<(Labels, Vec<State>)> = Vec::new();
    let mut at: HashMap<Labels, usize> = HashMap::new();
    for row in rows {
        let labels = match grouping {
            Grouping::All => Labels::empty(),
            Grouping::By(by) => row.labels.filtered(|name| by.iter().any(|l| l == name)),
            Grouping::Without(without) => row
                .labels
                .filtered(|name| name != METRIC_NAME && !without.iter().any(|l| l == name)),
        };
        let next = groups.len();
        let place = *at.entry(labels).or_insert_with_key(|labels| {
            groups.push((labels.clone(), vec![State::Empty; steps.count]));
            next
        });
        if let Some((_, states)) = groups.get_mut(place) {
            for (state, cell) in states.iter_mut().zip(row.cells) {
                state.add(op, cell);
            }
        }
    }
    let rows = groups.into_iter().map(|(labels, states)| Row {
        labels,
        cells: states.into_iter().map(|state| state.value(op)).collect(),
    });
    Frame::Vector(rows.filter(Row::is_present).collect())
}

/// One group at one step.
#[derive(Clone, Debug)]
enum State {
    Empty,
    /// Of `group`.
    Seen,
    Count(f64),
    Extreme(f64),
    Sum(Sum),
    Mean(Mean),
    Histograms(Arc<NativeHistogram>, f64),
    /// Floats and histograms, or histograms of different resolutions, do not add up.
    Nothing,
}

impl State {
    fn add(&mut self, op: Aggregation, cell: Cell) {
        if !cell.is_present() {
            return;
        }
        *self = match (op, std::mem::replace(self, Self::Nothing), cell) {
            (Aggregation::Group, ..) => Self::Seen,
            (Aggregation::Count, Self::Count(count), _) => Self::Count(count + 1.0),
            (Aggregation::Count, ..) => Self::Count(1.0),
            (Aggregation::Min | Aggregation::Max, state, Cell::Histogram(_)) => state,
            (Aggregation::Min, Self::Extreme(old), Cell::Float(new)) => {
                Self::Extreme(if new < old || old.is_nan() { new } else { old })
            }
            (Aggregation::Max, Self::Extreme(old), Cell::Float(new)) => {
                Self::Extreme(if new > old || old.is_nan() { new } else { old })
            }
            (Aggregation::Min | Aggregation::Max, _, Cell::Float(new)) => Self::Extreme(new),
            (Aggregation::Sum, Self::Empty, Cell::Float(value)) => {
                let mut sum = Sum::default();
                sum.add(value);
                Self::Sum(sum)
            }
            (Aggregation::Sum, Self::Sum(mut sum), Cell::Float(value)) => {
                sum.add(value);
                Self::Sum(sum)
            }
            (Aggregation::Avg, Self::Empty, Cell::Float(value)) => {
                let mut mean = Mean::default();
                mean.add(value);
                Self::Mean(mean)
            }
            (Aggregation::Avg, Self::Mean(mut mean), Cell::Float(value)) => {
                mean.add(value);
                Self::Mean(mean)
            }
            (_, Self::Empty, Cell::Histogram(histogram)) => Self::Histograms(histogram, 1.0),
            (_, Self::Histograms(sum, count), Cell::Histogram(histogram)) => {
                match native::combined(&sum, &histogram, 1.0) {
                    Some(sum) => Self::Histograms(Arc::new(sum), count + 1.0),
                    None => Self::Nothing,
                }
            }
            _ => Self::Nothing,
        };
    }

    fn value(self, op: Aggregation) -> Cell {
        match self {
            Self::Empty | Self::Nothing => Cell::Absent,
            Self::Seen => Cell::Float(1.0),
            Self::Count(value) | Self::Extreme(value) => Cell::Float(value),
            Self::Sum(sum) => Cell::Float(sum.total()),
            Self::Mean(mean) => Cell::Float(mean.value()),
            Self::Histograms(sum, count) if op == Aggregation::Avg => {
                Cell::histogram(native::scaled(&sum, 1.0 / count))
            }
            Self::Histograms(sum, _) => Cell::Histogram(sum),
        }
    }
}
