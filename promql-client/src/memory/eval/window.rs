//! The stretch of samples a range selector sees at each step.

use std::sync::Arc;

use super::frame::Steps;
use crate::memory::store::Column;
use crate::value::NativeHistogram;

/// A range selector's own numbers, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) range: i64,
    pub(super) offset: i64,
    /// How far before the range's start samples are still seen (`anchored`).
    pub(super) before: i64,
    /// Whether the start belongs to the range.
    pub(super) closed: bool,
}

/// What is seen at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'c> {
    pub(super) times: &'c [i64],
    pub(super) values: &'c [f64],
    /// Place of the first float in its column.
    pub(super) first: usize,
    pub(super) hist_times: &'c [i64],
    pub(super) hists: &'c [Arc<NativeHistogram>],
    /// Start and end of the range, in milliseconds.
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Window<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty() && self.hist_times.is_empty()
    }

    pub(super) fn is_mixed(&self) -> bool {
        !self.times.is_empty() && !self.hist_times.is_empty()
    }
}

/// One window per step.
pub(super) fn windows<'c>(
    column: &'c Column,
    steps: &Steps,
    stretch: Stretch,
) -> impl Iterator<Item = Window<'c>> {
    let mut floats = Slide::default();
    let mut hists = Slide::default();
    steps.times().map(move |time| {
        let end = time.saturating_sub(stretch.offset);
        let start = end.saturating_sub(stretch.range);
        let from = start.saturating_sub(stretch.before);
        // The first time that is inside.
        let from = if stretch.closed { from } else { from + 1 };
        floats.to(&column.times, from, end);
        hists.to(&column.hist_times, from, end);
        Window {
            times: floats.of(&column.times),
            values: floats.of(&column.values),
            first: floats.low,
            hist_times: hists.of(&column.hist_times),
            hists: hists.of(&column.hists),
            start,
            end,
        }
    })
}

/// Two ends that only move forward.
#[derive(Default)]
struct Slide {
    low: usize,
    high: usize,
}

impl Slide {
    fn to(&mut self, times: &[i64], from: i64, end: i64) {
        self.high += forward(times.get(self.high..), |t| t <= end);
        self.low += forward(times.get(self.low..), |t| t < from);
    }

    fn of<'c, T>(&self, all: &'c [T]) -> &'c [T] {
        all.get(self.low..self.high).unwrap_or_default()
    }
}

/// How many of the first times hold: a few are walked, many are searched.
pub(super) fn forward(times: Option<&[i64]>, holds: impl Fn(i64) -> bool) -> usize {
    const WALK: usize = 8;
    let times = times.unwrap_or_default();
    let walked = times.iter().take(WALK).take_while(|t| holds(**t)).count();
    if walked < WALK {
        return walked;
    }
    times.partition_point(|t| holds(*t))
}
