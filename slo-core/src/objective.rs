//! The promised share of good events, held exactly.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

const ONE: u32 = 1_000_000_000;

/// The promised share of good events: above 0, below 1, exact to nine decimal places.
///
/// Binary floats cannot hold 99.9 % (`1.0 - 0.999` is not `0.001`), so the objective is an integer
/// of parts per billion. Exactly 0 and 1 cannot be made: without a budget there is nothing to spend,
/// and burn rates are undefined.
///
/// ```
/// use slo_core::Objective;
///
/// let objective: Objective = "99.9".parse().unwrap();
/// assert_eq!(objective.error_ratio(), 0.001);
/// assert_eq!(objective.to_string(), "99.9");
/// assert!("100".parse::<Objective>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Objective(u32);

impl Objective {
    /// From parts per billion.
    ///
    /// # Errors
    /// [`Error::Objective`] for 0 and for 1,000,000,000 and more.
    pub fn from_ppb(ppb: u32) -> Result<Self> {
        if ppb == 0 || ppb >= ONE {
            return Err(Error::Objective {
                text: format!("{ppb} parts per billion"),
            });
        }
        Ok(Self(ppb))
    }

    /// From a ratio in decimal text: `0.999`.
    ///
    /// # Errors
    /// [`Error::Objective`] where it is not a decimal above 0 and below 1 of nine places at most.
    pub fn from_ratio(text: &str) -> Result<Self> {
        Self::parse(text, 9)
    }

    /// From a percentage in decimal text: `99.9`, also `99.9%`.
    ///
    /// # Errors
    /// [`Error::Objective`] where it is not a decimal above 0 and below 100 of seven places at most.
    pub fn from_percent(text: &str) -> Result<Self> {
        Self::parse(text.trim().trim_end_matches('%').trim_end(), 7)
    }

    /// `places`: decimal places of the text that make one part per billion.
    fn parse(text: &str, places: usize) -> Result<Self> {
        let refused = || Error::Objective {
            text: text.to_owned(),
        };
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let fraction = fraction.trim_end_matches('0');
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places {
            return Err(refused());
        }
        let ppb: u32 = format!("{whole}{fraction:0<places$}")
            .parse()
            .map_err(|_| refused())?;
        Self::from_ppb(ppb).map_err(|_| refused())
    }

    /// Parts per billion.
    #[must_use]
    pub fn ppb(self) -> u32 {
        self.0
    }

    /// As a ratio, the nearest float: 0.999.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.0) / f64::from(ONE)
    }

    /// As a percentage, the nearest float: 99.9.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 1e7
    }

    /// The share of events that may be bad, `e = 1 - T`, the nearest float: 0.001.
    #[must_use]
    pub fn error_ratio(self) -> f64 {
        f64::from(ONE - self.0) / f64::from(ONE)
    }

    /// How many of `total` events may be bad, `e · total`, rounded once: three of 10,000 at 99.97 %,
    /// where the product of the floats is 2.9999999999999996.
    #[must_use]
    pub fn budget_of(self, total: f64) -> f64 {
        let (part, whole) = self.error_fraction();
        let exact = total * part / whole;
        if exact.is_finite() {
            exact
        } else {
            total / whole * part
        }
    }

    /// The share of a budget that `bad` events of `total` spend, `bad / (e · total)`, rounded once: the
    /// burn rate of a window. Exactly 1 where exactly all of it is spent.
    pub(crate) fn spent(self, bad: f64, total: f64) -> f64 {
        let (part, whole) = self.error_fraction();
        let (over, under) = (bad * whole, total * part);
        if over.is_finite() && under.is_finite() {
            over / under
        } else {
            bad / total / part * whole
        }
    }

    /// `e` as a reduced fraction: 1 and 1,000 for 99.9 %.
    fn error_fraction(self) -> (f64, f64) {
        let part = ONE - self.0;
        let divisor = gcd(part.into(), ONE.into()) as u32;
        (f64::from(part / divisor), f64::from(ONE / divisor))
    }
}

/// The greatest common divisor.
pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Objective {
    /// The percentage, canonically: `99.9`, never `99.90` or `99.9000001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 10_000_000, self.0 % 10_000_000);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        write!(
            f,
            "{whole}.{}",
            format!("{fraction:07}").trim_end_matches('0')
        )
    }
}

impl FromStr for Objective {
    type Err = Error;

    /// Reads a percentage.
    fn from_str(text: &str) -> Result<Self> {
        Self::from_percent(text)
    }
}

impl Serialize for Objective {
    /// The percentage as a number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.percent())
    }
}

impl<'de> Deserialize<'de> for Objective {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The shortest text of a float is the decimal that was written.
        let percent = f64::deserialize(deserializer)?;
        Self::from_percent(&percent.to_string()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_no_promise() {
        for text in [
            "0",
            "100",
            "100.0",
            "NaN",
            "-1",
            "1e1",
            "",
            ".",
            "99.99999999",
            "1000",
            "99,9",
        ] {
            assert!(Objective::from_percent(text).is_err(), "{text}");
        }
        assert!(Objective::from_ratio("1").is_err());
        assert!(Objective::from_ratio("0.9999999999").is_err());
    }

    #[test]
    fn budgets_have_no_binary_dust() {
        for (percent, budget) in [
            ("99.9", 0.001),
            ("99.95", 0.0005),
            ("99.99", 0.0001),
            ("95", 0.05),
        ] {
            assert_eq!(
                Objective::from_percent(percent).unwrap().error_ratio(),
                budget
            );
        }
    }

    #[test]
    fn a_budget_in_events_is_rounded_once() {
        for (percent, total, budget) in [
            ("99.97", 10_000.0, 3.0),
            ("99.9", 3_000.0, 3.0),
            ("99.99", 1_230_000.0, 123.0),
            ("95", 60.0, 3.0),
            ("99.9", f64::MAX, f64::MAX / 1000.0),
        ] {
            let objective = Objective::from_percent(percent).unwrap();
            assert_eq!(objective.budget_of(total), budget, "{percent} {total}");
            assert!(
                (objective.spent(budget, total) - 1.0).abs() < 2e-16,
                "{percent}"
            );
        }
        let least = Objective::from_ppb(1).unwrap();
        assert_eq!(least.budget_of(f64::MAX), f64::MAX / 1e9 * 999_999_999.0);
    }

    proptest! {
        #[test]
        fn what_is_exactly_spent_is_exactly_one(
            ppb in 1u32..ONE,
            slices in 1u32..1000,
        ) {
            // As many events as the fraction needs to be whole.
            let objective = Objective::from_ppb(ppb).unwrap();
            let divisor = gcd(u128::from(ONE - ppb), ONE.into());
            let total = f64::from(ONE) / divisor as f64 * f64::from(slices);
            let bad = f64::from(ONE - ppb) / divisor as f64 * f64::from(slices);
            if bad < 4e9 {
                prop_assert_eq!(objective.budget_of(total), bad);
            }
            prop_assert!(objective.spent(bad - 1.0, total) < 1.0);
            prop_assert!((objective.spent(bad, total) - 1.0).abs() < 1e-15);
        }

        #[test]
        fn no_count_is_too_large_or_too_small(ppb in 1u32..ONE, power in -323.0f64..308.2, part in 0.0f64..=1.0) {
            let objective = Objective::from_ppb(ppb).unwrap();
            let total = 10f64.powf(power).min(f64::MAX);
            let spent = objective.spent(total * part, total);
            prop_assert!((0.0..=1.000_001e9).contains(&spent), "{}", spent);
            prop_assert!((0.0..=total).contains(&objective.budget_of(total)));
        }

        #[test]
        fn text_and_value_are_one(ppb in 1u32..ONE) {
            let objective = Objective::from_ppb(ppb).unwrap();
            prop_assert_eq!(objective.to_string().parse::<Objective>().unwrap(), objective);
            let json = serde_json::to_string(&objective).unwrap();
            prop_assert_eq!(serde_json::from_str::<Objective>(&json).unwrap(), objective);
            prop_assert!((objective.ratio() + objective.error_ratio() - 1.0).abs() < 1e-15);
        }
    }
}
