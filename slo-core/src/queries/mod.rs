//! PromQL for what an SLO measures: each event counted once, nothing pasted together from strings.
//!
//! The same expressions serve the evaluator and the generated rules, so that both mean the same.

mod counted;
mod legs;
mod recorded;

use std::time::Duration;

pub use counted::{Extrapolation, LOOKBACK};
use promql_client::Expr;
use promql_client::expr::{histogram_quantile, rate, sum_by};
pub use recorded::Recorded;

use crate::sli::{Buckets, Counter, Latency, Leg, Sli};
use crate::slo::Slo;

/// PromQL for one SLO.
#[derive(Clone, Copy, Debug)]
pub struct Queries<'a> {
    slo: &'a Slo,
    extrapolation: Extrapolation,
}

impl<'a> Queries<'a> {
    /// Queries that every Prometheus understands.
    #[must_use]
    pub fn new(slo: &'a Slo) -> Self {
        Self {
            slo,
            extrapolation: Extrapolation::Portable,
        }
    }

    /// Queries for a server that knows `anchored` ranges.
    #[must_use]
    pub fn with(slo: &'a Slo, extrapolation: Extrapolation) -> Self {
        Self { slo, extrapolation }
    }

    /// All events of the last `window`, by the SLO's groups: 0 where there are series but nothing
    /// happened, empty where there are none.
    ///
    /// For a ratio or a probe, 1 where it is measured.
    #[must_use]
    pub fn total(&self, window: Duration) -> Expr {
        match &self.slo.sli {
            Sli::Events(events) => self.leg_or_zero(&events.total, &events.total, window),
            Sli::Throughput(floor) => self.leg_or_zero(&floor.total, &floor.total, window),
            Sli::Ratio(_) | Sli::Probe(_) => self.bad(window).ge(f64::NEG_INFINITY).as_bool(),
        }
    }

    /// Bad events of the last `window`, by the SLO's groups: 0 where there is a total.
    ///
    /// For a ratio or a probe, the share of bad time. A throughput floor has no bad events, only bad
    /// slices ([`Queries::bucket_bad`]); here it answers its total.
    #[must_use]
    pub fn bad(&self, window: Duration) -> Expr {
        match &self.slo.sli {
            Sli::Events(events) => self.leg_or_zero(&events.bad, &events.total, window),
            Sli::Throughput(_) => self.total(window),
            // A comparison drops NaN, which would poison every sum over it.
            Sli::Ratio(ratio) => {
                sum_by(&self.slo.group_by, ratio.error_ratio.over(window)).ge(f64::NEG_INFINITY)
            }
            Sli::Probe(probe) => {
                Expr::from(1.0) - legs::average(&self.slo.group_by, &probe.success, window)
            }
        }
    }

    /// Bad events of another leg over the SLO's total: for a latency threshold's neighbouring bounds.
    #[must_use]
    pub fn bad_of(&self, leg: &Leg, window: Duration) -> Expr {
        match &self.slo.sli {
            Sli::Events(events) => self.leg_or_zero(leg, &events.total, window),
            _ => self.bad(window),
        }
    }

    /// Something wherever the SLI has series, whatever they say: a quiet service has some.
    #[must_use]
    pub fn presence(&self, window: Duration) -> Expr {
        let groups = &self.slo.group_by;
        let leg =
            |leg| legs::presence(groups, leg, window).unwrap_or_else(|| self.leg(leg, window));
        match &self.slo.sli {
            Sli::Events(events) => leg(&events.total),
            Sli::Throughput(floor) => leg(&floor.total),
            Sli::Ratio(ratio) => sum_by(groups, ratio.error_ratio.over(window)),
            Sli::Probe(probe) => legs::average(groups, &probe.success, window),
        }
    }

    fn leg_or_zero(&self, leg: &Leg, total: &Leg, window: Duration) -> Expr {
        let counted = self.leg(leg, window);
        match legs::presence(&self.slo.group_by, total, window) {
            Some(presence) => counted.or(presence * 0.0),
            None if leg == total => counted,
            None => counted.or(self.leg(total, window) * 0.0),
        }
    }

    fn leg(&self, leg: &Leg, window: Duration) -> Expr {
        let slo = self.slo;
        legs::leg(
            &slo.group_by,
            leg,
            window,
            &slo.counting,
            self.extrapolation,
        )
    }

    /// First values of bad series that could not be counted, because nothing proves that their
    /// targets were scraped before: an upper bound of what is missing. `None` where the SLI has no
    /// counters.
    #[must_use]
    pub fn uncounted(&self, window: Duration) -> Option<Expr> {
        let Sli::Events(events) = &self.slo.sli else {
            return None;
        };
        let sum = |counters: &[Counter]| {
            let first = |c| counted::uncounted(c, window, &self.slo.counting);
            let all = counters.iter().map(first).reduce(Expr::or)?;
            Some(sum_by(&self.slo.group_by, all))
        };
        match &events.bad {
            Leg::Counters(counters) => sum(counters),
            Leg::Difference { of, minus } => {
                let of = sum(of)?;
                Some(of.clone() - sum(minus)?.or(of * 0.0))
            }
            Leg::Native { .. } | Leg::Query(_) => None,
        }
    }

    /// The 95th percentile of a latency SLI over `window`, in the histogram's own unit.
    #[must_use]
    pub fn p95(&self, latency: &Latency, window: Duration) -> Expr {
        let mut by = self.slo.group_by.clone();
        let histogram = match &latency.buckets {
            Buckets::Classic { bucket, .. } => {
                by.push("le".to_owned());
                bucket
            }
            Buckets::Native { histogram } => histogram,
        };
        histogram_quantile(0.95, sum_by(by, rate(histogram.clone().range(window))))
    }
}
