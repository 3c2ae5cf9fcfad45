//! What must be known of an SLO's window before there is a verdict on it.

use std::time::Duration;

use crate::error::{Error, Result};

/// How old data may be before an SLO is stale, where nothing else is said: an hour.
pub const MAX_AGE: Duration = Duration::from_secs(3600);

/// What an SLO's data must be like for a verdict. What is `None` here is decided by whoever
/// evaluates ([`crate::evaluate::Options`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DataRequirements {
    /// The newest bucket with data may end so long before the evaluation. Where it is older the SLO
    /// is stale: there are figures, but no verdict.
    pub max_age: Option<Duration>,
    /// The share of the window's buckets that must have data. Where it is smaller the SLO could not
    /// be measured.
    pub min_coverage: Option<Coverage>,
}

impl DataRequirements {
    /// The SLO's own words, and these where it says nothing.
    #[must_use]
    pub fn or(self, max_age: Duration, min_coverage: Option<Coverage>) -> Required {
        Required {
            max_age: self.max_age.unwrap_or(max_age),
            min_coverage: self.min_coverage.or(min_coverage),
        }
    }
}

/// What data must be like for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Required {
    /// The newest bucket with data may end so long before the evaluation.
    pub max_age: Duration,
    /// The share of the window's buckets that must have data.
    pub min_coverage: Option<Coverage>,
}

impl Default for Required {
    /// An hour, and any coverage.
    fn default() -> Self {
        DataRequirements::default().or(MAX_AGE, None)
    }
}

/// A share of a window's buckets, above 0 and at most 1, exact to a millionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coverage(u32);

impl Coverage {
    /// From millionths: 950,000 is 95 %.
    ///
    /// # Errors
    /// [`Error::Coverage`] for 0 and for more than 1,000,000.
    pub fn from_millionths(millionths: u32) -> Result<Self> {
        if millionths == 0 || millionths > 1_000_000 {
            let percent = f64::from(millionths) / 1e4;
            return Err(Error::Coverage { percent });
        }
        Ok(Self(millionths))
    }

    /// From a percentage, rounded to a ten-thousandth of a percent.
    ///
    /// # Errors
    /// [`Error::Coverage`] where it is not above 0 and at most 100.
    pub fn from_percent(percent: f64) -> Result<Self> {
        let millionths = (percent * 1e4).round();
        // A cast saturates, and NaN becomes 0: both are refused.
        Self::from_millionths(millionths as u32).map_err(|_| Error::Coverage { percent })
    }

    /// From 0 to 1.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// As a percentage.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 1e4
    }

    /// A remark for a person where a ratio was probably given for a percentage: up to 1 %, which nobody
    /// asks for.
    #[must_use]
    pub fn doubt(self) -> Option<String> {
        let meant = Self::from_millionths(self.0.saturating_mul(100)).ok()?;
        let (percent, meant) = (self.percent(), meant.percent());
        Some(format!(
            "a coverage of {percent} % is hardly any data; did you mean {meant}?"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coverage_is_a_share_above_zero() {
        assert_eq!(Coverage::from_percent(95.0).unwrap().ratio(), 0.95);
        assert_eq!(Coverage::from_percent(100.0).unwrap().ratio(), 1.0);
        for wrong in [0.0, -1.0, 100.1, f64::NAN, f64::INFINITY] {
            assert!(Coverage::from_percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn up_to_a_percent_a_coverage_is_taken_for_a_ratio() {
        let doubt = |percent| Coverage::from_percent(percent).unwrap().doubt();
        for (percent, meant) in [(0.95, "95?"), (1.0, "100?"), (0.9999, "99.99?")] {
            assert!(doubt(percent).unwrap().ends_with(meant), "{percent}");
        }
        assert_eq!(doubt(1.1), None);
    }
}
