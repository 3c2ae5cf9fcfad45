//! Multi-window, multi-burn-rate policies: when a burning budget is worth a page or a ticket.
//!
//! After *Alerting on SLOs*, chapter 5 of the SRE Workbook: a tier fires while the burn rate of a
//! long window **and** of a short one (a twelfth of it) is **above** the tier's factor. A tier is
//! defined by what it costs, a share `q` of the budget spent within the long window `L`; with the
//! SLO's window `W` its factor follows: `f = q · W / L`.

mod decide;
mod derive;
mod detection;
mod share;

use std::time::Duration;

pub use decide::{Burn, Decision, Happened, TierDecision};
pub use derive::{Change, Repair};
pub use detection::Detection;
pub use share::BudgetShare;

use crate::burn_rate::BurnRate;
use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::window::Window;

/// How loudly a tier speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Wakes somebody up.
    Page,
    /// Waits until the morning.
    Ticket,
}

impl Severity {
    /// Its name: `page` or `ticket`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// A two-sided confidence, from 50 % to under 100 %, exact to a millionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Confidence(u32);

impl Confidence {
    /// From millionths: 950,000 is 95 %.
    ///
    /// # Errors
    /// [`Error::Policy`] under 500,000 and from 1,000,000 on.
    pub fn from_millionths(millionths: u32) -> Result<Self> {
        if !(500_000..1_000_000).contains(&millionths) {
            return Err(Error::Policy {
                why: format!(
                    "a confidence of {} % is none from 50 % to under 100 %",
                    f64::from(millionths) / 1e4
                ),
            });
        }
        Ok(Self(millionths))
    }

    /// From 0 to 1.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// As a percentage.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 1e4
    }
}

/// What a tier is meant to notice: a share of the budget spent within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TierSpec {
    /// How loudly.
    pub severity: Severity,
    /// Within this time …
    pub long: Duration,
    /// … this share of the budget is spent.
    pub budget: BudgetShare,
}

/// A policy as it is asked for; [`PolicySpec::derive`] makes it fit an SLO.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicySpec {
    /// Where the tiers come from.
    pub tiers: Tiers,
    /// A tier only fires where its long window holds at least so many bad events. One error among ten
    /// requests is no 10 % error rate. 1 switches the gate off.
    pub min_bad_events: u32,
    /// A tier only fires where the lower Clopper-Pearson bound of its long window's error ratio is
    /// above the threshold, at this confidence. PromQL cannot say this, so generated rules fire
    /// without it. `None` switches the gate off.
    pub confidence: Option<Confidence>,
}

/// Where a policy's tiers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tiers {
    /// The workbook's three: 2 % in 1 h and 5 % in 6 h page, 10 % in 3 d is a ticket. Windows scale
    /// with the SLO's.
    Workbook,
    /// The workbook's three and 10 % in 1 d (factor 3) as a ticket. Windows scale with the SLO's.
    WorkbookWithDay,
    /// These, as they stand.
    Exactly(Vec<TierSpec>),
}

impl Default for PolicySpec {
    /// Four tiers, as most tools have them; no gates.
    fn default() -> Self {
        Self {
            tiers: Tiers::WorkbookWithDay,
            min_bad_events: 1,
            confidence: None,
        }
    }
}

impl PolicySpec {
    /// A policy with these tiers and no gates.
    #[must_use]
    pub fn new(tiers: Tiers) -> Self {
        Self {
            tiers,
            min_bad_events: 1,
            confidence: None,
        }
    }

    /// The policy for one SLO's objective and window: windows scaled to it, factors computed, tiers
    /// that no error rate could reach repaired, with a report of what was changed.
    #[must_use]
    pub fn derive(&self, objective: Objective, window: Window) -> Policy {
        derive::derive(self, objective, window.nominal())
    }
}

/// A policy that fits an SLO.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// From the fastest to the slowest.
    pub tiers: Vec<Tier>,
    /// The gate on bad events in the long window.
    pub min_bad_events: u32,
    /// The gate on the proof of the long window's burn.
    pub confidence: Option<Confidence>,
    /// What had to be changed, and why.
    pub repairs: Vec<Repair>,
}

/// One tier of a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tier {
    /// How loudly.
    pub severity: Severity,
    /// The long window: whether it matters.
    pub long: Duration,
    /// The short window, a twelfth: whether it still goes on.
    pub short: Duration,
    /// The share of the budget that is spent when the long window's burn rate is the factor.
    pub budget: BudgetShare,
    /// Fires above this burn rate.
    pub factor: BurnRate,
}

impl Policy {
    /// All windows of the policy, shortest first, each once.
    #[must_use]
    pub fn windows(&self) -> Vec<Duration> {
        let mut windows: Vec<Duration> = self
            .tiers
            .iter()
            .flat_map(|tier| [tier.short, tier.long])
            .collect();
        windows.sort_unstable();
        windows.dedup();
        windows
    }
}
