//! What is measured: which events count, which of them are bad.
//!
//! Every SLI comes down to two numbers per stretch of time, *bad* and *total*, in one of three units
//! ([`Unit`]): events, time slices, or time itself. All else (budgets, burn rates, forecasts, rules)
//! only knows these two numbers.

mod istio;
mod latency;
mod leg;
mod template;

use std::time::Duration;

pub use istio::{ClientGone, ErrorClasses, IstioService, Protocol, Reporter, UNREACHED_FLAGS};
pub use latency::{Buckets, Latency};
pub use leg::{Counter, Leg};
use promql_client::Selector;
pub use template::{Template, WINDOW};

use crate::error::{Error, Result};
use crate::objective::Objective;

/// A service level indicator.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one in each SLO, and most are events"
)]
pub enum Sli {
    /// A share of bad events: availability, latency, or any pair of counters.
    Events(EventSli),
    /// A request rate that must not fall under a floor, judged slice by slice.
    Throughput(ThroughputSli),
    /// A user's own query for the share of bad events in a window. It has no counts, so every stretch
    /// of time weighs the same however many events it held.
    Ratio(RatioSli),
    /// A gauge that is 1 while the target works and 0 while it does not; time-weighted.
    Probe(ProbeSli),
}

/// What `bad` and `total` of an SLI count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Events: requests, messages, jobs.
    Events,
    /// Time slices, each good or bad as a whole.
    Slices,
    /// Time: each measured stretch counts 1, `bad` is the share of it that was bad.
    Time,
}

/// An SLI over counted events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSli {
    /// Events that spend the budget.
    pub bad: Leg,
    /// All valid events.
    pub total: Leg,
    /// How the budget is spent: event by event, or slice by slice.
    pub budgeting: Budgeting,
    /// For latency SLIs, the histogram and its threshold; `bad` and `total` follow from it.
    pub latency: Option<Latency>,
}

impl EventSli {
    /// Any pair of legs, budgeted by events.
    #[must_use]
    pub fn new(bad: Leg, total: Leg) -> Self {
        Self {
            bad,
            total,
            budgeting: Budgeting::Events,
            latency: None,
        }
    }

    /// Events at or under a latency threshold are good.
    #[must_use]
    pub fn latency(latency: Latency) -> Self {
        Self {
            bad: latency.bad(),
            total: latency.total(),
            budgeting: Budgeting::Events,
            latency: Some(latency),
        }
    }
}

/// How a budget of events is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Budgeting {
    /// Each bad event spends the budget (OpenSLO's `Occurrences`).
    #[default]
    Events,
    /// Each bad slice of time does (OpenSLO's `Timeslices`).
    TimeSlices(TimeSlices),
}

/// Slices of time, each good or bad as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeSlices {
    /// How long a slice is.
    pub slice: Slice,
    /// The share of good events that makes a slice a good one.
    pub target: Objective,
    /// What a slice without events is.
    pub empty: EmptySlice,
}

/// The length of a slice: whole seconds, from a minute to an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slice(Duration);

impl Slice {
    /// Five minutes: the length of the buckets everything else uses.
    pub const FIVE_MINUTES: Self = Self(Duration::from_secs(300));

    /// A slice of this length.
    ///
    /// # Errors
    /// [`Error::Window`] where it is not in whole seconds from a minute to an hour.
    pub fn new(length: Duration) -> Result<Self> {
        let minute_to_hour = Duration::from_secs(60)..=Duration::from_secs(3600);
        if !minute_to_hour.contains(&length) || length.subsec_nanos() != 0 {
            return Err(Error::Window {
                text: promql_client::expr::format_duration(length),
                why: "a slice lasts whole seconds, from a minute to an hour".to_owned(),
            });
        }
        Ok(Self(length))
    }

    /// Its length.
    #[must_use]
    pub fn length(self) -> Duration {
        self.0
    }
}

/// What a slice without events is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmptySlice {
    /// Neither: it is left out of the budget. The default.
    #[default]
    LeftOut,
    /// Good.
    Good,
    /// Bad.
    Bad,
}

/// A request rate with a floor.
#[derive(Clone, Debug, PartialEq)]
pub struct ThroughputSli {
    /// All events.
    pub total: Leg,
    /// Events per second that a slice must reach to be good; above zero.
    pub floor_per_second: f64,
    /// How long a slice is.
    pub slice: Slice,
    /// What a slice without any data is (a measured rate of zero is under the floor, thus bad).
    pub empty: EmptySlice,
}

impl ThroughputSli {
    /// A floor on the rate of events, in five-minute slices.
    ///
    /// # Errors
    /// [`Error::Sli`] where the floor is not above zero.
    pub fn new(total: Leg, floor_per_second: f64) -> Result<Self> {
        if !(floor_per_second > 0.0 && floor_per_second.is_finite()) {
            return Err(Error::Sli {
                why: format!("a floor of {floor_per_second} events per second is always reached"),
            });
        }
        let (slice, empty) = (Slice::FIVE_MINUTES, EmptySlice::LeftOut);
        Ok(Self {
            total,
            floor_per_second,
            slice,
            empty,
        })
    }
}

/// A user's own query for a share of bad events.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioSli {
    /// The share of bad events, 0 to 1, in the window that takes the placeholder's place.
    pub error_ratio: Template,
}

/// A gauge that is 1 while the target works.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSli {
    /// The gauge; several series are averaged.
    pub success: Selector,
}

impl Sli {
    /// What its numbers count.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self {
            Self::Events(EventSli {
                budgeting: Budgeting::Events,
                ..
            }) => Unit::Events,
            Self::Events(_) | Self::Throughput(_) => Unit::Slices,
            Self::Ratio(_) | Self::Probe(_) => Unit::Time,
        }
    }

    /// Its kind in reports: `availability`, `latency`, `throughput`, `ratio` or `probe`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Events(EventSli {
                latency: Some(_), ..
            }) => "latency",
            Self::Events(_) => "availability",
            Self::Throughput(_) => "throughput",
            Self::Ratio(_) => "ratio",
            Self::Probe(_) => "probe",
        }
    }

    /// How long one bucket of it is: a slice, else five minutes.
    #[must_use]
    pub fn bucket(&self) -> Duration {
        match self {
            Self::Events(EventSli {
                budgeting: Budgeting::TimeSlices(slices),
                ..
            }) => slices.slice.length(),
            Self::Throughput(throughput) => throughput.slice.length(),
            _ => Slice::FIVE_MINUTES.length(),
        }
    }

    /// What a bucket without events is.
    #[must_use]
    pub fn empty_slice(&self) -> EmptySlice {
        match self {
            Self::Events(EventSli {
                budgeting: Budgeting::TimeSlices(slices),
                ..
            }) => slices.empty,
            Self::Throughput(throughput) => throughput.empty,
            _ => EmptySlice::LeftOut,
        }
    }
}
