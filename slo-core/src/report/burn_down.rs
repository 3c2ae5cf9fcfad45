//! The budget over the window: what was left of it, and when.

use promql_client::Timestamp;

use crate::evaluate::Evaluation;
use crate::window::Period;

/// What remained of an error budget from the window's start on.
///
/// It starts at 1 (all of it) and ends at what remains now; negative where it is overspent. Only
/// events of the present window count: at time `t` it is `1 - bad(start, t] / (e·N)`, with the budget
/// `e·N` of the whole window. So for a rolling window it is not what a report made at `t` would have
/// said, because that one's window began earlier.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BurnDown {
    /// The window: a calendar period's end may be yet to come.
    pub period: Period,
    /// The remaining share of the budget at the end of each bucket, in time order. The first point is
    /// the window's start.
    pub points: Vec<(Timestamp, f64)>,
    /// Stretches of time without data, in time order.
    pub gaps: Vec<(Timestamp, Timestamp)>,
}

impl BurnDown {
    /// The burn-down of a measured SLO; `None` without figures, or where their buckets were not kept
    /// ([`crate::evaluate::Options::keep_history`]).
    #[must_use]
    pub fn new(evaluation: &Evaluation) -> Option<Self> {
        let figures = evaluation.outcome.figures()?;
        let period = evaluation.period?;
        let history = figures.history.as_ref()?;
        let step = history.step();
        let consumed = figures.budget.consumed_ratio;
        let all_bad = history.sum().bad;
        let mut bad = 0.0;
        let mut points = vec![(period.start, 1.0)];
        let mut gaps: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (end, bucket) in history.iter() {
            match bucket {
                Some(bucket) => bad += bucket.bad,
                None => {
                    let begin = end.minus(step).max(period.start);
                    match gaps.last_mut() {
                        Some((_, last)) if *last == begin => *last = end,
                        _ => gaps.push((begin, end)),
                    }
                }
            }
            let spent = if all_bad > 0.0 {
                consumed * (bad / all_bad).clamp(0.0, 1.0)
            } else {
                0.0
            };
            points.push((end, 1.0 - spent));
        }
        // Whatever the buckets say, it ends where the budget stands.
        if let Some(last) = points.last_mut() {
            last.1 = figures.budget.remaining_ratio;
        }
        Some(Self {
            period,
            points,
            gaps,
        })
    }

    /// What remained at `n` moments from the window's start to now, equally far apart; for small
    /// drawings.
    #[must_use]
    pub fn sampled(&self, n: usize) -> Vec<f64> {
        let last = self.points.len().saturating_sub(1);
        let at = |i: usize| self.points.get(i * last / n.saturating_sub(1).max(1));
        (0..n).filter_map(|i| at(i).map(|point| point.1)).collect()
    }
}
