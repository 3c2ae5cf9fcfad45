//! Whether an answer is of the times that were asked for. A server evaluates at exactly these; a cache
//! that answers with something older shows by its times alone.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::expr::{Expr, RangeSelector};
use crate::options::RangeOptions;
use crate::time::Timestamp;
use crate::value::{Series, Value};

/// Checks an instant answer. A matrix has the samples' own times, which must lie in the range that the
/// query selects.
///
/// # Errors
/// [`Error::WrongTime`] where one sample is of another time.
pub(super) fn check_instant(value: &Value, query: &str, asked: Option<Timestamp>) -> Result<()> {
    let Some(asked) = asked else {
        return Ok(());
    };
    let exactly = |got: Timestamp| match got == asked {
        true => Ok(()),
        false => wrong(asked.to_string(), got),
    };
    match value {
        Value::Scalar(point) => exactly(point.timestamp),
        Value::String(time, _) => exactly(*time),
        Value::Vector(samples) => samples.iter().try_for_each(|s| exactly(s.timestamp)),
        Value::Matrix(all) => match stretch(query) {
            Some((range, offset)) => {
                let end = asked.minus(offset);
                let start = end.minus(range);
                within(all, start, end, |_| true)
            }
            // Which times it selects cannot be told.
            None => Ok(()),
        },
    }
}

/// Checks a range answer.
///
/// # Errors
/// [`Error::WrongTime`] where a point is outside of the range or between two of its steps.
pub(super) fn check_range(all: &[Series], asked: &RangeOptions) -> Result<()> {
    let step = i64::try_from(asked.step.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let start = asked.start.as_millis();
    // Points mostly follow each other step by step, which is quicker to see than to divide.
    let mut expected = start;
    within(all, asked.start, asked.end, |time| {
        let fits = time == expected || time.wrapping_sub(start) % step == 0;
        expected = time.wrapping_add(step);
        fits
    })
    .map_err(|error| match error {
        Error::WrongTime { asked: times, got } => Error::WrongTime {
            asked: format!("{times} every {}", crate::expr::format_duration(asked.step)),
            got,
        },
        other => other,
    })
}

fn within(
    all: &[Series],
    start: Timestamp,
    end: Timestamp,
    mut fits: impl FnMut(i64) -> bool,
) -> Result<()> {
    for series in all {
        let floats = series.points.iter().map(|point| point.timestamp);
        let histograms = series.histograms.iter().map(|point| point.timestamp);
        for time in floats.chain(histograms) {
            if time < start || time > end || !fits(time.as_millis()) {
                return wrong(format!("{start} to {end}"), time);
            }
        }
    }
    Ok(())
}

fn wrong(asked: String, got: Timestamp) -> Result<()> {
    Err(Error::WrongTime { asked, got })
}

/// Range and offset of a query for samples, where it is a plain one.
fn stretch(query: &str) -> Option<(Duration, Duration)> {
    match Expr::parse(query).ok()? {
        Expr::Range(RangeSelector {
            range,
            offset,
            modifier: None,
            ..
        }) => Some((range, offset)),
        Expr::Subquery { range, offset, .. } => Some((range, offset)),
        _ => None,
    }
}
