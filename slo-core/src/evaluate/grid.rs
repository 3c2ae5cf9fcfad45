//! From the points of two range queries to buckets.

use std::time::Duration;

use promql_client::{Point, Timestamp};

use super::Source;
use crate::history::{Bucket, History};

/// The steps of a range query.
pub(super) struct Grid {
    pub(super) start: Timestamp,
    pub(super) step: Duration,
    pub(super) steps: usize,
}

impl Grid {
    fn slots(&self, points: &[Point]) -> Vec<Option<f64>> {
        let mut slots = vec![None; self.steps];
        for point in points.iter().filter(|point| point.value.is_finite()) {
            let at = point.timestamp.since(self.start).as_millis() / self.step.as_millis();
            let slot = usize::try_from(at).ok().and_then(|at| slots.get_mut(at));
            if let Some(slot) = slot {
                *slot = Some(point.value);
            }
        }
        slots
    }

    /// The same buckets with other bad events; none where these are not known.
    pub(super) fn with_bad(&self, history: &History, bad: &[Point]) -> History {
        let bad = self.slots(bad).into_iter();
        let buckets = history.buckets().iter().zip(bad).map(|(bucket, bad)| {
            bucket.map(|Bucket { total, .. }| Bucket {
                bad: bad.unwrap_or_default(),
                total,
            })
        });
        History::new(history.end(), history.step(), buckets.collect())
    }

    /// The buckets that both legs know, and how many only one of them does.
    pub(super) fn history(
        &self,
        bad: &[Point],
        total: &[Point],
        end: Timestamp,
        source: Source,
    ) -> (History, usize) {
        let mut alone = 0;
        let pair = |(bad, total)| match (bad, total) {
            (Some(bad), Some(total)) => Some(Bucket { bad, total }),
            (None, None) => None,
            // Errors of nothing contradict themselves, which whoever sums them up must see.
            (Some(bad), None) if source == Source::Raw && bad > 0.0 => {
                Some(Bucket { bad, total: 0.0 })
            }
            _ => {
                alone += 1;
                None
            }
        };
        let pairs = self.slots(bad).into_iter().zip(self.slots(total));
        let buckets = pairs.map(pair).collect();
        (History::new(end, self.step, buckets), alone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_alone_is_no_bucket() {
        let step = Duration::from_secs(300);
        let (start, end) = (Timestamp::from_secs(300), Timestamp::from_secs(1800));
        let grid = Grid {
            start,
            step,
            steps: 6,
        };
        let points = |values: &[(i64, f64)]| -> Vec<Point> {
            let point = |(at, value): &(i64, f64)| Point {
                timestamp: Timestamp::from_secs(*at),
                value: *value,
            };
            values.iter().map(point).collect()
        };
        // Of the fifth nothing is known.
        let bad = points(&[(300, 1.0), (900, 2.0), (1200, f64::NAN), (1800, 0.0)]);
        let total = points(&[(300, 10.0), (600, 10.0), (1200, 10.0)]);
        let bucket = |bad, total| Some(Bucket { bad, total });

        let (recorded, alone) = grid.history(&bad, &total, end, Source::Recorded);
        let none = [None; 5];
        assert_eq!(recorded.buckets()[0], bucket(1.0, 10.0));
        assert_eq!(recorded.buckets()[1..], none);
        assert_eq!(alone, 4);

        let (raw, alone) = grid.history(&bad, &total, end, Source::Raw);
        assert_eq!(
            raw.buckets(),
            [bucket(1.0, 10.0), None, bucket(2.0, 0.0), None, None, None]
        );
        assert_eq!(alone, 3);
    }
}
