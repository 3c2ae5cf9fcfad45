//! When the budget is gone, or back.

use std::time::Duration;

use crate::budget::ErrorBudget;
use crate::burn_rate::BurnRate;
use crate::history::{Bucket, History};
use crate::objective::Objective;
use crate::window::{Period, Window};

/// What happens to the budget if the present burn rate stays.
///
/// Traffic is assumed steady, at the window's mean. The present burn rate is that of the last hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forecast {
    /// Until nothing of the budget remains: zero where nothing does, `None` where that never comes (or
    /// not before a calendar period's end).
    pub exhaustion: Option<Duration>,
    /// Until an overspent budget is back above zero, because old bad events leave the window (or a new
    /// calendar period starts): `None` where it is not overspent or that never comes.
    pub recovery: Option<Duration>,
}

/// Forecasts from a window's history.
///
/// A calendar budget only shrinks: `remaining · W / b`. In a rolling window old bad events leave, too,
/// so the window is walked forward bucket by bucket: new ones enter at the present burn rate, old ones
/// leave as they were. What is no figure (a burn rate or counts that are no finite numbers) gives no
/// forecast.
#[must_use]
pub fn forecast(
    objective: Objective,
    window: &Window,
    period: &Period,
    budget: &ErrorBudget,
    history: &History,
    present: Option<BurnRate>,
) -> Forecast {
    // Also of no number: `max` prefers the other one.
    let burn = present.map_or(0.0, BurnRate::value).max(0.0);
    let overspent = budget.remaining_ratio < 0.0;
    let spent = budget.remaining_ratio <= 0.0;
    if !window.is_rolling() {
        return calendar(period, budget, burn);
    }
    let crossing = |wanted: Sign| walk(objective, history, burn, wanted);
    Forecast {
        exhaustion: if spent {
            Some(Duration::ZERO)
        } else if burn > 0.0 {
            crossing(Sign::Spent)
        } else {
            None
        },
        recovery: if overspent {
            crossing(Sign::Left)
        } else {
            None
        },
    }
}

fn calendar(period: &Period, budget: &ErrorBudget, burn: f64) -> Forecast {
    if budget.remaining_ratio <= 0.0 {
        let recovery = (budget.remaining_ratio < 0.0).then(|| period.left());
        return Forecast {
            exhaustion: Some(Duration::ZERO),
            recovery,
        };
    }
    let seconds = budget.remaining_ratio * period.length().as_secs_f64() / burn;
    let exhaustion = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|after| *after <= period.left());
    Forecast {
        exhaustion,
        recovery: None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Spent,
    Left,
}

/// Walks the window forward and answers when what remains of the budget crosses zero, to the second
/// within the bucket. After one whole window nothing changes any more.
fn walk(objective: Objective, history: &History, burn: f64, wanted: Sign) -> Option<Duration> {
    let e = objective.error_ratio();
    let step = history.step();
    let slots = history.buckets().len();
    let Bucket { mut bad, mut total } = history.sum();
    // Buckets without data neither enter nor leave: the mean is over the known ones.
    let known = history.buckets().iter().flatten().count().max(1);
    let entering_total = total / known as f64;
    let entering_bad = (burn * e).min(1.0) * entering_total;
    // Of the budget, in events: positive while something remains.
    let left = |bad: f64, total: f64| e * total - bad;
    let mut before = left(bad, total);
    for i in 0..slots {
        let leaving = history
            .buckets()
            .get(i)
            .copied()
            .flatten()
            .unwrap_or_default();
        bad += entering_bad - leaving.bad;
        total += entering_total - leaving.total;
        let after = left(bad, total);
        let crossed = match wanted {
            // The tolerance keeps rounding errors of a sum of thousands from deciding.
            Sign::Spent => after <= 1e-9 * e * total,
            Sign::Left => after >= -1e-9 * e * total,
        };
        if crossed {
            let part = if before == after {
                1.0
            } else {
                before / (before - after)
            };
            let steps = i as f64 + part.clamp(0.0, 1.0);
            // Too far away for a duration, or no number, is as good as never.
            return Duration::try_from_secs_f64(step.as_secs_f64() * steps).ok();
        }
        before = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use promql_client::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::counts::Counts;

    const STEP: Duration = Duration::from_secs(300);
    const SLOTS: usize = 8640;
    const HOUR: f64 = 3600.0;

    fn run(buckets: Vec<(f64, f64)>, burn: f64) -> Forecast {
        let objective: Objective = "99.9".parse().unwrap();
        let window = Window::days(30).unwrap();
        let period = window.at(Timestamp::from_secs(1_800_000_000)).unwrap();
        let buckets = buckets
            .into_iter()
            .map(|(bad, total)| Some(Bucket { bad, total }))
            .collect();
        let history = History::new(period.now, STEP, buckets);
        let Bucket { bad, total } = history.sum();
        let budget = ErrorBudget::new(objective, &period, Counts::new(bad, total).unwrap());
        forecast(
            objective,
            &window,
            &period,
            &budget,
            &history,
            Some(BurnRate::new(burn)),
        )
    }

    fn hours(duration: Option<Duration>) -> Option<f64> {
        duration.map(|d| (d.as_secs_f64() / HOUR * 1000.0).round() / 1000.0)
    }

    #[test]
    fn a_whole_budget_at_burn_rate_14_4_lasts_50_hours() {
        let clean = vec![(0.0, 1000.0); SLOTS];
        assert_eq!(hours(run(clean.clone(), 14.4).exhaustion), Some(50.0));
        // A burn rate of 1 spends it in exactly the window, under 1 never.
        assert_eq!(hours(run(clean.clone(), 1.0).exhaustion), Some(720.0));
        assert_eq!(run(clean.clone(), 0.999).exhaustion, None);
        assert_eq!(run(clean, 0.0), Forecast::default());
    }

    #[test]
    fn what_expires_soon_is_accounted_for() {
        // Three quarters of the budget were spent in the oldest hour: in an hour they are gone, and
        // burning at 6 takes five whole days, not the 30 h that a straight line says.
        let mut buckets = vec![(0.0, 1000.0); SLOTS];
        for bucket in buckets.iter_mut().take(12) {
            bucket.0 = 0.75 * 8640.0 / 12.0;
        }
        assert_eq!(hours(run(buckets.clone(), 6.0).exhaustion), Some(120.0));
        // Spent in the newest hour instead, it is as the straight line says.
        buckets.reverse();
        assert_eq!(hours(run(buckets, 6.0).exhaustion), Some(30.0));
    }

    #[test]
    fn an_overspent_budget_comes_back_when_its_errors_leave() {
        let mut buckets = vec![(0.0, 1000.0); SLOTS];
        // Twice the budget, in the hour that is 100 hours from leaving.
        for bucket in buckets.iter_mut().skip(1200).take(12) {
            bucket.0 = 2.0 * 8640.0 / 12.0;
        }
        let forecast = run(buckets.clone(), 0.0);
        assert_eq!(forecast.exhaustion, Some(Duration::ZERO));
        assert_eq!(hours(forecast.recovery), Some(100.5));
        // At eight times the speed, as much has come in by then.
        assert_eq!(run(buckets, 8.0).recovery, None);
    }

    #[test]
    fn what_does_not_burn_is_never_gone() {
        // The busy half leaves first, so the budget in events shrinks below what is spent; but nothing
        // burns, and traffic is taken for steady.
        let mut buckets = vec![(0.0, 2000.0); SLOTS];
        for bucket in buckets.iter_mut().skip(SLOTS / 2) {
            *bucket = (2.0, 500.0);
        }
        assert_eq!(run(buckets.clone(), 0.0).exhaustion, None);
        assert!(run(buckets, 1e-6).exhaustion.is_some());
    }

    #[test]
    fn rounding_errors_of_long_sums_decide_nothing() {
        for total in (1..30).map(|i| 1000.0 / f64::from(i) + 0.1) {
            // At 1 the budget lasts to the window's last second, neither longer nor for ever.
            let clean = run(vec![(0.0, total); SLOTS], 1.0);
            assert_eq!(hours(clean.exhaustion), Some(720.0), "{total}");
            // Always at 1, but for one bucket: once that has left, all is spent and no more.
            let mut buckets = vec![(0.001 * total, total); SLOTS];
            buckets[119].0 += 0.5 * total;
            assert_eq!(hours(run(buckets, 1.0).recovery), Some(10.0), "{total}");
        }
    }

    fn month(day: f64, bad: f64, burn: f64) -> Forecast {
        let objective: Objective = "99.9".parse().unwrap();
        let window: Window = "month".parse().unwrap();
        // November: 30 days.
        let start = Timestamp::from_secs(1_793_491_200);
        let now = start.plus(Duration::from_secs_f64(day * 24.0 * HOUR));
        let period = window.at(now).unwrap();
        let counts = Counts::new(bad, day * 1000.0).unwrap();
        let budget = ErrorBudget::new(objective, &period, counts);
        let history = History::new(now, STEP, Vec::new());
        let burn = Some(BurnRate::new(burn));
        forecast(objective, &window, &period, &budget, &history, burn)
    }

    #[test]
    fn a_calendar_budget_is_gone_before_the_period_ends_or_not_at_all() {
        // Half of the month, half of the budget (30 of 30,000) spent: at 1 it lasts to the last second.
        assert_eq!(hours(month(15.0, 15.0, 1.0).exhaustion), Some(360.0));
        assert_eq!(hours(month(15.0, 15.0, 3.0).exhaustion), Some(120.0));
        // Slower, it would be gone after the period, when there is a new one.
        assert_eq!(month(15.0, 15.0, 0.999), Forecast::default());
        assert_eq!(month(15.0, 15.0, 0.0), Forecast::default());
        assert_eq!(month(15.0, 15.0, -1.0), Forecast::default());
        assert_eq!(month(15.0, 15.0, f64::NAN), Forecast::default());
    }

    #[test]
    fn a_calendar_budget_comes_back_with_the_next_period() {
        let spent = month(10.0, 30.0, 1.0);
        assert_eq!(spent.exhaustion, Some(Duration::ZERO));
        // Exactly spent is not overspent.
        assert_eq!(spent.recovery, None);
        let over = month(10.0, 31.0, 1.0);
        assert_eq!(over.exhaustion, Some(Duration::ZERO));
        assert_eq!(hours(over.recovery), Some(480.0));
    }

    #[test]
    fn a_rolling_budget_exactly_spent_is_gone_and_not_overspent() {
        let mut buckets = vec![(0.0, 1000.0); SLOTS];
        buckets[100].0 = 8640.0;
        let exact = run(buckets.clone(), 0.0);
        assert_eq!(exact.exhaustion, Some(Duration::ZERO));
        assert_eq!(exact.recovery, None);
        buckets[100].0 = 8641.0;
        // The bad bucket leaves as the 101st; all but one of its events are within the budget.
        let over = run(buckets, 0.0);
        assert_eq!(over.exhaustion, Some(Duration::ZERO));
        let leaves = over.recovery.unwrap();
        assert!(
            leaves > STEP * 100 && leaves < STEP * 100 + STEP / 1000,
            "{leaves:?}"
        );
    }

    #[test]
    fn buckets_without_data_do_not_thin_the_mean() {
        // Half of the window is unknown; what enters is as much as in the known half.
        let objective: Objective = "99.9".parse().unwrap();
        let window = Window::days(30).unwrap();
        let period = window.at(Timestamp::from_secs(1_800_000_000)).unwrap();
        let known = Some(Bucket {
            bad: 0.0,
            total: 1000.0,
        });
        let mut buckets = vec![None; SLOTS / 2];
        buckets.resize(SLOTS, known);
        let history = History::new(period.now, STEP, buckets);
        let counts = Counts::new(0.0, 1000.0 * SLOTS as f64 / 2.0).unwrap();
        let budget = ErrorBudget::new(objective, &period, counts);
        let at = |burn| {
            let burn = Some(BurnRate::new(burn));
            hours(forecast(objective, &window, &period, &budget, &history, burn).exhaustion)
        };
        // b·t of bad against a budget of 360 + t: t = 360 / (b - 1).
        assert_eq!(at(5.0), Some(90.0));
        assert_eq!(at(3.0), Some(180.0));
        // More than everything cannot be bad: 1000 is the most that burns at 99.9 %.
        assert_eq!(at(1e9), at(1000.0));
    }

    /// The same question, answered by trying: rebuild the window at every step.
    fn brute_force(buckets: &[(f64, f64)], burn: f64) -> Option<usize> {
        let mean = buckets.iter().map(|b| b.1).sum::<f64>() / buckets.len() as f64;
        let mut all = buckets.to_vec();
        for step in 1..=buckets.len() {
            all.push(((burn * 0.001f64).min(1.0) * mean, mean));
            let window = &all[step..];
            let (bad, total) = window
                .iter()
                .fold((0.0, 0.0), |s, b| (s.0 + b.0, s.1 + b.1));
            if bad >= 0.001 * total * (1.0 - 1e-9) {
                return Some(step);
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_walk_is_the_replay(
            buckets in prop::collection::vec((0.0f64..0.9, 500.0f64..1500.0), 24..120),
            burn in 0.1f64..30.0,
        ) {
            let brute = brute_force(&buckets, burn);
            let walked = run(buckets.clone(), burn).exhaustion.map(|d| d.as_secs_f64() / 300.0);
            match (brute, walked) {
                (None, None) => {}
                (Some(step), Some(walked)) => {
                    prop_assert!(walked <= step as f64 + 1e-6 && walked > step as f64 - 1.0 - 1e-6, "{} {}", step, walked);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
