//! Clopper-Pearson: what a share of so few events really says.
//!
//! C. J. Clopper, E. S. Pearson, *The use of confidence or fiducial limits illustrated in the case of
//! the binomial*, Biometrika 26 (1934). Exact for independent events: the interval covers the true
//! share at least as often as it promises, at any number of events.
//!
//! The lower bound is where the binomial tail `P(X >= k)` is half of what the confidence leaves. Up to
//! 10,000 events on the rarer side that tail is summed up; beyond, a saddlepoint formula takes its
//! place, whose bound differs by less than 10⁻¹⁰ of the rarer side's share.

mod bound;
mod saddlepoint;
mod tail;

use bound::Bound;

/// A confidence interval of a share, each bound from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// So many events on the rarer side are summed up one by one; with more, the saddlepoint formula is as
/// good and costs the same for any number.
const SUMMED: f64 = 10_000.0;

/// The two-sided Clopper-Pearson interval of the share `k / n`.
///
/// `k` and `n` are floats, because counts from PromQL are; they are rounded to whole numbers. Anything
/// but `0 <= k <= n`, finite, with `n` of at least a half, says nothing: 0 to 1. Otherwise
/// `0 <= low <= k / n <= high <= 1`, after at most some ten thousand additions, whatever `k` and `n`.
///
/// ```
/// // One error in ten requests may be an error rate of a quarter of a percent.
/// let interval = slo_core::interval::clopper_pearson(1.0, 10.0, 0.95);
/// assert!((interval.low - 0.002529).abs() < 1e-6 && (interval.high - 0.445016).abs() < 1e-6);
/// ```
#[must_use]
pub fn clopper_pearson(k: f64, n: f64, confidence: f64) -> Interval {
    let share = k / n;
    let (k, n) = (k.round(), n.round());
    let is_share = n.is_finite() && n >= 1.0 && (0.0..=n).contains(&k) && share <= 1.0;
    if !(is_share && confidence > 0.0 && confidence < 1.0) {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let tail = (1.0 - confidence) / 2.0;
    let low = lower(k, n, tail).map_or(0.0, |bound| bound.share());
    // The upper bound is a lower one of the other side's events.
    let high = lower(n - k, n, tail).map_or(1.0, |bound| bound.rest());
    // What is left to do: fractions that were rounded away, and the last bit.
    Interval {
        low: low.min(share).max(0.0),
        high: high.max(share).min(1.0),
    }
}

/// The lower bound of `k` events among `n`; none for no events.
fn lower(k: f64, n: f64, tail: f64) -> Option<Bound> {
    let others = n - k;
    if k < 1.0 {
        None
    } else if others < 1.0 {
        // The tail is the single term x^n.
        Some(Bound::of(k, others, tail.ln() / n))
    } else if k.min(others) <= SUMMED {
        Some(tail::bound(k, others, tail))
    } else {
        Some(saddlepoint::bound(k, others, tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_values() {
        for (k, n, low, high) in [
            (0.0, 10.0, 0.0, 0.308497),
            (1.0, 10.0, 0.002529, 0.445016),
            (1.0, 100.0, 0.000253, 0.054459),
            (3.0, 100.0, 0.006230, 0.085176),
            (5.0, 1000.0, 0.001625, 0.011629),
            (20.0, 1000.0, 0.012258, 0.030720),
            (144.0, 10_000.0, 0.012157, 0.016932),
        ] {
            let got = clopper_pearson(k, n, 0.95);
            assert!(
                (got.low - low).abs() < 1e-6 && (got.high - high).abs() < 1e-6,
                "{k}/{n} {got:?}"
            );
        }
    }

    #[test]
    fn says_nothing_of_nothing() {
        for (k, n, confidence) in [
            (0.0, 0.0, 0.95),
            (f64::NAN, 10.0, 0.95),
            (1.0, f64::NAN, 0.95),
            (11.0, 10.0, 0.95),
            (0.3, 0.2, 0.95),
            (10.4, 10.3, 0.95),
            (-1.0, 10.0, 0.95),
            (1.0, f64::INFINITY, 0.95),
            (f64::INFINITY, f64::INFINITY, 0.95),
            (1.0, 10.0, 0.0),
            (1.0, 10.0, 1.0),
            (1.0, 10.0, f64::NAN),
        ] {
            assert_eq!(
                clopper_pearson(k, n, confidence),
                Interval {
                    low: 0.0,
                    high: 1.0
                },
                "{k} {n} {confidence}"
            );
        }
    }

    #[test]
    fn both_forms_agree_where_they_meet() {
        for confidence in [1e-9, 0.5, 0.95, 0.999_999, 1.0 - 1e-15] {
            let tail = (1.0 - confidence) / 2.0;
            for (k, others) in [
                (SUMMED, SUMMED),
                (SUMMED, 3.0 * SUMMED),
                (SUMMED, 1e9),
                (SUMMED, 1e300),
                (3.0 * SUMMED, SUMMED),
                (1e9, SUMMED),
                (1e300, SUMMED),
            ] {
                let summed = tail::bound(k, others, tail);
                let approximated = saddlepoint::bound(k, others, tail);
                // Relative to the rarer side's share.
                let error = if k <= others {
                    approximated.share() / summed.share() - 1.0
                } else {
                    approximated.rest() / summed.rest() - 1.0
                };
                assert!(error.abs() < 1e-10, "{k} {others} {confidence}: {error:e}");
            }
        }
    }
}
