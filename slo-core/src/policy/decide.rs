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
    /// What happened in it; `None` where there was no traffic.
    pub counts: Option<Counts>,
}

/// What keeps a tier from firing on too little evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Gate {
    /// The policy's minimum number of bad events in the long window: what a rule can say, too.
    #[default]
    MinBadEvents,
    /// Besides that, the lower Clopper-Pearson bound of the long window's error ratio must be above
    /// the threshold, at this two-sided confidence. PromQL cannot say this.
    ClopperPearson {
        /// 0.95, say.
        confidence: f64,
    },
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
    /// Whether it fires. A window without traffic never does.
    pub firing: bool,
}

impl Decision {
    /// Whether any tier fires.
    #[must_use]
    pub fn is_firing(&self) -> bool {
        self.tiers.iter().any(|tier| tier.firing)
    }
}

impl Policy {
    /// Decides from the windows' counts. `burns` should have every window of [`Policy::windows`]; one
    /// that is missing counts as without traffic.
    #[must_use]
    pub fn decide(&self, objective: Objective, burns: &[Burn], gate: Gate) -> Decision {
        let find = |window| {
            burns
                .iter()
                .find(|b| b.window == window)
                .and_then(|b| b.counts)
        };
        let decide = |tier: &Tier| {
            let firing = match (find(tier.long), find(tier.short)) {
                (Some(long), Some(short)) => {
                    let above = |c: Counts| c.burn_rate(objective) > tier.factor;
                    above(long)
                        && above(short)
                        // `increase` is no integer: 2 events may be 1.98.
                        && (self.min_bad_events <= 1
                            || long.bad.round() >= f64::from(self.min_bad_events))
                        && is_significant(gate, long, tier, objective)
                }
                _ => false,
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
}

fn is_significant(gate: Gate, long: Counts, tier: &Tier, objective: Objective) -> bool {
    match gate {
        Gate::MinBadEvents => true,
        Gate::ClopperPearson { confidence } => {
            let bound = clopper_pearson(long.bad.round(), long.total.round(), confidence);
            bound.low > tier.factor.value() * objective.error_ratio()
        }
    }
}
