//! A lower bound, held so that neither it nor what is missing to 1 loses digits.

/// The share `a / (a + b) · e^v`, `v <= 0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    a: f64,
    b: f64,
    v: f64,
}

impl Bound {
    pub(super) fn of(a: f64, b: f64, v: f64) -> Self {
        Self { a, b, v }
    }

    /// The share itself.
    pub(super) fn share(&self) -> f64 {
        self.a / self.sum() * self.v.exp()
    }

    /// `1 - share`, also where the share is all but 1.
    pub(super) fn rest(&self) -> f64 {
        (self.b - self.a * self.v.exp_m1()) / self.sum()
    }

    fn sum(&self) -> f64 {
        // At the end of the floats the sum of two roundings could be infinite.
        (self.a + self.b).min(f64::MAX)
    }
}

/// `2 (e^v - 1 - v) / v²`, 1 at 0.
pub(super) fn exp_excess(v: f64) -> f64 {
    if v.abs() > 0.05 {
        return 2.0 * (v.exp_m1() - v) / (v * v);
    }
    // 2 (1/2! + v/3! + v²/4! …), from the smallest term on.
    (3..=10)
        .rev()
        .fold(1.0, |sum, i| 1.0 + sum * v / f64::from(i))
}

/// `2 (e - ln(1 + e)) / e²`, 1 at 0.
pub(super) fn ln_excess(e: f64) -> f64 {
    if e.abs() > 0.05 {
        return 2.0 * (e - e.ln_1p()) / (e * e);
    }
    // 2 (1/2 - e/3 + e²/4 …)
    2.0 * (2..=14)
        .rev()
        .fold(0.0, |sum, i| 1.0 / f64::from(i) - sum * e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_meet_the_closed_forms() {
        for at in [0.05, -0.05_f64] {
            let beyond = at * (1.0 + 1e-12);
            assert!((exp_excess(at) - exp_excess(beyond)).abs() < 1e-13);
            assert!((ln_excess(at) - ln_excess(beyond)).abs() < 1e-13);
        }
        assert_eq!((exp_excess(0.0), ln_excess(0.0)), (1.0, 1.0));
        assert!((exp_excess(1.0) - 2.0 * (std::f64::consts::E - 2.0)).abs() < 1e-15);
        assert!((ln_excess(1.0) - 2.0 * (1.0 - std::f64::consts::LN_2)).abs() < 1e-15);
    }

    #[test]
    fn what_is_missing_to_one_keeps_its_digits() {
        let bound = Bound::of(1e300, 2.0, -3e-300);
        assert_eq!(bound.share(), 1.0);
        assert!((bound.rest() / 5e-300 - 1.0).abs() < 1e-15);
    }
}
