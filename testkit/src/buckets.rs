//! Istio's latency buckets, and the shares of a latency distribution in them.

/// Upper bounds of Istio's latency buckets in milliseconds; `+Inf` follows.
pub const BOUNDS_MS: [f64; 19] = [
    0.5,
    1.0,
    5.0,
    10.0,
    25.0,
    50.0,
    100.0,
    250.0,
    500.0,
    1_000.0,
    2_500.0,
    5_000.0,
    10_000.0,
    30_000.0,
    60_000.0,
    300_000.0,
    600_000.0,
    1_800_000.0,
    3_600_000.0,
];

/// Buckets, the last (`+Inf`) included.
pub const BUCKETS: usize = BOUNDS_MS.len() + 1;

/// Chance of each bucket for a request that is in none of the lower ones: what a chain of binomial
/// draws needs to split a count.
pub(crate) fn conditional_shares(median_ms: f64, shape: f64) -> [f64; BUCKETS] {
    let mut below = 0.0;
    std::array::from_fn(|i| {
        let at_or_under = BOUNDS_MS
            .get(i)
            .map_or(1.0, |bound| 1.0 / (1.0 + (median_ms / bound).powf(shape)));
        let rest = 1.0 - below;
        let share = if rest > 1e-12 {
            (at_or_under - below) / rest
        } else {
            1.0
        };
        below = at_or_under;
        share
    })
}

/// The latency that stands for a bucket in `_sum`: its middle.
pub(crate) fn middle_ms(bucket: usize) -> f64 {
    let lower = bucket.checked_sub(1).map_or(0.0, |below| BOUNDS_MS[below]);
    let upper = BOUNDS_MS.get(bucket).copied().unwrap_or(2.0 * lower);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_multiply_back_to_the_distribution() {
        let shares = conditional_shares(45.0, 4.25);
        let mut above = 1.0;
        for (i, bound) in BOUNDS_MS.iter().enumerate() {
            above *= 1.0 - shares[i];
            let expected = 1.0 / (1.0 + (45.0 / bound).powf(4.25));
            assert!((1.0 - above - expected).abs() < 1e-9, "at {bound}");
        }
        assert_eq!(shares[BUCKETS - 1], 1.0);
    }
}
