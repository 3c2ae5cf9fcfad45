//! Function calls, by what their arguments are.

use super::counter::{self, Gain, Resets};
use super::frame::{Cell, Frame, Row, Steps, joined, map_rows, nameless};
use super::over_time::over_time;
use super::select::RangeArg;
use super::window::{Window, windows};
use super::{Evaluator, bad, instant_functions};
use crate::error::Result;
use crate::expr::{Expr, Function, MatchOp, Matcher};
use crate::labels::{Labels, METRIC_NAME};

impl Evaluator<'_> {
    pub(super) fn call(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
        match (function, args) {
            (Function::Time, []) => Ok(Frame::Scalar(
                steps.times().map(|time| time as f64 / 1000.0).collect(),
            )),
            (Function::Vector, [scalar]) => {
                let values = self.scalars(scalar, steps)?;
                Ok(Frame::Vector(vec![Row::scalar(values)]))
            }
            (Function::Scalar, [vector]) => {
                let rows = self.rows(vector, steps)?;
                Ok(Frame::Scalar(instant_functions::scalar(&rows, steps)))
            }
            (Function::Absent, [vector]) => {
                let labels = match vector {
                    Expr::Instant { selector, .. } => absent_labels(&selector.matchers),
                    _ => Labels::empty(),
                };
                let rows = self.rows(vector, steps)?;
                Ok(Frame::Vector(absent(labels, &rows, steps)))
            }
            (Function::AbsentOverTime, [range]) => {
                let arg = self.range_arg(Some(function), range, steps)?;
                let labels = absent_labels(&arg.matchers);
                let rows = over_range(arg, steps, |_, window| {
                    over_time(Function::PresentOverTime, window)
                });
                Ok(Frame::Vector(absent(labels, &rows, steps)))
            }
            (Function::Timestamp, [vector]) => self.timestamp(vector, steps).map(Frame::Vector),
            (Function::LabelReplace, [vector, texts @ ..]) => {
                let texts: Vec<&str> = texts.iter().filter_map(text).collect();
                let rows = self.rows(vector, steps)?;
                instant_functions::label_replace(rows, &texts).map(Frame::Vector)
            }
            (Function::HistogramQuantile, [q, vector]) => {
                let q = self.scalars(q, steps)?;
                let rows = self.rows(vector, steps)?;
                instant_functions::histogram_quantile(&q, rows).map(Frame::Vector)
            }
            (Function::HistogramFraction, [lower, upper, vector]) => {
                let lower = self.scalars(lower, steps)?;
                let upper = self.scalars(upper, steps)?;
                let rows = self.rows(vector, steps)?;
                instant_functions::histogram_fraction(&lower, &upper, rows).map(Frame::Vector)
            }
            (Function::HistogramCount, [vector]) => self.of_histograms(vector, steps, |h| h.count),
            (Function::HistogramSum, [vector]) => self.of_histograms(vector, steps, |h| h.sum),
            (Function::Abs, [vector]) => self.of_floats(vector, &[], steps, |v, _| v.abs()),
            (Function::ClampMin, [vector, bound]) => {
                let bounds = self.scalars(bound, steps)?;
                self.of_floats(vector, &bounds, steps, larger)
            }
            (Function::ClampMax, [vector, bound]) => {
                let bounds = self.scalars(bound, steps)?;
                self.of_floats(vector, &bounds, steps, |v, bound| -larger(-v, -bound))
            }
            (Function::Round, [vector]) => {
                self.of_floats(vector, &[], steps, |v, _| (v + 0.5).floor())
            }
            (Function::Round, [vector, nearest]) => {
                let nearest = self.scalars(nearest, steps)?;
                self.of_floats(vector, &nearest, steps, |v, nearest| {
                    // The inverse rounds more exactly, and it is what servers do.
                    let inverse = 1.0 / nearest;
                    (v * inverse + 0.5).floor() / inverse
                })
            }
            (_, [range]) => self.of_range(function, range, steps).map(Frame::Vector),
            _ => Err(bad(&format!("{}: wrong arguments", function.name()))),
        }
    }

    fn of_range(&self, function: Function, range: &Expr, steps: &Steps) -> Result<Vec<Row>> {
        let arg = self.range_arg(Some(function), range, steps)?;
        let anchored = arg.anchored;
        let gain = Gain {
            counter: function != Function::Delta,
            per_second: function == Function::Rate,
            zero_first: self.closed,
        };
        let rows = over_range(arg, steps, |resets, window| match function {
            Function::Rate | Function::Increase | Function::Delta if anchored => {
                counter::anchored(window, resets, gain)
            }
            Function::Rate | Function::Increase | Function::Delta => {
                counter::extrapolated(window, resets, gain)
            }
            Function::Irate => counter::instant_rate(window),
            Function::Resets => counter::resets(window, resets, anchored),
            Function::Changes => counter::changes(window, anchored),
            _ => over_time(function, window),
        });
        if function == Function::LastOverTime {
            // It stands for the sample itself, so it keeps the name.
            return joined(rows);
        }
        let nameless = rows.into_iter().map(|row| Row {
            labels: nameless(&row.labels),
            cells: row.cells,
        });
        joined(nameless.collect())
    }

    fn timestamp(&self, vector: &Expr, steps: &Steps) -> Result<Vec<Row>> {
        if let Expr::Instant { selector, offset } = vector {
            let offset = i64::try_from(offset.as_millis()).unwrap_or(i64::MAX);
            let rows = self.taken_rows(selector, offset, steps)?;
            return map_rows(rows, |cell, _| cell);
        }
        let times: Vec<f64> = steps.times().map(|time| time as f64 / 1000.0).collect();
        map_rows(self.rows(vector, steps)?, |cell, step| {
            match times.get(step) {
                Some(time) if cell.is_present() => Cell::Float(*time),
                _ => Cell::Absent,
            }
        })
    }

    /// A function of floats, with a scalar per step beside them; histograms are left out.
    fn of_floats(
        &self,
        vector: &Expr,
        scalars: &[f64],
        steps: &Steps,
        f: impl Fn(f64, f64) -> f64,
    ) -> Result<Frame> {
        let rows = map_rows(self.rows(vector, steps)?, |cell, step| match cell {
            Cell::Float(value) => {
                Cell::Float(f(value, scalars.get(step).copied().unwrap_or(f64::NAN)))
            }
            _ => Cell::Absent,
        });
        rows.map(Frame::Vector)
    }

    /// A number of each native histogram; floats are left out.
    fn of_histograms(
        &self,
        vector: &Expr,
        steps: &Steps,
        f: impl Fn(&crate::value::NativeHistogram) -> f64,
    ) -> Result<Frame> {
        let rows = map_rows(self.rows(vector, steps)?, |cell, _| match cell {
            Cell::Histogram(histogram) => Cell::Float(f(&histogram)),
            _ => Cell::Absent,
        });
        rows.map(Frame::Vector)
    }
}

/// The larger one; `NaN` where either is, as Go's `math.Max`.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Text(text) => Some(text),
        _ => None,
    }
}

/// Applies a function to each series' window at each step; empty windows have no value.
fn over_range(
    arg: RangeArg<'_>,
    steps: &Steps,
    f: impl Fn(&Resets, &Window<'_>) -> Cell,
) -> Vec<Row> {
    let rows = arg.columns.iter().map(|column| {
        let resets = Resets::of(&column.values);
        let windows = windows(column, steps, arg.stretch);
        let cells = windows.map(|window| {
            if window.is_empty() {
                Cell::Absent
            } else {
                f(&resets, &window)
            }
        });
        Row {
            labels: column.labels.clone(),
            cells: cells.collect(),
        }
    });
    rows.filter(Row::is_present).collect()
}

fn absent(labels: Labels, rows: &[Row], steps: &Steps) -> Vec<Row> {
    let mut cells = vec![Cell::Float(1.0); steps.count];
    for row in rows {
        for (cell, there) in cells.iter_mut().zip(&row.cells) {
            if there.is_present() {
                *cell = Cell::Absent;
            }
        }
    }
    let row = Row { labels, cells };
    if row.is_present() {
        vec![row]
    } else {
        Vec::new()
    }
}

/// The labels an absent series would have: those one matcher says exactly.
fn absent_labels(matchers: &[Matcher]) -> Labels {
    let mut seen: Vec<&str> = Vec::new();
    let mut labels = Labels::empty();
    for matcher in matchers.iter().filter(|m| m.name != METRIC_NAME) {
        let said = matcher.op == MatchOp::Equal && !seen.contains(&matcher.name.as_str());
        labels = labels.with(&matcher.name, if said { &matcher.value } else { "" });
        if said {
            seen.push(&matcher.name);
        }
    }
    labels
}
