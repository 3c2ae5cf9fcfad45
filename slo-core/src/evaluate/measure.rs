//! Asking for what one SLO needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use promql_client::{Expr, Labels};

use super::ask::{Asker, Told};
use super::grid::Grid;
use super::plan::Plan;
use super::{Failure, Source};
use crate::history::History;
use crate::slo::Slo;
use crate::window::Period;

const BAD: &str = "the bad events' query";
const TOTAL: &str = "the total's query";
const UPPER: &str = "the bad events' query at the next bound";
const UNCOUNTED: &str = "the uncounted events' query";
const P95: &str = "the p95 query";
const BAD_BUCKETS: &str = "the bad events' buckets";
const TOTAL_BUCKETS: &str = "the total's buckets";

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
    let plan = Plan::new(asker, slo, period, source).await?;
    let bracketed = plan.bad_at_upper_bound.is_some();
    let grid = grid(slo, period);
    let window = |what, expr: Option<Expr>| async move {
        match expr {
            Some(expr) => asker.numbers(what, &expr).await.map(Some),
            None => Ok(None),
        }
    };
    // What only adds to the figures must not cost them where it fails.
    let extra = |what, expr| window(what, expr).map(Ok);
    // Together: the backend may answer them side by side.
    let (bad, total, upper, uncounted, p95, bad_buckets, total_buckets) = futures::try_join!(
        window(BAD, plan.bad_over_window),
        window(TOTAL, plan.total_over_window),
        extra(UPPER, plan.bad_at_upper_bound),
        extra(UNCOUNTED, plan.uncounted),
        extra(P95, plan.p95),
        asker.points(BAD_BUCKETS, &plan.bad_bucket, grid.start, grid.step),
        asker.points(TOTAL_BUCKETS, &plan.total_bucket, grid.start, grid.step),
    )?;
    let mut answers = Answers {
        slo,
        warnings: plan.warnings,
    };
    let bad = answers.need(BAD, bad)?;
    let total = answers.need(TOTAL, total)?;
    let bad_points = answers.by_group(BAD_BUCKETS, &bad_buckets)?;
    let total_points = answers.by_group(TOTAL_BUCKETS, &total_buckets)?;
    let upper = answers.like(UPPER, upper);
    let uncounted = answers.like(UNCOUNTED, uncounted);
    let p95 = answers.like(P95, p95);

    let mut groups: BTreeSet<Labels> = BTreeSet::new();
    groups.extend(bad.keys().chain(total.keys()).cloned());
    groups.extend(bad_points.keys().chain(total_points.keys()).cloned());
    let none = Vec::new();
    let measurement = |group: Labels| {
        let get = |numbers: &BTreeMap<Labels, f64>| numbers.get(&group).copied();
        let (history, alone) = grid.history(
            bad_points.get(&group).unwrap_or(&none),
            total_points.get(&group).unwrap_or(&none),
            period.now,
            source,
        );
        let mut warnings = answers.warnings.clone();
        if alone > 0 {
            warnings.push(format!(
                "{alone} buckets have only one of bad and total: they are left out"
            ));
        }
        // Sums over recordings would take a total without its bad ones for a good time.
        let summed = |number: Option<f64>| number.filter(|_| source == Source::Raw || alone == 0);
        let p95 = get(&p95).filter(|p95| p95.is_finite());
        if let (Some(p95), Some(last)) = (p95, plan.last_bound)
            && p95 >= last
        {
            warnings.push(format!(
                "p95 is at least {} ms: it lies above the histogram's last finite bound",
                p95 * plan.unit_ms
            ));
        }
        Measurement {
            bad: summed(get(&bad)),
            total: summed(get(&total)),
            // What could not be asked may be none at all.
            bad_at_upper_bound: bracketed.then(|| get(&upper).unwrap_or(0.0)),
            uncounted: get(&uncounted),
            p95_ms: p95.map(|p95| p95 * plan.unit_ms),
            history,
            warnings,
            group,
        }
    };
    Ok(groups.into_iter().map(measurement).collect())
}

/// The steps that an SLO's buckets are asked for at.
fn grid(slo: &Slo, period: &Period) -> Grid {
    let policy = slo.policy.derive(slo.objective, slo.window).windows();
    let reach = period
        .elapsed()
        .max(LONGEST_BURN.min(slo.window.nominal()))
        .max(policy.last().copied().unwrap_or_default());
    let step = slo.sli.bucket();
    let steps = u32::try_from(reach.as_millis() / step.as_millis())
        .unwrap_or(u32::MAX)
        .max(1);
    Grid {
        // The first bucket ends one step after the window's start.
        start: period.now.minus(step.saturating_mul(steps - 1)),
        step,
        steps: steps as usize,
    }
}

/// What was answered so far, with all that was remarked.
struct Answers<'a> {
    slo: &'a Slo,
    warnings: Vec<String>,
}

/// An answer, where the question was asked.
type Maybe = Option<Arc<Told<BTreeMap<Labels, f64>>>>;

impl Answers<'_> {
    /// Keeps the labels that make a group; two series of one group are one too many.
    fn by_group<T: Clone>(
        &mut self,
        what: &'static str,
        told: &Told<BTreeMap<Labels, T>>,
    ) -> Result<BTreeMap<Labels, T>, Failure> {
        for remark in &told.remarks {
            self.warn(remark.clone());
        }
        let is_group = |name: &str| self.slo.group_by.iter().any(|group| group == name);
        let mut out = BTreeMap::new();
        for (labels, value) in &told.data {
            if out
                .insert(labels.filtered(is_group), value.clone())
                .is_some()
            {
                return Err(Failure::Ambiguous {
                    what,
                    series: labels.to_string(),
                });
            }
        }
        Ok(out)
    }

    fn need(&mut self, what: &'static str, told: Maybe) -> Result<BTreeMap<Labels, f64>, Failure> {
        told.map_or_else(|| Ok(BTreeMap::new()), |told| self.by_group(what, &told))
    }

    /// The same for what one can do without.
    fn like(&mut self, what: &'static str, told: Result<Maybe, Failure>) -> BTreeMap<Labels, f64> {
        told.and_then(|told| self.need(what, told))
            .unwrap_or_else(|failure| {
                self.warn(format!("left out: {failure}"));
                BTreeMap::new()
            })
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
