//! Asking for what one SLO needs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use promql_client::{Expr, Labels, Point, Timestamp};

use super::ask::Asker;
use super::bounds::{Placed, place};
use super::{Failure, Source};
use crate::history::{Bucket, History};
use crate::queries::{Queries, Recorded};
use crate::sli::{EventSli, Latency, Sli, Unit};
use crate::slo::Slo;
use crate::window::Period;

/// The longest window whose burn rate is reported; buckets reach back at least so far, also across
/// the start of a calendar period: an alert's window isn't cut there.
pub(super) const LONGEST_BURN: Duration = Duration::from_secs(3 * 86_400);

/// What was measured of one group of an SLO; [`super::judge`] makes figures of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Measurement {
    /// Which group.
    pub group: Labels,
    /// Bad events of the elapsed window, where they were asked for apart from the buckets.
    pub bad: Option<f64>,
    /// All events of the elapsed window, likewise.
    pub total: Option<f64>,
    /// Bad events if the latency threshold were the next bound above it.
    pub bad_at_upper_bound: Option<f64>,
    /// Bad events that may be missing, because nothing proves where their counters started.
    pub uncounted: Option<f64>,
    /// 95th percentile in milliseconds.
    pub p95_ms: Option<f64>,
    /// Events per bucket, before they become slices; bad and total of a throughput floor are equal.
    pub history: History,
    /// Remarks for a person.
    pub warnings: Vec<String>,
}

impl Measurement {
    /// What is known from buckets alone.
    #[must_use]
    pub fn from_history(history: History) -> Self {
        Self {
            group: Labels::empty(),
            bad: None,
            total: None,
            bad_at_upper_bound: None,
            uncounted: None,
            p95_ms: None,
            history,
            warnings: Vec::new(),
        }
    }
}

/// Measures an SLO: one measurement per group, none where there is no data.
pub(super) async fn measure(
    asker: &Asker<'_>,
    slo: &Slo,
    period: &Period,
    source: Source,
) -> Result<Vec<Measurement>, Failure> {
    let mut plan = Plan::new(slo, period, source);
    let latency = match (&slo.sli, source) {
        (
            Sli::Events(EventSli {
                latency: Some(latency),
                ..
            }),
            Source::Raw,
        ) => {
            plan.place(asker, latency).await?;
            Some(latency)
        }
        _ => None,
    };
    let elapsed = period.elapsed();
    let policy = slo.policy.derive(slo.objective, slo.window).windows();
    let reach = elapsed
        .max(LONGEST_BURN.min(slo.window.nominal()))
        .max(policy.last().copied().unwrap_or_default());
    let step = slo.sli.bucket();
    let steps = u32::try_from(reach.as_millis() / step.as_millis())
        .unwrap_or(u32::MAX)
        .max(1);
    // The first bucket ends one step after the window's start.
    let start = period.now.minus(step.saturating_mul(steps - 1));

    let window = |what, expr: Option<Expr>| async move {
        match expr {
            Some(expr) => asker.numbers(what, &expr).await.map(Some),
            None => Ok(None),
        }
    };
    let p95 = latency.map(|latency| Queries::new(slo).p95(latency, elapsed));
    // Together: the backend may answer them side by side.
    let (bad, total, upper, uncounted, p95, bad_buckets, total_buckets) = futures::try_join!(
        window("the bad events' query", plan.bad_over_window),
        window("the total's query", plan.total_over_window),
        window(
            "the bad events' query at the next bound",
            plan.bad_at_upper_bound
        ),
        window("the uncounted events' query", plan.uncounted),
        window("the p95 query", p95),
        asker.points("the bad events' buckets", &plan.bad_bucket, start, step),
        asker.points("the total's buckets", &plan.total_bucket, start, step),
    )?;
    let grid = Grid {
        start,
        step,
        steps: steps as usize,
    };
    let mut groups: BTreeSet<Labels> = BTreeSet::new();
    let project = |labels: &Labels| labels.filtered(|name| slo.group_by.iter().any(|g| g == name));
    let bad_points = projected("the bad events' buckets", &bad_buckets.0, project)?;
    let total_points = projected("the total's buckets", &total_buckets.0, project)?;
    let number = |what, numbers: Option<_>| -> Result<BTreeMap<Labels, f64>, Failure> {
        let Some(numbers) = numbers else {
            return Ok(BTreeMap::new());
        };
        let numbers: std::sync::Arc<(BTreeMap<Labels, f64>, Vec<String>)> = numbers;
        projected(what, &numbers.0, project)
    };
    let mut warnings = plan.warnings;
    for said in [&bad_buckets.1, &total_buckets.1] {
        warnings.extend(
            said.iter()
                .filter(|w| !warnings.contains(w))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
    let bad = number("the bad events' query", bad)?;
    let total = number("the total's query", total)?;
    let upper = number("the bad events' query at the next bound", upper)?;
    let uncounted = number("the uncounted events' query", uncounted)?;
    let p95 = number("the p95 query", p95)?;
    groups.extend(bad.keys().chain(total.keys()).cloned());
    groups.extend(bad_points.keys().chain(total_points.keys()).cloned());

    let unit_ms = latency.map_or(1.0, |latency| latency.unit_ms);
    let none = Vec::new();
    let measurement = |group: Labels| {
        let get = |numbers: &BTreeMap<Labels, f64>| numbers.get(&group).copied();
        let history = grid.history(
            bad_points.get(&group).unwrap_or(&none),
            total_points.get(&group).unwrap_or(&none),
            period.now,
        );
        Measurement {
            bad: get(&bad),
            total: get(&total),
            bad_at_upper_bound: get(&upper),
            uncounted: get(&uncounted),
            p95_ms: get(&p95)
                .map(|p95| p95 * unit_ms)
                .filter(|p95| p95.is_finite()),
            history,
            warnings: warnings.clone(),
            group,
        }
    };
    Ok(groups.into_iter().map(measurement).collect())
}

/// The queries of one SLO.
struct Plan<'a> {
    slo: &'a Slo,
    elapsed: Duration,
    since: Timestamp,
    bad_over_window: Option<Expr>,
    total_over_window: Option<Expr>,
    bad_at_upper_bound: Option<Expr>,
    uncounted: Option<Expr>,
    bad_bucket: Expr,
    total_bucket: Expr,
    warnings: Vec<String>,
}

impl<'a> Plan<'a> {
    fn new(slo: &'a Slo, period: &Period, source: Source) -> Self {
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
            bad_bucket,
            total_bucket,
            warnings: Vec::new(),
        }
    }

    /// Judges a latency threshold by the bounds there are. Between two of them the lower one decides,
    /// and the upper one is asked for, too.
    async fn place(&mut self, asker: &Asker<'_>, latency: &Latency) -> Result<(), Failure> {
        let crate::sli::Buckets::Classic { bucket, .. } = &latency.buckets else {
            self.warnings.push(
                "estimated within the native histogram's bucket around the threshold".to_owned(),
            );
            return Ok(());
        };
        let bounds = asker.bounds(bucket, self.since).await?;
        let Placed::Between { lower, upper } = place(latency.threshold, &bounds)? else {
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

/// The steps of a range query.
struct Grid {
    start: Timestamp,
    step: Duration,
    steps: usize,
}

impl Grid {
    fn slots(&self, points: &[Point]) -> Vec<Option<f64>> {
        let mut slots = vec![None; self.steps];
        for point in points.iter().filter(|point| point.value.is_finite()) {
            let at = point.timestamp.since(self.start).as_millis() / self.step.as_millis();
            let slot = usize::try_from(at).ok().and_then(|at| slots.get_mut(at));
            if let Some(slot) = slot {
                *slot = Some(point.value);
            }
        }
        slots
    }

    fn history(&self, bad: &[Point], total: &[Point], end: Timestamp) -> History {
        let pairs = self.slots(bad).into_iter().zip(self.slots(total));
        let buckets = pairs.map(|(bad, total)| {
            Some(Bucket {
                bad: bad?,
                total: total?,
            })
        });
        History::new(end, self.step, buckets.collect())
    }
}

/// Keeps the labels that make a group; two series of one group are one too many.
fn projected<T: Clone>(
    what: &'static str,
    by_labels: &BTreeMap<Labels, T>,
    project: impl Fn(&Labels) -> Labels,
) -> Result<BTreeMap<Labels, T>, Failure> {
    let mut out = BTreeMap::new();
    for (labels, value) in by_labels {
        if out.insert(project(labels), value.clone()).is_some() {
            return Err(Failure::Ambiguous {
                what,
                series: labels.to_string(),
            });
        }
    }
    Ok(out)
}
