//! From the points of two range queries to buckets.

use std::time::Duration;

use promql_client::Timestamp;

use super::Source;
use super::column::Column;
use crate::history::{Bucket, History};

/// The steps of a range query.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub(super) start: Timestamp,
    pub(super) step: Duration,
    pub(super) steps: usize,
}

impl Grid {
    /// The steps from a start up to an end, both included.
    pub(super) fn between(start: Timestamp, end: Timestamp, step: Duration) -> Self {
        let steps = end.since(start).as_millis() / step.as_millis().max(1);
        Self {
            start,
            step,
            steps: usize::try_from(steps)
                .unwrap_or(usize::MAX)
                .saturating_add(1),
        }
    }

    /// When the last step is.
    pub(super) fn end(&self) -> Timestamp {
        self.time_of(self.steps.saturating_sub(1))
    }

    /// Which step a time belongs to; there may be none so late.
    pub(super) fn step_at(&self, time: Timestamp) -> Option<usize> {
        let at = time.since(self.start).as_millis() / self.step.as_millis().max(1);
        usize::try_from(at).ok()
    }

    /// When a step is.
    pub(super) fn time_of(&self, step: usize) -> Timestamp {
        let step = u32::try_from(step).unwrap_or(u32::MAX);
        self.start.plus(self.step.saturating_mul(step))
    }

    fn slots(&self, column: Option<&Column>) -> Vec<Option<f64>> {
        match column {
            Some(column) => column.slots(self),
            None => vec![None; self.steps],
        }
    }

    /// The same buckets with other bad events; none where these are not known.
    pub(super) fn with_bad(&self, history: &History, bad: Option<&Column>) -> History {
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
        bad: Option<&Column>,
        total: Option<&Column>,
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
    use promql_client::Point;

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
        let column = |values: &[(i64, f64)]| {
            let point = |(at, value): &(i64, f64)| Point {
                timestamp: Timestamp::from_secs(*at),
                value: *value,
            };
            Column::new(values.iter().map(point).collect(), &grid)
        };
        // Of the fifth nothing is known.
        let bad = column(&[(300, 1.0), (900, 2.0), (1200, f64::NAN), (1800, 0.0)]);
        let total = column(&[(300, 10.0), (600, 10.0), (1200, 10.0)]);
        let bucket = |bad, total| Some(Bucket { bad, total });

        let (recorded, alone) = grid.history(Some(&bad), Some(&total), end, Source::Recorded);
        let none = [None; 5];
        assert_eq!(recorded.buckets()[0], bucket(1.0, 10.0));
        assert_eq!(recorded.buckets()[1..], none);
        assert_eq!(alone, 4);

        let (raw, alone) = grid.history(Some(&bad), Some(&total), end, Source::Raw);
        assert_eq!(
            raw.buckets(),
            [bucket(1.0, 10.0), None, bucket(2.0, 0.0), None, None, None]
        );
        assert_eq!(alone, 3);
    }
}
