//! The evaluator: each node of an expression is worked out for all steps at once, so that labels
//! are made once per series and samples are walked, not searched.

mod aggregate;
mod binary;
mod call;
mod classic;
mod counter;
mod frame;
mod instant_functions;
mod native;
mod over_time;
mod scalar_ops;
mod select;
mod window;

pub(super) use frame::Steps;
use frame::{Cell, Frame, Row};

use super::backend::RangeSemantics;
use super::store::Store;
use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::time::Timestamp;
use crate::value::{HistogramPoint, Point, Sample, SampleValue, Series, Value};

/// Evaluates expressions over a store.
pub(super) struct Evaluator<'s> {
    store: &'s Store,
    closed: bool,
    lookback: i64,
}

impl<'s> Evaluator<'s> {
    pub(super) fn new(store: &'s Store, semantics: RangeSemantics, lookback: i64) -> Self {
        Self {
            store,
            closed: semantics == RangeSemantics::Closed,
            lookback,
        }
    }

    /// An instant query.
    pub(super) fn instant(&self, expr: &Expr, time: Timestamp) -> Result<Value> {
        let steps = Steps::once(time.as_millis());
        if let Expr::Range(_) | Expr::Subquery { .. } = expr {
            return Ok(Value::Matrix(self.matrix(expr, &steps)?));
        }
        Ok(match self.eval(expr, &steps)? {
            Frame::Text(text) => Value::String(time, text),
            Frame::Scalar(values) => Value::Scalar(Point {
                timestamp: time,
                value: values.first().copied().unwrap_or(f64::NAN),
            }),
            Frame::Vector(rows) => {
                let mut samples: Vec<Sample> = rows
                    .into_iter()
                    .filter_map(|row| {
                        let value = match row.cells.into_iter().next()? {
                            Cell::Absent => return None,
                            Cell::Float(value) => SampleValue::Float(value),
                            Cell::Histogram(h) => SampleValue::Histogram(Box::new((*h).clone())),
                        };
                        Some(Sample {
                            labels: row.labels,
                            timestamp: time,
                            value,
                        })
                    })
                    .collect();
                samples.sort_by(|a, b| a.labels.cmp(&b.labels));
                Value::Vector(samples)
            }
        })
    }

    /// A range query.
    pub(super) fn range(&self, expr: &Expr, steps: &Steps) -> Result<Vec<Series>> {
        let rows = match self.eval(expr, steps)? {
            Frame::Vector(rows) => rows,
            Frame::Scalar(values) => vec![Row::scalar(values)],
            Frame::Text(_) => {
                return Err(bad("a string is no answer to a range query"));
            }
        };
        let mut series: Vec<Series> = rows
            .into_iter()
            .map(|row| {
                let mut series = Series {
                    labels: row.labels,
                    ..Series::default()
                };
                for (time, cell) in steps.times().zip(row.cells) {
                    let timestamp = Timestamp::from_millis(time);
                    match cell {
                        Cell::Absent => {}
                        Cell::Float(value) => series.points.push(Point { timestamp, value }),
                        Cell::Histogram(h) => series.histograms.push(HistogramPoint {
                            timestamp,
                            histogram: (*h).clone(),
                        }),
                    }
                }
                series
            })
            .filter(|s| !s.points.is_empty() || !s.histograms.is_empty())
            .collect();
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(series)
    }

    // Nested expressions come through here once per level: the work is in the functions it calls,
    // so that a level costs little stack.
    fn eval(&self, expr: &Expr, steps: &Steps) -> Result<Frame> {
        match expr {
            Expr::Number(number) => Ok(Frame::Scalar(vec![*number; steps.count])),
            Expr::Text(text) => Ok(Frame::Text(text.clone())),
            Expr::Instant { selector, offset } => self.instant_rows(selector, *offset, steps),
            Expr::Range(_) | Expr::Subquery { .. } => Err(bad(
                "a range vector stands where an instant vector or a scalar belongs",
            )),
            Expr::Call { function, args } => self.call(*function, args, steps),
            Expr::Aggregate { op, grouping, expr } => {
                let rows = self.rows(expr, steps)?;
                Ok(aggregate::aggregate(*op, grouping, rows, steps))
            }
            Expr::Binary {
                op,
                lhs,
                rhs,
                matching,
                return_bool,
            } => {
                let lhs = self.eval(lhs, steps)?;
                let rhs = self.eval(rhs, steps)?;
                binary::binary(*op, lhs, rhs, matching, *return_bool, steps)
            }
            Expr::Verbatim(text) => Err(Error::Unsupported {
                what: format!("PromQL outside the builder's language: {text}"),
            }),
            Expr::Negate(expr) => negated(self.eval(expr, steps)?),
        }
    }

    /// The value of an expression that must be an instant vector.
    fn rows(&self, expr: &Expr, steps: &Steps) -> Result<Vec<Row>> {
        match self.eval(expr, steps)? {
            Frame::Vector(rows) => Ok(rows),
            _ => Err(bad("an instant vector is expected")),
        }
    }

    /// The value of an expression that must be a scalar, per step.
    fn scalars(&self, expr: &Expr, steps: &Steps) -> Result<Vec<f64>> {
        match self.eval(expr, steps)? {
            Frame::Scalar(values) => Ok(values),
            _ => Err(bad("a scalar is expected")),
        }
    }
}

fn negated(frame: Frame) -> Result<Frame> {
    match frame {
        Frame::Scalar(values) => Ok(Frame::Scalar(values.iter().map(|v| -v).collect())),
        Frame::Vector(rows) => frame::map_rows(rows, |cell, _| match cell {
            Cell::Absent => Cell::Absent,
            Cell::Float(value) => Cell::Float(-value),
            Cell::Histogram(h) => Cell::histogram(native::scaled(&h, -1.0)),
        })
        .map(Frame::Vector),
        Frame::Text(_) => Err(bad("a string cannot be negated")),
    }
}

fn bad(message: &str) -> Error {
    Error::BadQuery {
        message: message.to_owned(),
    }
}
