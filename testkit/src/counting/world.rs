//! A history in the making: its sources, and what is stated of it.

use std::time::Duration;

use promql_client::{Labels, Selector};

use super::case::{Case, CaseSeries, LegTruth, Measured, Shown, Stated};
use super::keeper::Keeper;
use super::source::{Source, time};

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

/// When all histories begin: a multiple of five minutes.
pub(super) const START: i64 = 1_750_000_200_000;
/// From here on something happens.
pub(super) const FROM: i64 = START + 20 * MINUTE;
/// How long most of them are.
const LENGTH: i64 = 8 * HOUR;
/// The end of most histories' events.
pub(super) const TO: i64 = FROM + 440 * MINUTE;

/// A history in the making.
pub(super) struct World {
    name: &'static str,
    what: &'static str,
    interval: i64,
    length: i64,
    sources: Vec<Source>,
    measured: Option<Measured>,
    tolerances: [f64; 3],
}

impl World {
    pub(super) fn new(name: &'static str, what: &'static str, interval: i64) -> Self {
        Self {
            name,
            what,
            interval,
            length: LENGTH,
            sources: Vec::new(),
            measured: None,
            tolerances: [0.0, 0.0, 2.0],
        }
    }

    /// Adds a source; each is scraped at a moment of its own, the first on whole intervals.
    pub(super) fn with(mut self, mut source: Source) -> Self {
        let phase = (self.sources.len() as i64 * 4_217) % self.interval;
        source.phase.get_or_insert(phase);
        self.sources.push(source);
        self
    }

    pub(super) fn with_all(self, sources: impl IntoIterator<Item = Source>) -> Self {
        sources.into_iter().fold(self, Self::with)
    }

    /// Not `requests_total` by code.
    pub(super) fn measured(mut self, measured: Measured) -> Self {
        self.measured = Some(measured);
        self
    }

    /// Shorter.
    pub(super) fn lasting(mut self, length: i64) -> Self {
        self.length = length;
        self
    }

    /// How far sums may be off: bad, total, and bad events in an alert's range.
    pub(super) fn tolerating(mut self, bad: f64, total: f64, alert: f64) -> Self {
        self.tolerances = [bad, total, alert];
        self
    }

    /// Scrapes it all.
    pub(super) fn scraped(self, stated: Stated) -> Case {
        let mut keeper = Keeper::default();
        let end = START + self.length;
        for source in &self.sources {
            keeper.scrape_all(source, self.interval, end);
        }
        let named = |labels: &Labels| labels.with("case", self.name);
        let series = keeper.series.into_iter().map(|(labels, kept)| CaseSeries {
            labels: named(&labels),
            ..kept
        });
        let total = Selector::metric("requests_total").eq("case", self.name);
        let [bad_off, total_off, alert] = self.tolerances;
        let leg = |mut shown: Vec<Shown>, tolerance| {
            shown.sort_by_key(|shown| shown.at);
            LegTruth {
                shown,
                tolerance,
                alert_tolerance: alert,
            }
        };
        Case {
            name: self.name,
            what: self.what,
            start: time(START),
            measured_from: time(FROM),
            end: time(end),
            interval: Duration::from_millis(self.interval.unsigned_abs()),
            measured: self.measured.unwrap_or_else(|| Measured::Counters {
                bad: total.clone().eq("code", "500"),
                total,
            }),
            series: series.collect(),
            bad: leg(keeper.bad, bad_off),
            total: leg(keeper.total, total_off),
            stated,
        }
    }
}

/// So many bad events, all of them certain.
pub(super) fn all_certain(bad: u64) -> Stated {
    Stated {
        bad,
        bad_doubtful: 0,
        doubt: 0..=0,
        bad_in_alerts: bad,
        nothing_to_count: false,
    }
}

/// So many bad events and none in doubt, but counters of old events that are.
pub(super) fn with_old(bad: u64, old: u64) -> Stated {
    Stated {
        doubt: old..=old,
        ..all_certain(bad)
    }
}
