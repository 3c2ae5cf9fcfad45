//! Error budgets: how much may go wrong, how much has.

use std::time::Duration;

use crate::counts::Counts;
use crate::objective::Objective;
use crate::window::Period;

/// An error budget and what is left of it.
///
/// The budget is `e·N` events, with `e = 1 - T` the share that may be bad and `N` the valid events of
/// the window. For a rolling window these are the events there were. For a calendar period the
/// elapsed part counts and the rest is **projected** from the elapsed rate: the budget is for the
/// whole period.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ErrorBudget {
    /// `e`: the share of events that may be bad.
    pub total_ratio: f64,
    /// The budget in events, `e·N`.
    pub total_events: f64,
    /// The share of the budget that is spent, `B / (e·N)`. Above 1 where it is overspent.
    pub consumed_ratio: f64,
    /// What is left of it, `1 - consumed`. Negative where it is overspent; never clamped.
    pub remaining_ratio: f64,
    /// Of a calendar period, the share spent of the budget for the elapsed part alone; the same as
    /// `consumed_ratio` for a rolling window.
    pub consumed_to_date_ratio: f64,
    /// Whether part of `total_events` is a projection.
    pub projected: bool,
}

impl ErrorBudget {
    /// The budget of a period from what was counted in its elapsed part.
    #[must_use]
    pub fn new(objective: Objective, period: &Period, counts: Counts) -> Self {
        let total_ratio = objective.error_ratio();
        let growth = projection(period);
        let to_date = counts.bad / (total_ratio * counts.total);
        let consumed_ratio = to_date / growth;
        Self {
            total_ratio,
            total_events: total_ratio * counts.total * growth,
            consumed_ratio,
            remaining_ratio: 1.0 - consumed_ratio,
            consumed_to_date_ratio: to_date,
            projected: growth > 1.0,
        }
    }

    /// Whether the promise is kept: no more than the whole budget is spent.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.remaining_ratio >= 0.0
    }
}

/// By how much the elapsed part's events grow to the whole period's, at the elapsed rate.
fn projection(period: &Period) -> f64 {
    let elapsed = period.elapsed().max(Duration::from_millis(1));
    (period.length().as_secs_f64() / elapsed.as_secs_f64()).max(1.0)
}

#[cfg(test)]
mod tests {
    use promql_client::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::window::Window;

    fn rolling() -> Period {
        Window::days(30)
            .unwrap()
            .at(Timestamp::from_secs(1_800_000_000))
            .unwrap()
    }

    fn counts(bad: f64, total: f64) -> Counts {
        Counts::new(bad, total).unwrap()
    }

    #[test]
    fn an_overspent_budget_is_negative() {
        let budget = ErrorBudget::new(
            "99.9".parse().unwrap(),
            &rolling(),
            counts(250.0, 100_000.0),
        );
        assert_eq!(budget.consumed_ratio, 2.5);
        assert_eq!(budget.remaining_ratio, -1.5);
        assert!(!budget.is_kept() && !budget.projected);
    }

    #[test]
    fn a_calendar_budget_is_for_the_whole_period() {
        let month: Window = "month".parse().unwrap();
        // Three days into a month of 30: a tenth has passed.
        let now = Timestamp::from_secs(1_793_491_200 + 3 * 86_400);
        let period = month.at(now).unwrap();
        assert_eq!(period.length().as_secs(), 30 * 86_400);
        let budget = ErrorBudget::new("99.9".parse().unwrap(), &period, counts(200.0, 100_000.0));
        assert!((budget.consumed_to_date_ratio - 2.0).abs() < 1e-9);
        assert!((budget.consumed_ratio - 0.2).abs() < 1e-9);
        assert!(budget.is_kept() && budget.projected);
    }

    proptest! {
        #[test]
        fn laws(ppb in 1u32..1_000_000_000, total in 1.0f64..1e12, share in 0.0f64..=1.0) {
            let objective = Objective::from_ppb(ppb).unwrap();
            let c = counts((total * share).min(total), total);
            let budget = ErrorBudget::new(objective, &rolling(), c);
            prop_assert!((budget.consumed_ratio + budget.remaining_ratio - 1.0).abs() < 1e-9 * budget.consumed_ratio.max(1.0));
            // Over the whole window, the burn rate is the consumed share.
            prop_assert!((c.burn_rate(objective).value() - budget.consumed_ratio).abs() <= 1e-9 * budget.consumed_ratio.max(1e-9));
            let kept = c.error_ratio() <= objective.error_ratio() * (1.0 + 1e-12);
            prop_assert!(budget.is_kept() == kept || (budget.remaining_ratio).abs() < 1e-9);
        }
    }
}
