//! What rules carry of a spec: labels and annotations, checked where they are written.

use std::collections::BTreeMap;

use super::read::{Findings, Value};
use crate::rules::{Refused, check_alert_label, check_annotation, check_label, check_text};

type Texts = BTreeMap<String, String>;

/// An SLO's own labels.
pub(super) fn labels(value: &Value<'_>, findings: &mut Findings) -> Texts {
    checked(value, check_label, findings)
}

/// Labels that are written for alerts.
pub(super) fn alert_labels(value: &Value<'_>, findings: &mut Findings) -> Texts {
    checked(value, check_alert_label, findings)
}

/// Annotations of alerts.
pub(super) fn annotations(value: &Value<'_>, findings: &mut Findings) -> Texts {
    checked(value, check_annotation, findings)
}

/// The address of a runbook, which becomes an annotation.
pub(super) fn runbook(value: &Value<'_>, findings: &mut Findings) -> Option<String> {
    let text = value.text(findings, "an address")?;
    if let Err(why) = check_text(text) {
        value.invalid(findings, why.to_string());
    }
    Some(text.to_owned())
}

/// One label, under the name it gets here.
pub(super) fn label(name: &str, text: &str, at: &Value<'_>, findings: &mut Findings) {
    if let Err(why) = check_label(name, text) {
        at.invalid(findings, why.to_string());
    }
}

/// One annotation, under the name it gets here.
pub(super) fn annotation(name: &str, text: &str, at: &Value<'_>, findings: &mut Findings) {
    if let Err(why) = check_annotation(name, text) {
        at.invalid(findings, why.to_string());
    }
}

fn checked(
    value: &Value<'_>,
    check: impl Fn(&str, &str) -> Result<(), Refused>,
    findings: &mut Findings,
) -> Texts {
    let mut texts = Texts::new();
    for (name, value) in value.texts(findings) {
        let text = value.scalar().unwrap_or_default();
        if let Err(why) = check(name, text) {
            value.invalid(findings, why.to_string());
        }
        texts.insert(name.to_owned(), text.to_owned());
    }
    texts
}
