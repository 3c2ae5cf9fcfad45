//! Legs as expressions: counters added up, taken apart, or read from histograms.

use std::time::Duration;

use promql_client::expr::{
    Aggregation, BinaryOp, Function, Grouping, Matching, aggregate, avg_over_time, call,
    count_over_time, histogram_count, histogram_fraction, increase, last_over_time, resets, sum_by,
};
use promql_client::{Expr, Selector};

use super::counted::{Counted, Extrapolation, Form, LOOKBACK};
use super::evidence::Evidence;
use super::range::{at, ignoring_le, ranged, union, without_le};
use super::shift::shifted;
use crate::sli::{Counter, Leg, Template};
use crate::slo::Counting;

/// Tells several metrics apart while they are added up; no series keeps it.
const PART: &str = "__part__";

/// What a leg is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) groups: &'a [String],
    pub(super) counting: &'a Counting,
    pub(super) window: Duration,
    /// How long before the evaluation the window ends.
    pub(super) offset: Duration,
    pub(super) form: Form,
    pub(super) extrapolation: Extrapolation,
}

impl<'a> Scope<'a> {
    /// The events of a leg, by groups; empty where it has no series.
    pub(super) fn leg(&self, leg: &'a Leg) -> Expr {
        match leg {
            Leg::Counters(counters) => self.sum(counters, &[], Counted::events),
            Leg::Difference { of, minus } => self.difference(of, minus),
            Leg::Classic {
                count,
                bucket,
                above,
            } => self.sum_by(self.classic(count, bucket, *above, Counted::events)),
            Leg::Native { histogram, above } => self.native(histogram, *above),
            Leg::Query(template) => self.sum_by(self.query(template)),
        }
    }

    /// What is in doubt of the subtrahend alone is taken away, too, as far as there are such events:
    /// good requests of which nobody knows whether they are new must not count as bad ones.
    fn difference(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        // Nothing to subtract is no reason to lose the whole.
        let none = || self.sum(of, minus, Counted::last) * 0.0;
        let all = || self.sum(of, minus, Counted::events);
        let in_doubt = self.sum(of, minus, Counted::in_doubt).or(none());
        let alone = (self.sum(minus, of, Counted::in_doubt) - in_doubt).gt(0.0);
        let alone = alone.binary(BinaryOp::LessOrEqual, Matching::default(), all());
        all() - (self.sum(minus, of, Counted::events).or(none()) + alone.or(none()))
    }

    /// First values of a leg's series that are in no count, by groups. `None` where it has no counters.
    pub(super) fn in_doubt(&self, leg: &'a Leg) -> Option<Expr> {
        Some(match leg {
            Leg::Counters(counters) => self.sum(counters, &[], Counted::in_doubt),
            Leg::Difference { of, minus } => {
                let all = self.sum(of, minus, Counted::in_doubt);
                all.clone() - self.sum(minus, of, Counted::in_doubt).or(all * 0.0)
            }
            Leg::Classic {
                count,
                bucket,
                above,
            } => self.sum_by(self.classic(count, bucket, *above, Counted::in_doubt)),
            Leg::Native { .. } | Leg::Query(_) => return None,
        })
    }

    /// The same series by series, so that they can be named.
    pub(super) fn series_in_doubt(&self, leg: &'a Leg) -> Option<Expr> {
        let each = |counters: &'a [Counter], beside: &'a [Counter]| {
            let parts = self.counted(counters, beside);
            union(parts.into_iter().map(|counted| counted.in_doubt()))
        };
        Some(match leg {
            Leg::Counters(counters) => each(counters, &[]),
            Leg::Difference { of, minus } => each(of, minus),
            Leg::Classic {
                count,
                bucket,
                above,
            } => self.classic(count, bucket, *above, Counted::in_doubt),
            Leg::Native { .. } | Leg::Query(_) => return None,
        })
    }

    /// Something for every group in which a leg has series; `None` where the leg cannot tell.
    pub(super) fn presence(&self, leg: &'a Leg) -> Option<Expr> {
        Some(match leg {
            Leg::Counters(counters) | Leg::Difference { of: counters, .. } => {
                self.sum(counters, &[], |counted| match self.form {
                    Form::Bucket => counted.last(),
                    // Asked for often, and only of series that are there.
                    Form::Alert => counted.now(),
                })
            }
            Leg::Classic { count, bucket, .. } => self.sum_by(self.with_bucket(
                match self.form {
                    Form::Bucket => last_over_time(ranged(count, self.window, self.offset)),
                    Form::Alert => at(count, self.offset),
                },
                bucket,
            )),
            Leg::Native { .. } | Leg::Query(_) => return None,
        })
    }

    /// Classic histograms that have no bucket at the leg's bound; `None` for other legs.
    pub(super) fn without_bucket(&self, leg: &'a Leg) -> Option<Expr> {
        let Leg::Classic { count, bucket, .. } = leg else {
            return None;
        };
        let last = |of| last_over_time(ranged(of, self.window, self.offset));
        Some(last(count).binary(BinaryOp::Unless, ignoring_le(), last(bucket)))
    }

    /// The mean over series and time of a gauge.
    pub(super) fn average(&self, gauge: &Selector) -> Expr {
        let over_time = avg_over_time(ranged(gauge, self.window, self.offset));
        aggregate(Aggregation::Avg, grouping(self.groups), over_time)
    }

    /// A user's own query over the window.
    pub(super) fn query(&self, template: &Template) -> Expr {
        shifted(template.over(self.window), self.offset)
    }

    fn sum_by(&self, expr: Expr) -> Expr {
        sum_by(self.groups, expr)
    }

    /// Adds counters up by groups. Those of one metric are united before they are summed, so that a
    /// series which several select counts once. Those beside them are a difference's other side.
    fn sum(
        &self,
        counters: &'a [Counter],
        beside: &'a [Counter],
        value: impl Fn(&Counted<'a>) -> Expr,
    ) -> Expr {
        let mut metrics: Vec<(&Option<String>, Vec<Expr>)> = Vec::new();
        for counted in self.counted(counters, beside) {
            let metric = counted.series.first().map_or(&None, |x| &x.metric);
            let expr = value(&counted);
            match metrics.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, parts)) => parts.push(expr),
                None => metrics.push((metric, vec![expr])),
            }
        }
        let mut sums = metrics
            .into_iter()
            .map(|(_, parts)| self.sum_by(union(parts)));
        if sums.len() == 1
            && let Some(only) = sums.next()
        {
            return only;
        }
        // Sums of several metrics have equal labels, of which a union would keep one.
        let numbered = sums.enumerate().map(|(i, sum)| {
            let text = |text: &str| Expr::Text(text.to_owned());
            let number = i.to_string();
            let args = [sum, text(PART), text(&number), text(""), text("")];
            call(Function::LabelReplace, args)
        });
        self.sum_by(union(numbered))
    }

    /// Counters of one metric with one witness belong together. Those beside them are judged by the
    /// same evidence: requests that are in doubt as good ones only would be bad ones.
    fn counted(&self, counters: &'a [Counter], beside: &'a [Counter]) -> Vec<Counted<'a>> {
        let mut together: Vec<(&Option<String>, &Selector, Vec<&Selector>)> = Vec::new();
        for Counter { selector, witness } in counters {
            let metric = &selector.metric;
            let known = together
                .iter_mut()
                .find(|(m, w, _)| *m == metric && *w == witness);
            match known {
                Some((_, _, series)) => series.push(selector),
                None => together.push((metric, witness, vec![selector])),
            }
        }
        let counted = |(_, witness, series): (_, _, Vec<&'a Selector>)| {
            let beside = beside.iter().map(|counter| &counter.selector);
            let among: Vec<_> = series.iter().copied().chain(beside).collect();
            let evidence = Evidence::new(witness, &among, self.counting);
            self.counters(series, evidence, None)
        };
        together.into_iter().map(counted).collect()
    }

    fn counters(
        &self,
        series: Vec<&'a Selector>,
        evidence: Evidence<'a>,
        count: Option<&'a Selector>,
    ) -> Counted<'a> {
        Counted {
            series,
            evidence,
            count,
            window: self.window,
            offset: self.offset,
            form: self.form,
            extrapolation: self.extrapolation,
        }
    }

    /// Per histogram, all that it counted or what of it was above the bound.
    fn classic(
        &self,
        count: &'a Selector,
        bucket: &'a Selector,
        above: bool,
        value: impl Fn(&Counted<'a>) -> Expr,
    ) -> Expr {
        // Both are judged by the same evidence: what is in doubt of one is in doubt of the other.
        let evidence = Evidence::new(count, &[bucket], self.counting);
        let all = value(&self.counters(vec![count], evidence.clone(), None));
        let told = if above {
            all - value(&self.counters(vec![bucket], evidence, Some(count)))
        } else {
            all
        };
        told.and(self.with_each_sample(count, bucket))
            .unless(self.respelled_at_a_reset(count, bucket))
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
    fn with_bucket(&self, expr: Expr, bucket: &Selector) -> Expr {
        let there = last_over_time(ranged(bucket, self.window, self.offset));
        expr.binary(BinaryOp::And, ignoring_le(), there)
    }

    fn native(&self, histogram: &Selector, above: Option<f64>) -> Expr {
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

/// Only where there is one series a group: several are one too many, and none of them is the truth.
pub(super) fn only_one(groups: &[String], expr: Expr) -> Expr {
    let many = aggregate(Aggregation::Count, grouping(groups), expr.clone());
    let one = many.equal(1.0);
    sum_by(groups, expr).binary(BinaryOp::And, Matching::default(), one)
}

fn grouping(groups: &[String]) -> Grouping {
    if groups.is_empty() {
        Grouping::All
    } else {
        Grouping::By(groups.to_vec())
    }
}
