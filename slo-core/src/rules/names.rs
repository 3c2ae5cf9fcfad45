//! What Prometheus refuses in a rule file, found before there is one: names, values and templates of
//! labels and annotations, and at last everything in the file.

use std::collections::HashSet;
use std::fmt;

use promql_client::expr::Needs;

use super::{Rule, RuleSet, loadable, template};

/// Labels that tell an SLO's series and alerts from others: the rules set them, or Prometheus does.
pub const RESERVED: [&str; 6] = [
    "service",
    "slo",
    "severity",
    "slo_alert",
    "alertname",
    "alertstate",
];

/// Why something cannot stand in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Checks a label of an SLO, or of all alerts.
///
/// # Errors
/// Where its name is none that Prometheus takes, where it is one of [`RESERVED`], and where its value
/// is a broken template.
pub fn check_label(name: &str, value: &str) -> Result<(), Refused> {
    if RESERVED.contains(&name) {
        return Err(Refused(format!(
            "`{name}` is set by the rules themselves; give the label another name"
        )));
    }
    check_alert_label(name, value)
}

/// Checks a label that was written for an alert: it may be one of [`RESERVED`], but for `alertname`.
///
/// # Errors
/// Where its name is none that Prometheus takes, or its value a broken template.
pub fn check_alert_label(name: &str, value: &str) -> Result<(), Refused> {
    if !is_name(name) {
        return Err(no_name(name, "label"));
    }
    if name.starts_with("__") {
        return Err(Refused(format!(
            "`{name}`: names with `__` in front are Prometheus' own"
        )));
    }
    if matches!(name, "alertname" | "alertstate") {
        return Err(Refused(format!(
            "Prometheus sets `{name}` itself; an alert's name is its `name`"
        )));
    }
    check_text(value)
}

/// Checks an annotation.
///
/// # Errors
/// Where its name is none that Prometheus takes, or its text a broken template.
pub fn check_annotation(name: &str, text: &str) -> Result<(), Refused> {
    if !is_name(name) {
        return Err(no_name(name, "annotation"));
    }
    check_text(text)
}

/// Checks the text of a label or an annotation.
///
/// # Errors
/// Where it is a broken template.
pub fn check_text(text: &str) -> Result<(), Refused> {
    template::check(text).map_err(|why| Refused(format!("Prometheus refuses its template: {why}")))
}

fn no_name(name: &str, what: &str) -> Refused {
    let name: String = name.chars().take(60).collect();
    Refused(format!(
        "`{name}` is no {what} name: letters, digits and `_`, no digit in front"
    ))
}

/// A label's or annotation's name, for all versions of Prometheus.
pub(crate) fn is_name(name: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(start) && name.chars().all(|c| start(c) || c.is_ascii_digit())
}

fn is_metric(name: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    name.starts_with(start) && name.chars().all(|c| start(c) || c.is_ascii_digit())
}

impl RuleSet {
    /// Checks what Prometheus would refuse when it loads the rules: what specs are read from is
    /// checked there already, so this is for SLOs and options that were made by hand.
    ///
    /// # Errors
    /// Everything that would be refused, each with its group and rule.
    pub fn check(&self) -> Result<(), Vec<Refused>> {
        let mut refused = Vec::new();
        let mut names = HashSet::new();
        for group in &self.groups {
            if !names.insert(group.name.as_str()) {
                refused.push(Refused(format!("there are two groups {}", group.name)));
            }
            for rule in &group.rules {
                let name = match rule {
                    Rule::Record { metric, .. } => metric,
                    Rule::Alert { name, .. } => name,
                };
                let at = |why: Refused| Refused(format!("{}: {name}: {why}", group.name));
                refused.extend(check_rule(rule, self.experimental).into_iter().map(at));
            }
        }
        if refused.is_empty() {
            Ok(())
        } else {
            Err(refused)
        }
    }
}

fn check_rule(rule: &Rule, experimental: bool) -> Vec<Refused> {
    let mut refused = Vec::new();
    let (expr, labels) = match rule {
        Rule::Record {
            metric,
            expr,
            labels,
        } => {
            if !is_metric(metric) {
                refused.push(Refused("no name of a metric".to_owned()));
            }
            // A recorded label is no template.
            let names = labels.keys().map(|name| check_alert_label(name, ""));
            refused.extend(names.filter_map(Result::err));
            (expr, None)
        }
        Rule::Alert {
            name,
            expr,
            labels,
            annotations,
            ..
        } => {
            if name.is_empty() {
                refused.push(Refused("an alert needs a name".to_owned()));
            }
            let checked = annotations
                .iter()
                .map(|(name, text)| check_annotation(name, text));
            refused.extend(checked.filter_map(Result::err));
            (expr, Some(labels))
        }
    };
    let labels = labels.into_iter().flatten();
    let checked = labels.map(|(name, value)| check_alert_label(name, value));
    refused.extend(checked.filter_map(Result::err));
    refused.extend(loadable::refused(expr).map(Refused));
    if let Some(name) = Needs::of(expr).experimental.filter(|_| !experimental) {
        refused.push(Refused(format!(
            "`{name}` is experimental: Prometheus refuses it by default; where the server is started with --enable-feature=promql-experimental-functions, allow it with `experimental`"
        )));
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_every_prometheus() {
        for name in ["team", "_x", "a1", "A"] {
            assert_eq!(check_label(name, "x"), Ok(()), "{name}");
            assert_eq!(check_annotation(name, "x"), Ok(()), "{name}");
        }
        for name in ["", "1a", "a-b", "a.b", "é", "a b", "a:b", "a\0"] {
            assert!(check_label(name, "x").is_err(), "{name}");
            assert!(check_alert_label(name, "x").is_err(), "{name}");
            assert!(check_annotation(name, "x").is_err(), "{name}");
        }
    }

    #[test]
    fn the_rules_own_labels_are_an_alerts_at_most() {
        for name in RESERVED {
            assert!(check_label(name, "x").is_err(), "{name}");
        }
        for name in ["service", "slo", "severity"] {
            assert_eq!(check_alert_label(name, "x"), Ok(()), "{name}");
        }
        for name in ["alertname", "alertstate", "__name__", "__tmp"] {
            assert!(check_alert_label(name, "x").is_err(), "{name}");
        }
        // Grafana reads these.
        assert_eq!(check_annotation("__dashboardUid__", "x"), Ok(()));
    }

    #[test]
    fn texts_are_templates() {
        assert_eq!(
            check_text("{{ $labels.service }}: {{ $value | humanize }}"),
            Ok(())
        );
        for text in ["{{ $value", "{{ end }}", "{{ nope }}"] {
            assert!(check_text(text).is_err(), "{text}");
            assert!(check_label("team", text).is_err(), "{text}");
            assert!(check_annotation("summary", text).is_err(), "{text}");
        }
    }
}
