//! `alerting`: what alerts carry, and which of them there are.

use crate::policy::Severity;
use crate::slo::Alerting;
use crate::spec::common::labels;
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
    let url = super::text(&mut map, "runbook_url", findings);
    alerting.runbook_url = url.or(alerting.runbook_url.take());
    if let Some(value) = map.get("labels") {
        alerting.labels.extend(labels(&value, findings));
    }
    if let Some(value) = map.get("annotations") {
        alerting.annotations.extend(labels(&value, findings));
    }
    severity(&mut map, "page", Severity::Page, alerting, findings);
    severity(&mut map, "ticket", Severity::Ticket, alerting, findings);
    map.deny_unknown(findings);
}

fn severity(
    map: &mut Map<'_>,
    field: &'static str,
    severity: Severity,
    alerting: &mut Alerting,
    findings: &mut Findings,
) {
    let Some(mut map) = map.get(field).and_then(|v| v.map(findings, "a mapping")) else {
        return;
    };
    if let Some(disabled) = map.get("disabled").and_then(|v| v.boolean(findings)) {
        alerting.muted.retain(|muted| *muted != severity);
        if disabled {
            alerting.muted.push(severity);
        }
    }
    if let Some(value) = map.get("labels") {
        let labels = labels(&value, findings);
        match severity {
            Severity::Page => alerting.page_labels.extend(labels),
            Severity::Ticket => alerting.ticket_labels.extend(labels),
        }
    }
    map.deny_unknown(findings);
}
