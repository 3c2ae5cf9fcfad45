//! All questions for one SLO, asked side by side.

use std::time::Duration;

use promql_client::{Expr, Timestamp};

use super::Failure;
use super::ask::Asker;
use super::grid::Grid;
use super::line::{Named, Numbers, Points, PointsTold};
use super::plan::{HOUR, Legs, Plan};
use crate::window::Period;

pub(super) const BAD: &str = "the bad events' query";
pub(super) const TOTAL: &str = "the total's query";
pub(super) const UPPER: &str = "the bad events' query at the next bound";
pub(super) const IN_DOUBT: &str = "the query of events in doubt";
pub(super) const P95: &str = "the p95 query";
pub(super) const WITHOUT_BUCKET: &str = "the query of histograms without the threshold's bucket";
pub(super) const ALERTED: &str = "the query of the bad events that alerts see";
pub(super) const RECORDED_AT: &str = "the query of the newest recording";

/// The answers. What only adds to the figures must not cost them where it fails.
pub(super) struct Survey {
    /// Bad and total, bucket by bucket.
    pub(super) legs: (PointsTold, PointsTold),
    /// Of the part of a bucket that the window begins with.
    pub(super) first: Option<(PointsTold, PointsTold)>,
    pub(super) upper: Option<Points>,
    pub(super) first_upper: Option<Points>,
    pub(super) in_doubt: Option<Points>,
    /// Hour by hour.
    pub(super) without_bucket: Option<Named>,
    pub(super) p95: Option<Numbers>,
    pub(super) alerted: Option<Numbers>,
    pub(super) recorded_at: Option<Numbers>,
}

impl Survey {
    /// Asks all of a plan; `first` is the end and the length of what the window holds before the grid.
    pub(super) async fn of(
        asker: &Asker<'_, '_>,
        plan: &Plan,
        grid: &Grid,
        period: &Period,
        first: Option<(Timestamp, Duration)>,
    ) -> Result<Self, Failure> {
        let now = period.now;
        let at_start = first.map(|(end, length)| Grid::between(end, end, length));
        let hours = u32::try_from(period.elapsed().as_secs() / HOUR.as_secs()).unwrap_or(u32::MAX);
        let hourly = Grid::between(now.minus(HOUR.saturating_mul(hours)), now, HOUR);
        let between = plan.between.as_ref();
        let bad_at_upper = between.and_then(|between| between.bad_at_upper.as_ref());
        let first_at_upper = between.and_then(|between| between.first_at_upper.as_ref());
        let extras = async {
            Ok::<_, Failure>(futures::join!(
                points(asker, UPPER, bad_at_upper, Some(*grid)),
                points(asker, UPPER, first_at_upper, at_start),
                points(asker, IN_DOUBT, plan.in_doubt.as_ref(), Some(*grid)),
                series(asker, WITHOUT_BUCKET, plan.without_bucket.as_ref(), hourly),
                number(asker, P95, plan.p95.as_ref()),
                number(asker, ALERTED, plan.alerted.as_ref()),
                number(asker, RECORDED_AT, plan.recorded_at.as_ref()),
            ))
        };
        let (legs, first, extras) = futures::try_join!(
            both(asker, &plan.bucket, *grid),
            both_at_start(asker, plan.first.as_ref(), at_start),
            extras,
        )?;
        let (upper, first_upper, in_doubt, without_bucket, p95, alerted, recorded_at) = extras;
        Ok(Self {
            legs,
            first,
            upper,
            first_upper,
            in_doubt,
            without_bucket,
            p95,
            alerted,
            recorded_at,
        })
    }
}

async fn ask(asker: &Asker<'_, '_>, what: &'static str, expr: &Expr, at: Grid) -> Points {
    asker.points(what, expr, at).await
}

async fn both(
    asker: &Asker<'_, '_>,
    legs: &Legs,
    at: Grid,
) -> Result<(PointsTold, PointsTold), Failure> {
    futures::try_join!(
        ask(asker, BAD, &legs.bad, at),
        ask(asker, TOTAL, &legs.total, at)
    )
}

async fn both_at_start(
    asker: &Asker<'_, '_>,
    legs: Option<&Legs>,
    at: Option<Grid>,
) -> Result<Option<(PointsTold, PointsTold)>, Failure> {
    match legs.zip(at) {
        Some((legs, at)) => both(asker, legs, at).await.map(Some),
        None => Ok(None),
    }
}

async fn points(
    asker: &Asker<'_, '_>,
    what: &'static str,
    expr: Option<&Expr>,
    at: Option<Grid>,
) -> Option<Points> {
    let (expr, at) = expr.zip(at)?;
    Some(ask(asker, what, expr, at).await)
}

async fn series(
    asker: &Asker<'_, '_>,
    what: &'static str,
    expr: Option<&Expr>,
    at: Grid,
) -> Option<Named> {
    Some(asker.series(what, expr?, at).await)
}

async fn number(asker: &Asker<'_, '_>, what: &'static str, expr: Option<&Expr>) -> Option<Numbers> {
    Some(asker.numbers(what, expr?).await)
}
