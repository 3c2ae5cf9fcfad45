//! Functions over a counter's (or a gauge's) stretch: what it gained, how often it was reset.

use super::frame::Cell;
use super::native;
use super::window::Window;

/// Places in a column at which the value fell. Found once per series, so that long ranges cost
/// their samples once and not at every step.
pub(super) struct Resets(Vec<usize>);

impl Resets {
    pub(super) fn of(values: &[f64]) -> Self {
        let falls = values.windows(2).enumerate().filter_map(|(i, pair)| {
            let [before, after] = pair else { return None };
            (after < before).then_some(i + 1)
        });
        Self(falls.collect())
    }

    /// The values just before each fall between two samples of the window, the first `skip`
    /// samples left out.
    fn lost<'a>(&'a self, window: &Window<'a>, skip: usize) -> impl Iterator<Item = f64> + 'a {
        let first = window.first;
        let values = window.values;
        let from = self.0.partition_point(|at| *at <= first + skip);
        let falls = self.0.get(from..).unwrap_or_default().iter();
        let inside = falls.take_while(move |at| **at < first + values.len());
        inside.filter_map(move |at| values.get(at - 1 - first).copied())
    }
}

/// Which of the extrapolating functions.
#[derive(Clone, Copy)]
pub(super) struct Gain {
    /// A counter: it cannot be negative, and falling is a reset.
    pub(super) counter: bool,
    /// Per second of the range.
    pub(super) per_second: bool,
    /// Prometheus 2 looks for a counter's zero before it decides how far to extrapolate.
    pub(super) zero_first: bool,
}

/// `rate`, `increase`, `delta`: the gain over the stretch, extrapolated to its ends.
///
/// The rules are Prometheus': up to the end where a sample would have been expected there (1.1 mean
/// distances), else by half a mean distance, and a counter never to below zero.
pub(super) fn extrapolated(window: &Window<'_>, resets: &Resets, gain: Gain) -> Cell {
    if window.is_mixed() {
        return Cell::Absent;
    }
    let times = if window.times.is_empty() {
        window.hist_times
    } else {
        window.times
    };
    let (Some(first_time), Some(last_time)) = (times.first(), times.last()) else {
        return Cell::Absent;
    };
    if times.len() < 2 {
        return Cell::Absent;
    }
    let seconds = |millis: i64| millis as f64 / 1000.0;
    let sampled = seconds(last_time - first_time);
    let between = sampled / (times.len() - 1) as f64;
    let threshold = between * 1.1;
    let mut to_start = seconds(first_time - window.start);
    let mut to_end = seconds(window.end - last_time);
    if to_end >= threshold {
        to_end = between / 2.0;
    }
    let mut factor = |first: f64, gained: f64| {
        let mut to_zero = f64::INFINITY;
        if gain.counter && gained > 0.0 && first >= 0.0 {
            to_zero = sampled * (first / gained);
        }
        if gain.zero_first {
            to_start = to_start.min(to_zero);
        }
        if to_start >= threshold {
            to_start = between / 2.0;
        }
        to_start = to_start.min(to_zero);
        let factor = (sampled + to_start + to_end) / sampled;
        if gain.per_second {
            factor / seconds(window.end - window.start)
        } else {
            factor
        }
    };
    if let (Some(first), Some(last)) = (window.values.first(), window.values.last()) {
        let mut gained = last - first;
        if gain.counter {
            for lost in resets.lost(window, 0) {
                gained += lost;
            }
        }
        return Cell::Float(gained * factor(*first, gained));
    }
    let Some(first) = window.hists.first() else {
        return Cell::Absent;
    };
    match native::gained(window.hists, gain.counter) {
        Some(gained) => {
            let factor = factor(first.count, gained.count);
            Cell::histogram(native::scaled(&gained, factor))
        }
        None => Cell::Absent,
    }
}

/// The same for `anchored` selectors: the last sample before the range is its start, and nothing
/// is extrapolated. Native histograms are not supported here.
pub(super) fn anchored(window: &Window<'_>, resets: &Resets, gain: Gain) -> Cell {
    let (Some(skip), Some(last)) = (anchor(window), window.values.last()) else {
        return Cell::Absent;
    };
    let Some(first) = window.values.get(skip) else {
        return Cell::Absent;
    };
    let mut gained = last - first;
    if gain.counter {
        for lost in resets.lost(window, skip) {
            gained += lost;
        }
    }
    if gain.per_second {
        gained /= (window.end - window.start) as f64 / 1000.0;
    }
    Cell::Float(gained)
}

/// The place of the sample an `anchored` range starts from; none without a sample inside.
fn anchor(window: &Window<'_>) -> Option<usize> {
    if window.times.last().is_none_or(|t| *t <= window.start) {
        return None;
    }
    let outside = window.times.partition_point(|t| *t <= window.start);
    Some(outside.saturating_sub(1))
}

/// `irate`: the gain per second between the last two samples.
pub(super) fn instant_rate(window: &Window<'_>) -> Cell {
    if let ([.., t0, t1], [.., v0, v1]) = (window.times, window.values)
        && window.hist_times.is_empty()
    {
        let gained = if v1 < v0 { *v1 } else { v1 - v0 };
        return Cell::Float(gained / ((t1 - t0) as f64 / 1000.0));
    }
    if let ([.., t0, t1], [.., _, _]) = (window.hist_times, window.hists)
        && window.times.is_empty()
    {
        let last_two = window.hists.get(window.hists.len() - 2..);
        let seconds = (t1 - t0) as f64 / 1000.0;
        return native::gained(last_two.unwrap_or_default(), true).map_or(Cell::Absent, |gained| {
            Cell::histogram(native::scaled(&gained, 1.0 / seconds))
        });
    }
    Cell::Absent
}

/// `resets`: how often the counter fell.
pub(super) fn resets(window: &Window<'_>, falls: &Resets, from_anchor: bool) -> Cell {
    let skip = match (from_anchor, anchor(window)) {
        (false, _) => 0,
        (true, Some(skip)) => skip,
        (true, None) => return Cell::Absent,
    };
    let in_hists = window.hists.windows(2).filter(|pair| match pair {
        [before, after] => native::was_reset(before, after),
        _ => false,
    });
    let changed_kind = kind_changes(window);
    let falls = falls.lost(window, skip).count();
    Cell::Float((falls + in_hists.count() + changed_kind) as f64)
}

/// `changes`: how often the value changed.
pub(super) fn changes(window: &Window<'_>, from_anchor: bool) -> Cell {
    let skip = match (from_anchor, anchor(window)) {
        (false, _) => 0,
        (true, Some(skip)) => skip,
        (true, None) => return Cell::Absent,
    };
    let values = window.values.get(skip..).unwrap_or_default();
    let floats = values.windows(2).filter(|pair| match pair {
        [before, after] => before != after && !(before.is_nan() && after.is_nan()),
        _ => false,
    });
    let hists = window.hists.windows(2).filter(|pair| match pair {
        [before, after] => before != after,
        _ => false,
    });
    Cell::Float((floats.count() + hists.count() + kind_changes(window)) as f64)
}

/// How often a series turned from floats to native histograms or back. Exact where it turns once.
fn kind_changes(window: &Window<'_>) -> usize {
    if !window.is_mixed() {
        return 0;
    }
    let floats = window.times.iter().map(|t| (*t, false));
    let hists = window.hist_times.iter().map(|t| (*t, true));
    let mut all: Vec<(i64, bool)> = floats.chain(hists).collect();
    all.sort_unstable();
    let turns = all.windows(2).filter(|pair| match pair {
        [before, after] => before.1 != after.1,
        _ => false,
    });
    turns.count()
}
