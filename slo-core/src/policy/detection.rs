//! What an alert costs before it speaks.

use std::time::Duration;

use super::Tier;
use crate::objective::Objective;

/// When a tier fires and stops, and what has been spent by then, at one error ratio and steady
/// traffic, starting from a clean state.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Detection {
    /// From the first error to the condition being true: `L · f·e / r`, without the wait for the next
    /// evaluation.
    pub after: Duration,
    /// From the last error to the condition being false: `S · (1 - f·e / r)`.
    pub reset: Duration,
    /// The share of the budget spent when it speaks, the longest wait for an evaluation and the rule's
    /// `for` included.
    pub budget_spent: f64,
}

impl Tier {
    /// When this tier notices an error ratio, or `None` where it never does: also for what is no ratio
    /// from 0 to 1, and for an empty period. `wait` is the evaluation interval plus the rule's `for`.
    #[must_use]
    pub fn detection(
        &self,
        objective: Objective,
        period: Duration,
        error_ratio: f64,
        wait: Duration,
    ) -> Option<Detection> {
        let share = self.factor.value() * objective.error_ratio() / error_ratio;
        let is_ratio = (0.0..=1.0).contains(&error_ratio);
        if !is_ratio || !(0.0..1.0).contains(&share) || period.is_zero() {
            return None;
        }
        let after = part(self.long, share);
        let burn = error_ratio / objective.error_ratio();
        let spending = after.saturating_add(wait).as_secs_f64() / period.as_secs_f64();
        Some(Detection {
            after,
            reset: part(self.short, 1.0 - share),
            budget_spent: burn * spending,
        })
    }
}

/// A share of a duration, from 0 to 1. The float of a long duration may be above it, that of the longest
/// is none that `Duration::mul_f64` could give back.
fn part(whole: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(whole.as_secs_f64() * share).map_or(whole, |part| part.min(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicySpec, Tiers};
    use crate::window::Window;

    #[test]
    fn a_total_outage_trips_the_published_tiers_when_published() {
        let objective: Objective = "99.9".parse().unwrap();
        let window = Window::days(30).unwrap();
        let policy = PolicySpec::new(Tiers::WorkbookWithDay).derive(objective, window);
        let seconds: Vec<f64> = policy
            .tiers
            .iter()
            .map(|t| {
                t.detection(objective, window.nominal(), 1.0, Duration::ZERO)
                    .unwrap()
            })
            .map(|d| d.after.as_secs_f64())
            .collect();
        for (got, want) in seconds.iter().zip([51.84, 129.6, 259.2, 259.2]) {
            assert!((got - want).abs() < 1e-6, "{got} {want}");
        }
        let first = &policy.tiers[0];
        let clean = first
            .detection(objective, window.nominal(), 1.0, Duration::ZERO)
            .unwrap();
        assert!((clean.reset.as_secs_f64() - 295.68).abs() < 1e-6);
        // Two minutes of `for` turn the designed 2 % into 6.6 %.
        let two_minutes = Duration::from_secs(120);
        let waited = first
            .detection(objective, window.nominal(), 1.0, two_minutes)
            .unwrap();
        assert!(
            (waited.budget_spent - 0.0663).abs() < 1e-4,
            "{}",
            waited.budget_spent
        );
        assert_eq!(
            first.detection(objective, window.nominal(), 0.01, Duration::ZERO),
            None
        );
    }
}
