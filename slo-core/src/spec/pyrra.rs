//! Pyrra: the resource `ServiceLevelObjective`.

use std::collections::BTreeMap;

use promql_client::Selector;

use super::Defined;
use super::bound::without_bound;
use super::carried::{annotation, label};
use super::common::{Grouped, Metadata, Parts, label_list, name, percent};
use super::error::Problem;
use super::histogram::Classic;
use super::pair;
use super::promql::selector;
use super::read::{Findings, Map, Value};
use super::scalar::{as_label, in_units, threshold_ms, unit_of};
use crate::alerting::{Alert, AlertSet, Alerting};
use crate::sli::{Buckets, Counter, EventSli, Latency, Leg, ProbeSli, Sli};
use crate::window::Window;

const KIND: &str = "ServiceLevelObjective";
/// Labels and annotations of the resource with this prefix go into Pyrra's rules, without it.
const PROPAGATED: &str = "pyrra.dev/";

pub(super) fn read<'a>(mut object: Map<'a>, slos: &mut Vec<Defined>, findings: &mut Findings) {
    let kind = object.need(findings, "kind", KIND);
    match kind.as_ref().and_then(Value::scalar) {
        Some("ServiceLevelObjectiveList") => {
            let items = object.need(findings, "items", "a list of objectives");
            let items = items.and_then(|items| items.list(findings, "a list of objectives"));
            for item in items.unwrap_or_default() {
                if let Some(item) = item.map(findings, KIND) {
                    objective(item, slos, findings);
                }
            }
        }
        Some(KIND) => objective(object, slos, findings),
        _ => {
            if let Some(kind) = kind {
                kind.expected(findings, KIND);
            }
        }
    }
}

fn objective<'a>(mut object: Map<'a>, slos: &mut Vec<Defined>, findings: &mut Findings) {
    let _ = (
        object.get("kind"),
        object.get("apiVersion"),
        object.get("status"),
    );
    let metadata = Metadata::read(&mut object, findings);
    let spec = object.need(findings, "spec", "the objective");
    object.warn_unknown(findings);
    let spec = spec.and_then(|spec| spec.map(findings, "the objective"));
    let (Some(metadata), Some(mut spec)) = (metadata, spec) else {
        return;
    };
    let (labels, service) = propagated(metadata.labels.as_ref(), findings);
    let slo_name = metadata.name.and_then(|value| name(&value, findings));
    // Pyrra knows no services: the label says it, else the namespace is the nearest thing.
    let service = match (service, metadata.namespace) {
        (Some(service), _) => name(&service, findings),
        (None, Some(namespace)) => name(&namespace, findings),
        (None, None) => slo_name.clone(),
    };
    let description = spec.get("description").and_then(|value| value.scalar());
    let target = spec.need(findings, "target", super::scalar::OBJECTIVE);
    let window = spec.need(findings, "window", "a duration such as 4w");
    let sli = spec.need(findings, "indicator", INDICATORS);
    let parts = Parts {
        at: spec.at.clone(),
        service,
        name: slo_name,
        objective: target.and_then(|value| percent(&value, findings)),
        window: window
            .and_then(|v| v.parse(findings, "a duration such as 4w", str::parse::<Window>)),
        indicator: sli.and_then(|value| indicator(&value, findings)),
    };
    let alerting = spec.get("alerting").map(|value| alerting(&value, findings));
    let mut alerting = alerting.unwrap_or_else(promised);
    annotate(&mut alerting, metadata.annotations.as_ref(), findings);
    for field in ["partial_response_strategy", "performanceOverAccuracy"] {
        if let Some(value) = spec.get(field) {
            value.not_honoured(findings, "it steers Pyrra's own rules");
        }
    }
    spec.warn_unknown(findings);
    parts.finish(slos, findings, |slo| {
        slo.description = description.map(str::to_owned);
        slo.labels = labels;
        slo.alerting = alerting;
    });
}

/// The labels that go into rules, and the one that names the service.
fn propagated<'a>(
    labels: Option<&Value<'a>>,
    findings: &mut Findings,
) -> (BTreeMap<String, String>, Option<Value<'a>>) {
    let (mut propagated, mut service) = (BTreeMap::new(), None);
    for (name, value) in labels.map(|v| v.texts(findings)).unwrap_or_default() {
        let Some(name) = name.strip_prefix(PROPAGATED) else {
            continue;
        };
        if name == "service" {
            service = Some(value);
            continue;
        }
        let (name, text) = (as_label(name), value.scalar().unwrap_or_default());
        label(&name, text, &value, findings);
        propagated.insert(name, text.to_owned());
    }
    (propagated, service)
}

/// Annotations with the prefix go onto all of Pyrra's alerts, and onto no other.
fn annotate(alerting: &mut Alerting, annotations: Option<&Value<'_>>, findings: &mut Findings) {
    for (name, value) in annotations.map(|v| v.texts(findings)).unwrap_or_default() {
        let Some(name) = name.strip_prefix(PROPAGATED) else {
            continue;
        };
        let (name, text) = (as_label(name), value.scalar().unwrap_or_default());
        annotation(&name, text, &value, findings);
        for alert in alerting.promised.iter() {
            let carried = alerting.carried(alert);
            carried.annotations.insert(name.clone(), text.to_owned());
        }
    }
}

const INDICATORS: &str = "one of `ratio`, `latency`, `latencyNative` and `bool_gauge`";

fn indicator<'a>(value: &Value<'a>, findings: &mut Findings) -> Option<Grouped<'a>> {
    let mut map = value.map(findings, INDICATORS)?;
    let given: Vec<(&str, Value<'_>)> = ["ratio", "latency", "latencyNative", "bool_gauge"]
        .into_iter()
        .filter_map(|kind| Some((kind, map.get(kind)?)))
        .collect();
    map.warn_unknown(findings);
    let [(kind, value)] = given.as_slice() else {
        value.expected(findings, INDICATORS);
        return None;
    };
    let mut map = value.map(findings, "a mapping")?;
    let grouping = map.get("grouping");
    let group_by = grouping.as_ref().map(|value| label_list(value, findings));
    let sli = match *kind {
        "ratio" => {
            let errors = metric(&mut map, "errors", findings);
            let total = metric(&mut map, "total", findings);
            errors.zip(total).map(|((_, errors), (_, total))| {
                Sli::Events(pair::events(Leg::counter(errors), Leg::counter(total)))
            })
        }
        "latency" => classic(&mut map, findings),
        "latencyNative" => native(&mut map, findings),
        _ => map
            .need(findings, "metric", "a selector")
            .and_then(|value| {
                let success = value.parse(findings, "a selector", checked)?;
                Some(Sli::Probe(ProbeSli { success }))
            }),
    };
    map.warn_unknown(findings);
    Some(Grouped {
        sli: sli?,
        group_by: group_by.unwrap_or_default(),
        at: grouping.unwrap_or_else(|| value.clone()),
        sli_at: value.clone(),
    })
}

fn checked(text: &str) -> Result<Selector, Problem> {
    selector(text).map_err(Problem::Invalid)
}

/// `name: {metric: selector}`.
fn metric<'a>(
    map: &mut Map<'a>,
    name: &'static str,
    findings: &mut Findings,
) -> Option<(Value<'a>, Selector)> {
    let value = map.need(findings, name, "a mapping with `metric`")?;
    let mut map = value.map(findings, "a mapping with `metric`")?;
    let metric = map.need(findings, "metric", "a selector");
    map.warn_unknown(findings);
    let metric = metric?;
    let selector = metric.parse(findings, "a selector", checked)?;
    Some((metric, selector))
}

fn classic(map: &mut Map<'_>, findings: &mut Findings) -> Option<Sli> {
    let success = metric(map, "success", findings);
    let total = metric(map, "total", findings);
    let ((at, success), (_, total)) = success.zip(total)?;
    let bound = without_bound(&success).map(|(bound, _)| bound);
    if !bound.is_some_and(|bound| bound > 0.0 && bound.is_finite()) {
        at.invalid(
            findings,
            "the bucket's matcher `le=\"…\"` with a number is missing",
        );
        return None;
    }
    let bad = Leg::Difference {
        of: vec![Counter::new(total.clone())],
        minus: vec![Counter::new(success)],
    };
    let total = Leg::counter(total);
    let Some(pair) = Classic::of(&bad, &total) else {
        return Some(Sli::Events(pair::events(bad, total)));
    };
    if pair.unit_ms.is_none() {
        at.assumed(findings, "the histogram is in seconds");
    }
    let sli = pair.sli(pair.unit_ms.or(Some(1000.0)));
    if let Some(what) = pair.assumed {
        at.assumed(findings, what);
    }
    Some(Sli::Events(sli))
}

fn native(map: &mut Map<'_>, findings: &mut Findings) -> Option<Sli> {
    let total = metric(map, "total", findings);
    let latency = map.need(findings, "latency", super::scalar::THRESHOLD);
    let threshold =
        latency.and_then(|value| value.read(findings, super::scalar::THRESHOLD, threshold_ms));
    let ((at, histogram), threshold_ms) = total.zip(threshold)?;
    if unit_of(&histogram).is_none() {
        at.assumed(findings, "the histogram is in seconds");
    }
    let unit_ms = unit_of(&histogram).unwrap_or(1000.0);
    Some(Sli::Events(EventSli::latency(Latency {
        buckets: Buckets::Native { histogram },
        threshold: in_units(threshold_ms, unit_ms),
        unit_ms,
    })))
}

/// The alerts Pyrra makes: on a burning budget, of both severities, and on missing metrics.
fn promised() -> Alerting {
    Alerting {
        promised: AlertSet::ALL.without(Alert::Exhausted),
        ..Alerting::default()
    }
}

fn alerting(value: &Value<'_>, findings: &mut Findings) -> Alerting {
    let mut alerting = promised();
    let Some(mut map) = value.map(findings, "a mapping") else {
        return alerting;
    };
    let mut flag = |name| map.get(name).and_then(|value| value.boolean(findings));
    alerting.disabled = flag("disabled") == Some(true);
    if flag("burnrates") == Some(false) {
        alerting.off = alerting.off.with(Alert::Page).with(Alert::Ticket);
        alerting.off = alerting.off.with(Alert::Exhausted);
    }
    if flag("absent") == Some(false) {
        alerting.off = alerting.off.with(Alert::Missing);
    }
    let mut text = |name| map.get(name)?.text(findings, "a name").map(str::to_owned);
    alerting.name = text("name");
    alerting.carried(Alert::Missing).name = text("absentName");
    if let Some(value) = map.get("burnRateType") {
        value.not_honoured(findings, "tiers are derived from shares of the budget");
    }
    map.warn_unknown(findings);
    alerting
}
