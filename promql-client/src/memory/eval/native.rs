//! Arithmetic on native histograms, as far as the API's shape of them allows: buckets are known by
//! their bounds, so histograms of different resolutions do not combine.

use std::sync::Arc;

use crate::value::{BucketBounds, HistogramBucket, NativeHistogram};

pub(super) fn scaled(histogram: &NativeHistogram, factor: f64) -> NativeHistogram {
    let mut out = histogram.clone();
    out.count *= factor;
    out.sum *= factor;
    for bucket in &mut out.buckets {
        bucket.count *= factor;
    }
    out
}

/// `a + factor * b`; buckets that become empty are dropped. `None` where bounds overlap without
/// being equal: the histograms have different resolutions.
pub(super) fn combined(
    a: &NativeHistogram,
    b: &NativeHistogram,
    factor: f64,
) -> Option<NativeHistogram> {
    let mut buckets: Vec<HistogramBucket> =
        Vec::with_capacity(a.buckets.len().max(b.buckets.len()));
    let mut left = a.buckets.iter().peekable();
    let mut right = b.buckets.iter().peekable();
    loop {
        let next = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(_), None) => left.next().copied(),
            (None, Some(_)) => right.next().map(|r| times(r, factor)),
            (Some(l), Some(r)) if l.lower == r.lower && l.upper == r.upper => {
                let (l, r) = (left.next()?, right.next()?);
                let count = l.count + factor * r.count;
                Some(HistogramBucket { count, ..*l })
            }
            (Some(l), Some(r)) if l.upper <= r.lower => left.next().copied(),
            (Some(l), Some(r)) if r.upper <= l.lower => right.next().map(|r| times(r, factor)),
            _ => return None,
        };
        buckets.extend(next.filter(|bucket| bucket.count != 0.0));
    }
    Some(NativeHistogram {
        count: a.count + factor * b.count,
        sum: a.sum + factor * b.sum,
        buckets,
    })
}

fn times(bucket: &HistogramBucket, factor: f64) -> HistogramBucket {
    HistogramBucket {
        count: bucket.count * factor,
        ..*bucket
    }
}

pub(super) fn sum(histograms: &[Arc<NativeHistogram>]) -> Option<NativeHistogram> {
    let (first, rest) = histograms.split_first()?;
    rest.iter().try_fold((**first).clone(), |sum, histogram| {
        combined(&sum, histogram, 1.0)
    })
}

/// Whether any count fell, which a counter's cannot.
pub(super) fn was_reset(before: &NativeHistogram, after: &NativeHistogram) -> bool {
    if after.count < before.count {
        return true;
    }
    // A bucket that is gone counts as one that fell to zero.
    combined(after, before, -1.0)
        .is_none_or(|gained| gained.buckets.iter().any(|bucket| bucket.count < 0.0))
}

/// What a histogram gained over a stretch of at least two samples; a gauge's may be negative.
pub(super) fn gained(stretch: &[Arc<NativeHistogram>], counter: bool) -> Option<NativeHistogram> {
    let (first, last) = (stretch.first()?, stretch.last()?);
    if !counter {
        return combined(last, first, -1.0);
    }
    let empty = NativeHistogram::default();
    // A reset right after the first sample means that nothing of it is left to compare with.
    let mut before: &NativeHistogram = match stretch {
        [first, second, ..] if was_reset(first, second) => &empty,
        _ => first,
    };
    let mut gained = combined(last, before, -1.0)?;
    for after in stretch.iter().skip(1) {
        if was_reset(before, after) {
            gained = combined(&gained, before, 1.0)?;
        }
        before = after;
    }
    Some(gained)
}

/// Whether the buckets were configured and not computed: their bounds are not powers of one base.
fn has_custom_buckets(histogram: &NativeHistogram) -> bool {
    histogram.buckets.iter().any(|bucket| {
        if bucket.lower == f64::NEG_INFINITY || bucket.upper == f64::INFINITY {
            return true;
        }
        let (low, high) = match bucket.bounds {
            BucketBounds::OpenLeft => (bucket.lower, bucket.upper),
            BucketBounds::OpenRight => (-bucket.upper, -bucket.lower),
            BucketBounds::OpenBoth | BucketBounds::ClosedBoth => return false,
        };
        // Of schema n, the base is 2^(2^-n).
        let schema = -(high / low).log2().log2();
        low <= 0.0 || (schema - schema.round()).abs() > 1e-6
    })
}

fn has(histogram: &NativeHistogram, bounds: BucketBounds) -> bool {
    histogram.buckets.iter().any(|b| b.bounds == bounds)
}

/// The buckets with the zero bucket cut to where observations can be: on one side of zero where
/// all others are.
fn effective(histogram: &NativeHistogram, custom: bool) -> Vec<HistogramBucket> {
    let positive = has(histogram, BucketBounds::OpenLeft);
    let negative = has(histogram, BucketBounds::OpenRight);
    let cut = |bucket: &HistogramBucket| {
        let mut bucket = *bucket;
        if custom {
            if bucket.lower == f64::NEG_INFINITY && bucket.upper > 0.0 {
                bucket.lower = 0.0;
            }
        } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
            if positive && !negative {
                bucket.lower = 0.0;
            } else if negative && !positive {
                bucket.upper = 0.0;
            }
        }
        bucket
    };
    histogram.buckets.iter().map(cut).collect()
}

/// `histogram_quantile` of a native histogram: exponential interpolation inside computed buckets,
/// linear inside configured ones and the zero bucket.
pub(super) fn quantile(q: f64, histogram: &NativeHistogram) -> f64 {
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    if q.is_nan() || histogram.count == 0.0 {
        return f64::NAN;
    }
    let custom = has_custom_buckets(histogram);
    let buckets = effective(histogram, custom);
    // From the nearer end, unless there are NaNs among the observations, which no bucket holds.
    let forward = histogram.sum.is_nan() || q < 0.5;
    let mut rank = if forward { q } else { 1.0 - q } * histogram.count;
    let mut ordered: Vec<&HistogramBucket> = buckets.iter().filter(|b| b.count != 0.0).collect();
    if !forward {
        ordered.reverse();
    }
    let mut count = 0.0;
    let mut found = None;
    for bucket in ordered {
        count += bucket.count;
        found = Some(bucket);
        if count >= rank {
            break;
        }
    }
    let Some(bucket) = found else {
        return f64::NAN;
    };
    if custom && bucket.lower == f64::NEG_INFINITY {
        return bucket.upper;
    }
    if custom && bucket.upper == f64::INFINITY {
        return bucket.lower;
    }
    count = count.min(histogram.count);
    if count < rank {
        return if histogram.sum.is_nan() {
            f64::NAN
        } else {
            bucket.upper
        };
    }
    rank = if forward {
        rank - (count - bucket.count)
    } else {
        count - rank
    };
    let fraction = rank / bucket.count;
    if custom || (bucket.lower <= 0.0 && bucket.upper >= 0.0) {
        return bucket.lower + (bucket.upper - bucket.lower) * fraction;
    }
    let (lower, upper) = (bucket.lower.abs().log2(), bucket.upper.abs().log2());
    if bucket.lower > 0.0 {
        (lower + (upper - lower) * fraction).exp2()
    } else {
        -(upper + (lower - upper) * (1.0 - fraction)).exp2()
    }
}

/// `histogram_fraction`: the share of observations between two bounds.
pub(super) fn fraction(lower: f64, upper: f64, histogram: &NativeHistogram) -> f64 {
    if histogram.count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let custom = has_custom_buckets(histogram);
    let buckets = effective(histogram, custom);
    let held: f64 = buckets.iter().map(|b| b.count).sum();
    let total = if histogram.sum.is_nan() {
        held
    } else {
        histogram.count
    };
    let below = |bound: f64| {
        let mut rank = 0.0;
        for bucket in &buckets {
            if bucket.lower >= bound {
                return rank;
            }
            if bucket.upper > bound {
                return (rank + bucket.count * share_below(bucket, bound, custom)).min(total);
            }
            rank += bucket.count;
        }
        total
    };
    (below(upper) - below(lower)) / histogram.count
}

fn share_below(bucket: &HistogramBucket, bound: f64, custom: bool) -> f64 {
    if custom || (bucket.lower <= 0.0 && bucket.upper >= 0.0) {
        if bucket.lower == f64::NEG_INFINITY {
            return 1.0;
        }
        return (bound - bucket.lower) / (bucket.upper - bucket.lower);
    }
    let (lower, upper) = (bucket.lower.abs().log2(), bucket.upper.abs().log2());
    let at = bound.abs().log2();
    if bound > 0.0 {
        (at - lower) / (upper - lower)
    } else {
        1.0 - (at - upper) / (lower - upper)
    }
}
