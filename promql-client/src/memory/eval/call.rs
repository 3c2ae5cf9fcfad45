//! Function calls, by what their arguments are.

use super::counter::{self, Gain, Resets};
use super::frame::{Cell, Frame, Row, Steps, joined, map_rows, nameless};
use super::over_time::over_time;
use super::select::RangeArg;
use super::window::{Window, windows};
use super::{Evaluator, bad, instant_functions};
use crate::error::{Error, Result};
use crate::expr::{Expr, Function, MatchOp, Matcher};
use crate::labels::{Labels, METRIC_NAME};
use crate::value::NativeHistogram;

impl Evaluator<'_> {
    // One level of nesting passes here, so every kind of call has a function of its own.
    pub(super) fn call(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
        match function {
            Function::Time | Function::Vector | Function::Scalar => {
                self.of_scalars(function, args, steps)
            }
            Function::Absent | Function::AbsentOverTime => self.absence(function, args, steps),
            Function::Timestamp => self.timestamp(args, steps),
            Function::LabelReplace => self.label_replace(args, steps),
            Function::HistogramQuantile | Function::HistogramFraction => {
                self.of_distributions(function, args, steps)
            }
            Function::HistogramCount => self.of_histograms(args, steps, |h| h.count),
            Function::HistogramSum => self.of_histograms(args, steps, |h| h.sum),
            Function::Abs | Function::Round | Function::ClampMin | Function::ClampMax => {
                self.of_floats(function, args, steps)
            }
            _ => self.of_range(function, args, steps),
        }
    }

    fn of_scalars(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
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
            _ => Err(wrong_arguments(function)),
        }
    }

    fn absence(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
        let [arg] = args else {
            return Err(wrong_arguments(function));
        };
        let (labels, rows) = if function == Function::Absent {
            let labels = match arg {
                Expr::Instant { selector, .. } => absent_labels(&selector.matchers),
                _ => Labels::empty(),
            };
            (labels, self.rows(arg, steps)?)
        } else {
            let arg = self.range_arg(Some(function), arg, steps)?;
            let labels = absent_labels(&arg.matchers);
            let present =
                |_: &Resets, window: &Window<'_>| over_time(Function::PresentOverTime, window);
            (labels, over_range(arg, steps, present))
        };
        Ok(Frame::Vector(absent(labels, &rows, steps)))
    }

    fn label_replace(&self, args: &[Expr], steps: &Steps) -> Result<Frame> {
        let [vector, texts @ ..] = args else {
            return Err(wrong_arguments(Function::LabelReplace));
        };
        let texts: Vec<&str> = texts.iter().filter_map(text).collect();
        let rows = self.rows(vector, steps)?;
        instant_functions::label_replace(rows, &texts).map(Frame::Vector)
    }

    fn of_distributions(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
        let rows = match args {
            [q, vector] => {
                let q = self.scalars(q, steps)?;
                instant_functions::histogram_quantile(&q, self.rows(vector, steps)?)
            }
            [lower, upper, vector] => {
                let lower = self.scalars(lower, steps)?;
                let upper = self.scalars(upper, steps)?;
                instant_functions::histogram_fraction(&lower, &upper, self.rows(vector, steps)?)
            }
            _ => Err(wrong_arguments(function)),
        };
        rows.map(Frame::Vector)
    }

    /// A function of floats, with a scalar per step beside them; histograms are left out.
    fn of_floats(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
        let (vector, scalars) = match args {
            [vector] => (vector, vec![1.0; steps.count]),
            [vector, scalar] => (vector, self.scalars(scalar, steps)?),
            _ => return Err(wrong_arguments(function)),
        };
        let of = |value: f64, scalar: f64| match function {
            Function::ClampMin => larger(value, scalar),
            Function::ClampMax => -larger(-value, -scalar),
            Function::Round => {
                // The inverse rounds more exactly, and it is what servers do.
                let inverse = 1.0 / scalar;
                (value * inverse + 0.5).floor() / inverse
            }
            _ => value.abs(),
        };
        let rows = map_rows(self.rows(vector, steps)?, |cell, step| match cell {
            Cell::Float(value) => {
                Cell::Float(of(value, scalars.get(step).copied().unwrap_or(f64::NAN)))
            }
            _ => Cell::Absent,
        });
        rows.map(Frame::Vector)
    }

    fn of_range(&self, function: Function, args: &[Expr], steps: &Steps) -> Result<Frame> {
        let [range] = args else {
            return Err(wrong_arguments(function));
        };
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
            return joined(rows).map(Frame::Vector);
        }
        let nameless = rows.into_iter().map(|row| Row {
            labels: nameless(&row.labels),
            cells: row.cells,
        });
        joined(nameless.collect()).map(Frame::Vector)
    }

    fn timestamp(&self, args: &[Expr], steps: &Steps) -> Result<Frame> {
        let [vector] = args else {
            return Err(wrong_arguments(Function::Timestamp));
        };
        if let Expr::Instant { selector, offset } = vector {
            let rows = self.taken_rows(selector, *offset, steps)?;
            return map_rows(rows, |cell, _| cell).map(Frame::Vector);
        }
        let times: Vec<f64> = steps.times().map(|time| time as f64 / 1000.0).collect();
        let rows = map_rows(self.rows(vector, steps)?, |cell, step| {
            match times.get(step) {
                Some(time) if cell.is_present() => Cell::Float(*time),
                _ => Cell::Absent,
            }
        });
        rows.map(Frame::Vector)
    }

    /// A number of each native histogram; floats are left out.
    fn of_histograms(
        &self,
        args: &[Expr],
        steps: &Steps,
        f: impl Fn(&NativeHistogram) -> f64,
    ) -> Result<Frame> {
        let [vector] = args else {
            return Err(bad("a native histogram's number takes one vector"));
        };
        let rows = map_rows(self.rows(vector, steps)?, |cell, _| match cell {
            Cell::Histogram(histogram) => Cell::Float(f(&histogram)),
            _ => Cell::Absent,
        });
        rows.map(Frame::Vector)
    }
}

fn wrong_arguments(function: Function) -> Error {
    bad(&format!("{}: wrong arguments", function.name()))
}

/// The larger one, as Go's `math.Max` has it: infinity beats `NaN`, which beats the rest.
fn larger(a: f64, b: f64) -> f64 {
    let infinite = a == f64::INFINITY || b == f64::INFINITY;
    if !infinite && (a.is_nan() || b.is_nan()) {
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
