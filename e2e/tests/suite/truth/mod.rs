//! Every figure of an evaluation on real servers, against the truth of the generator's own events.
//!
//! `visible` is what a perfect reader of the scrapes can know: counts are compared with it to 0.2 %
//! and one event (extrapolation at resets and at the window's ends). Figures that follow from the
//! counts are recomputed from the truth by their definitions.

mod anchored;
mod availability;
mod counters;
mod counters_recorded;
mod histories;
mod latency;
mod recorded;
mod support;
mod windows;
