//! OpenSLO v1: objects that refer to one another by name.

mod alerts;
mod objective;
mod sli;
mod window;

use std::collections::{BTreeMap, HashMap};

use super::Defined;
use super::common::{Metadata, name};
use super::error::Problem;
use super::read::{Findings, Map, Value};
use super::scalar::as_label;
use crate::policy::{PolicySpec, Tiers};
use crate::spec::carried::label;

const KINDS: &str =
    "SLO, SLI, Service, DataSource, AlertPolicy, AlertCondition or AlertNotificationTarget";

/// All objects of the given files.
#[derive(Default)]
pub(super) struct Objects<'a> {
    slos: Vec<Object<'a>>,
    slis: HashMap<&'a str, Value<'a>>,
    sources: HashMap<&'a str, Value<'a>>,
    policies: HashMap<&'a str, Value<'a>>,
    conditions: HashMap<&'a str, Value<'a>>,
}

struct Object<'a> {
    metadata: Metadata<'a>,
    spec: Value<'a>,
}

impl<'a> Objects<'a> {
    /// Keeps an object until all are known.
    pub(super) fn keep(&mut self, mut map: Map<'a>, findings: &mut Findings) {
        let kind = map.need(findings, "kind", KINDS);
        let metadata = Metadata::read(&mut map, findings);
        let spec = map.get("spec");
        map.warn_unknown(findings);
        let (Some(kind), Some(metadata)) = (kind, metadata) else {
            return;
        };
        let Some(named) = metadata.name.as_ref().and_then(Value::scalar) else {
            return;
        };
        let kept = match kind.scalar() {
            Some("SLI") => &mut self.slis,
            Some("DataSource") => &mut self.sources,
            Some("AlertPolicy") => &mut self.policies,
            Some("AlertCondition") => &mut self.conditions,
            Some("SLO") => {
                match spec {
                    Some(spec) => self.slos.push(Object { metadata, spec }),
                    None => kind.error(findings, missing_spec()),
                }
                return;
            }
            // Names for people; nothing is read from them.
            Some("Service" | "AlertNotificationTarget") => return,
            _ => return kind.expected(findings, KINDS),
        };
        let Some(spec) = spec else {
            return kind.error(findings, missing_spec());
        };
        if kept.insert(named, spec).is_some() {
            let why = format!("another object of this kind is named `{named}`, too");
            kind.invalid(findings, why);
        }
    }
}

fn missing_spec() -> Problem {
    Problem::Missing {
        expected: "`spec`, what the object is".to_owned(),
    }
}

/// Reads the SLOs, now that all objects are known.
pub(super) fn slos(objects: Objects<'_>, slos: &mut Vec<Defined>, findings: &mut Findings) {
    for object in &objects.slos {
        slo(object, &objects, slos, findings);
    }
}

/// What all objectives of an SLO share.
struct Common<'a> {
    objects: &'a Objects<'a>,
    metric: Option<sli::Metric<'a>>,
    time_slices: bool,
}

fn slo(
    object: &Object<'_>,
    objects: &Objects<'_>,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    let Object { metadata, spec } = object;
    let Some(mut map) = spec.map(findings, "the SLO") else {
        return;
    };
    let slo_name = metadata
        .name
        .as_ref()
        .and_then(|value| name(value, findings));
    let service = map.need(findings, "service", "the service's name");
    let service = service.and_then(|value| name(&value, findings));
    let description = map.get("description").and_then(|value| value.scalar());
    let description = description.or(metadata.display_name).map(str::to_owned);
    let labels = metadata
        .labels
        .as_ref()
        .map(|value| labels(value, findings));
    if let Some(annotations) = &metadata.annotations {
        annotations.not_honoured(findings, "annotations are for other tools");
    }
    let window = window::read(&mut map, findings);
    let time_slices = budgeting(&mut map, findings);
    let indicator = indicator(&mut map, objects, findings);
    let policies = map.get("alertPolicies");
    let alerts = policies.map(|value| alerts::read(&value, objects, window, findings));
    let alerts = alerts.unwrap_or_default();
    let objectives = map.need(findings, "objectives", "a list of objectives");
    let objectives = objectives.and_then(|value| value.list(findings, "a list of objectives"));
    map.warn_unknown(findings);
    let Some(objectives) = objectives else { return };
    if objectives.is_empty() {
        map_empty(spec, findings);
    }
    let metric = match indicator {
        Indicator::Found(spec) => sli::read(&spec, objects, findings),
        Indicator::Wrong => None,
        Indicator::None => {
            let own = |value: &Value<'_>| {
                value
                    .map(&mut Findings::default(), "")
                    .is_some_and(|mut map| {
                        map.get("indicator").is_some() || map.get("indicatorRef").is_some()
                    })
            };
            if !objectives.iter().all(own) {
                spec.error(
                    findings,
                    Problem::Missing {
                        expected: "`indicator` or `indicatorRef`".to_owned(),
                    },
                );
            }
            None
        }
    };
    let common = Common {
        objects,
        metric,
        time_slices,
    };
    let several = objectives.len() > 1;
    let mut taken: Vec<String> = Vec::new();
    for (i, value) in objectives.iter().enumerate() {
        let Some(read) = objective::read(value, &common, findings) else {
            continue;
        };
        let name = slo_name
            .as_ref()
            .filter(|_| several)
            .map_or(slo_name.clone(), |name| {
                objective::suffixed(name, read.display_name, i, &mut taken)
            });
        read.parts(value, service.clone(), name, window)
            .finish(slos, findings, |slo| {
                slo.description.clone_from(&description);
                slo.labels = labels.clone().unwrap_or_default();
                slo.alerting.promised = alerts.promised();
                slo.alerting.off = alerts.off();
                if !alerts.tiers.is_empty() {
                    slo.policy = PolicySpec::new(Tiers::Exactly(alerts.tiers.clone()));
                }
            });
    }
}

fn map_empty(spec: &Value<'_>, findings: &mut Findings) {
    spec.invalid(findings, "`objectives` is empty: expected at least one");
}

enum Indicator<'a> {
    Found(Value<'a>),
    Wrong,
    None,
}

/// The spec of the SLI, inline or by name.
fn indicator<'a>(
    map: &mut Map<'a>,
    objects: &Objects<'a>,
    findings: &mut Findings,
) -> Indicator<'a> {
    match (map.get("indicator"), map.get("indicatorRef")) {
        (Some(inline), None) => {
            let spec = inline
                .map(findings, "an SLI with `spec`")
                .and_then(|mut map| {
                    // The name of an inline SLI says nothing more.
                    let _ = (map.get("metadata"), map.get("kind"), map.get("apiVersion"));
                    let spec = map.need(findings, "spec", "the SLI");
                    map.warn_unknown(findings);
                    spec
                });
            spec.map_or(Indicator::Wrong, Indicator::Found)
        }
        (None, Some(reference)) => {
            let name = reference
                .text(findings, "the name of an SLI")
                .unwrap_or_default();
            match objects.slis.get(name) {
                Some(spec) => Indicator::Found(spec.clone()),
                None => {
                    let (kind, name) = ("SLI", name.to_owned());
                    reference.error(findings, Problem::Unresolved { kind, name });
                    Indicator::Wrong
                }
            }
        }
        (Some(_), Some(reference)) => {
            reference.invalid(findings, "either `indicator` or `indicatorRef`, not both");
            Indicator::Wrong
        }
        (None, None) => Indicator::None,
    }
}

/// Whether the budget is spent by time slices.
fn budgeting(map: &mut Map<'_>, findings: &mut Findings) -> bool {
    let Some(value) = map.need(findings, "budgetingMethod", "Occurrences or Timeslices") else {
        return false;
    };
    match value.scalar() {
        Some("Occurrences") => false,
        Some("Timeslices") => true,
        Some("RatioTimeslices") => {
            let why = "an average of slices' ratios is not kept here: events are counted instead";
            value.not_honoured(findings, why);
            false
        }
        _ => {
            value.expected(findings, "Occurrences or Timeslices");
            false
        }
    }
}

/// Labels, whose values may be lists.
fn labels(value: &Value<'_>, findings: &mut Findings) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let map = value.map(findings, "a mapping of names to texts");
    for (name, value) in map.iter().flat_map(Map::values) {
        let items = match value.is_list() {
            true => value.list(findings, "a list of texts").unwrap_or_default(),
            false => vec![value.clone()],
        };
        let text = |item: &Value<'_>| item.text(findings, "a text").map(str::to_owned);
        let texts: Vec<String> = items.iter().filter_map(text).collect();
        let (label_name, text) = (as_label(name), texts.join(","));
        label(&label_name, &text, &value, findings);
        if labels.insert(label_name.clone(), text).is_some() {
            let why = format!("another label is called `{label_name}` here, too");
            value.invalid(findings, why);
        }
    }
    labels
}
