//! What tells whether a series is new: the other series of its target.

use std::time::Duration;

use promql_client::expr::{
    Aggregation, BinaryOp, Grouping, Matching, aggregate, count_over_time, last_over_time, max_by,
    min_over_time, resets, sum_by, sum_over_time,
};
use promql_client::{Expr, Selector};

use super::counted::LOOKBACK;
use super::range::{at, ranged, stepped, union};
use crate::slo::Counting;

const HOUR: Duration = Duration::from_secs(3600);
/// How closely the hour before a window is looked into.
const HOUR_STEP: Duration = Duration::from_secs(5 * 60);
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

    /// Of series with the number of their samples in the window, those whose target was scraped at
    /// least once without them.
    pub(super) fn late(&self, samples: Expr, window: Duration, offset: Duration) -> Expr {
        let reach = window + LOOKBACK;
        let scrapes = match &self.counting.up {
            Some(up) => sum_over_time(ranged(up, reach, offset)),
            None => count_over_time(ranged(self.witness, reach, offset)),
        };
        let scrapes = max_by(&self.counting.target_labels, scrapes);
        samples.binary(BinaryOp::Less, self.on().group_left(), scrapes)
    }

    /// Targets that are there, and were not when the window began.
    pub(super) fn young(&self, window: Duration, offset: Duration) -> Expr {
        let start = at(self.witness, offset + window);
        at(self.witness, offset).binary(BinaryOp::Unless, self.on(), start)
    }

    /// Targets that were there when the window began, and all of whose counters that moved since an
    /// hour before were reset: their series start from zero.
    pub(super) fn restarted(&self, window: Duration, offset: Duration) -> Expr {
        let reach = window + HOUR;
        let now = || at(self.witness, offset);
        let start = || at(self.witness, offset + window);
        // The steps end up to five minutes ago.
        let fell = now()
            .binary(BinaryOp::Less, Matching::default(), start())
            .as_bool();
        let steps = stepped(at(self.witness, Duration::ZERO), reach, HOUR_STEP, offset);
        // Not an instant: the hour may have begun in the middle of another restart.
        let then = last_over_time(ranged(self.witness, LOOKBACK, offset + reach));
        let moved = now().binary(BinaryOp::NotEqual, Matching::default(), then);
        aggregate(
            Aggregation::Min,
            Grouping::By(self.counting.target_labels.clone()),
            (resets(steps) + fell).and(moved).and(start()),
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
        // What was there at its target's first scrape is old or as new as the target.
        let late = self.late(count_over_time(ranged(of, window, offset)), window, offset);
        let newcomers = min_over_time(ranged(of, window, offset)).unless(start());
        let newcomers = sum_by(labels, newcomers.and(late));
        // What was seen of the hour before. All that a series ever counted would let any old one pass.
        let hour = stepped(at(of, Duration::ZERO), HOUR, HOUR_STEP, offset + window);
        let least = min_over_time(hour);
        // A series that was reset since the last step has grown by all that it says.
        let reset = start().and(least.clone());
        let grown = (start() - least).ge(0.0).or(reset);
        // A young target has no hour before.
        let none = max_by(labels, last_over_time(ranged(of, window, offset))) * 0.0;
        let usual = sum_by(labels, grown).or(none);
        newcomers.gt(Expr::from(FEW) + usual / PART)
    }
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
