//! Our own format, `version: meshobs/v1`: short for the common case, strict about everything.

mod alerting;
mod data;
mod istio;
mod latency;
mod policy;
mod sli;
mod slices;

use std::collections::BTreeMap;

use super::Defined;
use super::carried::labels;
use super::common::{Grouped, Parts, label_list, name, percent};
use super::read::{Findings, Map, Value};
use super::scalar::OBJECTIVE;
use crate::alerting::Alerting;
use crate::data::DataRequirements;
use crate::objective::Objective;
use crate::policy::PolicySpec;
use crate::slo::{Counting, Name};
use crate::window::Window;

const WINDOW: &str = "a duration such as 30d, or day, week, month or quarter with a time zone";
const DAYS: u32 = 30;

/// What the document says for all of its SLOs.
struct Defaults {
    service: Option<Name>,
    namespace: Option<String>,
    labels: BTreeMap<String, String>,
    window: Option<Window>,
    counting: Counting,
    data: DataRequirements,
    policy: PolicySpec,
    alerting: Alerting,
}

pub(super) fn read<'a>(mut map: Map<'a>, slos: &mut Vec<Defined>, findings: &mut Findings) {
    let _ = map.get("version");
    let service = map.need(findings, "service", "the name of the service that promises");
    let window = map.get("window");
    let mut defaults = Defaults {
        service: service.and_then(|value| name(&value, findings)),
        namespace: text(&mut map, "namespace", findings),
        labels: map
            .get("labels")
            .map(|v| labels(&v, findings))
            .unwrap_or_default(),
        window: Window::days(DAYS).ok(),
        counting: Counting::default(),
        data: DataRequirements::default(),
        policy: PolicySpec::default(),
        alerting: Alerting::default(),
    };
    if let Some(window) = window {
        defaults.window = window.parse(findings, WINDOW, str::parse);
    }
    if let Some(value) = map.get("counting") {
        counting(&value, &mut defaults.counting, findings);
    }
    if let Some(value) = map.get("data") {
        data::read(&value, &mut defaults.data, findings);
    }
    if let Some(value) = map.get("policy") {
        policy::read(&value, &mut defaults.policy, findings);
    }
    if let Some(value) = map.get("alerting") {
        alerting::read(&value, &mut defaults.alerting, findings);
    }
    let items = map.need(findings, "slos", "a list of SLOs");
    let items = items.and_then(|items| items.list(findings, "a list of SLOs"));
    for item in items.unwrap_or_default() {
        if let Some(item) = item.map(findings, "an SLO") {
            slo(item, &defaults, slos, findings);
        }
    }
    map.deny_unknown(findings);
}

fn text(map: &mut Map<'_>, field: &'static str, findings: &mut Findings) -> Option<String> {
    map.get(field)?.text(findings, "a text").map(str::to_owned)
}

fn slo<'a>(
    mut map: Map<'a>,
    defaults: &Defaults,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    let slo_name = map.need(findings, "name", "the SLO's name");
    let description = text(&mut map, "description", findings);
    let objective = map.get("objective");
    let given = objective.as_ref().map(|value| percent(value, findings));
    let window = match map.get("window") {
        Some(window) => window.parse(findings, WINDOW, str::parse),
        None => defaults.window,
    };
    let mut all_labels = defaults.labels.clone();
    all_labels.extend(
        map.get("labels")
            .map(|v| labels(&v, findings))
            .unwrap_or_default(),
    );
    let grouping = map.get("group_by");
    let group_by = grouping.as_ref().map(|value| label_list(value, findings));
    let found = sli::read(&mut map, defaults, findings);
    let objective = match &found {
        Some((found, _)) => {
            one_objective(objective.as_ref(), given, found.objective, &map, findings)
        }
        // What is wrong with the SLI may hide a shorthand.
        None => given.flatten(),
    };
    let (mut own_counting, mut own_data) = (defaults.counting.clone(), defaults.data);
    let (mut own_policy, mut own_alerting) = (defaults.policy.clone(), defaults.alerting.clone());
    if let Some(value) = map.get("counting") {
        counting(&value, &mut own_counting, findings);
    }
    if let Some(value) = map.get("data") {
        data::read(&value, &mut own_data, findings);
    }
    if let Some(value) = map.get("policy") {
        policy::read(&value, &mut own_policy, findings);
    }
    if let Some(value) = map.get("alerting") {
        alerting::read(&value, &mut own_alerting, findings);
    }
    let parts = Parts {
        at: map.at.clone(),
        service: defaults.service.clone(),
        name: slo_name.and_then(|value| name(&value, findings)),
        objective,
        window,
        indicator: found.map(|(found, at)| Grouped {
            sli: found.sli,
            group_by: group_by.unwrap_or(found.group_by),
            sli_at: at.clone(),
            at: grouping.unwrap_or(at),
        }),
    };
    map.deny_unknown(findings);
    parts.finish(slos, findings, |slo| {
        slo.description = description;
        slo.labels = all_labels;
        slo.counting = own_counting;
        slo.data = own_data;
        slo.policy = own_policy;
        slo.alerting = own_alerting;
    });
}

/// The objective stands in its own field or in `p95 < 100ms`, and not differently in both.
fn one_objective(
    field: Option<&Value<'_>>,
    given: Option<Option<Objective>>,
    shorthand: Option<Objective>,
    map: &Map<'_>,
    findings: &mut Findings,
) -> Option<Objective> {
    match (given, shorthand) {
        (Some(Some(given)), Some(shorthand)) if given != shorthand => {
            if let Some(field) = field {
                let why = format!("the latency's percentile says {shorthand} already");
                field.invalid(findings, why);
            }
            None
        }
        (None, None) => {
            map.missing(findings, "objective", OBJECTIVE);
            None
        }
        (given, shorthand) => given.flatten().or(shorthand),
    }
}

fn counting(value: &Value<'_>, counting: &mut Counting, findings: &mut Findings) {
    let Some(mut map) = value.map(findings, "`up` and `target_labels`") else {
        return;
    };
    if let Some(value) = map.get("up") {
        counting.up = sli::selector(&value, findings);
    }
    if let Some(value) = map.get("target_labels") {
        counting.target_labels = label_list(&value, findings);
    }
    map.deny_unknown(findings);
}
