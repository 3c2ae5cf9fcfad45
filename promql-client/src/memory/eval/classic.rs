//! Quantiles and fractions of classic histograms: buckets are series, told apart by `le`.

/// Relative difference of two buckets' counts that is rounding and no order.
const ROUNDING: f64 = 1e-12;

/// A cumulative bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) upper: f64,
    pub(super) count: f64,
}

/// `histogram_quantile` of classic buckets, ordered by upper bound.
pub(super) fn quantile(q: f64, mut buckets: Vec<Bucket>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    coalesce(&mut buckets);
    make_monotonic(&mut buckets);
    let [below @ .., last] = buckets.as_slice() else {
        return f64::NAN;
    };
    let Some(highest) = below.last() else {
        return f64::NAN;
    };
    if last.upper != f64::INFINITY || last.count == 0.0 {
        return f64::NAN;
    }
    let rank = q * last.count;
    let at = below.partition_point(|b| b.count < rank);
    match below.get(at) {
        Some(bucket) => inside(*bucket, at.checked_sub(1).and_then(|i| below.get(i)), rank),
        // In the bucket up to infinity: its lower bound is all that is known.
        None => highest.upper,
    }
}

/// Linear between the bucket's bounds; the lowest bucket starts at zero, unless it ends there.
fn inside(bucket: Bucket, below: Option<&Bucket>, rank: f64) -> f64 {
    let Some(below) = below else {
        if bucket.upper <= 0.0 {
            return bucket.upper;
        }
        return bucket.upper * (rank / bucket.count);
    };
    let share = (rank - below.count) / (bucket.count - below.count);
    below.upper + (bucket.upper - below.upper) * share
}

/// `histogram_fraction` of classic buckets, ordered by upper bound.
pub(super) fn fraction(lower: f64, upper: f64, mut buckets: Vec<Bucket>) -> f64 {
    coalesce(&mut buckets);
    let total = match (buckets.first(), buckets.last()) {
        (Some(_), Some(last)) if last.upper == f64::INFINITY => last.count,
        _ => return f64::NAN,
    };
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let below = |bound: f64| {
        let mut start = match buckets.first() {
            Some(first) if first.upper <= 0.0 => f64::NEG_INFINITY,
            _ => 0.0,
        };
        let mut rank = 0.0;
        for bucket in &buckets {
            if start >= bound {
                break;
            }
            if bucket.upper > bound {
                let inside = if start == f64::NEG_INFINITY {
                    bucket.count
                } else {
                    rank + (bucket.count - rank) * (bound - start) / (bucket.upper - start)
                };
                return inside.min(total);
            }
            rank = bucket.count;
            start = bucket.upper;
        }
        rank.min(total)
    };
    (below(upper) - below(lower)) / total
}

fn coalesce(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|next, kept| {
        let same = next.upper == kept.upper;
        if same {
            kept.count += next.count;
        }
        same
    });
}

/// A cumulative count cannot fall; where it does (a scrape caught between two updates, rounding),
/// the lower bucket's count holds.
fn make_monotonic(buckets: &mut [Bucket]) {
    let mut previous: Option<f64> = None;
    for bucket in buckets {
        if let Some(count) = previous
            && (bucket.count < count || nearly_equal(count, bucket.count))
        {
            bucket.count = count;
        }
        previous = Some(bucket.count);
    }
}

fn nearly_equal(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() / (a.abs() + b.abs()) < ROUNDING
}
