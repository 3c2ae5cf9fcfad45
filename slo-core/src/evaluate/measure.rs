//! Asking for what one SLO needs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use promql_client::{Labels, Timestamp};

use super::answers::Answers;
use super::ask::Asker;
use super::column::Column;
use super::doubt::InDoubt;
use super::grid::Grid;
use super::plan::Plan;
use super::said::Remarks;
use super::survey::{ALERTED, BAD, IN_DOUBT, P95, RECORDED_AT, Survey, TOTAL, UPPER};
use super::{Failure, Options, Source};
use crate::history::{Bucket, History};
use crate::sli::Unit;
use crate::slo::Slo;
use crate::window::Period;

/// The longest window whose burn rate is reported; buckets reach back at least so far, also across
/// the start of a calendar period: an alert's window isn't cut there.
pub(super) const LONGEST_BURN: Duration = Duration::from_secs(3 * 86_400);

/// So many groups' series in doubt are asked for: of those with the most events.
const NAMED_GROUPS: usize = 5;

/// What was measured of one group of an SLO; [`super::judge`] makes figures of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Measurement {
    /// Which group.
    pub group: Labels,
    /// What the window holds before its first whole bucket: a calendar period rarely begins where a
    /// bucket does.
    pub first: Option<Bucket>,
    /// What it would be at the next bound, where a latency threshold lies between two.
    pub next_bound: Option<NextBound>,
    /// Bad events of the window that are in no count.
    pub in_doubt: InDoubt,
    /// Bad events of the last hour as alerts see them, which look for fewer restarts; `None` where none
    /// ask the raw series.
    pub alerted: Option<f64>,
    /// 95th percentile in milliseconds.
    pub p95_ms: Option<f64>,
    /// How long before the evaluation the newest recording was written; `None` of raw series.
    pub lag: Option<Duration>,
    /// Events per bucket, before they become slices; bad and total of a throughput floor are equal.
    pub history: History,
    /// Remarks for a person.
    pub warnings: Vec<String>,
    /// What the server said.
    pub remarks: Remarks,
}

impl Measurement {
    /// What is known from buckets alone.
    #[must_use]
    pub fn from_history(history: History) -> Self {
        Self {
            group: Labels::empty(),
            first: None,
            next_bound: None,
            in_doubt: InDoubt::default(),
            alerted: None,
            p95_ms: None,
            lag: None,
            history,
            warnings: Vec::new(),
            remarks: Remarks::default(),
        }
    }
}

/// The other side of a latency threshold that lies between two bounds of its histogram: the truth is
/// between what was measured at the bound below it and this.
#[derive(Clone, Debug)]
pub struct NextBound {
    /// The bound below the threshold, at which it was measured.
    pub lower: f64,
    /// The bound above it.
    pub upper: f64,
    /// The buckets if the threshold were the upper bound.
    pub history: History,
    /// What the window holds before its first whole bucket, likewise.
    pub first: Option<Bucket>,
}

/// Measures an SLO, and makes something of each group's measurement; of none where there is no data.
/// Measurements are large, so they are made one after the other.
pub(super) async fn measure<T>(
    asker: &Asker<'_, '_>,
    slo: &Slo,
    period: &Period,
    options: &Options,
    mut of_group: impl FnMut(Measurement) -> T,
) -> Result<Vec<T>, Failure> {
    let source = options.source;
    let grid = grid(slo, period);
    let first = first_part(slo, period);
    let plan = Plan::new(asker, slo, period, first.map(|(_, length)| length), source).await?;
    let told = Survey::of(asker, &plan, &grid, period, first).await?;
    let mut answers = Answers::new(slo, options.max_groups, plan.warnings, plan.remarks);
    let bad = answers.by_group(BAD, &told.legs.0)?;
    let total = answers.by_group(TOTAL, &told.legs.1)?;
    let mut groups: BTreeSet<Labels> = BTreeSet::new();
    groups.extend(bad.keys().chain(total.keys()).cloned());
    answers.check(groups.len())?;
    let (first_bad, first_total) = match &told.first {
        Some((bad, total)) => (answers.by_group(BAD, bad)?, answers.by_group(TOTAL, total)?),
        None => Default::default(),
    };
    let upper = answers.like(UPPER, &told.upper);
    let first_upper = answers.like(UPPER, &told.first_upper);
    let in_doubt = answers.like(IN_DOUBT, &told.in_doubt);
    let p95 = answers.like(P95, &told.p95);
    let alerted = answers.like(ALERTED, &told.alerted);
    let recorded_at = answers.like(RECORDED_AT, &told.recorded_at);
    answers.without_bucket(&told.without_bucket);
    belong_together(slo, &bad, &total)?;

    // A bucket across the window's start is not in it.
    let whole_since = first.map_or(period.start, |(end, _)| end);
    let mut doubts: BTreeMap<Labels, InDoubt> = in_doubt
        .into_iter()
        .map(|(group, column)| (group, InDoubt::new(column, &grid, whole_since)))
        .filter(|(group, _)| groups.contains(group))
        .collect();
    if let Some(expr) = plan.series_in_doubt.as_ref() {
        let mut most: Vec<_> = doubts
            .iter_mut()
            .filter(|(_, doubt)| doubt.is_some())
            .collect();
        most.sort_by(|(_, a), (_, b)| b.events.total_cmp(&a.events));
        for (group, doubt) in most.into_iter().take(NAMED_GROUPS) {
            doubt.name(asker, slo, group, expr, grid.step).await;
        }
    }
    let measured = groups.into_iter().map(|group| {
        let (bad, total) = (bad.get(&group).copied(), total.get(&group).copied());
        let (history, alone) = grid.history(bad, total, period.now, source);
        let mut warnings = answers.warnings().to_vec();
        if alone > 0 {
            warnings.push(format!(
                "{alone} buckets have only one of bad and total: they are left out"
            ));
        }
        let no_numbers: usize = bad.iter().chain(&total).map(|leg| leg.not_finite).sum();
        if no_numbers > 0 {
            warnings.push(format!(
                "{no_numbers} answers for bad events or the total are no numbers: they are left out"
            ));
        }
        let p95 = p95
            .get(&group)
            .copied()
            .copied()
            .filter(|p95| p95.is_finite());
        if let (Some(p95), Some(last)) = (p95, plan.last_bound)
            && p95 >= last
        {
            warnings.push(format!(
                "p95 is at least {} ms: it lies above the histogram's last finite bound",
                p95 * plan.unit_ms
            ));
        }
        let value = |all: &BTreeMap<Labels, &Column>| all.get(&group)?.last();
        let first = match (value(&first_bad), value(&first_total)) {
            (Some(bad), Some(total)) => Some(Bucket { bad, total }),
            _ => None,
        };
        let lag = recorded_at.get(&group).map(|seconds| {
            period
                .now
                .since(Timestamp::from_millis((**seconds * 1e3) as i64))
        });
        of_group(Measurement {
            first,
            next_bound: plan.between.as_ref().map(|between| NextBound {
                lower: between.lower,
                upper: between.upper,
                // What could not be asked may be none at all.
                history: grid.with_bad(&history, upper.get(&group).copied()),
                first: first.map(|Bucket { total, .. }| Bucket {
                    bad: value(&first_upper).unwrap_or_default(),
                    total,
                }),
            }),
            in_doubt: doubts.remove(&group).unwrap_or_default(),
            alerted: alerted.get(&group).copied().copied(),
            p95_ms: p95.map(|p95| p95 * plan.unit_ms),
            lag: lag.filter(|_| source == Source::Recorded),
            history,
            warnings,
            remarks: answers.remarks().clone(),
            group,
        })
    });
    Ok(measured.collect())
}

/// A label that only the bad events carry makes groups of errors without requests.
fn belong_together<T>(
    slo: &Slo,
    bad: &BTreeMap<Labels, T>,
    total: &BTreeMap<Labels, T>,
) -> Result<(), Failure> {
    if total.is_empty() {
        return Ok(());
    }
    let alone = bad.keys().filter(|group| !total.contains_key(*group));
    for group in alone {
        let only_bad = |label: &&String| {
            group.get(label).is_some() && total.keys().all(|other| other.get(label).is_none())
        };
        if let Some(label) = slo.group_by.iter().find(only_bad) {
            return Err(Failure::GroupLabel {
                label: label.clone(),
            });
        }
    }
    Ok(())
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

/// Where the window's first whole bucket begins, and how much of the window lies before it. Slices
/// are whole or not at all.
fn first_part(slo: &Slo, period: &Period) -> Option<(Timestamp, Duration)> {
    let elapsed = period.elapsed().as_millis();
    let rest = elapsed % slo.sli.bucket().as_millis().max(1);
    let rest = Duration::from_millis(u64::try_from(rest).ok()?);
    let has_part = slo.sli.unit() == Unit::Events && !rest.is_zero();
    has_part.then(|| {
        let end = period.now.minus(period.elapsed().saturating_sub(rest));
        (end, rest)
    })
}
