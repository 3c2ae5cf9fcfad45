//! What really happened, counted from the generator's own events.

use promql_client::Timestamp;

use crate::buckets::{BOUNDS_MS, BUCKETS};
use crate::spec::Outcome;

/// A service's truth, in two readings.
///
/// `happened` counts every request in the minute it ended in. `visible` counts it in the second of
/// the scrape that first shows it, and leaves out what no scrape can show: requests after a pod's
/// last scrape (or before a restart in place), and those already in the counters at the very first
/// scrape of a target. A request belongs to the server's proxy, or, where it reached no pod, to its
/// caller's.
///
/// So a perfect reader of the scrapes (first values of new series on known targets counted, resets
/// seen) gets exactly `visible`; `happened` is what the numbers mean. Their difference over a window
/// is the error that no tool can avoid.
#[derive(Clone, Debug)]
pub struct Truth {
    /// By the minute it ended in.
    pub happened: Ledger,
    /// By the second of the scrape that shows it first.
    pub visible: Ledger,
}

impl Truth {
    /// What happened in `[from, to)`.
    ///
    /// # Panics
    /// Where `from` or `to` is not a whole minute of the history.
    #[must_use]
    pub fn window(&self, from: Timestamp, to: Timestamp) -> Counts {
        self.happened.window(from, to)
    }

    /// What scrapes in `(from, to]` show for the first time.
    ///
    /// # Panics
    /// Where `from` or `to` is not a whole second of the history.
    #[must_use]
    pub fn visible_window(&self, from: Timestamp, to: Timestamp) -> Counts {
        self.visible.window(from, to)
    }
}

/// Requests of one kind at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Counted in the ledger's steps from the history's start.
    pub(crate) step: u32,
    pub(crate) tag: u16,
    pub(crate) bucket: u8,
    pub(crate) count: u32,
}

/// What a request was, beside its latency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// `destination_version`; `unknown` where it reached no pod.
    pub version: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// Counts by time, kind and latency bucket.
#[derive(Clone, Debug)]
pub struct Ledger {
    span: (Timestamp, Timestamp),
    step_millis: i64,
    tags: Vec<Tag>,
    /// Ordered by step.
    tallies: Vec<Tally>,
}

impl Ledger {
    pub(crate) fn new(
        span: (Timestamp, Timestamp),
        step_millis: i64,
        tags: Vec<Tag>,
        mut tallies: Vec<Tally>,
    ) -> Self {
        tallies.sort_unstable_by_key(|t| (t.step, t.tag, t.bucket));
        Self {
            span,
            step_millis,
            tags,
            tallies,
        }
    }

    /// The counts of a window, by the usual reading of what is bad ([`Outcome::is_failure`]).
    ///
    /// # Panics
    /// Where `from` or `to` is not a whole step (a minute, or a second) of the history.
    #[must_use]
    pub fn window(&self, from: Timestamp, to: Timestamp) -> Counts {
        self.window_of(from, to, |tag| Some(tag.outcome.is_failure()))
    }

    /// The counts of a window by a reading of one's own: `bad` answers whether a kind of request is
    /// bad, `None` leaves it out.
    ///
    /// # Panics
    /// Where `from` or `to` is not a whole step (a minute, or a second) of the history.
    #[must_use]
    pub fn window_of(
        &self,
        from: Timestamp,
        to: Timestamp,
        bad: impl Fn(&Tag) -> Option<bool>,
    ) -> Counts {
        let readings: Vec<Option<bool>> = self.tags.iter().map(bad).collect();
        let (first, last) = (self.step(from), self.step(to));
        let begin = self.tallies.partition_point(|t| t.step < first);
        let end = self.tallies.partition_point(|t| t.step < last);
        let mut counts = Counts::default();
        for tally in self.tallies.get(begin..end).unwrap_or_default() {
            if let Some(bad) = readings[usize::from(tally.tag)] {
                let count = u64::from(tally.count);
                counts.total += count;
                counts.bad += if bad { count } else { 0 };
                counts.buckets[usize::from(tally.bucket)] += count;
            }
        }
        counts
    }

    /// The kinds of requests there are.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn step(&self, at: Timestamp) -> u32 {
        let (start, end) = self.span;
        let offset = at.as_millis() - start.as_millis();
        assert!(
            offset % self.step_millis == 0 && start <= at && at <= end,
            "{at} is not a whole step of {} ms of the history",
            self.step_millis
        );
        (offset / self.step_millis) as u32
    }
}

/// Requests of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Those that count as bad.
    pub bad: u64,
    /// By latency, not cumulative: `buckets[i]` are at or under `BOUNDS_MS[i]` and over the bound
    /// before.
    pub buckets: [u64; BUCKETS],
}

impl Counts {
    /// Requests at or under a bound in milliseconds.
    ///
    /// # Panics
    /// Where `bound_ms` is not one of [`BOUNDS_MS`].
    #[must_use]
    pub fn le(&self, bound_ms: f64) -> u64 {
        let index = BOUNDS_MS.iter().position(|b| *b == bound_ms);
        assert!(index.is_some(), "{bound_ms} is not a bucket bound");
        self.buckets.iter().take(index.map_or(0, |i| i + 1)).sum()
    }

    /// Share of bad requests; `None` without requests.
    #[must_use]
    pub fn error_ratio(&self) -> Option<f64> {
        (self.total > 0).then(|| self.bad as f64 / self.total as f64)
    }
}
