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
            Leg::Counters(counters) => self.sum(counters, Counted::events),
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

    /// What of `total` is not in `bad`, by groups, where that is what is asked for: `bad` is all but
    /// that. `None` where `bad` is counted itself.
    pub(super) fn good(&self, bad: &'a Leg, total: &'a Leg) -> Option<Expr> {
        match (bad, total) {
            (Leg::Difference { of, minus }, Leg::Counters(all)) if of == all => {
                Some(self.part(of, minus))
            }
            (
                Leg::Classic {
                    count,
                    bucket,
                    above: true,
                },
                Leg::Classic {
                    count: all,
                    bucket: same,
                    above: false,
                },
            ) if (count, bucket) == (all, same) => Some(self.sum_by(self.below(count, bucket))),
            _ => None,
        }
    }

    /// First values of a leg's series that are in no count, by groups. `None` where it has no counters.
    pub(super) fn in_doubt(&self, leg: &'a Leg) -> Option<Expr> {
        Some(match leg {
            Leg::Counters(counters) => self.sum(counters, Counted::in_doubt),
            Leg::Difference { of, minus } => self.difference_in_doubt(of, minus),
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
        Some(match leg {
            Leg::Counters(counters) => self.each_in_doubt(counters),
            Leg::Difference { of, minus } => self.each_in_doubt(of).or(self.each_in_doubt(minus)),
            Leg::Classic {
                count,
                bucket,
                above,
            } => self.classic(count, bucket, *above, Counted::in_doubt),
            Leg::Native { .. } | Leg::Query(_) => return None,
        })
    }

    fn each_in_doubt(&self, counters: &'a [Counter]) -> Expr {
        let parts = self.counted(counters).into_iter();
        union(parts.map(|counted| counted.in_doubt()))
    }

    /// Something for every group in which a leg has series; `None` where the leg cannot tell.
    pub(super) fn presence(&self, leg: &'a Leg) -> Option<Expr> {
        Some(match leg {
            Leg::Counters(counters) | Leg::Difference { of: counters, .. } => {
                self.sum(counters, |counted| match self.form {
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
    /// series which several select counts once.
    pub(super) fn sum(
        &self,
        counters: &'a [Counter],
        value: impl Fn(&Counted<'a>) -> Expr,
    ) -> Expr {
        let mut metrics: Vec<(&Option<String>, Vec<Expr>)> = Vec::new();
        for counted in self.counted(counters) {
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

    /// Counters of one metric with one witness belong together.
    fn counted(&self, counters: &'a [Counter]) -> Vec<Counted<'a>> {
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
            let evidence = Evidence::new(witness, &series, self.counting);
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
