//! Scrapes sources, and notes which scrape shows which event first.

use std::collections::BTreeMap;
use std::time::Duration;

use promql_client::{Labels, Point, Selector};

use super::case::{Case, CaseSeries, Certainty, LegTruth, Measured, Shown, Stated};
use super::source::{Leg, Markers, Source, Tally, time};

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

/// Counters bridge gaps up to this.
const BRIDGED: i64 = 130 * MINUTE;
/// After longer gaps than this, what was before may count twice.
const CLOSE: i64 = 20 * MINUTE;
/// So far before the gap.
const TWICE: i64 = 5 * MINUTE;
/// How long after a restart it is known that a series which comes back starts from zero.
const RESTART_IS_SEEN: i64 = HOUR;

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

#[derive(Default)]
struct Keeper {
    series: BTreeMap<Labels, CaseSeries>,
    bad: Vec<Shown>,
    total: Vec<Shown>,
}

/// What is known of one counter between two scrapes.
#[derive(Clone, Default)]
struct Known {
    /// The last scrape that would have shown all that happened by then.
    until: Option<i64>,
    /// Whether it had a value then.
    valued: bool,
}

impl Keeper {
    fn scrape_all(&mut self, source: &Source, interval: i64, end: i64) {
        let mut known: Vec<(Tally, Known)> = source
            .counters
            .iter()
            .map(|counter| (Tally::of(counter), Known::default()))
            .collect();
        let mut present: Vec<Labels> = Vec::new();
        let mut scrapes = 0;
        let mut at = START + source.phase.unwrap_or_default();
        while at <= end {
            if at < source.life.0 {
                at += interval;
                continue;
            }
            let over = at >= source.life.1;
            if over || source.is_away(at) {
                if source.markers == Markers::Scraped {
                    self.end_series(std::mem::take(&mut present), at);
                }
                if over {
                    return;
                }
                at += interval;
                continue;
            }
            let mut shown = Vec::new();
            for (counter, (tally, known)) in source.counters.iter().zip(&mut known) {
                let since = known.until.unwrap_or(i64::MIN);
                let (value, new) = tally.value(at, &source.restarts, since);
                if counter.unseen {
                    self.note(counter.leg, at, new, Certainty::Certain);
                    known.until = Some(at);
                    continue;
                }
                let valued = value > 0 || counter.from_zero;
                let labels = counter.labels_at(at, &source.target);
                if let Some(labels) = labels.clone().filter(|_| valued) {
                    let before = self.last(&labels);
                    let certainty = certainty(source, scrapes, known, before, (at, value));
                    self.note(counter.leg, at, new, certainty);
                    // What a reader may take a second time, where the series was away for long.
                    let long = before.is_some_and(|(then, _)| at - then > CLOSE);
                    if let Some((then, _)) =
                        before.filter(|_| long && certainty == Certainty::Certain)
                        && source.markers == Markers::Scraped
                    {
                        let (_, twice) = tally.value(then, &source.restarts, then - TWICE);
                        self.note(counter.leg, at, twice, Certainty::Twice);
                    }
                    self.push(&labels, at, value);
                    shown.push(labels);
                }
                if labels.is_some() || scrapes == 0 {
                    *known = Known {
                        until: Some(at),
                        valued,
                    };
                } else {
                    known.valued = valued;
                }
            }
            present.retain(|labels| !shown.contains(labels));
            if source.markers == Markers::Scraped {
                self.end_series(std::mem::take(&mut present), at);
            }
            present = shown;
            scrapes += 1;
            at += interval;
        }
    }

    fn last(&self, labels: &Labels) -> Option<(i64, u64)> {
        let last = self.series.get(labels)?.points.last()?;
        Some((last.timestamp.as_millis(), last.value as u64))
    }

    fn push(&mut self, labels: &Labels, at: i64, value: u64) {
        let kept = self.kept(labels);
        kept.points.push(Point {
            timestamp: time(at),
            value: value as f64,
        });
    }

    fn end_series(&mut self, ended: Vec<Labels>, at: i64) {
        for labels in ended {
            self.kept(&labels).stale.push(time(at));
        }
    }

    fn kept(&mut self, labels: &Labels) -> &mut CaseSeries {
        let empty = || CaseSeries {
            labels: labels.clone(),
            points: Vec::new(),
            stale: Vec::new(),
        };
        self.series.entry(labels.clone()).or_insert_with(empty)
    }

    fn note(&mut self, leg: Leg, at: i64, count: u64, certainty: Certainty) {
        if count == 0 || leg == Leg::Other {
            return;
        }
        let shown = Shown {
            at: time(at),
            count,
            certainty,
        };
        self.total.push(shown);
        if leg == Leg::Bad {
            self.bad.push(shown);
        }
    }
}

/// How well the events can be known that a scrape of a counter shows first.
fn certainty(
    source: &Source,
    scrapes: u32,
    known: &Known,
    before: Option<(i64, u64)>,
    (at, value): (i64, u64),
) -> Certainty {
    let sure = match before {
        Some((then, level)) => {
            let restart = source
                .restarts
                .iter()
                .rfind(|r| (then + 1..=at).contains(*r));
            match restart {
                None => at - then <= BRIDGED,
                // A series that was there all the time shows its reset; one that comes back later
                // is known to start from zero near the restart, or below its former level.
                Some(restart) => at - restart <= RESTART_IS_SEEN || value < level,
            }
        }
        // New itself, on a target that was scraped without it.
        None => scrapes > 0 && !known.valued,
    };
    if sure {
        Certainty::Certain
    } else {
        Certainty::Doubtful
    }
}
