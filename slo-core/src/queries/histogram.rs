//! Histograms: what they counted above a bound.

use promql_client::expr::{
    Aggregation, BinaryOp, Matching, count_over_time, histogram_count, histogram_fraction,
    increase, last_over_time, resets,
};
use promql_client::{Expr, Selector};

use super::counted::{Counted, LOOKBACK};
use super::evidence::Evidence;
use super::legs::Scope;
use super::range::{ignoring_le, ranged, without_le};
use crate::sli::Leg;

impl<'a> Scope<'a> {
    /// Classic histograms that have no bucket at the leg's bound; `None` for other legs.
    pub(super) fn without_bucket(&self, leg: &'a Leg) -> Option<Expr> {
        let Leg::Classic { count, bucket, .. } = leg else {
            return None;
        };
        let last = |of| last_over_time(ranged(of, self.window, self.offset));
        Some(last(count).binary(BinaryOp::Unless, ignoring_le(), last(bucket)))
    }

    /// Per histogram, all that it counted or what of it was above the bound.
    pub(super) fn classic(
        &self,
        count: &'a Selector,
        bucket: &'a Selector,
        above: bool,
        value: impl Fn(&Counted<'a>) -> Expr,
    ) -> Expr {
        self.histograms(count, bucket, |all, below| {
            if above {
                value(all) - value(below)
            } else {
                value(all)
            }
        })
    }

    /// Per histogram, what it counted up to the bound.
    pub(super) fn below(&self, count: &'a Selector, bucket: &'a Selector) -> Expr {
        self.histograms(count, bucket, |_, below| below.events())
    }

    /// What is told of each histogram from all that it counted and what of it was up to the bound.
    fn histograms(
        &self,
        count: &'a Selector,
        bucket: &'a Selector,
        told: impl FnOnce(&Counted<'a>, &Counted<'a>) -> Expr,
    ) -> Expr {
        // Both are judged by the same evidence: what is in doubt of one is in doubt of the other.
        let evidence = Evidence::new(count, &[], self.counting);
        let below = self.counters(vec![bucket], evidence.clone(), Some(count));
        let all = self.counters(vec![count], evidence, None);
        // A gap in scraping is bridged for both or for neither.
        let given_in_a_gap = all.old().unless(below.old());
        told(&all, &below)
            .and(self.with_each_sample(count, bucket))
            .unless(self.respelled_at_a_reset(count, bucket))
            .unless(given_in_a_gap)
    }

    /// Histograms that were reset in a window in which their bound is spelled in two ways, as when
    /// process and server are upgraded together: which spelling counted what before the reset is lost.
    fn respelled_at_a_reset(&self, count: &Selector, bucket: &Selector) -> Expr {
        let last = last_over_time(ranged(bucket, self.window, self.offset));
        let spellings = without_le(Aggregation::Count, last);
        let resets = resets(ranged(count, self.window, self.offset));
        resets.gt(0.0).and(spellings.gt(1.0))
    }

    /// Histograms whose every sample had the bucket. One that was given its bucket within the window
    /// tells nothing of what it observed before.
    fn with_each_sample(&self, count: &Selector, bucket: &Selector) -> Expr {
        let samples = |of| count_over_time(ranged(of, self.window + LOOKBACK, self.offset));
        let of_bucket = without_le(Aggregation::Sum, samples(bucket));
        of_bucket.binary(
            BinaryOp::GreaterOrEqual,
            Matching::default(),
            samples(count),
        )
    }

    /// Only of histograms that have the bucket.
    pub(super) fn with_bucket(&self, expr: Expr, bucket: &Selector) -> Expr {
        let there = last_over_time(ranged(bucket, self.window, self.offset));
        expr.binary(BinaryOp::And, ignoring_le(), there)
    }

    pub(super) fn native(&self, histogram: &Selector, above: Option<f64>) -> Expr {
        let merged = self.sum_by(increase(ranged(histogram, self.window, self.offset)));
        let count = histogram_count(merged.clone());
        match above {
            None => count,
            // The share of nothing is NaN; a comparison drops it.
            Some(bound) => (count
                * (Expr::from(1.0) - histogram_fraction(f64::NEG_INFINITY, bound, merged)))
            .ge(0.0),
        }
    }
}
