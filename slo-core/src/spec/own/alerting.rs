//! `alerting`: which alerts there are, and what they carry.

use crate::alerting::{Alert, Alerting};
use crate::spec::carried::{alert_labels, annotations, runbook};
use crate::spec::read::{Findings, Map, Value};

/// Reads over what the document said for all SLOs: labels and annotations are joined.
pub(super) fn read(value: &Value<'_>, alerting: &mut Alerting, findings: &mut Findings) {
    let Some(mut map) = value.map(findings, "a mapping") else {
        return;
    };
    if let Some(disabled) = map.get("disabled").and_then(|v| v.boolean(findings)) {
        alerting.disabled = disabled;
    }
    alerting.name = super::text(&mut map, "name", findings).or(alerting.name.take());
    if let Some(value) = map.get("runbook_url") {
        alerting.runbook_url = runbook(&value, findings);
    }
    if let Some(value) = map.get("labels") {
        alerting.labels.extend(alert_labels(&value, findings));
    }
    if let Some(value) = map.get("annotations") {
        alerting.annotations.extend(annotations(&value, findings));
    }
    for alert in Alert::ALL {
        one(&mut map, alert, alerting, findings);
    }
    map.deny_unknown(findings);
}

/// `page`, `ticket`, `exhausted` or `missing`.
fn one(map: &mut Map<'_>, alert: Alert, alerting: &mut Alerting, findings: &mut Findings) {
    let value = map.get(alert.name());
    let Some(mut map) = value.and_then(|v| v.map(findings, "a mapping")) else {
        return;
    };
    let of_severity = Alert::burning(alert.severity()) == alert;
    match map.get("disabled").and_then(|v| v.boolean(findings)) {
        Some(true) if of_severity => alerting.mute(alert.severity()),
        Some(true) => alerting.off = alerting.off.with(alert),
        // What the document switched off with its severity is on again with it, too.
        Some(false) if of_severity && alerting.off.contains(alert) => {
            let others = alerting.off.iter();
            alerting.off = others
                .filter(|a| a.severity() != alert.severity())
                .collect();
        }
        Some(false) => alerting.off = alerting.off.without(alert),
        None => {}
    }
    let name = super::text(&mut map, "name", findings);
    let carried = alerting.carried(alert);
    carried.name = name.or(carried.name.take());
    if let Some(value) = map.get("labels") {
        carried.labels.extend(alert_labels(&value, findings));
    }
    if let Some(value) = map.get("annotations") {
        carried.annotations.extend(annotations(&value, findings));
    }
    map.deny_unknown(findings);
}
