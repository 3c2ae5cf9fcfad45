//! Options of the trait's methods: plain values, with what the server decides left out.

use std::time::Duration;

use crate::backend::RuleKind;
use crate::error::{Error, Result};
use crate::expr::Selector;
use crate::time::Timestamp;

/// Limits of one query; unset ones are the server's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct QueryLimits {
    /// How long the server may take.
    pub timeout: Option<Duration>,
    /// How many series the answer may have; more are cut, with a warning.
    pub limit: Option<u64>,
    /// How far back an instant selector looks for its last sample (`lookback_delta`).
    pub lookback: Option<Duration>,
}

/// Options of an instant query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InstantOptions {
    /// When to evaluate; `None` is the server's now. Pin it wherever two answers are compared.
    pub time: Option<Timestamp>,
    /// Limits.
    pub limits: QueryLimits,
}

impl InstantOptions {
    /// Evaluate at this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self {
            time: Some(time),
            ..Self::default()
        }
    }
}

/// Options of a range query: evaluated at `start`, `start + step`, … up to and including `end`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RangeOptions {
    /// First evaluation.
    pub start: Timestamp,
    /// Last evaluation at the latest.
    pub end: Timestamp,
    /// Time between evaluations, at least a millisecond.
    pub step: Duration,
    /// Limits.
    pub limits: QueryLimits,
}

impl RangeOptions {
    /// A range without limits of its own.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp, step: Duration) -> Self {
        Self {
            start,
            end,
            step,
            limits: QueryLimits::default(),
        }
    }

    /// The most evaluations of a range, a thousand times what a server answers at once: no answer of
    /// more could be held.
    pub const MAX_STEPS: u64 = 11_000_000;

    /// How many evaluations the range has.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where the end is before the start, the step is under 1 ms, or there
    /// are more than [`RangeOptions::MAX_STEPS`].
    pub fn steps(&self) -> Result<u64> {
        let step = self.step.as_millis();
        if step == 0 {
            return Err(Error::InvalidRequest {
                message: "a step of zero".to_owned(),
            });
        }
        if self.end < self.start {
            return Err(Error::InvalidRequest {
                message: format!("the end {} is before the start {}", self.end, self.start),
            });
        }
        let span = self.end.since(self.start).as_millis();
        let steps = u64::try_from(span / step).unwrap_or(u64::MAX);
        let steps = steps.saturating_add(1);
        if steps > Self::MAX_STEPS {
            return Err(Error::InvalidRequest {
                message: format!(
                    "a range of {steps} steps, more than {}: ask with a longer step",
                    Self::MAX_STEPS
                ),
            });
        }
        Ok(steps)
    }
}

/// Options of [`crate::PromQl::series`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeriesOptions {
    /// Only series with samples at or after this time.
    pub start: Option<Timestamp>,
    /// Only series with samples at or before this time.
    pub end: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<u64>,
}

/// Options of [`crate::PromQl::label_names`] and [`crate::PromQl::label_values`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelOptions {
    /// Only labels of series that match any of these; empty means all series.
    pub selectors: Vec<Selector>,
    /// Only series with samples at or after this time.
    pub start: Option<Timestamp>,
    /// Only series with samples at or before this time.
    pub end: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<u64>,
}

/// Options of [`crate::PromQl::metadata`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetadataOptions {
    /// Only this metric.
    pub metric: Option<String>,
    /// At most so many metrics.
    pub limit: Option<u64>,
}

/// Options of [`crate::PromQl::rules`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RulesOptions {
    /// Only rules of this kind.
    pub kind: Option<RuleKind>,
}
