//! One history, and what a reader of it may and must count.

use std::ops::RangeInclusive;
use std::time::Duration;

use promql_client::{Labels, Point, Selector, Timestamp};

/// A history's name and how it is made.
pub(super) type Row = (&'static str, fn(&'static str) -> Case);

/// A history of some hours with its truth.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name; also the `case` label of all of its series, so that many fit into one server.
    pub name: &'static str,
    /// What happens.
    pub what: &'static str,
    /// The first moment that has samples.
    pub start: Timestamp,
    /// From here on events happen and count; counters were scraped before.
    pub measured_from: Timestamp,
    /// The last moment; nothing happened in the minutes before it.
    pub end: Timestamp,
    /// How often targets are scraped.
    pub interval: Duration,
    /// What is measured.
    pub measured: Measured,
    /// The series, as a server keeps them.
    pub series: Vec<CaseSeries>,
    /// Bad events.
    pub bad: LegTruth,
    /// All events.
    pub total: LegTruth,
    /// The sums, stated by hand.
    pub stated: Stated,
}

/// Which series an SLO asks for.
#[derive(Clone, Debug)]
pub enum Measured {
    /// Bad ones among all.
    Counters {
        /// The bad events.
        bad: Selector,
        /// All events, and the witness of the bad ones.
        total: Selector,
    },
    /// Observations above a bound.
    Latency {
        /// The histogram's name without `_bucket`.
        histogram: Selector,
        /// At or under it is good, in the histogram's own unit.
        threshold: f64,
        /// Milliseconds in one of these units.
        unit_ms: f64,
    },
}

/// A series with its staleness markers.
#[derive(Clone, Debug)]
pub struct CaseSeries {
    /// Its labels.
    pub labels: Labels,
    /// Its samples, in order.
    pub points: Vec<Point>,
    /// Where a scrape noted its end.
    pub stale: Vec<Timestamp>,
}

/// What is said of a history beside its events; a test holds it against them.
#[derive(Clone, Debug)]
pub struct Stated {
    /// All bad events that some scrape shows.
    pub bad: u64,
    /// Those of them that no reader can tell from older ones.
    pub bad_doubtful: u64,
    /// How many bad events a reader may name as doubtful: whole counters, old events included.
    pub doubt: RangeInclusive<u64>,
    /// How many bad events short ranges (alerts) must see at least, added up without overlap: they
    /// know less of restarts than buckets do.
    pub bad_in_alerts: u64,
    /// Whether no figure may be given: no target has what is asked for.
    pub nothing_to_count: bool,
}

/// How well an event can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The scrapes prove it.
    Certain,
    /// It may as well have been there before.
    Doubtful,
    /// It did not happen again, but a reader may count it a second time: after a gap of more than
    /// 20 minutes, events of the last five minutes before it.
    Twice,
}

/// Events that one scrape shows first.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// The scrape.
    pub at: Timestamp,
    /// How many.
    pub count: u64,
    /// How well they can be known.
    pub certainty: Certainty,
}

/// The truth of a leg.
#[derive(Clone, Debug, Default)]
pub struct LegTruth {
    /// In time order.
    pub shown: Vec<Shown>,
    /// By how many events all buckets together may be off: `increase` extrapolates at resets.
    pub tolerance: f64,
    /// By how many a short range (an alert's) may be above.
    pub alert_tolerance: f64,
}

/// Events of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All that happened.
    pub events: u64,
    /// Those that scrapes prove.
    pub certain: u64,
    /// Events of before the range that may be counted with them.
    pub twice: u64,
}

impl LegTruth {
    /// Events that scrapes in `(from, to]` show first.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Counted {
        let first = self.shown.partition_point(|shown| shown.at <= from);
        let last = self.shown.partition_point(|shown| shown.at <= to);
        let mut counted = Counted::default();
        for shown in self.shown.get(first..last).unwrap_or_default() {
            match shown.certainty {
                Certainty::Certain => {
                    counted.events += shown.count;
                    counted.certain += shown.count;
                }
                Certainty::Doubtful => counted.events += shown.count,
                Certainty::Twice => counted.twice += shown.count,
            }
        }
        counted
    }

    /// What the buckets of `(from, to]` may add up to.
    #[must_use]
    pub fn sum_of_buckets(&self, from: Timestamp, to: Timestamp) -> RangeInclusive<f64> {
        let counted = self.between(from, to);
        let most = (counted.events + counted.twice) as f64 + self.tolerance;
        counted.certain as f64 - self.tolerance..=most
    }

    /// What a short range may show at most.
    #[must_use]
    pub fn most_in_alerts(&self, from: Timestamp, to: Timestamp) -> f64 {
        let counted = self.between(from, to);
        (counted.events + counted.twice) as f64 + self.alert_tolerance
    }
}
