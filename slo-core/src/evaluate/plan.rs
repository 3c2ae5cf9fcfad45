//! Which questions an SLO asks.

use std::time::Duration;

use promql_client::expr::{Function, call, last_over_time};
use promql_client::{Expr, Timestamp};

use super::ask::Asker;
use super::bounds::{Placed, place};
use super::said::Remarks;
use super::{Failure, Source};
use crate::queries::{Queries, Recorded};
use crate::sli::{Buckets, EventSli, Latency, Sli, Unit};
use crate::slo::Slo;
use crate::window::Period;

pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// A recording is overdue when it is so much late: groups take their time.
pub(super) const LATE: Duration = Duration::from_secs(60);

/// The queries of one SLO.
pub(super) struct Plan {
    since: Timestamp,
    pub(super) bucket: Legs,
    /// Of the part of a bucket that the window begins with, where it does.
    pub(super) first: Option<Legs>,
    /// Where the latency threshold lies between two bounds.
    pub(super) between: Option<Between>,
    pub(super) in_doubt: Option<Expr>,
    /// The same series by series.
    pub(super) series_in_doubt: Option<Expr>,
    pub(super) p95: Option<Expr>,
    /// Over an hour.
    pub(super) without_bucket: Option<Expr>,
    /// Bad events of the last hour, as alerts see them.
    pub(super) alerted: Option<Expr>,
    /// When the newest recording was written, in seconds.
    pub(super) recorded_at: Option<Expr>,
    /// Milliseconds in the histogram's unit.
    pub(super) unit_ms: f64,
    /// Above it a quantile is only known to be no less, in the histogram's unit.
    pub(super) last_bound: Option<f64>,
    pub(super) warnings: Vec<String>,
    /// What the server said of the bounds.
    pub(super) remarks: Remarks,
}

/// A latency threshold between two bounds of its histogram.
pub(super) struct Between {
    /// It is judged at this one.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Bad events of a bucket if the threshold were the upper bound; none are above the last one.
    pub(super) bad_at_upper: Option<Expr>,
    /// The same of the part of a bucket that the window begins with.
    pub(super) first_at_upper: Option<Expr>,
}

/// Bad and total of one stretch of time.
pub(super) struct Legs {
    pub(super) bad: Expr,
    pub(super) total: Expr,
}

impl Plan {
    /// Plans, which for a latency threshold means to look at the histogram's bounds first.
    pub(super) async fn new(
        asker: &Asker<'_, '_>,
        slo: &Slo,
        period: &Period,
        first: Option<Duration>,
        source: Source,
    ) -> Result<Self, Failure> {
        if source == Source::Recorded {
            return Ok(Self::recorded(slo, period, first));
        }
        let mut plan = Self::raw(slo, period, first);
        if let Sli::Events(EventSli {
            latency: Some(latency),
            ..
        }) = &slo.sli
        {
            plan.p95 = Some(Queries::new(slo).p95(latency, period.elapsed()));
            plan.unit_ms = latency.unit_ms;
            plan.place(asker, slo, latency, first).await?;
        }
        Ok(plan)
    }

    fn of(period: &Period, bucket: Legs, first: Option<Legs>) -> Self {
        Self {
            since: period.start,
            bucket,
            first,
            between: None,
            in_doubt: None,
            series_in_doubt: None,
            p95: None,
            without_bucket: None,
            alerted: None,
            recorded_at: None,
            unit_ms: 1.0,
            last_bound: None,
            warnings: Vec::new(),
            remarks: Remarks::default(),
        }
    }

    fn raw(slo: &Slo, period: &Period, first: Option<Duration>) -> Self {
        let queries = Queries::new(slo);
        let legs = |window| Legs {
            bad: queries.bad(window),
            total: queries.total(window),
        };
        let bucket = slo.sli.bucket();
        let is_counted = slo.sli.unit() == Unit::Events;
        Self {
            alerted: is_counted.then(|| Queries::for_alerts(slo).bad(HOUR)),
            without_bucket: without_bucket(slo, &queries),
            in_doubt: queries.in_doubt(bucket),
            series_in_doubt: queries.series_in_doubt(bucket),
            ..Self::of(period, legs(bucket), first.map(legs))
        }
    }

    fn recorded(slo: &Slo, period: &Period, first: Option<Duration>) -> Self {
        let recorded = Recorded::new(slo);
        let last = |window| Legs {
            bad: last_over_time(recorded.bad().clone().range(window)),
            total: last_over_time(recorded.total().clone().range(window)),
        };
        let bucket = slo.sli.bucket();
        let written = call(Function::Timestamp, [recorded.total().clone().instant()]);
        // A subquery looks at whole minutes only, so what was written since has to be asked for, too.
        let earlier = last_over_time(
            written
                .clone()
                .subquery(bucket + LATE, Duration::from_secs(60)),
        );
        let queries = Queries::new(slo);
        // What was recorded within a bucket began up to another one before, and ended a little before.
        let reach = bucket * 2 + LATE;
        Self {
            in_doubt: queries
                .in_doubt(bucket)
                .map(|_| last_over_time(recorded.in_doubt().clone().range(bucket))),
            // Recordings do not keep the series' names.
            series_in_doubt: queries.series_in_doubt(reach),
            without_bucket: without_bucket(slo, &queries),
            recorded_at: Some(written.or(earlier)),
            ..Self::of(period, last(bucket), first.map(last))
        }
    }

    /// Judges a latency threshold by the bounds there are. Between two of them the lower one decides,
    /// and the upper one is asked for, too.
    async fn place(
        &mut self,
        asker: &Asker<'_, '_>,
        slo: &Slo,
        latency: &Latency,
        first: Option<Duration>,
    ) -> Result<(), Failure> {
        let Buckets::Classic { bucket, .. } = &latency.buckets else {
            self.warnings.push(
                "estimated within the native histogram's bucket around the threshold".to_owned(),
            );
            return Ok(());
        };
        let bounds = asker.bounds(bucket, self.since).await?;
        self.remarks = bounds.remarks.clone();
        self.last_bound = bounds.data.iter().copied().rfind(|bound| bound.is_finite());
        let queries = Queries::new(slo);
        let legs = |latency: &Latency, window| {
            let (bad, total) = (latency.bad(), latency.total());
            Legs {
                bad: queries.events_of(&bad, &total, window),
                total: queries.events_of(&total, &total, window),
            }
        };
        let length = slo.sli.bucket();
        let judged = match place(latency.threshold, &bounds.data)? {
            Placed::Between { lower, upper } => {
                let strict = latency.at(lower);
                self.bucket = legs(&strict, length);
                self.first = first.map(|window| legs(&strict, window));
                let at_upper = |window| {
                    let is_bound = upper.is_finite();
                    is_bound.then(|| legs(&latency.at(upper), window).bad)
                };
                self.between = Some(Between {
                    lower,
                    upper,
                    bad_at_upper: at_upper(length),
                    first_at_upper: first.and_then(at_upper),
                });
                self.warnings.push(format!(
                    "the threshold {} is no bucket bound: judged at the bound below it, {lower}; the next one is {upper}",
                    latency.threshold
                ));
                strict
            }
            Placed::Exact | Placed::Unknown => latency.clone(),
        };
        self.without_bucket = queries.without_bucket(&judged.total(), HOUR);
        Ok(())
    }
}

fn without_bucket(slo: &Slo, queries: &Queries<'_>) -> Option<Expr> {
    match &slo.sli {
        Sli::Events(events) => queries.without_bucket(&events.total, HOUR),
        _ => None,
    }
}
