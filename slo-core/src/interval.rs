//! Clopper-Pearson: what a share of so few events really says.
//!
//! C. J. Clopper, E. S. Pearson, *The use of confidence or fiducial limits illustrated in the case of
//! the binomial*, Biometrika 26 (1934). Exact for independent events: the interval covers the true
//! share at least as often as it promises, at any number of events.

use statrs::function::beta::ln_beta;

/// A confidence interval of a share, each bound from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// The two-sided Clopper-Pearson interval of the share `k / n`.
///
/// `k` and `n` are whole numbers (as floats, because counts from PromQL are), `0 <= k <= n`; anything
/// else, or `n` of 0, says nothing: 0 to 1. Ends quickly for all `n` up to 10⁹ and any `k`.
///
/// ```
/// // One error in ten requests may be an error rate of a quarter of a percent.
/// let interval = slo_core::interval::clopper_pearson(1.0, 10.0, 0.95);
/// assert!((interval.low - 0.002529).abs() < 1e-6 && (interval.high - 0.445016).abs() < 1e-6);
/// ```
#[must_use]
pub fn clopper_pearson(k: f64, n: f64, confidence: f64) -> Interval {
    let (k, n) = (k.round(), n.round());
    if !(n >= 1.0 && (0.0..=n).contains(&k) && confidence > 0.0 && confidence < 1.0) {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let tail = (1.0 - confidence) / 2.0;
    let low = if k == 0.0 {
        0.0
    } else {
        beta_quantile(tail, k, n - k + 1.0)
    };
    // The upper bound is a lower one seen from the other end, where small tails stay exact.
    let high = if k == n {
        1.0
    } else {
        1.0 - beta_quantile(tail, n - k, k + 1.0)
    };
    Interval { low, high }
}

/// The `p` quantile of the beta distribution: Newton's steps within a bracket that always shrinks.
/// Without one, those of a library can run for ever (`k = 2`, `n = 10⁷`).
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let mean = a / (a + b);
    let deviation = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
    let prefactor = ln_beta(a, b);
    let below = |x: f64| regularized(x, a, b, prefactor) < p;
    // A bracket of a few deviations, widened until it holds the quantile.
    let (mut low, mut high) = (mean, mean);
    let mut width = 2.0 * deviation;
    while low > 0.0 && !below(low) {
        low = (mean - width).max(0.0);
        width *= 2.0;
    }
    width = 2.0 * deviation;
    while high < 1.0 && below(high) {
        high = (mean + width).min(1.0);
        width *= 2.0;
    }
    let mut x = low + (high - low) / 2.0;
    let mut widths = [f64::INFINITY; 3];
    for _ in 0..200 {
        let excess = regularized(x, a, b, prefactor) - p;
        if excess < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let density = ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - prefactor).exp();
        let newton = x - excess / density;
        let bisected = low + (high - low) / 2.0;
        // Newton's step, as long as it stays inside and the bracket shrinks or the steps end.
        let is_slow = high - low > widths[0] / 2.0 && (newton - x).abs() > 1e-9 * x;
        widths = [widths[1], widths[2], high - low];
        let next = if newton > low && newton < high && !is_slow {
            newton
        } else {
            bisected
        };
        let is_found = (next - x).abs() <= 1e-13 * x || high - low < 1e-13 * high;
        x = next;
        if is_found {
            break;
        }
    }
    x
}

/// The regularized incomplete beta function by its continued fraction (DLMF 8.17.22), run until it
/// has converged: libraries stop after some hundred terms, too few for large `a` and `b`.
fn regularized(x: f64, a: f64, b: f64, ln_beta: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let ln_front = a * x.ln() + b * (-x).ln_1p() - ln_beta;
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_front.exp() * fraction(x, a, b) / a
    } else {
        1.0 - ln_front.exp() * fraction(1.0 - x, b, a) / b
    }
}

/// Lentz's method. About `sqrt(max(a, b))` terms are needed; the bound is for the impossible.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..2_000_000_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        for (k, n) in [(0.0, 0.0), (f64::NAN, 10.0), (11.0, 10.0), (-1.0, 10.0)] {
            assert_eq!(
                clopper_pearson(k, n, 0.95),
                Interval {
                    low: 0.0,
                    high: 1.0
                }
            );
        }
    }

    /// The binomial tail, summed up from its terms: another way to the same number.
    fn at_least(k: u64, n: u64, p: f64) -> f64 {
        let mut term = (n as f64 * (-p).ln_1p()).exp();
        let mut below = 0.0;
        for i in 0..k {
            below += term;
            term *= (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
        }
        1.0 - below
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn ends_and_contains_the_share(n in 1u64..1_000_000_000, part in 0.0f64..=1.0) {
            let k = (n as f64 * part).floor();
            let got = clopper_pearson(k, n as f64, 0.95);
            let share = k / n as f64;
            prop_assert!(got.low <= share && share <= got.high, "{:?}", got);
            prop_assert!(got.low >= 0.0 && got.high <= 1.0);
        }

        #[test]
        fn bounds_are_where_the_tails_are(n in 2u64..100, part in 0.0f64..=1.0) {
            let k = ((n as f64 * part).floor() as u64).clamp(1, n - 1);
            let got = clopper_pearson(k as f64, n as f64, 0.95);
            prop_assert!((at_least(k, n, got.low) - 0.025).abs() < 1e-9);
            // P(X <= k) at the upper bound, counted from the other end.
            prop_assert!((at_least(n - k, n, 1.0 - got.high) - 0.025).abs() < 1e-9);
        }

        #[test]
        fn few_of_very_many_end_too(k in 0u64..50) {
            let got = clopper_pearson(k as f64, 1e9, 0.95);
            prop_assert!(got.high < 1e-6 && got.low <= k as f64 / 1e9);
        }
    }
}
