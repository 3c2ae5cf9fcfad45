//! The decision itself, in process: the same as the generated alert rules make.

use std::time::Duration;

use super::{Policy, Tier};
use crate::counts::Counts;
use crate::interval::clopper_pearson;
use crate::objective::Objective;

/// Bad and total events of one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burn {
    /// Which window.
    pub window: Duration,
    /// What happened in it.
    pub happened: Happened,
}

/// What happened in a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Happened {
    /// These events.
    Counts(Counts),
    /// Nothing: there are data, and they show no events.
    Nothing,
    /// Nobody knows: there are no data of the window.
    Unknown,
}

impl Happened {
    /// The counts, where something happened.
    #[must_use]
    pub fn counts(self) -> Option<Counts> {
        match self {
            Self::Counts(counts) => Some(counts),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

/// What a policy says of the present.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Tier by tier, in the policy's order.
    pub tiers: Vec<TierDecision>,
}

/// What one tier says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierDecision {
    /// The tier.
    pub tier: Tier,
    /// Whether it fires. Without traffic it does not; where nothing is known of one of its windows,
    /// and the other one does not rule it out, that is undecided: `None`.
    pub firing: Option<bool>,
}

impl Decision {
    /// Whether any tier fires; `None` where no tier could be decided.
    #[must_use]
    pub fn is_firing(&self) -> Option<bool> {
        let mut decided = self.tiers.iter().filter_map(|tier| tier.firing).peekable();
        decided.peek()?;
        Some(decided.any(|firing| firing))
    }
}

impl Policy {
    /// Decides from the windows' counts. `burns` should have every window of [`Policy::windows`]; one
    /// that is missing is unknown.
    #[must_use]
    pub fn decide(&self, objective: Objective, burns: &[Burn]) -> Decision {
        let find = |window| {
            let burn = burns.iter().find(|burn| burn.window == window);
            burn.map_or(Happened::Unknown, |burn| burn.happened)
        };
        let decide = |tier: &Tier| {
            let is_above = |happened| match happened {
                Happened::Counts(counts) => Some(counts.burn_rate(objective) > tier.factor),
                Happened::Nothing => Some(false),
                Happened::Unknown => None,
            };
            let long = find(tier.long);
            let passes = |long: Counts| {
                // `increase` is no integer: 2 events may be 1.98.
                (self.min_bad_events <= 1 || long.bad.round() >= f64::from(self.min_bad_events))
                    && self.is_significant(long, tier, objective)
            };
            let firing = match (is_above(long), is_above(find(tier.short))) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => long.counts().map(passes),
                (None, _) | (_, None) => None,
            };
            TierDecision {
                tier: *tier,
                firing,
            }
        };
        Decision {
            tiers: self.tiers.iter().map(decide).collect(),
        }
    }

    /// Whether the long window proves the burn, where the policy asks for proof.
    fn is_significant(&self, long: Counts, tier: &Tier, objective: Objective) -> bool {
        self.confidence.is_none_or(|confidence| {
            let errors = clopper_pearson(long.bad.round(), long.total.round(), confidence.ratio());
            errors.low > tier.factor.value() * objective.error_ratio()
        })
    }
}
