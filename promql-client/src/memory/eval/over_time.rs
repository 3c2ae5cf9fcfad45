//! The `*_over_time` functions.

use super::frame::Cell;
use super::native;
use super::window::Window;
use crate::expr::Function;

/// One of the `*_over_time` functions over a window that is not empty.
pub(super) fn over_time(function: Function, window: &Window<'_>) -> Cell {
    let samples = window.times.len() + window.hist_times.len();
    match function {
        Function::CountOverTime => Cell::Float(samples as f64),
        Function::PresentOverTime => Cell::Float(1.0),
        Function::LastOverTime => last(window),
        Function::MinOverTime => extreme(window.values, |new, old| new < old),
        Function::MaxOverTime => extreme(window.values, |new, old| new > old),
        Function::SumOverTime | Function::AvgOverTime if window.is_mixed() => Cell::Absent,
        Function::SumOverTime if window.times.is_empty() => {
            native::sum(window.hists).map_or(Cell::Absent, Cell::histogram)
        }
        Function::SumOverTime => {
            let mut sum = Sum::default();
            window.values.iter().for_each(|value| sum.add(*value));
            Cell::Float(sum.total())
        }
        Function::AvgOverTime if window.times.is_empty() => native::sum(window.hists)
            .map_or(Cell::Absent, |sum| {
                Cell::histogram(native::scaled(&sum, 1.0 / samples as f64))
            }),
        Function::AvgOverTime => {
            let mut mean = Mean::default();
            window.values.iter().for_each(|value| mean.add(*value));
            Cell::Float(mean.value())
        }
        _ => Cell::Absent,
    }
}

fn last(window: &Window<'_>) -> Cell {
    match (window.times.last(), window.hist_times.last()) {
        (Some(float), Some(hist)) if hist < float => float_cell(window),
        (_, Some(_)) => {
            let last = window.hists.last().cloned();
            last.map_or(Cell::Absent, Cell::Histogram)
        }
        _ => float_cell(window),
    }
}

fn float_cell(window: &Window<'_>) -> Cell {
    let last = window.values.last().copied();
    last.map_or(Cell::Absent, Cell::Float)
}

/// `NaN` only wins where there is nothing else.
fn extreme(values: &[f64], better: impl Fn(f64, f64) -> bool) -> Cell {
    let best = values.iter().copied().reduce(|old, new| {
        if better(new, old) || old.is_nan() {
            new
        } else {
            old
        }
    });
    best.map_or(Cell::Absent, Cell::Float)
}

/// A sum that keeps what rounding loses (Neumaier's form of Kahan's), as Prometheus 3 adds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        if sum.is_infinite() {
            self.lost = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.lost += (self.sum - sum) + value;
        } else {
            self.lost += (value - sum) + self.sum;
        }
        self.sum = sum;
    }

    pub(super) fn total(self) -> f64 {
        if self.sum.is_infinite() {
            self.sum
        } else {
            self.sum + self.lost
        }
    }
}

/// A mean that does not overflow where its sum would.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: Sum,
    count: f64,
    /// The mean so far, once the sum has overflowed.
    running: Option<f64>,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.running.is_none() {
            let mut next = self.sum;
            next.add(value);
            if self.count == 1.0 || !next.sum.is_infinite() {
                self.sum = next;
                return;
            }
            self.running = Some(self.sum.total() / (self.count - 1.0));
        }
        if let Some(mean) = &mut self.running {
            let share = (self.count - 1.0) / self.count;
            *mean = share * *mean + value / self.count;
        }
    }

    pub(super) fn value(self) -> f64 {
        self.running
            .unwrap_or_else(|| self.sum.sum / self.count + self.sum.lost / self.count)
    }
}
