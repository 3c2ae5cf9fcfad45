//! One SLO's questions.

use std::time::Duration;

use promql_client::Expr;
use promql_client::expr::{histogram_quantile, rate, sum_by};

use super::counted::{Extrapolation, Form};
use super::legs::{Scope, only_one};
use super::range::ranged;
use crate::sli::{Buckets, Latency, Leg, Sli};
use crate::slo::Slo;

/// PromQL for one SLO.
#[derive(Clone, Copy, Debug)]
pub struct Queries<'a> {
    pub(super) slo: &'a Slo,
    extrapolation: Extrapolation,
    form: Form,
    offset: Duration,
}

impl<'a> Queries<'a> {
    /// Queries for buckets of a history, in a form that every Prometheus understands.
    #[must_use]
    pub fn new(slo: &'a Slo) -> Self {
        Self {
            slo,
            extrapolation: Extrapolation::Portable,
            form: Form::Bucket,
            offset: Duration::ZERO,
        }
    }

    /// Queries for the ranges of alerts, from 5 minutes to an hour, which are asked for every 30 s.
    /// They cost less, because they do not look for restarts.
    #[must_use]
    pub fn for_alerts(slo: &'a Slo) -> Self {
        Self {
            form: Form::Alert,
            ..Self::new(slo)
        }
    }

    /// The same for a server that treats the ends of a range like this.
    #[must_use]
    pub fn extrapolated(self, extrapolation: Extrapolation) -> Self {
        Self {
            extrapolation,
            ..self
        }
    }

    /// The same with every window ending so long before the evaluation. Scrapes that are still under
    /// way have the time of their start: a window that ends now would miss them for good.
    #[must_use]
    pub fn ending_before(self, offset: Duration) -> Self {
        Self { offset, ..self }
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
    /// For a ratio or a probe, the share of bad time; a ratio keeps the labels of its query, so that
    /// whoever expects one series of a group sees if there are several. A throughput floor has no bad
    /// events, only bad slices ([`Queries::bucket_bad`]); here it answers its total.
    #[must_use]
    pub fn bad(&self, window: Duration) -> Expr {
        match &self.slo.sli {
            Sli::Events(events) => self.leg_or_zero(&events.bad, &events.total, window),
            Sli::Throughput(_) => self.total(window),
            // A comparison drops NaN, which would poison every sum over it.
            Sli::Ratio(ratio) => self
                .scope(window)
                .query(&ratio.error_ratio)
                .ge(f64::NEG_INFINITY),
            Sli::Probe(probe) => Expr::from(1.0) - self.scope(window).average(&probe.success),
        }
    }

    /// The share of bad events among all of the last `window`, by the SLO's groups; nothing where there
    /// are none at all.
    #[must_use]
    pub fn bad_ratio(&self, window: Duration) -> Expr {
        let total = self.total(window).gt(0.0);
        let good = match &self.slo.sli {
            Sli::Events(events) => self.scope(window).good(&events.bad, &events.total),
            _ => None,
        };
        match good {
            // What is bad would ask for all of them once more.
            Some(good) => Expr::from(1.0) - good / total,
            None => self.bad(window) / total,
        }
    }

    /// The same as [`Queries::bad`] for a rule, which cannot say that a ratio has several series of a
    /// group: it has none, then.
    pub(super) fn bad_of_one(&self, window: Duration) -> Expr {
        match &self.slo.sli {
            Sli::Ratio(_) => only_one(&self.slo.group_by, self.bad(window)),
            _ => self.bad(window),
        }
    }

    /// Events of other legs than the SLO's: for a latency threshold's neighbouring bounds.
    #[must_use]
    pub fn events_of(&self, leg: &Leg, total: &Leg, window: Duration) -> Expr {
        self.leg_or_zero(leg, total, window)
    }

    /// Something wherever the SLI has series, whatever they say: a quiet service has some.
    #[must_use]
    pub fn presence(&self, window: Duration) -> Expr {
        let scope = self.scope(window);
        let leg = |leg| scope.presence(leg).unwrap_or_else(|| scope.leg(leg));
        match &self.slo.sli {
            Sli::Events(events) => leg(&events.total),
            Sli::Throughput(floor) => leg(&floor.total),
            // Also while it is not a number.
            Sli::Ratio(ratio) => sum_by(&self.slo.group_by, scope.query(&ratio.error_ratio)),
            Sli::Probe(probe) => scope.average(&probe.success),
        }
    }

    /// Groups that the bad events have and the total has not: a label that only errors carry makes them.
    /// `None` where there are no groups.
    #[must_use]
    pub fn bad_without_total(&self, window: Duration) -> Option<Expr> {
        let scope = self.scope(window);
        match &self.slo.sli {
            Sli::Events(events) if !self.slo.group_by.is_empty() => {
                let bad = scope.presence(&events.bad)?;
                Some(bad.unless(scope.presence(&events.total)?))
            }
            _ => None,
        }
    }

    fn leg_or_zero(&self, leg: &Leg, total: &Leg, window: Duration) -> Expr {
        let scope = self.scope(window);
        let counted = scope.leg(leg);
        match scope.presence(total) {
            Some(presence) => counted.or(presence * 0.0),
            None if leg == total => counted,
            None => counted.or(scope.leg(total) * 0.0),
        }
    }

    fn scope(&self, window: Duration) -> Scope<'a> {
        Scope {
            groups: &self.slo.group_by,
            counting: &self.slo.counting,
            window,
            offset: self.offset,
            form: self.form,
            extrapolation: self.extrapolation,
        }
    }

    /// Bad events of the last `window` that are in no count, by the SLO's groups: first values of
    /// series of which nothing proves that they began at zero. `None` where the SLI has no counters.
    #[must_use]
    pub fn in_doubt(&self, window: Duration) -> Option<Expr> {
        self.scope(window).in_doubt(self.doubtful()?)
    }

    /// The same series by series, with all of their labels.
    #[must_use]
    pub fn series_in_doubt(&self, window: Duration) -> Option<Expr> {
        self.scope(window).series_in_doubt(self.doubtful()?)
    }

    fn doubtful(&self) -> Option<&'a Leg> {
        match &self.slo.sli {
            Sli::Events(events) => Some(&events.bad),
            _ => None,
        }
    }

    /// The histograms of a latency SLI that have no bucket at its threshold: they add nothing. `None`
    /// where the SLI has no classic histograms.
    #[must_use]
    pub fn without_bucket(&self, leg: &Leg, window: Duration) -> Option<Expr> {
        self.scope(window).without_bucket(leg)
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
        let rate = rate(ranged(histogram, window, self.offset));
        histogram_quantile(0.95, sum_by(by, rate))
    }
}
