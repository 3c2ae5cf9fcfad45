//! Selectors: instant ones to rows, range arguments to columns.

use std::borrow::Cow;
use std::time::Duration;

use super::Evaluator;
use super::bad;
use super::frame::{Cell, Frame, Row, Steps};
use super::window::{Stretch, windows};
use crate::error::{Error, Result};
use crate::expr::{Expr, Function, Matcher, RangeModifier, Selector};
use crate::memory::store::{Column, Found};
use crate::time::Timestamp;
use crate::value::{HistogramPoint, Point, Series};

/// The step of a subquery that names none: a server's default evaluation interval.
const DEFAULT_SUBQUERY_STEP_MS: i64 = 60_000;

/// A function's argument over time.
pub(super) struct RangeArg<'s> {
    pub(super) columns: Vec<Cow<'s, Column>>,
    pub(super) stretch: Stretch,
    pub(super) anchored: bool,
    /// Of a plain selector, for `absent_over_time`.
    pub(super) matchers: Vec<Matcher>,
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl<'s> Evaluator<'s> {
    pub(super) fn instant_rows(
        &self,
        selector: &Selector,
        offset: Duration,
        steps: &Steps,
    ) -> Result<Frame> {
        let rows = self.found_rows(selector, offset, steps, |found| match found {
            Found::Float(_, value) => Cell::Float(value),
            Found::Histogram(_, histogram) => Cell::Histogram(histogram.clone()),
        });
        rows.map(Frame::Vector)
    }

    /// When the samples were taken, in seconds.
    pub(super) fn taken_rows(
        &self,
        selector: &Selector,
        offset: Duration,
        steps: &Steps,
    ) -> Result<Vec<Row>> {
        self.found_rows(selector, offset, steps, |found| {
            Cell::Float(found.time() as f64 / 1000.0)
        })
    }

    fn found_rows(
        &self,
        selector: &Selector,
        offset: Duration,
        steps: &Steps,
        cell: impl Fn(Found<'_>) -> Cell,
    ) -> Result<Vec<Row>> {
        let columns = self.store.select(selector)?;
        let offset = millis(offset);
        let rows = columns.iter().map(|column| {
            let cells = steps.times().map(|time| {
                let at = time.saturating_sub(offset);
                let after = at.saturating_sub(self.lookback);
                let after = if self.closed { after - 1 } else { after };
                column.last(at, after).map_or(Cell::Absent, &cell)
            });
            Row {
                labels: column.labels.clone(),
                cells: cells.collect(),
            }
        });
        Ok(rows.filter(Row::is_present).collect())
    }

    /// The argument of a function over time.
    pub(super) fn range_arg(
        &self,
        function: Option<Function>,
        expr: &Expr,
        steps: &Steps,
    ) -> Result<RangeArg<'s>> {
        match expr {
            Expr::Range(range) => {
                let anchored = range.modifier == Some(RangeModifier::Anchored);
                if anchored && !function.is_some_and(takes_anchored) {
                    return Err(Error::Execution {
                        message:
                            "`anchored` only goes with rate, increase, delta, resets and changes"
                                .to_owned(),
                    });
                }
                Ok(RangeArg {
                    columns: self.store.select(&range.selector)?,
                    stretch: Stretch {
                        range: millis(range.range),
                        offset: millis(range.offset),
                        before: if anchored { self.lookback } else { 0 },
                        closed: self.closed,
                    },
                    anchored,
                    matchers: range.selector.matchers.clone(),
                })
            }
            Expr::Subquery {
                expr,
                range,
                step,
                offset,
            } => {
                let (range, offset) = (millis(*range), millis(*offset));
                let step = step.map_or(DEFAULT_SUBQUERY_STEP_MS, millis).max(1);
                let inner = self.subquery_steps(steps, range, offset, step);
                let rows = match inner {
                    Some(inner) => {
                        let rows = self.rows(expr, &inner)?;
                        rows.into_iter().map(|row| column(row, &inner)).collect()
                    }
                    None => Vec::new(),
                };
                Ok(RangeArg {
                    columns: rows,
                    stretch: Stretch {
                        range,
                        offset,
                        before: 0,
                        closed: self.closed,
                    },
                    anchored: false,
                    matchers: Vec::new(),
                })
            }
            _ => Err(bad("a range vector is expected")),
        }
    }

    /// A subquery's own evaluations: multiples of its step, whatever the outer query's are.
    fn subquery_steps(&self, outer: &Steps, range: i64, offset: i64, step: i64) -> Option<Steps> {
        let from = outer.start.saturating_sub(offset).saturating_sub(range);
        let end = outer.end().saturating_sub(offset);
        let mut start = step.saturating_mul(from / step);
        if start < from || (!self.closed && start == from) {
            start = start.saturating_add(step);
        }
        let span = usize::try_from(end.checked_sub(start)?).ok()?;
        Some(Steps {
            start,
            step,
            count: span / usize::try_from(step).ok()? + 1,
        })
    }

    /// A range vector as the answer of an instant query.
    pub(super) fn matrix(&self, expr: &Expr, steps: &Steps) -> Result<Vec<Series>> {
        let arg = self.range_arg(None, expr, steps)?;
        let mut all = Vec::new();
        for column in &arg.columns {
            let Some(window) = windows(column, steps, arg.stretch).next() else {
                continue;
            };
            if window.is_empty() {
                continue;
            }
            let points = window.times.iter().zip(window.values);
            let hists = window.hist_times.iter().zip(window.hists);
            all.push(Series {
                labels: column.labels.clone(),
                points: points
                    .map(|(time, value)| Point {
                        timestamp: Timestamp::from_millis(*time),
                        value: *value,
                    })
                    .collect(),
                histograms: hists
                    .map(|(time, histogram)| HistogramPoint {
                        timestamp: Timestamp::from_millis(*time),
                        histogram: (**histogram).clone(),
                    })
                    .collect(),
            });
        }
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(all)
    }
}

fn takes_anchored(function: Function) -> bool {
    matches!(
        function,
        Function::Rate
            | Function::Increase
            | Function::Delta
            | Function::Resets
            | Function::Changes
    )
}

fn column<'s>(row: Row, steps: &Steps) -> Cow<'s, Column> {
    let mut column = Column::new(row.labels);
    for (time, cell) in steps.times().zip(row.cells) {
        match cell {
            Cell::Absent => {}
            Cell::Float(value) => {
                column.times.push(time);
                column.values.push(value);
            }
            Cell::Histogram(histogram) => {
                column.hist_times.push(time);
                column.hists.push(histogram);
            }
        }
    }
    Cow::Owned(column)
}
