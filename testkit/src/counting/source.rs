//! What is scraped: a process with counters, its restarts and its absences.

use promql_client::{Labels, Timestamp};

use super::world::SECOND;

/// Whether an end of a series is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markers {
    /// By the scrape after it.
    Scraped,
    /// Never: remote write, or the server itself was down.
    None,
}

/// A scrape target, or one of a collector's sources.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Labels of all of its series.
    pub(super) target: Vec<(String, String)>,
    /// Offset of its scrapes within the interval, in milliseconds.
    pub(super) phase: Option<i64>,
    /// It is scraped in `[from, to)`.
    pub(super) life: (i64, i64),
    /// Scrapes in `[from, to)` show nothing.
    pub(super) away: Vec<(i64, i64)>,
    pub(super) markers: Markers,
    /// When its process starts anew: all counters are gone until their next event.
    pub(super) restarts: Vec<i64>,
    pub(super) counters: Vec<Counter>,
}

/// Which legs a counter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leg {
    Good,
    Bad,
    /// Neither: what a reader must not take for either.
    Other,
}

/// One counter of a process.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    /// Labels beside the target's, the name included.
    pub(super) labels: Vec<(String, String)>,
    pub(super) leg: Leg,
    /// What it held when the history began.
    pub(super) old: u64,
    /// Whether it is there before its first event.
    pub(super) from_zero: bool,
    /// When and how many, in time order.
    pub(super) events: Vec<(i64, u64)>,
    /// From when on it has another label, or is not shown at all.
    pub(super) changes: Vec<(i64, Change)>,
    /// It is only in the truth: of a histogram's series, none counts the slow requests.
    pub(super) unseen: bool,
}

/// What a scrape configuration does to a series from some moment on.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// It has this label.
    Label(&'static str, &'static str),
    /// It is dropped.
    Dropped,
    /// It is shown.
    Lifted,
}

pub(super) fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

impl Source {
    /// A pod that is scraped all the time.
    pub(super) fn pod(name: &str) -> Self {
        let instance = format!("{name}:9090");
        Self::with_labels(labels(&[("job", "api"), ("instance", &instance)]))
    }

    pub(super) fn with_labels(target: Vec<(String, String)>) -> Self {
        Self {
            target,
            phase: None,
            life: (i64::MIN, i64::MAX),
            away: Vec::new(),
            markers: Markers::Scraped,
            restarts: Vec::new(),
            counters: Vec::new(),
        }
    }

    /// Scraped so many milliseconds after each whole interval.
    pub(super) fn phased(mut self, phase: i64) -> Self {
        self.phase = Some(phase);
        self
    }

    pub(super) fn living(mut self, from: i64, to: i64) -> Self {
        self.life = (from, to);
        self
    }

    pub(super) fn away(mut self, from: i64, to: i64) -> Self {
        self.away.push((from, to));
        self
    }

    pub(super) fn unmarked(mut self) -> Self {
        self.markers = Markers::None;
        self
    }

    pub(super) fn restarting(mut self, at: impl IntoIterator<Item = i64>) -> Self {
        self.restarts.extend(at);
        self
    }

    pub(super) fn with(mut self, counter: Counter) -> Self {
        self.counters.push(counter);
        self
    }

    /// All of its series change the same way.
    pub(super) fn changing(mut self, at: i64, change: &Change) -> Self {
        for counter in &mut self.counters {
            counter.changes.push((at, change.clone()));
        }
        self
    }

    pub(super) fn is_away(&self, at: i64) -> bool {
        self.away
            .iter()
            .any(|(from, to)| (*from..*to).contains(&at))
    }
}

impl Counter {
    /// Requests of one code.
    pub(super) fn requests(code: &str, leg: Leg) -> Self {
        Self {
            labels: labels(&[("__name__", "requests_total"), ("code", code)]),
            leg,
            old: 0,
            from_zero: false,
            events: Vec::new(),
            changes: Vec::new(),
            unseen: false,
        }
    }

    /// Good requests; the counter is an old one.
    pub(super) fn good(old: u64) -> Self {
        Self::requests("200", Leg::Good).holding(old)
    }

    /// Failed requests.
    pub(super) fn bad() -> Self {
        Self::requests("500", Leg::Bad)
    }

    pub(super) fn holding(mut self, old: u64) -> Self {
        self.old = old;
        self
    }

    pub(super) fn zeroed(mut self) -> Self {
        self.from_zero = true;
        self
    }

    pub(super) fn labelled(mut self, name: &str, value: &str) -> Self {
        self.labels.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn changing(mut self, at: i64, change: Change) -> Self {
        self.changes.push((at, change));
        self
    }

    /// So many events at one moment.
    pub(super) fn at(mut self, at: i64, count: u64) -> Self {
        self.events.push((at, count));
        self.events.sort_unstable();
        self
    }

    /// `count` events, one every `every`.
    pub(super) fn each(mut self, from: i64, every: i64, count: i64) -> Self {
        self.events
            .extend((0..count).map(|i| (from + i * every, 1)));
        self.events.sort_unstable();
        self
    }

    /// So many a second in `[from, to)`, in the middle of each second.
    pub(super) fn steady(mut self, per_second: u64, from: i64, to: i64) -> Self {
        let seconds = (to - from) / SECOND;
        self.events
            .extend((0..seconds).map(|i| (from + i * SECOND + SECOND / 2, per_second)));
        self.events.sort_unstable();
        self
    }

    /// Its labels at a time; `None` where it is dropped.
    pub(super) fn labels_at(&self, at: i64, target: &[(String, String)]) -> Option<Labels> {
        let mut dropped = false;
        let mut labels = Labels::from_pairs(target.iter().chain(&self.labels).map(|(n, v)| (n, v)));
        for (_, change) in self.changes.iter().filter(|(from, _)| *from <= at) {
            match change {
                Change::Label(name, value) => labels = labels.with(name, value),
                Change::Dropped => dropped = true,
                Change::Lifted => dropped = false,
            }
        }
        (!dropped).then_some(labels)
    }
}

/// A counter's events, added up.
pub(super) struct Tally {
    old: u64,
    times: Vec<i64>,
    sums: Vec<u64>,
}

impl Tally {
    pub(super) fn of(counter: &Counter) -> Self {
        let mut sum = 0;
        let sums = counter.events.iter().map(|(_, count)| {
            sum += count;
            sum
        });
        Self {
            old: counter.old,
            sums: sums.collect(),
            times: counter.events.iter().map(|(when, _)| *when).collect(),
        }
    }

    /// Events up to a time.
    fn until(&self, at: i64) -> u64 {
        let count = self.times.partition_point(|when| *when <= at);
        count.checked_sub(1).map_or(0, |last| self.sums[last])
    }

    /// What the process says at a time, and how many events of it were after `since`.
    pub(super) fn value(&self, at: i64, restarts: &[i64], since: i64) -> (u64, u64) {
        let born = restarts.iter().rfind(|restart| **restart <= at).copied();
        let old = if born.is_none() { self.old } else { 0 };
        let from = born.unwrap_or(i64::MIN);
        let sum = |from: i64| self.until(at) - self.until(from);
        (old + sum(from), sum(from.max(since)))
    }
}

pub(super) fn time(at: i64) -> Timestamp {
    Timestamp::from_millis(at)
}
