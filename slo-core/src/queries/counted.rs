//! Counting counters: how many events a stretch of time holds, each of them once.
//!
//! `increase` extrapolates to the range's ends, loses the first value of a series that is born above
//! zero, and misses what falls between two ranges: recorded every five minutes, an isolated error is
//! 0 or 1.25. The form built here telescopes, and it counts from zero only with evidence:
//!
//! | a series | counts |
//! |---|---|
//! | that was there before the window, and was not reset in it | last value minus the last value before |
//! | that is proved to be newborn | its last value |
//! | of which nothing tells where it began | last value minus the first one in the window |
//! | that was reset in the window | `increase`, which never invents a first value |
//!
//! The end of one window is the start of the next one, so each step of a counter belongs to exactly
//! one window, on servers whose ranges are closed (2.x) and left-open (3.x) alike.

use std::time::Duration;

use promql_client::expr::{
    Aggregation, BinaryOp, Matching, RangeSelector, count_over_time, increase, last_over_time,
    min_over_time, resets,
};
use promql_client::{Expr, Selector};

use super::evidence::Evidence;
use super::range::{at, ranged, stepped, union, without_le};

/// How far before a window the last value before it is looked for first: scrapes are closer.
pub const LOOKBACK: Duration = minutes(5);
/// Gaps up to this long are looked into sample by sample, longer ones every five minutes.
const SHORT_GAP: Duration = minutes(20);
/// The longest gap in scraping that a counter bridges: what happened in it counts in the window in
/// which the series is back.
pub const LONGEST_GAP: Duration = minutes(130);
const GAP_STEP: Duration = minutes(5);
/// A series that was there within this time, at or below its present value, was away; it is not new.
const MEMORY: Duration = minutes(24 * 60);
const MEMORY_STEP: Duration = minutes(60);

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

/// How a server treats the ends of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extrapolation {
    /// As all servers do. The default.
    #[default]
    Portable,
    /// `increase(x[5m] anchored)`: exact across resets, too. Prometheus 3.16, or 3.7 and later with
    /// `--enable-feature=promql-extended-range-selectors`.
    Anchored,
}

/// What an expression is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A bucket of a history, asked for once.
    Bucket,
    /// The range of an alert, asked for every 30 s: the same without the search for restarts, which
    /// costs most. It misses the first value of an error series that vanished at a restart and
    /// returns within a day.
    Alert,
}

/// Counters of one metric in one window.
#[derive(Clone, Debug)]
pub(super) struct Counted<'a> {
    /// Which counters.
    pub(super) series: Vec<&'a Selector>,
    pub(super) evidence: Evidence<'a>,
    /// Of a histogram's buckets, its count: whether one of them was away or was reset is what the
    /// count says, so that both are judged alike.
    pub(super) count: Option<&'a Selector>,
    pub(super) window: Duration,
    /// How long before the evaluation the window ends.
    pub(super) offset: Duration,
    pub(super) form: Form,
    pub(super) extrapolation: Extrapolation,
}

impl Counted<'_> {
    /// The events of each series.
    pub(super) fn events(&self) -> Expr {
        self.counted_since(self.before().or(self.born()))
    }

    /// The same with nothing counted from zero.
    pub(super) fn seen(&self) -> Expr {
        self.counted_since(self.before())
    }

    /// The most that there may have been: all counted from zero that was not there just before.
    pub(super) fn at_most(&self) -> Expr {
        (self.last() - self.just_before()).ge(0.0).or(self.last())
    }

    fn counted_since(&self, start: Expr) -> Expr {
        let rest = match self.extrapolation {
            Extrapolation::Portable => self.each(increase, Aggregation::Sum),
            Extrapolation::Anchored => {
                self.each(|range| increase(range.anchored()), Aggregation::Sum)
            }
        };
        (self.last() - start)
            .ge(0.0)
            .or(self.since_seen())
            .unless(self.reset())
            .or(rest)
    }

    /// What series that were not there before were seen to count since their first sample.
    /// `increase` would stretch that to the window's ends, and the next window would count the last
    /// part once more.
    fn since_seen(&self) -> Expr {
        (self.last() - self.each(min_over_time, Aggregation::Min)).unless(self.just_before())
    }

    /// The last value before the window, where a scrape just before it had one.
    fn just_before(&self) -> Expr {
        self.each_before(|x, start| last_over_time(ranged(x, LOOKBACK, start)))
    }

    /// First values that are in no count, because nothing proves that their series began at zero.
    pub(super) fn in_doubt(&self) -> Expr {
        self.first_values_without(self.before().or(self.born()))
    }

    /// First values of all series that were not there before.
    pub(super) fn first_values(&self) -> Expr {
        self.first_values_without(self.before())
    }

    fn first_values_without(&self, known: Expr) -> Expr {
        self.each(min_over_time, Aggregation::Min)
            .unless(known)
            .unless(self.each_before(at))
            .unless(self.reset())
    }

    /// Where each series stood when the window ended.
    pub(super) fn last(&self) -> Expr {
        self.each(last_over_time, Aggregation::Max)
    }

    fn reset(&self) -> Expr {
        let resets = match self.count {
            Some(count) => resets(ranged(count, self.window, self.offset)),
            None => self.each(resets, Aggregation::Sum),
        };
        resets.gt(0.0)
    }

    /// Where each series stood when the window began.
    fn before(&self) -> Expr {
        if self.form == Form::Alert {
            return self.old();
        }
        let restarted = self.evidence.restarted(self.window, self.offset);
        let bridged = self
            .old()
            .binary(BinaryOp::Unless, self.evidence.on(), restarted);
        self.just_before().or(bridged).binary(
            BinaryOp::LessOrEqual,
            Matching::default(),
            self.last(),
        )
    }

    /// The last value before the window, also before a gap in scraping.
    pub(super) fn old(&self) -> Expr {
        let short = self.each_before(|x, start| last_over_time(ranged(x, SHORT_GAP, start)));
        let long = |x: &Selector, start| {
            last_over_time(stepped(at(x, Duration::ZERO), LONGEST_GAP, GAP_STEP, start))
        };
        short.or(self.each_before(long))
    }

    /// Zero for each series that is proved to be newborn: its target was scraped without it and it
    /// was not away, or its target has restarted; and all that appeared on the target at once is no
    /// more than new series bring.
    fn born(&self) -> Expr {
        let on = || self.evidence.on();
        let samples = self.each(count_over_time, Aggregation::Sum);
        let mut late = self.evidence.late(samples, self.window, self.offset);
        if self.form == Form::Alert {
            late = late.unless(self.ended_early());
        }
        let mut new = late.unless(self.was_away());
        if self.form == Form::Bucket {
            let restarted = self.evidence.restarted(self.window, self.offset);
            new = new.or(self.now().binary(BinaryOp::And, on(), restarted));
        }
        let crowds = self.evidence.crowds(self.window, self.offset);
        new.binary(BinaryOp::Unless, on(), crowds) * 0.0
    }

    /// Series that have ended on targets that go on, and of which nothing is known from before the
    /// window: they have fewer samples than their target, and may be as old as it is.
    fn ended_early(&self) -> Expr {
        let young = self.evidence.young(self.window, self.offset);
        let ended = self.last().unless(self.now());
        ended.binary(BinaryOp::And, self.evidence.on(), young)
    }

    /// Series that were there within a day, at or below their present value.
    fn was_away(&self) -> Expr {
        let past: Vec<&Selector> = self.count.map_or_else(|| self.series.clone(), |c| vec![c]);
        let start = self.offset + self.window;
        let then = |x: &&Selector| {
            let hourly = stepped(at(x, Duration::ZERO), MEMORY, MEMORY_STEP, start);
            last_over_time(hourly)
        };
        let now = union(past.iter().map(|x| at(x, self.offset)));
        union(past.iter().map(then)).binary(BinaryOp::LessOrEqual, Matching::default(), now)
    }

    /// Where each series stands.
    pub(super) fn now(&self) -> Expr {
        self.merged(
            Aggregation::Max,
            union(self.series.iter().map(|x| at(x, self.offset))),
        )
    }

    /// A function of each series' samples in the window.
    fn each(&self, f: impl Fn(RangeSelector) -> Expr, spellings: Aggregation) -> Expr {
        let range = |x: &&Selector| f(ranged(x, self.window, self.offset));
        self.merged(spellings, union(self.series.iter().map(range)))
    }

    /// The same of what was before the window; the second argument is where that ends.
    fn each_before(&self, f: impl Fn(&Selector, Duration) -> Expr) -> Expr {
        let start = self.offset + self.window;
        self.merged(
            Aggregation::Max,
            union(self.series.iter().map(|x| f(x, start))),
        )
    }

    /// A bucket whose bound is spelled in two ways, before and after an upgrade, is one counter.
    fn merged(&self, op: Aggregation, expr: Expr) -> Expr {
        match self.count {
            Some(_) => without_le(op, expr),
            None => expr,
        }
    }
}
