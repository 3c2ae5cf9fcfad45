//! Sloth: `version: prometheus/v1`, and the resource `PrometheusServiceLevel`, which says the same in
//! camel case.

use std::collections::BTreeMap;

use super::carried::{alert_labels, annotations, labels};
use super::common::{Grouped, Parts, indicator, name, percent, ratio, template};
use super::pair::{self, Share};
use super::read::{Findings, Map, Value};
use super::{Defined, Finding};
use crate::alerting::{Alert, AlertSet, Alerting};
use crate::sli::Unit;
use crate::slo::Name;
use crate::window::Window;

/// The fields whose names differ between the two.
#[derive(Clone, Copy)]
pub(super) struct Names {
    error_query: &'static str,
    total_query: &'static str,
    error_ratio_query: &'static str,
    page_alert: &'static str,
    ticket_alert: &'static str,
}

pub(super) const SPEC: Names = Names {
    error_query: "error_query",
    total_query: "total_query",
    error_ratio_query: "error_ratio_query",
    page_alert: "page_alert",
    ticket_alert: "ticket_alert",
};

const RESOURCE: Names = Names {
    error_query: "errorQuery",
    total_query: "totalQuery",
    error_ratio_query: "errorRatioQuery",
    page_alert: "pageAlert",
    ticket_alert: "ticketAlert",
};

/// Sloth's own default.
const DAYS: u32 = 30;

pub(super) fn read_resource<'a>(
    mut object: Map<'a>,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    let kind = object.need(findings, "kind", "PrometheusServiceLevel");
    if let Some(kind) = kind.filter(|kind| kind.scalar() != Some("PrometheusServiceLevel")) {
        kind.expected(findings, "PrometheusServiceLevel");
        return;
    }
    // Sloth takes nothing from the metadata into the rules, either.
    let _ = (object.get("metadata"), object.get("status"));
    let spec = object.need(findings, "spec", "the service and its SLOs");
    object.warn_unknown(findings);
    if let Some(spec) = spec.and_then(|spec| spec.map(findings, "the service and its SLOs")) {
        read(spec, RESOURCE, slos, findings);
    }
}

pub(super) fn read<'a>(
    mut spec: Map<'a>,
    names: Names,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    let _ = spec.get("version");
    let service = spec.need(findings, "service", "the service's name");
    let service = service.and_then(|value| name(&value, findings));
    let common = spec
        .get("labels")
        .map(|value| labels(&value, findings))
        .unwrap_or_default();
    let plugins = |spec: &mut Map<'a>, findings: &mut Findings| {
        for field in ["slo_plugins", "sloPlugins"] {
            if let Some(value) = spec.get(field) {
                value.not_honoured(findings, "Sloth's plugins are programs for Sloth");
            }
        }
    };
    plugins(&mut spec, findings);
    let items = spec.need(findings, "slos", "a list of SLOs");
    let items = items.and_then(|items| items.list(findings, "a list of SLOs"));
    for item in items.unwrap_or_default() {
        let Some(mut map) = item.map(findings, "an SLO") else {
            continue;
        };
        plugins(&mut map, findings);
        slo(map, names, service.clone(), &common, slos, findings);
    }
    spec.warn_unknown(findings);
}

fn slo<'a>(
    mut map: Map<'a>,
    names: Names,
    service: Option<Name>,
    common: &BTreeMap<String, String>,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    let slo_name = map.need(findings, "name", "the SLO's name");
    let objective = map.need(findings, "objective", super::scalar::OBJECTIVE);
    let description = map.get("description").and_then(|value| value.scalar());
    let mut all_labels = common.clone();
    all_labels.extend(
        map.get("labels")
            .map(|v| labels(&v, findings))
            .unwrap_or_default(),
    );
    let parts = Parts {
        at: map.at.clone(),
        service,
        name: slo_name.and_then(|value| name(&value, findings)),
        objective: objective.and_then(|value| percent(&value, findings)),
        window: Window::days(DAYS).ok(),
        indicator: map
            .need(findings, "sli", "`events` or `raw`")
            .and_then(|sli| read_sli(&sli, names, findings)),
    };
    let alerting = map
        .get("alerting")
        .map(|value| alerting(&value, names, findings));
    map.warn_unknown(findings);
    parts.finish(slos, findings, |slo| {
        slo.description = description.map(str::to_owned);
        slo.labels = all_labels;
        slo.alerting = alerting.unwrap_or_else(promised);
    });
}

fn read_sli<'a>(value: &Value<'a>, names: Names, findings: &mut Findings) -> Option<Grouped<'a>> {
    let mut map = value.map(findings, "`events` or `raw`")?;
    let (events, raw, plugin) = (map.get("events"), map.get("raw"), map.get("plugin"));
    map.warn_unknown(findings);
    match (events, raw, plugin) {
        (Some(events), None, None) => {
            let mut map = events.map(findings, "an error and a total query")?;
            let error = map.need(findings, names.error_query, "PromQL for the bad events");
            let total = map.need(findings, names.total_query, "PromQL for all events");
            let error = error.and_then(|query| template(&query, findings));
            let total = total.and_then(|query| template(&query, findings));
            map.warn_unknown(findings);
            indicator(
                pair::of_templates(Share::Bad, &error?, &total?),
                &events,
                findings,
            )
        }
        (None, Some(raw), None) => {
            let mut map = raw.map(findings, "an error ratio query")?;
            let query = map.need(
                findings,
                names.error_ratio_query,
                "PromQL for the error ratio",
            );
            map.warn_unknown(findings);
            let query = query?;
            let read = template(&query, findings)?;
            let made = ratio(read, &query, findings)?;
            if made.sli.unit() == Unit::Time {
                let why = "it is no quotient of sums of counters' rates".to_owned();
                query.warn(findings, Finding::NoEvents { why });
            }
            Some(made)
        }
        (None, None, Some(plugin)) => {
            plugin.invalid(
                findings,
                "Sloth's plugins are programs for Sloth: write the queries it makes as `events`",
            );
            None
        }
        _ => {
            value.expected(findings, "exactly one of `events` and `raw`");
            None
        }
    }
}

/// The alerts Sloth makes.
fn promised() -> Alerting {
    Alerting {
        promised: [Alert::Page, Alert::Ticket]
            .into_iter()
            .collect::<AlertSet>(),
        ..Alerting::default()
    }
}

fn alerting(value: &Value<'_>, names: Names, findings: &mut Findings) -> Alerting {
    let mut alerting = promised();
    let Some(mut map) = value.map(findings, "a mapping") else {
        return alerting;
    };
    alerting.name = map
        .get("name")
        .and_then(|v| v.text(findings, "a name"))
        .map(str::to_owned);
    if let Some(value) = map.get("labels") {
        alerting.labels = alert_labels(&value, findings);
    }
    // Written for these two, and for no alert that Sloth doesn't have.
    let both = map.get("annotations");
    let both = both.map(|value| annotations(&value, findings));
    for (field, alert) in [
        (names.page_alert, Alert::Page),
        (names.ticket_alert, Alert::Ticket),
    ] {
        let carried = alerting.carried(alert);
        carried.annotations = both.clone().unwrap_or_default();
        let Some(mut map) = map.get(field).and_then(|v| v.map(findings, "a mapping")) else {
            continue;
        };
        if let Some(value) = map.get("labels") {
            carried.labels = alert_labels(&value, findings);
        }
        if let Some(value) = map.get("annotations") {
            carried.annotations.extend(annotations(&value, findings));
        }
        if map.get("disable").and_then(|v| v.boolean(findings)) == Some(true) {
            alerting.mute(alert.severity());
        }
        map.warn_unknown(findings);
    }
    map.warn_unknown(findings);
    alerting
}
