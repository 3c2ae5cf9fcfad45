//! What an SLO's rules cannot say, or say differently than the evaluator.

use std::collections::BTreeSet;

use promql_client::expr::format_duration;

use super::Options;
use crate::queries::Extrapolation;
use crate::sli::{Buckets, Counter, EmptySlice, EventSli, Leg, Sli};
use crate::slo::Slo;

pub(super) fn notes(slo: &Slo, options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    if !slo.window.is_rolling() {
        notes.push(format!(
            "a rule cannot say what remains of a calendar period's budget: no alert on an exhausted budget; burn rates are relative to {}",
            format_duration(slo.window.nominal()),
        ));
    }
    if options.extrapolation == Extrapolation::Anchored {
        notes.push(
            "anchored ranges need Prometheus 3.16, or 3.7 and later with --enable-feature=promql-extended-range-selectors"
                .to_owned(),
        );
    }
    if let Some(confidence) = slo.policy.confidence {
        notes.push(format!(
            "PromQL has no Clopper-Pearson bound: these alerts fire without the proof at {} % that the evaluator asks for",
            confidence.percent()
        ));
    }
    if slo.sli.empty_slice() != EmptySlice::LeftOut && !slo.group_by.is_empty() {
        notes.push(
            "a group whose series vanish is not recorded any more: the evaluator counts its empty slices, the rules cannot"
                .to_owned(),
        );
    }
    if let Sli::Events(events) = &slo.sli {
        notes.extend(of_events(events));
    }
    let policy = slo.policy.derive(slo.objective, slo.window);
    notes.extend(policy.repairs.iter().map(ToString::to_string));
    notes
}

fn of_events(sli: &EventSli) -> Vec<String> {
    let mut notes = Vec::new();
    let legs = [&sli.bad, &sli.total];
    let is_extrapolated = |leg: &&Leg| matches!(leg, Leg::Native { .. } | Leg::Query(_));
    if legs.iter().any(is_extrapolated) {
        notes.push(
            "recorded through increase(), which extrapolates: single events may count as 0 or 1.25"
                .to_owned(),
        );
    }
    if can_contradict(sli) {
        notes.push(
            "bad events and total come from different metrics: where they contradict each other over the whole window the evaluator fails, and the rules take the ratio as it is"
                .to_owned(),
        );
    }
    if let Some(latency) = sli
        .latency
        .as_ref()
        .filter(|latency| matches!(latency.buckets, Buckets::Classic { .. }))
    {
        notes.push(format!(
            "a histogram without a bucket at {} adds nothing; where none has one, nothing is recorded and SloMetricsMissing fires: `meshobs slo check` says which bounds there are",
            latency.threshold,
        ));
    }
    notes
}

/// Whether bad events are counted by something that isn't part of the total.
fn can_contradict(sli: &EventSli) -> bool {
    if sli.latency.is_some() {
        return false;
    }
    match (metrics(&sli.bad), metrics(&sli.total)) {
        (Some(bad), Some(total)) => !bad.is_subset(&total),
        _ => true,
    }
}

/// The metrics that a leg counts; `None` where a query hides them.
fn metrics(leg: &Leg) -> Option<BTreeSet<&str>> {
    fn of(counters: &[Counter]) -> Option<BTreeSet<&str>> {
        counters
            .iter()
            .map(|counter| counter.selector.metric.as_deref())
            .collect()
    }
    match leg {
        Leg::Counters(counters) => of(counters),
        Leg::Difference { of: whole, minus } => Some(&of(whole)? | &of(minus)?),
        Leg::Classic { count, bucket, .. } => {
            let names = [count, bucket].map(|selector| selector.metric.as_deref());
            names.into_iter().collect()
        }
        Leg::Native { histogram, .. } => histogram.metric.as_deref().map(|m| [m].into()),
        Leg::Query(_) => None,
    }
}
