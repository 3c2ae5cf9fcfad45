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
    pub fn decide(&self, objective: Objective, burns: &[Burn]) -> Decision {
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
                        && self.is_significant(long, tier, objective)
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

    /// Whether the long window proves the burn, where the policy asks for proof.
    fn is_significant(&self, long: Counts, tier: &Tier, objective: Objective) -> bool {
        self.confidence.is_none_or(|confidence| {
            let errors = clopper_pearson(long.bad.round(), long.total.round(), confidence.ratio());
            errors.low > tier.factor.value() * objective.error_ratio()
        })
    }
}
