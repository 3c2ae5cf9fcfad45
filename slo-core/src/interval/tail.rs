//! The bound from the binomial tail, summed up from its largest term outwards.
//!
//! The largest term is C. Loader's saddlepoint form of the binomial probability (*Fast and accurate
//! computation of binomial probabilities*, 2000), which loses no digits at any number of events. All
//! terms are positive and shrink, so nothing cancels.

use std::f64::consts::TAU;

use super::bound::{Bound, exp_excess, ln_excess};

/// Terms shrink like `exp(-i² / 2m)` for `m` events on the rarer side: with 10,000 of them the last one
/// that counts is the 900th.
const TERMS: u32 = 2048;
/// Newton's steps on a concave function; ten are plenty.
const STEPS: u32 = 64;

/// Where `P(X >= k)` is `tail`, for `k` events and `others`, both at least 1.
///
/// The unknown is `v`, with `x = k/n · e^v`. The logarithm of the tail is concave in it, and its slope
/// is `k` over the sum, so Newton's steps from the right go past the root at most once and then come
/// back without ever crossing it.
pub(super) fn bound(k: f64, others: f64, tail: f64) -> Bound {
    Bound::of(k, others, solve(k, others, tail).0)
}

/// The root, and after how many steps.
fn solve(k: f64, others: f64, tail: f64) -> (f64, u32) {
    let wanted = tail.ln();
    let mut v = 0.0;
    for steps in 1..=STEPS {
        let (ln_first, odds) = first(k, others, v);
        let (sum, _) = outwards(k, others, odds);
        let step = (ln_first + sum.ln() - wanted) * sum / k;
        v -= step;
        // The next step would be the square of this one.
        if step.abs() <= 1e-9 * v.abs() {
            return (v, steps);
        }
    }
    (v, STEPS)
}

/// At `v`: the logarithm of `P(X = k)`, and the odds `x / (1 - x)`.
fn first(k: f64, others: f64, v: f64) -> (f64, f64) {
    let n = k + others;
    // Events that are fewer than expected: k - nx, without the difference.
    let fewer = -k * v.exp_m1();
    let e = fewer / others;
    let deviance = k * v * v / 2.0 * exp_excess(v) + others * e * e / 2.0 * ln_excess(e);
    let ln_first =
        stirling(n) - stirling(k) - stirling(others) - deviance + (n / others / k / TAU).ln() / 2.0;
    (ln_first, k * v.exp() / (others + fewer))
}

/// `P(X >= k)` in units of `P(X = k)`, and of how many terms it is the sum.
fn outwards(k: f64, others: f64, odds: f64) -> (f64, u32) {
    let (mut term, mut sum) = (1.0, 1.0);
    for used in 1..TERMS {
        let i = f64::from(used);
        term *= (others + 1.0 - i) * odds / (k + i);
        // Also the one after the last of `others`, which is zero.
        if term <= sum * 1e-17 {
            return (sum, used);
        }
        sum += term;
    }
    (sum, TERMS)
}

/// What Stirling's formula lacks: `ln n! - ln(√(2πn) (n/e)^n)`, for whole numbers from 1 on.
fn stirling(n: f64) -> f64 {
    if n > 15.0 {
        let square = n * n;
        return (1.0 / 12.0
            - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / square) / square) / square)
            / n;
    }
    // Factorials up to 15 are exact floats.
    let mut factorial = 1.0;
    let mut i = 2.0;
    while i <= n {
        factorial *= i;
        i += 1.0;
    }
    f64::ln(factorial) - (TAU * n).ln() / 2.0 - n * (n.ln() - 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The probability of fewer than `k` of `n`, from the other end and by its recurrence.
    fn fewer(k: u64, n: u64, p: f64) -> f64 {
        let mut term = (n as f64 * (-p).ln_1p()).exp();
        let mut below = 0.0;
        for i in 0..k {
            below += term;
            term *= (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
        }
        below
    }

    #[test]
    fn stirling_s_rest_is_known() {
        // Loader's table.
        for (n, rest) in [
            (1.0, 0.081_061_466_795_327_26),
            (2.0, 0.041_340_695_955_409_29),
            (15.0, 0.005_554_733_551_962_801),
            (16.0, 0.005_207_655_919_609_64),
        ] {
            assert!((stirling(n) - rest).abs() < 2e-14, "{n} {}", stirling(n));
        }
    }

    proptest! {
        #[test]
        fn the_tail_at_the_bound_is_the_one_asked_for(
            n in 2u64..100,
            part in 0.0f64..=1.0,
            tail in 1e-6f64..0.5,
        ) {
            let k = ((n as f64 * part).floor() as u64).clamp(1, n - 1);
            let bound = bound(k as f64, (n - k) as f64, tail);
            prop_assert!((1.0 - fewer(k, n, bound.share()) - tail).abs() < 1e-10);
            prop_assert!((bound.share() + bound.rest() - 1.0).abs() < 1e-15);
        }

        #[test]
        fn every_bound_is_found_in_few_steps(
            k in 0.0f64..4.0,
            others in 0.0f64..308.0,
            tail in 0.0f64..16.0,
        ) {
            let (k, others) = (10f64.powf(k).floor(), 10f64.powf(others).floor());
            let tail = 0.5 * 10f64.powf(-tail);
            for (k, others) in [(k, others), (others, k)] {
                // The most terms are needed where the share itself is tried, first of all.
                let (_, odds) = first(k, others, 0.0);
                let (_, used) = outwards(k, others, odds);
                prop_assert!(used <= 1000, "{} {}: {} terms", k, others, used);
                let (v, steps) = solve(k, others, tail);
                prop_assert!(v < 0.0 && steps <= 20, "{} {}: {} steps to {}", k, others, steps, v);
            }
        }
    }

    #[test]
    fn few_of_very_many_are_as_if_poisson() {
        // By 700 digits: the bound times n.
        for (k, n, low) in [
            (1.0, 1e18, 0.025_317_807_984_289_877),
            (5.0, 1e18, 1.623_486_390_118_420_6),
            (5.0, 1e300, 1.623_486_390_118_420_6),
            (9000.0, 1e15, 8_815.010_448_279_576),
        ] {
            let got = bound(k, n - k, 0.025).share() * n;
            assert!((got / low - 1.0).abs() < 1e-13, "{k} {n:e}: {got}");
        }
    }
}
