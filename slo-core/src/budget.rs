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
        let growth = projection(period);
        let to_date = counts.burn_rate(objective).value();
        let consumed_ratio = to_date / growth;
        Self {
            total_ratio: objective.error_ratio(),
            // At the end of the floats the projection could be infinite.
            total_events: (objective.budget_of(counts.total) * growth).min(f64::MAX),
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
    // Whole milliseconds are exact floats, so that the share of the period is rounded once, as the
    // share of the budget is.
    let elapsed = period.elapsed().max(Duration::from_millis(1));
    (period.length().as_millis() as f64 / elapsed.as_millis() as f64).max(1.0)
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
    fn a_budget_exactly_spent_is_kept_and_one_event_more_is_not() {
        for (percent, total, all) in [
            ("99.9", 100_000.0, 100.0),
            // 0.0003 × 10,000 is under 3 in floats.
            ("99.97", 10_000.0, 3.0),
            ("99.99", 1e12, 1e8),
            ("95", 60.0, 3.0),
        ] {
            let budget =
                |bad| ErrorBudget::new(percent.parse().unwrap(), &rolling(), counts(bad, total));
            let spent = budget(all);
            assert_eq!((spent.consumed_ratio, spent.remaining_ratio), (1.0, 0.0));
            assert!(spent.is_kept(), "{percent}");
            assert!(!budget(all + 1.0).is_kept(), "{percent}");
            assert!(budget(all - 1.0).is_kept(), "{percent}");
        }
    }

    #[test]
    fn a_calendar_budget_exactly_spent_is_kept_on_every_day_of_the_period() {
        let month: Window = "month".parse().unwrap();
        let start = Timestamp::from_secs(1_793_491_200);
        for day in 1..=30 {
            // A thousand requests a day: the budget of the month is 30 of 30,000.
            let now = start
                .plus(Duration::from_secs(day * 86_400 - 1))
                .plus(Duration::from_secs(1));
            let period = Period {
                now,
                ..month.at(start).unwrap()
            };
            let counts = counts(30.0, day as f64 * 1000.0);
            let budget = ErrorBudget::new("99.9".parse().unwrap(), &period, counts);
            assert_eq!(budget.consumed_ratio, 1.0, "day {day}");
            assert!((budget.total_events - 30.0).abs() < 1e-12, "day {day}");
            assert_eq!(budget.projected, day < 30);
        }
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
            prop_assert_eq!(c.burn_rate(objective).value(), budget.consumed_ratio);
            let kept = c.error_ratio() <= objective.error_ratio() * (1.0 + 1e-12);
            prop_assert!(budget.is_kept() == kept || (budget.remaining_ratio).abs() < 1e-9);
        }

        #[test]
        fn every_budget_is_finite(
            ppb in 1u32..1_000_000_000,
            power in -323.0f64..308.2,
            share in 0.0f64..=1.0,
            times in prop::array::uniform3(any::<i64>()),
        ) {
            let total = 10f64.powf(power).min(f64::MAX);
            let [start, now, end] = times.map(Timestamp::from_millis);
            let budget = ErrorBudget::new(
                Objective::from_ppb(ppb).unwrap(),
                &Period { start, now, end },
                counts((total * share).min(total), total),
            );
            prop_assert!(budget.total_events.is_finite() && budget.total_events >= 0.0);
            prop_assert!(budget.consumed_ratio.is_finite() && budget.consumed_ratio >= 0.0);
            prop_assert!(budget.consumed_ratio <= budget.consumed_to_date_ratio);
            prop_assert!(budget.remaining_ratio.is_finite());
        }
    }
}
