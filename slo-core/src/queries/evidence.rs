//! What tells whether a series is new: the other series of its target.

use std::time::Duration;

use promql_client::expr::{
    Aggregation, BinaryOp, Grouping, Matching, aggregate, count_over_time, max_by, min_over_time,
    resets, sum_by, sum_over_time,
};
use promql_client::{Expr, Selector};

use super::range::{at, ranged, stepped, union};
use crate::slo::Counting;

const HOUR: Duration = Duration::from_secs(3600);
/// How closely the hour before a window is searched for restarts.
const RESTART_STEP: Duration = Duration::from_secs(15 * 60);
/// So many events may appear on a target at once …
const FEW: f64 = 10.0;
/// … and such a part of what it counted in the hour before.
const PART: f64 = 4.0;

/// The witnesses of one counter, on the same target.
#[derive(Clone, Debug)]
pub(super) struct Evidence<'a> {
    /// All counters of its metric, whatever they say.
    witness: &'a Selector,
    /// All series among which newcomers are looked for: the witness, and counters it does not hold.
    all: Vec<&'a Selector>,
    counting: &'a Counting,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(
        witness: &'a Selector,
        series: &[&'a Selector],
        counting: &'a Counting,
    ) -> Self {
        let others = series.iter().copied().filter(|x| !covers(witness, x));
        Self {
            witness,
            all: std::iter::once(witness).chain(others).collect(),
            counting,
        }
    }

    /// Matching by target.
    pub(super) fn on(&self) -> Matching {
        Matching::on(&self.counting.target_labels)
    }

    /// How often each target was scraped within `reach`.
    pub(super) fn scrapes(&self, reach: Duration, offset: Duration) -> Expr {
        let scrapes = match &self.counting.up {
            Some(up) => sum_over_time(ranged(up, reach, offset)),
            None => count_over_time(ranged(self.witness, reach, offset)),
        };
        max_by(&self.counting.target_labels, scrapes)
    }

    /// Targets that were there when the window began, and all of whose counters that moved since an
    /// hour before were reset: their series start from zero.
    pub(super) fn restarted(&self, window: Duration, offset: Duration) -> Expr {
        let reach = window + HOUR;
        let now = || at(self.witness, offset);
        let then = || at(self.witness, offset + reach);
        let fell = now()
            .binary(BinaryOp::Less, Matching::default(), then())
            .as_bool();
        let resets = resets(stepped(now_of(self.witness), reach, RESTART_STEP, offset)) + fell;
        let moved = now().binary(BinaryOp::NotEqual, Matching::default(), then());
        let there = at(self.witness, offset + window);
        aggregate(
            Aggregation::Min,
            Grouping::By(self.counting.target_labels.clone()),
            resets.and(moved).and(there),
        )
        .gt(0.0)
    }

    /// Targets on which more appeared at once than new series bring: a label has changed, or series
    /// are back that were away.
    pub(super) fn crowds(&self, window: Duration, offset: Duration) -> Expr {
        union(self.all.iter().map(|of| self.crowd(of, window, offset)))
    }

    fn crowd(&self, of: &Selector, window: Duration, offset: Duration) -> Expr {
        let labels = &self.counting.target_labels;
        let start = || at(of, offset + window);
        let newcomers = min_over_time(ranged(of, window, offset)).unless(start());
        let newcomers = || sum_by(labels, newcomers.clone());
        let hour_before = at(of, offset + window + HOUR);
        let grown = (start() - hour_before).ge(0.0).or(start());
        let usual = sum_by(labels, grown);
        let usual = match self.counting.up {
            // A target that is known by its `up` alone may have no past of its own.
            Some(_) => usual.or(newcomers() * 0.0),
            None => usual,
        };
        newcomers().gt(Expr::from(FEW) + usual / PART)
    }
}

fn now_of(selector: &Selector) -> Expr {
    at(selector, Duration::ZERO)
}

/// Whether all series of one selector are certainly among those of the other.
fn covers(all: &Selector, some: &Selector) -> bool {
    all.metric == some.metric && all.matchers.iter().all(|m| some.matchers.contains(m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_selector_of_the_same_metric_covers() {
        let all = Selector::metric("x").eq("job", "a");
        assert!(covers(&all, &all));
        assert!(covers(&all, &all.clone().eq("code", "500")));
        assert!(!covers(&all.clone().eq("code", "500"), &all));
        assert!(!covers(&all, &Selector::metric("y").eq("job", "a")));
    }
}
