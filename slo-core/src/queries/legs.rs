//! Legs as expressions: counters added up, taken apart, or read from native histograms.

use std::time::Duration;

use promql_client::expr::{
    Aggregation, Grouping, aggregate, avg_over_time, histogram_count, histogram_fraction, increase,
    last_over_time, sum_by,
};
use promql_client::{Expr, Selector};

use super::counted::{Extrapolation, counted};
use crate::sli::{Counter, Leg};
use crate::slo::Counting;

/// The events of a leg in the last `window`, by groups; empty where it has no series.
pub(super) fn leg(
    groups: &[String],
    leg: &Leg,
    window: Duration,
    counting: &Counting,
    extrapolation: Extrapolation,
) -> Expr {
    let sum = |counters: &[Counter]| {
        union(groups, counters, |counter| {
            counted(counter, window, counting, extrapolation)
        })
    };
    match leg {
        Leg::Counters(counters) => sum(counters),
        Leg::Difference { of, minus } => {
            let of = sum(of);
            // Nothing to subtract is no reason to lose the whole.
            of.clone() - sum(minus).or(of * 0.0)
        }
        Leg::Native { histogram, above } => {
            let merged = sum_by(groups, increase(histogram.clone().range(window)));
            let count = histogram_count(merged.clone());
            match above {
                None => count,
                // The share of nothing is NaN; a comparison drops it.
                Some(bound) => (count
                    * (Expr::from(1.0) - histogram_fraction(f64::NEG_INFINITY, *bound, merged)))
                .ge(0.0),
            }
        }
        Leg::Query(template) => sum_by(groups, template.over(window)),
    }
}

/// Sums several counters by groups. Those of one metric are united before they are summed, so that a
/// series which several select counts once; other metrics' are added, whichever of them are there.
fn union(groups: &[String], counters: &[Counter], value: impl Fn(&Counter) -> Expr) -> Expr {
    let mut metrics: Vec<(&Option<String>, Expr)> = Vec::new();
    for counter in counters {
        let metric = &counter.selector.metric;
        match metrics.iter_mut().find(|(known, _)| *known == metric) {
            Some((_, sum)) => *sum = sum.clone().or(value(counter)),
            None => metrics.push((metric, value(counter))),
        }
    }
    let sums = metrics
        .into_iter()
        .map(|(_, series)| sum_by(groups, series));
    sums.reduce(|a, b| (a.clone() + b.clone()).or(a).or(b))
        // A leg without counters has no events; it is never built by a preset or a spec.
        .unwrap_or_else(|| Expr::from(Selector::any().eq("__name__", "")))
}

/// Something for every group in which a leg has series; `None` where the leg cannot tell.
pub(super) fn presence(groups: &[String], leg: &Leg, window: Duration) -> Option<Expr> {
    let (Leg::Counters(counters) | Leg::Difference { of: counters, .. }) = leg else {
        return None;
    };
    Some(union(groups, counters, |counter| {
        last_over_time(counter.selector.clone().range(window))
    }))
}

/// The mean over series and time of a gauge.
pub(super) fn average(groups: &[String], gauge: &Selector, window: Duration) -> Expr {
    let grouping = if groups.is_empty() {
        Grouping::All
    } else {
        Grouping::By(groups.to_vec())
    };
    aggregate(
        Aggregation::Avg,
        grouping,
        avg_over_time(gauge.clone().range(window)),
    )
}
