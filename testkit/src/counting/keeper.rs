//! Scrapes sources, and notes which scrape shows which event first.

use std::collections::BTreeMap;

use promql_client::{Labels, Point};

use super::case::{CaseSeries, Certainty, Shown};
use super::source::{Leg, Markers, Source, Tally, time};
use super::world::{HOUR, MINUTE, START};

/// Counters bridge gaps up to this.
const BRIDGED: i64 = 130 * MINUTE;
/// After longer gaps than this, what was before may count twice.
const CLOSE: i64 = 20 * MINUTE;
/// So far before the gap.
const TWICE: i64 = 5 * MINUTE;
/// How long after a restart it is known that a series which comes back starts from zero.
const RESTART_IS_SEEN: i64 = HOUR;

/// What a server keeps, and what its scrapes showed.
#[derive(Default)]
pub(super) struct Keeper {
    pub(super) series: BTreeMap<Labels, CaseSeries>,
    pub(super) bad: Vec<Shown>,
    pub(super) total: Vec<Shown>,
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
    /// Scrapes a source to the end.
    pub(super) fn scrape_all(&mut self, source: &Source, interval: i64, end: i64) {
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
