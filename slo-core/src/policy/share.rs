//! A share of an error budget.

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::objective::gcd;

/// Whole numbers up to here are exact floats.
const EXACT: u128 = 1 << 53;

/// A share of an error budget, above 0 and at most 1: a fraction, held exactly, because tiers' factors
/// are made from it. 14.4 scaled by two thirds is 9.6 and not 9.600024.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BudgetShare {
    /// Reduced, at most `EXACT`.
    part: u64,
    whole: u64,
}

impl BudgetShare {
    /// From millionths: 20,000 is 2 %.
    ///
    /// # Errors
    /// [`Error::Policy`] for 0 and for more than 1,000,000.
    pub fn from_millionths(millionths: u32) -> Result<Self> {
        Self::nearest(millionths.into(), 1_000_000).ok_or_else(|| Error::Policy {
            why: format!("{millionths} millionths is no share of a budget"),
        })
    }

    /// What a burn rate spends of a period's budget within a time: 14.4 within an hour of 30 days is 2 %.
    /// The burn rate is the decimal that its shortest text shows, so that the factor of a tier made with
    /// this share is the same burn rate again.
    ///
    /// # Errors
    /// [`Error::Policy`] where that is nothing, more than all, or no number.
    pub fn spent_at(burn_rate: f64, within: Duration, period: Duration) -> Result<Self> {
        let share = || {
            let (digits, scale) = decimal(burn_rate)?;
            let (within, period) = (within.as_millis(), period.as_millis());
            let (digits, period) = reduced(digits, period)?;
            let (within, scale) = reduced(within, scale)?;
            Self::nearest(digits.checked_mul(within)?, scale.checked_mul(period)?)
        };
        share().ok_or_else(|| Error::Policy {
            why: format!(
                "a burn rate of {burn_rate} over {within:?} of {period:?} spends no share of a budget, or \
                 more than all of it"
            ),
        })
    }

    /// This share of all: `None` unless above 0 and at most 1. Exact where the reduced numbers are at
    /// most 2⁵³, else its last convergent that is: off by less than 2⁻⁵³ over that one's own `whole`.
    pub(super) fn nearest(part: u128, whole: u128) -> Option<Self> {
        if part > whole {
            return None;
        }
        let (mut above, mut below) = (part, whole);
        let (mut before, mut last) = ((0, 1), (1, 0));
        while let Some(quotient) = above.checked_div(below) {
            let next = |last: u128, before: u128| quotient.checked_mul(last)?.checked_add(before);
            match next(last.1, before.1).filter(|whole| *whole <= EXACT) {
                Some(whole) => (before, last) = (last, (next(last.0, before.0)?, whole)),
                None => break,
            }
            (above, below) = (below, above % below);
        }
        let (part, whole) = reduced(last.0, last.1)?;
        Some(Self {
            part: u64::try_from(part).ok()?,
            whole: u64::try_from(whole).ok()?,
        })
    }

    /// The share as a fraction: above 0, at most 2⁵³, reduced.
    #[must_use]
    pub fn fraction(self) -> (u64, u64) {
        (self.part, self.whole)
    }

    /// The nearest float.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.part as f64 / self.whole as f64
    }

    /// Millionths, rounded; exact where it was made from millionths.
    #[must_use]
    pub fn millionths(self) -> u32 {
        let (part, whole) = (u128::from(self.part), u128::from(self.whole));
        u32::try_from((part * 2_000_000 + whole) / (2 * whole)).unwrap_or(1_000_000)
    }

    /// As a percentage for people, rounded to four decimal places.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.millionths()) / 1e4
    }
}

impl Ord for BudgetShare {
    fn cmp(&self, other: &Self) -> Ordering {
        let cross = |a: u64, b: u64| u128::from(a) * u128::from(b);
        cross(self.part, other.whole).cmp(&cross(other.part, self.whole))
    }
}

impl PartialOrd for BudgetShare {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for BudgetShare {
    /// The millionths, or the fraction where it is none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::from_millionths(self.millionths()) {
            Ok(same) if same == *self => write!(f, "BudgetShare({})", self.millionths()),
            _ => write!(f, "BudgetShare({}/{})", self.part, self.whole),
        }
    }
}

/// A fraction without common factors; `None` for 0 and for parts of nothing.
pub(super) fn reduced(part: u128, whole: u128) -> Option<(u128, u128)> {
    let divisor = gcd(part, whole);
    (part > 0 && whole > 0).then(|| (part / divisor, whole / divisor))
}

/// The digits of a float's shortest text, and the power of ten they are parts of.
fn decimal(number: f64) -> Option<(u128, u128)> {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    let places = u32::try_from(fraction.len()).ok()?;
    Some((digits, 10u128.checked_pow(places)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const MONTH: Duration = Duration::from_secs(30 * 86_400);

    #[test]
    fn a_share_is_more_than_nothing_and_at_most_all() {
        assert!(BudgetShare::from_millionths(0).is_err());
        assert!(BudgetShare::from_millionths(1_000_001).is_err());
        let all = BudgetShare::from_millionths(1_000_000).unwrap();
        assert_eq!((all.fraction(), all.ratio()), ((1, 1), 1.0));
        let two_percent = BudgetShare::from_millionths(20_000).unwrap();
        assert_eq!(two_percent.fraction(), (1, 50));
        assert_eq!((two_percent.ratio(), two_percent.percent()), (0.02, 2.0));
        assert!(two_percent < all && all <= all);
    }

    #[test]
    fn what_a_burn_rate_spends_is_exact() {
        let share = |burn, hours| BudgetShare::spent_at(burn, HOUR * hours, MONTH);
        assert_eq!(share(14.4, 1).unwrap().fraction(), (1, 50));
        assert_eq!(share(9.6, 1).unwrap().fraction(), (1, 75));
        assert_eq!(share(1.0, 720).unwrap().fraction(), (1, 1));
        for burn in [0.0, -1.0, 720.001, f64::NAN, f64::INFINITY, 1e300, 5e-324] {
            let error = share(burn, 1).unwrap_err().to_string();
            assert!(error.contains(&burn.to_string()), "{error}");
        }
        assert!(BudgetShare::spent_at(1.0, Duration::ZERO, MONTH).is_err());
        assert!(BudgetShare::spent_at(1.0, HOUR, Duration::ZERO).is_err());
        assert!(BudgetShare::spent_at(1.0, Duration::MAX, MONTH).is_err());
        assert!(BudgetShare::spent_at(1.0, Duration::MAX, Duration::MAX).is_ok());
    }

    #[test]
    fn thirds_are_kept_and_shown_rounded() {
        let third = BudgetShare::nearest(7, 21).unwrap();
        assert_eq!(third.fraction(), (1, 3));
        assert_eq!((third.millionths(), third.percent()), (333_333, 33.3333));
        let two = BudgetShare::nearest(2, 3).unwrap();
        assert_eq!((two.millionths(), two.percent()), (666_667, 66.6667));
        assert!(third < two);
        assert!(third < BudgetShare::nearest(2, 5).unwrap());
        assert_eq!(format!("{third:?}"), "BudgetShare(1/3)");
        let half = BudgetShare::nearest(1, 2).unwrap();
        assert_eq!(format!("{half:?}"), "BudgetShare(500000)");
    }

    #[test]
    fn fractions_are_exact_up_to_two_to_the_53rd() {
        let largest = BudgetShare::nearest(EXACT - 1, EXACT).unwrap();
        assert_eq!(largest.fraction(), ((1 << 53) - 1, 1 << 53));
        let beyond = BudgetShare::nearest(EXACT, EXACT + 1).unwrap();
        assert_eq!(beyond.fraction(), (1, 1));
        assert_eq!(
            BudgetShare::nearest(1, EXACT).unwrap().fraction(),
            (1, 1 << 53)
        );
        assert_eq!(BudgetShare::nearest(1, EXACT + 1), None);
        assert_eq!(BudgetShare::nearest(0, 0), None);
        assert_eq!(BudgetShare::nearest(0, 1), None);
        assert_eq!(BudgetShare::nearest(2, 1), None);
    }

    proptest! {
        #[test]
        fn large_fractions_lose_little(part in 1u128..u128::MAX / 2, more in 0u128..u128::MAX / 2) {
            let whole = part + more;
            let Some(share) = BudgetShare::nearest(part, whole) else {
                prop_assert!(whole / part >= EXACT);
                return Ok(());
            };
            let (p, w) = share.fraction();
            prop_assert!(p >= 1 && p <= w && u128::from(w) <= EXACT);
            let exact = part as f64 / whole as f64;
            prop_assert!((share.ratio() / exact - 1.0).abs() < 1e-15);
        }

        #[test]
        fn millionths_come_back(millionths in 1u32..=1_000_000) {
            let share = BudgetShare::from_millionths(millionths).unwrap();
            prop_assert_eq!(share.millionths(), millionths);
            prop_assert_eq!(share.percent(), f64::from(millionths) / 1e4);
        }
    }
}
