//! Bad and total: what every SLI comes down to.

use crate::burn_rate::BurnRate;
use crate::objective::Objective;

/// Bad and total events (or slices, or stretches of time) of one window. Floats, because `increase`
/// answers floats; finite, not negative, `bad <= total`, `total > 0`: [`Counts::new`] refuses the
/// rest.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Counts {
    /// Bad ones.
    pub bad: f64,
    /// All valid ones.
    pub total: f64,
}

/// What two legs say together.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measured {
    /// Something happened.
    Counts(Counts),
    /// Nothing did, or nothing is known.
    NoData,
    /// More bad than total, by more than extrapolation explains; negative; or no numbers.
    Inconsistent {
        /// Bad as it was measured.
        bad: f64,
        /// Total as it was measured.
        total: f64,
    },
}

impl Measured {
    /// The counts, where something happened and nothing contradicts it.
    #[must_use]
    pub fn counts(self) -> Option<Counts> {
        match self {
            Self::Counts(counts) => Some(counts),
            _ => None,
        }
    }
}

/// How much more `bad` than `total` extrapolation explains: `increase` stretches each leg to the
/// window's ends on its own, by up to a scrape interval.
const EXTRAPOLATION: f64 = 0.02;
/// Single events may be stretched on one side only.
const SINGLE_EVENTS: f64 = 1.5;

impl Counts {
    /// What two measured legs say. `bad` a little above `total` (extrapolation) counts as all bad;
    /// much above is inconsistent, never clamped.
    #[must_use]
    pub fn measured(bad: f64, total: f64) -> Measured {
        let inconsistent = Measured::Inconsistent { bad, total };
        if !bad.is_finite() || !total.is_finite() || total < 0.0 {
            return inconsistent;
        }
        if bad > total * (1.0 + EXTRAPOLATION) + SINGLE_EVENTS
            || bad < -(total * EXTRAPOLATION + SINGLE_EVENTS)
        {
            return inconsistent;
        }
        if total == 0.0 {
            return if bad > 0.0 {
                inconsistent
            } else {
                Measured::NoData
            };
        }
        Measured::Counts(Self {
            bad: bad.clamp(0.0, total),
            total,
        })
    }

    /// Exact counts; `None` where they cannot be.
    #[must_use]
    pub fn new(bad: f64, total: f64) -> Option<Self> {
        let possible = total > 0.0 && total.is_finite() && (0.0..=total).contains(&bad);
        possible.then_some(Self { bad, total })
    }

    /// The share of bad ones, `B / N`.
    #[must_use]
    pub fn error_ratio(&self) -> f64 {
        self.bad / self.total
    }

    /// The indicator's value, `1 - B / N`.
    #[must_use]
    pub fn sli(&self) -> f64 {
        1.0 - self.error_ratio()
    }

    /// `(B / N) / e`.
    #[must_use]
    pub fn burn_rate(&self, objective: Objective) -> BurnRate {
        BurnRate::new(self.error_ratio() / objective.error_ratio())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_outcomes_are_never_mixed_up() {
        assert_eq!(Counts::measured(0.0, 0.0), Measured::NoData);
        assert!(matches!(Counts::measured(0.0, 5.0), Measured::Counts(_)));
        for (bad, total) in [
            (3.0, 0.0),
            (120.0, 100.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (0.0, -1.0),
            (-50.0, 100.0),
        ] {
            assert!(
                matches!(Counts::measured(bad, total), Measured::Inconsistent { .. }),
                "{bad} {total}"
            );
        }
        let stretched = Counts::measured(101.0, 100.0);
        assert_eq!(
            stretched,
            Measured::Counts(Counts {
                bad: 100.0,
                total: 100.0
            })
        );
    }
}
