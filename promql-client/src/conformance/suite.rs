//! The suite's frame: what a case has to work with, and how it fails.

use std::time::Duration;

use super::dataset::dataset;
use super::{api, functions, ranges, values};
use crate::backend::{InstantOptions, PromQl, RangeOptions};
use crate::error::Error;
use crate::labels::Labels;
use crate::time::Timestamp;
use crate::value::{Sample, Series, Value};

/// What a backend passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The cases, in order.
    pub passed: Vec<&'static str>,
}

/// What does not hold.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{case}: {message}")]
#[non_exhaustive]
pub struct Failure {
    /// In which case, or for which expression.
    pub case: String,
    /// What was expected and what came.
    pub message: String,
}

/// A case's outcome; the message says what was expected and what came.
pub(super) type Outcome = Result<(), String>;

/// Runs the suite against a backend that holds [`dataset`] of the same `end`.
///
/// # Errors
/// The first case that does not hold.
pub async fn check(backend: &dyn PromQl, end: Timestamp) -> Result<Report, Failure> {
    let mut suite = Suite {
        backend,
        end,
        // Between two scrapes: no sample falls on the end of any range.
        at: end.minus(Duration::from_secs(7)),
        data: dataset(end),
        passed: Vec::new(),
    };
    values::run(&mut suite).await?;
    functions::run(&mut suite).await?;
    ranges::run(&mut suite).await?;
    api::run(&mut suite).await?;
    Ok(Report {
        passed: suite.passed,
    })
}

pub(super) struct Suite<'b> {
    pub(super) backend: &'b dyn PromQl,
    pub(super) end: Timestamp,
    /// The time of most queries.
    pub(super) at: Timestamp,
    pub(super) data: Vec<Series>,
    passed: Vec<&'static str>,
}

impl Suite<'_> {
    pub(super) fn case(&mut self, case: &'static str, outcome: Outcome) -> Result<(), Failure> {
        match outcome {
            Ok(()) => {
                self.passed.push(case);
                Ok(())
            }
            Err(message) => Err(Failure {
                case: case.to_owned(),
                message,
            }),
        }
    }

    pub(super) async fn ask(&self, query: &str) -> Result<Value, String> {
        self.ask_at(query, self.at).await
    }

    pub(super) async fn ask_at(&self, query: &str, at: Timestamp) -> Result<Value, String> {
        let answer = self.backend.instant(query, &InstantOptions::at(at)).await;
        answer
            .map(|a| a.data)
            .map_err(|error| format!("{query}: {error}"))
    }

    pub(super) async fn error(&self, query: &str) -> Result<Error, String> {
        let options = InstantOptions::at(self.at);
        match self.backend.instant(query, &options).await {
            Ok(answer) => Err(format!("{query}: expected an error, got {:?}", answer.data)),
            Err(error) => Ok(error),
        }
    }

    pub(super) async fn vector(&self, query: &str) -> Result<Vec<Sample>, String> {
        self.vector_at(query, self.at).await
    }

    pub(super) async fn vector_at(
        &self,
        query: &str,
        at: Timestamp,
    ) -> Result<Vec<Sample>, String> {
        match self.ask_at(query, at).await? {
            Value::Vector(mut samples) => {
                samples.sort_by(|a, b| a.labels.cmp(&b.labels));
                Ok(samples)
            }
            other => Err(format!("{query}: expected a vector, got {other:?}")),
        }
    }

    /// The one number of a vector or scalar.
    pub(super) async fn number(&self, query: &str) -> Result<f64, String> {
        match self.ask(query).await? {
            Value::Scalar(point) => Ok(point.value),
            Value::Vector(samples) => match samples.as_slice() {
                [sample] => sample.float().ok_or_else(|| format!("{query}: no float")),
                several => Err(format!("{query}: expected one sample, got {several:?}")),
            },
            other => Err(format!("{query}: expected a number, got {other:?}")),
        }
    }

    pub(super) async fn range(
        &self,
        query: &str,
        from: Timestamp,
        to: Timestamp,
        step: Duration,
    ) -> Result<Vec<Series>, String> {
        let options = RangeOptions::new(from, to, step);
        let answer = self.backend.range(query, &options).await;
        let mut series = answer.map_err(|error| format!("{query}: {error}"))?.data;
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(series)
    }

    /// The dataset's value a server would find for a series at a time, lookback of five minutes.
    pub(super) fn truth(&self, series: &Series, at: Timestamp) -> Option<f64> {
        let before = series.points.iter().rev().find(|p| p.timestamp <= at)?;
        (at.since(before.timestamp) < Duration::from_secs(300)).then_some(before.value)
    }

    /// The dataset's series of a metric, ordered by labels.
    pub(super) fn of_metric(&self, metric: &str) -> Vec<&Series> {
        let of_metric = |s: &&Series| s.labels.metric_name() == Some(metric);
        let mut found: Vec<&Series> = self.data.iter().filter(of_metric).collect();
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        found
    }

    /// The values of a series inside the last `window` before the query's time.
    pub(super) fn inside(&self, series: &Series, window: Duration) -> Vec<f64> {
        let from = self.at.minus(window);
        let inside = series
            .points
            .iter()
            .filter(|p| p.timestamp > from && p.timestamp <= self.at);
        inside.map(|p| p.value).collect()
    }
}

/// Equal up to the last bits; `NaN` equals `NaN`.
pub(super) fn close(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

pub(super) fn expect_close(what: &str, expected: f64, got: f64) -> Outcome {
    if close(expected, got) {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected}, got {got}"))
    }
}

pub(super) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, expected: T, got: T) -> Outcome {
    if expected == got {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected:?}, got {got:?}"))
    }
}

/// A vector's labels and floats against the expected ones, both ordered by labels.
pub(super) fn expect_vector(what: &str, expected: &[(Labels, f64)], got: &[Sample]) -> Outcome {
    let got: Vec<(Labels, f64)> = got
        .iter()
        .map(|s| (s.labels.clone(), s.float().unwrap_or(f64::NAN)))
        .collect();
    let same = expected.len() == got.len()
        && expected
            .iter()
            .zip(&got)
            .all(|(e, g)| e.0 == g.0 && close(e.1, g.1));
    if same {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected:?}, got {got:?}"))
    }
}
