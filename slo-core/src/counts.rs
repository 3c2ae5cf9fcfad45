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

    /// `B / (e·N)`, rounded once: counts that burn at exactly a tier's factor give that factor.
    #[must_use]
    pub fn burn_rate(&self, objective: Objective) -> BurnRate {
        BurnRate::new(objective.spent(self.bad, self.total))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exact_counts_are_a_part_of_something() {
        assert!(Counts::new(0.0, 1.0).is_some() && Counts::new(1.0, 1.0).is_some());
        for (bad, total) in [
            (0.0, 0.0),
            (-1.0, 1.0),
            (2.0, 1.0),
            (0.0, -1.0),
            (1.0, f64::INFINITY),
            (f64::NAN, 1.0),
            (0.0, f64::NAN),
        ] {
            assert_eq!(Counts::new(bad, total), None, "{bad} {total}");
        }
    }

    #[test]
    fn ratio_and_indicator_add_up() {
        let counts = Counts::new(30.0, 120.0).unwrap();
        assert_eq!((counts.error_ratio(), counts.sli()), (0.25, 0.75));
        assert_eq!(Measured::Counts(counts).counts(), Some(counts));
        assert_eq!(Measured::NoData.counts(), None);
    }

    #[test]
    fn a_burn_rate_at_exactly_a_factor_is_that_factor() {
        // As quotients of floats several of these are above it, and a tier would fire.
        for (percent, bad, total, factor) in [
            ("99.9", 144.0, 10_000.0, 14.4),
            ("99.9", 96.0, 10_000.0, 9.6),
            ("99.97", 18.0, 10_000.0, 6.0),
            ("99.99", 3.0, 10_000.0, 3.0),
            ("99.95", 7.0, 14_000.0, 1.0),
            ("99", 5_600.0, 100_000.0, 5.6),
        ] {
            let burn = Counts::new(bad, total)
                .unwrap()
                .burn_rate(percent.parse().unwrap());
            assert_eq!(burn, BurnRate::new(factor), "{bad} of {total} at {percent}");
            assert_eq!(burn.to_string(), factor.to_string());
        }
    }

    proptest! {
        #[test]
        fn what_is_measured_is_possible_or_refused(bad in any::<f64>(), total in any::<f64>()) {
            if let Measured::Counts(counts) = Counts::measured(bad, total) {
                prop_assert_eq!(Counts::new(counts.bad, counts.total), Some(counts));
                let burn = counts.burn_rate("99.9".parse().unwrap()).value();
                prop_assert!((0.0..=1000.1).contains(&burn));
            }
        }
    }

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
        // At the edges of what extrapolation explains, a fiftieth and one event and a half.
        for (bad, total, inside) in [
            (103.5, 100.0, 100.0),
            (-3.5, 100.0, 0.0),
            (1.5, 1e-300, 1e-300),
        ] {
            let Measured::Counts(counts) = Counts::measured(bad, total) else {
                panic!("{bad} of {total}");
            };
            assert_eq!((counts.bad, counts.total), (inside, total));
            let beyond = bad + bad.signum() * 0.001;
            assert!(
                Counts::measured(beyond, total).counts().is_none(),
                "{beyond}"
            );
        }
        assert_eq!(Counts::measured(-1.5, 0.0), Measured::NoData);
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
