//! Evaluate SLOs against a backend, at one pinned time.
//!
//! All SLOs of a run are evaluated at the same [`Options::at`], several at once, and no question
//! is asked twice at a time. Each leg costs one range query for its buckets, and the window is their sum: budget, burn
//! rates and forecast come from the same counts. Answers are held until their SLO is judged, within what
//! the backend gives of its memory ([`promql_client::Hold`]); where that is tight, SLOs take turns. Every SLO ends as exactly one of three things ([`Outcome`]): a value, no data, or a failure. None is ever
//! turned into another.
//!
//! ```
//! # use promql_client::{MemoryBackend, Timestamp, Labels};
//! # use slo_core::{evaluate, Slo, Sli, Name, Window, sli::IstioService};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # futures::executor::block_on(async {
//! # let backend = MemoryBackend::new();
//! let at = Timestamp::from_secs(1_800_000_000);
//! let availability = IstioService::service("checkout", "shop").availability()?;
//! let slo = Slo::new(
//!     Name::new("checkout")?,
//!     Name::new("availability")?,
//!     "99.9".parse()?,
//!     Window::days(30)?,
//!     Sli::Events(availability),
//! );
//! let evaluations = evaluate::evaluate(&backend, &[slo], &evaluate::Options::at(at)).await;
//! assert!(matches!(evaluations[0].outcome, evaluate::Outcome::NoData));
//! # Ok(()) }) }
//! ```

mod answers;
mod ask;
mod bounds;
mod column;
mod doubt;
mod failure;
mod gate;
mod grid;
mod judge;
mod line;
mod measure;
mod memo;
mod plan;
mod remarks;
mod run;
mod said;
mod survey;
mod turns;
mod windows;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

pub use doubt::InDoubt;
pub use failure::Failure;
pub use judge::judge;
pub use measure::{Measurement, NextBound};
use promql_client::{Labels, Timestamp};
pub use run::{Progress, evaluate, evaluate_with};
pub use said::Remarks;

use crate::budget::ErrorBudget;
use crate::burn_rate::BurnRate;
use crate::counts::Counts;
use crate::data::{Coverage, MAX_AGE};
use crate::forecast::Forecast;
use crate::history::History;
use crate::interval::Interval;
use crate::policy::{Decision, Policy};
use crate::sli::Unit;
use crate::slo::Slo;
use crate::window::Period;

/// How to evaluate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The pinned time of every query.
    pub at: Timestamp,
    /// Raw series or recordings.
    pub source: Source,
    /// How many requests are in flight at once.
    pub concurrency: NonZeroUsize,
    /// How old the newest data may be for a verdict, where the SLO does not say it itself. By
    /// default [`MAX_AGE`], an hour.
    pub max_age: Duration,
    /// The share of the window's buckets that must have data, where the SLO does not say it itself.
    /// `None`, the default, asks for nothing.
    pub min_coverage: Option<Coverage>,
    /// How many groups an SLO may have; by default 500. Each answer holds 0.1 MB of a group of
    /// 30 days until the SLO is judged.
    pub max_groups: NonZeroUsize,
    /// Whether figures keep their window's buckets ([`Figures::history`]), for charts: 0.2 MB an SLO
    /// of 30 days. Off by default.
    pub keep_history: bool,
}

impl Options {
    /// From raw series at this time, with eight requests in flight at most.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        let concurrency = NonZeroUsize::MIN.saturating_add(7);
        Self {
            at,
            source: Source::Raw,
            concurrency,
            max_age: MAX_AGE,
            min_coverage: None,
            max_groups: NonZeroUsize::MIN.saturating_add(499),
            keep_history: false,
        }
    }

    /// The same from another source.
    #[must_use]
    pub fn from_source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }
}

/// Which series are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The scraped series themselves.
    #[default]
    Raw,
    /// The recordings that [`crate::rules`] generates: some twenty times fewer samples.
    Recorded,
}

/// What became of one SLO, or of one group of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// Which SLO.
    pub slo: Arc<Slo>,
    /// Which of its groups; empty where it has none.
    pub group: Labels,
    /// Which series it comes from.
    pub source: Source,
    /// The window at the time of the evaluation; `None` where the calendar has none.
    pub period: Option<Period>,
    /// The value, no data, or the failure.
    pub outcome: Outcome,
    /// The share of the window's buckets that have data, 0 to 1.
    pub coverage: f64,
    /// What a person should know besides.
    pub warnings: Vec<String>,
    /// What the server said of its answers; reports show it after the warnings.
    pub remarks: Remarks,
}

impl Evaluation {
    /// Of an SLO that could not be asked for at all; its groups are not known, then.
    #[must_use]
    pub fn failed(slo: Arc<Slo>, source: Source, failure: Failure) -> Self {
        Self::without_figures(slo, source, Outcome::Failed(failure))
    }

    /// Of an SLO without data, and why there is none.
    #[must_use]
    pub fn no_data(slo: Arc<Slo>, source: Source, why: String) -> Self {
        let mut evaluation = Self::without_figures(slo, source, Outcome::NoData);
        evaluation.warnings.push(why);
        evaluation
    }

    fn without_figures(slo: Arc<Slo>, source: Source, outcome: Outcome) -> Self {
        Self {
            slo,
            group: Labels::empty(),
            source,
            period: None,
            outcome,
            coverage: 0.0,
            warnings: Vec::new(),
            remarks: Remarks::default(),
        }
    }

    fn over(mut self, period: Period) -> Self {
        self.period = Some(period);
        self
    }
}

/// The three ways an evaluation ends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It could be measured.
    Value(Box<Figures>),
    /// The queries succeeded and nothing happened: no series, or no traffic.
    NoData,
    /// It could not be measured.
    Failed(Failure),
}

impl Outcome {
    /// The figures, where there are some.
    #[must_use]
    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Self::Value(figures) => Some(figures),
            _ => None,
        }
    }

    /// The failure, where it is one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// Everything that is known of a measured SLO.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Figures {
    /// What the counts count.
    pub unit: Unit,
    /// Bad and total in the elapsed window.
    pub counts: Counts,
    /// The 95 % Clopper-Pearson interval of the SLI; `None` for time-weighted ones.
    pub interval: Option<Interval>,
    /// The error budget.
    pub budget: ErrorBudget,
    /// Whether the promise is kept, and how safely.
    pub status: Status,
    /// From the end of the newest bucket with data to the evaluation.
    pub age: Duration,
    /// Burn rates by window, shortest first; `None` where a window had no traffic.
    pub burn_rates: Vec<(Duration, Option<BurnRate>)>,
    /// Bad events of the last hour; `None` for time-weighted SLIs, and where nothing is known of it.
    pub errors_per_hour: Option<f64>,
    /// When the budget is gone, or back.
    pub forecast: Forecast,
    /// The policy, as it fits this SLO.
    pub policy: Policy,
    /// What the policy says.
    pub decision: Decision,
    /// What else was seen.
    pub observed: Observed,
    /// The window's buckets, where they were to be kept.
    pub history: Option<History>,
}

/// Whether a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Kept.
    Ok,
    /// Kept, but a tier of the policy fires, or under a tenth of the budget remains.
    AtRisk,
    /// Broken: more than the whole budget is spent.
    Breached,
    /// The newest data are too old for a verdict, whatever the figures say.
    Stale,
}

impl Status {
    /// Whether the promise is kept; `None` where the data are too old to tell.
    #[must_use]
    pub fn compliant(self) -> Option<bool> {
        match self {
            Self::Ok | Self::AtRisk => Some(true),
            Self::Breached => Some(false),
            Self::Stale => None,
        }
    }
}

/// Traffic and latency of the window, besides the SLI.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// Mean events per second over the time that has data.
    pub rate_per_second: Option<f64>,
    /// 95th percentile in milliseconds; only of latency SLIs from raw series.
    pub p95_ms: Option<f64>,
}
