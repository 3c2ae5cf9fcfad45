//! Everything that is tested with real servers, in one program: tests that wait leave the processor to
//! the others, and the history of the shop is built once. What measures times (`cost`, `samples`) runs
//! alone, as programs of their own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

// Tests begin in the order of their names: this one waits for minutes, so its name is the first.
mod a_scrape_in_flight;
mod cli;
mod conformance;
mod native;
mod patterns;
mod prometheus;
mod rules;
mod truth;
