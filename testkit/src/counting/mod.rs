//! Histories that a counter's reader gets wrong, each with its exact truth.
//!
//! A [`Case`] is what a Prometheus keeps of some hours in which something happened to counters that
//! is easily misread: labels change, targets come back after a gap, processes restart, series are
//! born late. Series have staleness markers exactly where scrapes leave them: one scrape after a
//! series vanished from a living target, and for all of a target's series when a scrape fails or the
//! target is gone. What comes by remote write (the collectors here) has none.
//!
//! The truth is counted from the events themselves, and each event belongs to the scrape that shows
//! it first. Some events no reader can tell from what a counter held before ([`Certainty::Doubtful`]):
//! they may be counted or be named as doubtful, but nothing may be counted that did not happen.
//!
//! Nothing happens in the first and last minutes that are [measured](Case::measured_from), so it does
//! not matter at which second buckets begin, or whether they are asked for with an offset of a minute.

mod case;
mod coarse;
mod collectors;
mod gaps;
mod keeper;
mod latency;
mod newborn;
mod relabelled;
mod restarts;
mod source;
mod world;

pub use case::{Case, CaseSeries, Certainty, Counted, LegTruth, Measured, Shown, Stated};

use case::Row;

/// The rows of all files.
fn rows() -> impl Iterator<Item = &'static Row> {
    let parts = [
        newborn::ROWS,
        relabelled::ROWS,
        collectors::ROWS,
        gaps::ROWS,
        restarts::ROWS,
        coarse::ROWS,
        latency::ROWS,
    ];
    parts.into_iter().flatten()
}

/// The names of all histories.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, _)| *name)
}

/// All of them.
pub fn cases() -> impl Iterator<Item = Case> {
    rows().map(|(name, make)| make(name))
}

/// The one of this name.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn case(name: &str) -> Case {
    match rows().find(|(known, _)| *known == name) {
        Some((name, make)) => make(name),
        None => panic!("no history is called {name}"),
    }
}
