//! Which questions an SLO asks.

use std::time::Duration;

use promql_client::{Expr, Timestamp};

use super::ask::Asker;
use super::bounds::{Placed, place};
use super::{Failure, Source};
use crate::queries::{Queries, Recorded};
use crate::sli::{Buckets, EventSli, Latency, Sli, Unit};
use crate::slo::Slo;
use crate::window::Period;

/// The queries of one SLO.
pub(super) struct Plan<'a> {
    slo: &'a Slo,
    elapsed: Duration,
    since: Timestamp,
    pub(super) bad_over_window: Option<Expr>,
    pub(super) total_over_window: Option<Expr>,
    pub(super) bad_at_upper_bound: Option<Expr>,
    pub(super) uncounted: Option<Expr>,
    pub(super) p95: Option<Expr>,
    pub(super) bad_bucket: Expr,
    pub(super) total_bucket: Expr,
    /// Milliseconds in the histogram's unit.
    pub(super) unit_ms: f64,
    /// Above it a quantile is only known to be no less, in the histogram's unit.
    pub(super) last_bound: Option<f64>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Plans, which for a latency threshold means to look at the histogram's bounds first.
    pub(super) async fn new(
        asker: &Asker<'_>,
        slo: &'a Slo,
        period: &Period,
        source: Source,
    ) -> Result<Self, Failure> {
        let mut plan = Self::of(slo, period, source);
        if let (Sli::Events(EventSli { latency, .. }), Source::Raw) = (&slo.sli, source)
            && let Some(latency) = latency
        {
            plan.p95 = Some(Queries::new(slo).p95(latency, plan.elapsed));
            plan.unit_ms = latency.unit_ms;
            plan.place(asker, latency).await?;
        }
        Ok(plan)
    }

    fn of(slo: &'a Slo, period: &Period, source: Source) -> Self {
        let elapsed = period.elapsed();
        let queries = Queries::new(slo);
        let recorded = Recorded::new(slo);
        // Slices and time only exist bucket by bucket; events are asked for over the window, too.
        let (windows, uncounted) = match (source, slo.sli.unit()) {
            (Source::Raw, Unit::Events) => (
                Some((queries.bad(elapsed), queries.total(elapsed))),
                queries.uncounted(elapsed),
            ),
            (Source::Recorded, Unit::Events) => (
                Some((recorded.bad_over(elapsed), recorded.total_over(elapsed))),
                None,
            ),
            _ => (None, None),
        };
        let (bad_over_window, total_over_window) = windows.unzip();
        let bucket = slo.sli.bucket();
        let (bad_bucket, total_bucket) = match source {
            Source::Raw => (queries.bad(bucket), queries.total(bucket)),
            Source::Recorded => (recorded.last_bad(), recorded.last_total()),
        };
        Self {
            slo,
            elapsed,
            since: period.start,
            bad_over_window,
            total_over_window,
            bad_at_upper_bound: None,
            uncounted,
            p95: None,
            bad_bucket,
            total_bucket,
            unit_ms: 1.0,
            last_bound: None,
            warnings: Vec::new(),
        }
    }

    /// Judges a latency threshold by the bounds there are. Between two of them the lower one decides,
    /// and the upper one is asked for, too.
    async fn place(&mut self, asker: &Asker<'_>, latency: &Latency) -> Result<(), Failure> {
        let Buckets::Classic { bucket, .. } = &latency.buckets else {
            self.warnings.push(
                "estimated within the native histogram's bucket around the threshold".to_owned(),
            );
            return Ok(());
        };
        let bounds = asker.bounds(bucket, self.since).await?;
        self.warnings.extend(bounds.remarks.iter().cloned());
        self.last_bound = bounds.data.iter().copied().rfind(|bound| bound.is_finite());
        let Placed::Between { lower, upper } = place(latency.threshold, &bounds.data)? else {
            return Ok(());
        };
        let queries = Queries::new(self.slo);
        let strict = latency.above(lower);
        self.bad_bucket = queries.bad_of(&strict, self.slo.sli.bucket());
        if self.slo.sli.unit() == Unit::Events {
            self.bad_over_window = Some(queries.bad_of(&strict, self.elapsed));
            if upper.is_finite() {
                let lenient = latency.above(upper);
                self.bad_at_upper_bound = Some(queries.bad_of(&lenient, self.elapsed));
            }
        }
        self.warnings.push(format!(
            "the threshold {} is no bucket bound: judged at the bound below it, {lower}; the next one is {upper}",
            latency.threshold
        ));
        Ok(())
    }
}
