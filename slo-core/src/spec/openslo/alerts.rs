//! `alertPolicies`: burn-rate conditions become tiers of our policy.

use super::Objects;
use super::window::{length, shorthand};
use crate::alerting::{Alert, AlertSet};
use crate::policy::{BudgetShare, Severity, TierSpec};
use crate::spec::error::Problem;
use crate::spec::read::{Findings, Value};
use crate::window::Window;

/// What an SLO's alert policies say.
#[derive(Default)]
pub(super) struct Alerts {
    /// Conditions that alert when they are breached.
    pub(super) tiers: Vec<TierSpec>,
    /// Whether a breach alerts.
    breaching: Said,
    /// Whether missing data alert.
    missing: Said,
}

/// What policies say of one sort of alerts: nothing, or yes and no.
#[derive(Default)]
struct Said {
    yes: bool,
    no: bool,
}

impl Said {
    fn add(&mut self, word: Option<bool>) {
        self.yes |= word == Some(true);
        self.no |= word == Some(false);
    }

    /// Whether all that was said is no.
    fn is_off(&self) -> bool {
        self.no && !self.yes
    }
}

impl Alerts {
    /// The alerts that the policies ask for: without a policy there is none.
    pub(super) fn promised(&self) -> AlertSet {
        let burning = self.tiers.iter().map(|tier| Alert::burning(tier.severity));
        let missing = self.missing.yes.then_some(Alert::Missing);
        burning.chain(missing).collect()
    }

    /// The alerts that the policies refuse. A spent budget is a breach, too.
    pub(super) fn off(&self) -> AlertSet {
        let breaches = [Alert::Page, Alert::Ticket, Alert::Exhausted];
        let breaches = breaches.into_iter().filter(|_| self.breaching.is_off());
        let missing = self.missing.is_off().then_some(Alert::Missing);
        breaches.chain(missing).collect()
    }
}

/// The alerts of an SLO's policies.
pub(super) fn read<'a>(
    value: &Value<'a>,
    objects: &Objects<'a>,
    window: Option<Window>,
    findings: &mut Findings,
) -> Alerts {
    let mut alerts = Alerts::default();
    let items = value.list(findings, "a list of alert policies");
    for item in items.unwrap_or_default() {
        // A name alone is usual, though the text asks for `alertPolicyRef`.
        let spec = match item.scalar() {
            Some(name) => found(
                objects.policies.get(name),
                &item,
                "AlertPolicy",
                name,
                findings,
            ),
            None => object(
                &item,
                "alertPolicyRef",
                "AlertPolicy",
                &objects.policies,
                findings,
            ),
        };
        if let Some(spec) = spec {
            policy(&spec, objects, window, &mut alerts, findings);
        }
    }
    alerts
}

fn found<'a>(
    spec: Option<&Value<'a>>,
    at: &Value<'_>,
    kind: &'static str,
    name: &str,
    findings: &mut Findings,
) -> Option<Value<'a>> {
    if spec.is_none() {
        let name = name.to_owned();
        at.error(findings, Problem::Unresolved { kind, name });
    }
    spec.cloned()
}

/// The spec of an object, inline or by name.
fn object<'a>(
    item: &Value<'a>,
    reference: &'static str,
    kind: &'static str,
    known: &std::collections::HashMap<&'a str, Value<'a>>,
    findings: &mut Findings,
) -> Option<Value<'a>> {
    let mut map = item.map(findings, "an object, or a reference to one")?;
    if let Some(reference) = map.get(reference) {
        map.warn_unknown(findings);
        let name = reference.text(findings, "a name")?;
        return found(known.get(name), &reference, kind, name, findings);
    }
    let _ = (map.get("kind"), map.get("apiVersion"), map.get("metadata"));
    let spec = map.need(findings, "spec", "the object, or a reference to one");
    map.warn_unknown(findings);
    spec
}

fn policy<'a>(
    spec: &Value<'a>,
    objects: &Objects<'a>,
    window: Option<Window>,
    alerts: &mut Alerts,
    findings: &mut Findings,
) {
    let Some(mut map) = spec.map(findings, "an alert policy") else {
        return;
    };
    let _ = map.get("description");
    let mut flag = |name| {
        let value = map.get(name)?;
        Some((value.boolean(findings)?, value))
    };
    let (breaching, resolved) = (flag("alertWhenBreaching"), flag("alertWhenResolved"));
    let no_data = flag("alertWhenNoData");
    if let Some((true, value)) = &resolved {
        let why = "whoever receives alerts is told that they are resolved";
        value.not_honoured(findings, why);
    }
    alerts.missing.add(no_data.map(|(alerts, _)| alerts));
    let breaching = match breaching {
        Some((breaching, _)) => breaching,
        None => {
            spec.assumed(
                findings,
                "`alertWhenBreaching: true`, what conditions are for",
            );
            true
        }
    };
    alerts.breaching.add(Some(breaching));
    if let Some(targets) = map.get("notificationTargets") {
        targets.not_honoured(findings, "alerts are routed by their labels");
    }
    let conditions = map
        .get("conditions")
        .and_then(|v| v.list(findings, "a list of conditions"));
    map.warn_unknown(findings);
    for item in conditions.unwrap_or_default() {
        let spec = object(
            &item,
            "conditionRef",
            "AlertCondition",
            &objects.conditions,
            findings,
        );
        let tier = spec.and_then(|spec| condition(&spec, window?, findings));
        alerts.tiers.extend(tier.filter(|_| breaching));
    }
}

const OPS: &str = "gt or gte (lt and lte have no effect)";

fn is_above(op: &str) -> Option<bool> {
    match op {
        "gt" | "gte" => Some(true),
        "lt" | "lte" => Some(false),
        _ => None,
    }
}

fn condition(spec: &Value<'_>, window: Window, findings: &mut Findings) -> Option<TierSpec> {
    let mut map = spec.map(findings, "an alert condition")?;
    let _ = map.get("description");
    let severity = map.need(findings, "severity", "a text such as page");
    let condition = map.need(findings, "condition", "a burn rate condition");
    map.warn_unknown(findings);
    let (severity, condition) = severity.zip(condition)?;
    let severity = match severity
        .text(findings, "a text")?
        .to_ascii_lowercase()
        .as_str()
    {
        "page" | "critical" | "sev1" | "high" | "p1" => Severity::Page,
        _ => Severity::Ticket,
    };
    let mut map = condition.map(findings, "a burn rate condition")?;
    let (kind, op) = (map.get("kind"), map.get("op"));
    let threshold = map.need(findings, "threshold", "a burn rate");
    let lookback = map.need(findings, "lookbackWindow", "a duration such as 1h");
    let after = map.get("alertAfter");
    map.warn_unknown(findings);
    let is_burn_rate = |kind: &Value<'_>| {
        kind.scalar()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("burnrate"))
    };
    if let Some(kind) = kind.filter(|kind| !is_burn_rate(kind)) {
        kind.not_honoured(findings, "only conditions of kind burnrate become alerts");
        return None;
    }
    // Older versions of the standard say `lte` in their example of a burn rate that is too high.
    let above = op.and_then(|op| Some((op.read(findings, OPS, is_above)?, op)));
    if let Some((false, op)) = above {
        op.not_honoured(findings, "an alert fires above its burn rate");
    }
    if let Some(after) = after.filter(|after| !after.scalar().is_some_and(|s| s.starts_with("0"))) {
        after.not_honoured(
            findings,
            "a short window, a twelfth of `lookbackWindow`, takes its place",
        );
    }
    let positive = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|n| *n > 0.0 && n.is_finite())
    };
    let burn_rate = threshold.and_then(|v| v.read(findings, "a burn rate above 0", positive));
    let long = lookback.as_ref().and_then(|value| {
        let (number, unit) = value.read(findings, "a duration such as 1h", shorthand)?;
        Some(length(number, unit))
    });
    let (burn_rate, long) = burn_rate.zip(long)?;
    let Ok(budget) = BudgetShare::spent_at(burn_rate, long, window.nominal()) else {
        let why = "at this burn rate, the window spends no share of the budget, or more than all";
        condition.not_honoured(findings, why);
        return None;
    };
    if long.as_secs() < 3600 {
        condition.not_honoured(findings, "a tier's window is an hour or longer");
        return None;
    }
    Some(TierSpec {
        severity,
        long,
        budget,
    })
}
