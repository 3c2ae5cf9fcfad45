//! Bad and total, bucket by bucket: what burn rates, burn-downs, forecasts and coverage come from.

use std::time::Duration;

use promql_client::Timestamp;

use crate::counts::{Counts, Measured};
use crate::sli::EmptySlice;

/// Bad and total in equal buckets that end at one moment, oldest first. A bucket without data is
/// known to be without data.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    end: Timestamp,
    step: Duration,
    buckets: Vec<Option<Bucket>>,
}

/// One bucket: the stretch of one step up to and including its end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Bad events, slices or time.
    pub bad: f64,
    /// All valid ones.
    pub total: f64,
}

impl History {
    /// A history of buckets, oldest first, the last of which ends at `end`.
    #[must_use]
    pub fn new(end: Timestamp, step: Duration, buckets: Vec<Option<Bucket>>) -> Self {
        Self { end, step, buckets }
    }

    /// The end of the last bucket.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// How long a bucket is.
    #[must_use]
    pub fn step(&self) -> Duration {
        self.step
    }

    /// The buckets, oldest first.
    #[must_use]
    pub fn buckets(&self) -> &[Option<Bucket>] {
        &self.buckets
    }

    /// When each bucket ends, with what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, Option<Bucket>)> {
        let last = self.buckets.len().saturating_sub(1);
        self.buckets.iter().enumerate().map(move |(i, bucket)| {
            let back = u32::try_from(last - i).unwrap_or(u32::MAX);
            (self.end.minus(self.step.saturating_mul(back)), *bucket)
        })
    }

    /// The sum over the last `window`; `None` where it is shorter than a bucket. Windows that are no
    /// multiple of a bucket are rounded up to one.
    #[must_use]
    pub fn over(&self, window: Duration) -> Option<Bucket> {
        if window < self.step || self.step.is_zero() {
            return None;
        }
        let n = window.as_nanos().div_ceil(self.step.as_nanos());
        let n = usize::try_from(n)
            .unwrap_or(usize::MAX)
            .min(self.buckets.len());
        Some(sum(self
            .buckets
            .get(self.buckets.len() - n..)
            .unwrap_or_default()))
    }

    /// What the last `window` says, in the sense of [`Counts::measured`].
    #[must_use]
    pub fn measured(&self, window: Duration) -> Measured {
        match self.over(window) {
            Some(Bucket { bad, total }) => Counts::measured(bad, total),
            None => Measured::NoData,
        }
    }

    /// The counts of the last `window`; `None` where nothing happened in it, nothing is known, or
    /// bad and total contradict each other ([`History::measured`] tells these apart).
    #[must_use]
    pub fn counts(&self, window: Duration) -> Option<Counts> {
        self.measured(window).counts()
    }

    /// The sum over all buckets.
    #[must_use]
    pub fn sum(&self) -> Bucket {
        sum(&self.buckets)
    }

    /// The whole buckets of the last `window`, oldest first.
    #[must_use]
    pub fn newest(&self, window: Duration) -> &[Option<Bucket>] {
        let n = window.as_nanos() / self.step.as_nanos().max(1);
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        let first = self.buckets.len().saturating_sub(n);
        self.buckets.get(first..).unwrap_or_default()
    }

    /// The share of the last `window`'s buckets that have data, 0 to 1.
    #[must_use]
    pub fn coverage(&self, window: Duration) -> f64 {
        let newest = self.newest(window);
        let known = newest.iter().flatten().count();
        known as f64 / newest.len().max(1) as f64
    }

    /// Turns event counts into slices: a slice is bad where its share of bad events is above
    /// `allowed`. What an empty slice is, is said by `empty`.
    #[must_use]
    pub fn slices(&self, empty: EmptySlice, is_bad: impl Fn(Bucket) -> Option<bool>) -> Self {
        let slice = |bucket: &Option<Bucket>| {
            let bad = match bucket.and_then(&is_bad) {
                Some(bad) => bad,
                None => match empty {
                    EmptySlice::LeftOut => return None,
                    EmptySlice::Good => false,
                    EmptySlice::Bad => true,
                },
            };
            Some(Bucket {
                bad: f64::from(u8::from(bad)),
                total: 1.0,
            })
        };
        Self {
            buckets: self.buckets.iter().map(slice).collect(),
            ..*self
        }
    }
}

fn sum(buckets: &[Option<Bucket>]) -> Bucket {
    let (mut bad, mut total) = (Sum::default(), Sum::default());
    for bucket in buckets.iter().flatten() {
        bad.add(bucket.bad);
        total.add(bucket.total);
    }
    Bucket {
        bad: bad.value(),
        total: total.value(),
    }
}

/// A sum that keeps what rounding loses (Neumaier's form of Kahan's), as `sum_over_time` does: a
/// window that burns exactly what it may is not above it for having thousands of buckets.
#[derive(Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - sum) + value
        } else {
            (value - sum) + self.sum
        };
        self.sum = sum;
    }

    fn value(&self) -> f64 {
        // Beyond the floats there is nothing to keep.
        if self.sum.is_finite() {
            self.sum + self.lost
        } else {
            self.sum
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_secs(300);

    fn history(buckets: &[Option<(f64, f64)>]) -> History {
        let buckets = buckets
            .iter()
            .map(|b| b.map(|(bad, total)| Bucket { bad, total }))
            .collect();
        History::new(Timestamp::from_secs(3000), STEP, buckets)
    }

    #[test]
    fn windows_are_sums_of_the_last_buckets() {
        let history = history(&[Some((9.0, 9.0)), Some((1.0, 10.0)), None, Some((0.0, 10.0))]);
        assert_eq!(
            history.over(STEP),
            Some(Bucket {
                bad: 0.0,
                total: 10.0
            })
        );
        assert_eq!(
            history.over(STEP * 3),
            Some(Bucket {
                bad: 1.0,
                total: 20.0
            })
        );
        assert_eq!(
            history.over(STEP * 99),
            Some(Bucket {
                bad: 10.0,
                total: 29.0
            })
        );
        assert_eq!(history.over(STEP / 2), None);
        assert_eq!(history.counts(STEP * 3), Counts::new(1.0, 20.0));
        assert_eq!(history.counts(STEP / 2), None);
        assert_eq!(history.end(), Timestamp::from_secs(3000));
        assert_eq!(history.coverage(STEP * 4), 0.75);
        assert_eq!(history.coverage(STEP * 9), 0.75);
        assert_eq!(history.coverage(STEP * 2), 0.5);
        assert_eq!(history.coverage(STEP * 3 - STEP / 2), 0.5);
        assert_eq!(history.coverage(STEP / 2), 0.0);
        assert_eq!(history.newest(STEP), &history.buckets()[3..]);
        let ends: Vec<i64> = history
            .iter()
            .map(|(end, _)| end.as_millis() / 1000)
            .collect();
        assert_eq!(ends, [2100, 2400, 2700, 3000]);
    }

    #[test]
    fn an_empty_slice_is_what_the_policy_says() {
        let history = history(&[Some((5.0, 10.0)), None, Some((0.0, 10.0)), Some((0.0, 0.0))]);
        let judge = |b: Bucket| (b.total > 0.0).then_some(b.bad / b.total > 0.1);
        let sum = |empty| {
            let sum = history.slices(empty, judge).sum();
            (sum.bad, sum.total)
        };
        assert_eq!(sum(EmptySlice::LeftOut), (1.0, 2.0));
        assert_eq!(sum(EmptySlice::Good), (1.0, 4.0));
        assert_eq!(sum(EmptySlice::Bad), (3.0, 4.0));
    }
}
