//! What an SLO's rules cannot say, or say differently than the evaluator.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use std::time::Duration;

use promql_client::Expr;
use promql_client::expr::{Needs, format_duration};

use super::{Group, Note, Options, Rule, template};
use crate::alerting::{Alert, AlertSet};
use crate::queries::Extrapolation;
use crate::sli::{Buckets, Counter, EmptySlice, EventSli, Latency, Leg, Sli};
use crate::slo::Slo;

const ISTIO_DURATION_COUNT: &str = "istio_request_duration_milliseconds_count";
/// Envoy's default bounds, which Istio's proxies have unless their bootstrap says otherwise.
const ISTIO_BOUNDS_MS: [f64; 19] = [
    0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5,
    1.8e6, 3.6e6,
];

pub(super) fn notes(slo: &Slo, options: &Options) -> Vec<String> {
    let alerts = options.alerts.of(&slo.alerting);
    let mut notes = Vec::new();
    if !slo.window.is_rolling() {
        let no_alert = match alerts.contains(Alert::Exhausted) {
            true => ", so there is no alert on an exhausted budget",
            false => "",
        };
        notes.push(format!(
            "a rule cannot say what remains of a calendar period's budget{no_alert}; burn rates are relative to {}",
            format_duration(slo.window.nominal()),
        ));
    }
    if options.extrapolation == Extrapolation::Anchored {
        notes.push(
            "anchored ranges need Prometheus 3.16, or 3.7 and later with --enable-feature=promql-extended-range-selectors"
                .to_owned(),
        );
    }
    let burning = [Alert::Page, Alert::Ticket];
    if let Some(confidence) = slo.policy.confidence
        && burning.into_iter().any(|alert| alerts.contains(alert))
    {
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
        notes.extend(of_events(events, alerts, options));
    }
    let policy = slo.policy.derive(slo.objective, slo.window);
    notes.extend(policy.repairs.iter().map(ToString::to_string));
    notes
}

/// Which Prometheus an SLO's rules need.
pub(super) fn needed<'a>(
    groups: impl Iterator<Item = &'a Group>,
    options: &Options,
) -> Vec<String> {
    let rules: Vec<&Rule> = groups.flat_map(|group| &group.rules).collect();
    let expr = |rule: &&'a Rule| match rule {
        Rule::Record { expr, .. } | Rule::Alert { expr, .. } => Needs::of(expr),
    };
    let needs: Vec<Needs> = rules.iter().map(expr).collect();
    // Of anchored ranges that are asked for there is a note already.
    let asked = options.extrapolation == Extrapolation::Anchored;
    let mut newer = needs.iter().filter_map(|needs| needs.prometheus_3.clone());
    let newer = newer.find(|what| !asked || what != "anchored");
    let newer = newer.or_else(|| {
        let called = rules
            .iter()
            .find_map(|rule| texts(rule).find_map(|text| template::newer(text)))?;
        Some(format!("{called} in a template"))
    });
    let experimental = needs.iter().find_map(|needs| needs.experimental.as_ref());
    let newer = newer.map(|what| {
        format!("these rules need Prometheus 3: 2.x refuses {what}, or some of its versions do")
    });
    let experimental = experimental.map(|name| {
        format!(
            "`{name}` is experimental: Prometheus takes these rules only with --enable-feature=promql-experimental-functions or what else it asks for"
        )
    });
    newer.into_iter().chain(experimental).collect()
}

/// What a rule has that may be a template.
fn texts(rule: &Rule) -> impl Iterator<Item = &String> {
    let (labels, annotations) = match rule {
        Rule::Record { .. } => (None, None),
        Rule::Alert {
            labels,
            annotations,
            ..
        } => (Some(labels), Some(annotations)),
    };
    let texts = labels.into_iter().chain(annotations);
    texts.flat_map(BTreeMap::values)
}

/// So many SLOs are named beside a note that is about all of them.
const NAMED: usize = 3;

/// Notes for people: each text once, where it came first.
pub(super) fn remarks(notes: &[Note]) -> Vec<String> {
    let mut texts: Vec<&str> = Vec::new();
    let mut about: HashMap<&str, Vec<&Note>> = HashMap::new();
    for note in notes {
        let slos = about.entry(&note.text).or_insert_with(|| {
            texts.push(&note.text);
            Vec::new()
        });
        slos.push(note);
    }
    let remark = |text: &str| {
        let slos = about.get(text).map(Vec::as_slice).unwrap_or_default();
        let named = slos.iter().take(NAMED);
        let mut named: Vec<String> = named.map(|n| format!("{}/{}", n.service, n.slo)).collect();
        if slos.len() > NAMED {
            named.push(format!("and {} more", slos.len() - NAMED));
        }
        format!("{}: {text}", named.join(", "))
    };
    texts.into_iter().map(remark).collect()
}

fn of_events(sli: &EventSli, alerts: AlertSet, options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    let legs = [&sli.bad, &sli.total];
    let is_extrapolated = |leg: &&Leg| matches!(leg, Leg::Native { .. } | Leg::Query(_));
    if legs.iter().any(is_extrapolated) {
        notes.push(
            "recorded through increase(), which extrapolates: single events may count as 0 or 1.25"
                .to_owned(),
        );
    }
    if legs.iter().any(|leg| cannot_move(leg)) && !options.recording_offset.is_zero() {
        notes.push(format!(
            "its query is PromQL outside of the builder's language and cannot be moved into the past: its buckets end with their evaluation, and scrapes that are under way then are lost; the other recordings end {} earlier",
            format_duration(options.recording_offset),
        ));
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
        .filter(|latency| may_lack_bucket(latency))
    {
        let fires = match alerts.contains(Alert::Missing) {
            true => ", and the alert on missing metrics fires",
            false => "",
        };
        notes.push(format!(
            "a histogram without a bucket at {} adds nothing; where none has one, nothing is recorded{fires}: `meshobs slo check` says which bounds there are",
            latency.threshold,
        ));
    }
    notes
}

/// Whether a query is kept as it was written.
fn cannot_move(leg: &Leg) -> bool {
    let any_window = Duration::from_secs(300);
    matches!(leg, Leg::Query(template) if matches!(template.over(any_window), Expr::Verbatim(_)))
}

/// Whether histograms may have no bucket at the threshold. Istio's own have fixed ones.
fn may_lack_bucket(latency: &Latency) -> bool {
    match &latency.buckets {
        Buckets::Classic { count, .. } => {
            let is_istio = count.metric.as_deref() == Some(ISTIO_DURATION_COUNT);
            !(is_istio && ISTIO_BOUNDS_MS.contains(&latency.threshold))
        }
        _ => false,
    }
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
