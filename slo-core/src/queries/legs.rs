//! Legs as expressions: counters added up, taken apart, or read from histograms.

use std::time::Duration;

use promql_client::expr::{
    Aggregation, BinaryOp, Function, Grouping, Matching, aggregate, avg_over_time, call,
    last_over_time, sum_by,
};
use promql_client::{Expr, Selector};

use super::counted::{Counted, Extrapolation, Form};
use super::evidence::Evidence;
use super::range::{at, ranged, union};
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
        let all = self.sum(of, minus, Counted::events);
        // Nothing to subtract is no reason to lose the whole.
        let none = || self.sum(of, minus, Counted::last) * 0.0;
        let less = self.sum(minus, of, Counted::events).or(none());
        all - (less + self.in_doubt_alone(of, minus).or(none()))
    }

    /// What is in doubt of the subtrahend and not of the whole, by groups. It is compared target by
    /// target, because what is in doubt of the whole on one target says nothing of another one; and
    /// by groups where the two are on different targets.
    fn in_doubt_alone(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        let mut labels = self.groups.to_vec();
        labels.extend(self.counting.target_labels.iter().cloned());
        let targets = Scope {
            groups: &labels,
            ..*self
        };
        let last = |of, beside| targets.sum(of, beside, Counted::last);
        let shared = self.sum_by(last(of, minus).and(last(minus, of)));
        let by_target = self.sum_by(targets.beyond(of, minus));
        by_target.or(self.beyond(of, minus).unless(shared))
    }

    /// How much more of the subtrahend is in doubt than of the whole, up to what the whole counted.
    fn beyond(&self, of: &'a [Counter], minus: &'a [Counter]) -> Expr {
        let none = self.sum(of, minus, Counted::last) * 0.0;
        let in_doubt = self.sum(of, minus, Counted::in_doubt).or(none);
        let beyond = (self.sum(minus, of, Counted::in_doubt) - in_doubt).gt(0.0);
        let counted = self.sum(of, minus, Counted::events);
        beyond.binary(BinaryOp::LessOrEqual, Matching::default(), counted)
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

    /// The mean over series and time of a gauge.
    pub(super) fn average(&self, gauge: &Selector) -> Expr {
        let over_time = avg_over_time(ranged(gauge, self.window, self.offset));
        aggregate(Aggregation::Avg, grouping(self.groups), over_time)
    }

    /// A user's own query over the window.
    pub(super) fn query(&self, template: &Template) -> Expr {
        shifted(template.over(self.window), self.offset)
    }

    pub(super) fn sum_by(&self, expr: Expr) -> Expr {
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

    pub(super) fn counters(
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
