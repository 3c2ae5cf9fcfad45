//! `policy`: when a burning budget is worth a page or a ticket.

use crate::policy::{BudgetShare, PolicySpec, Severity, TierSpec, Tiers};
use crate::spec::Finding;
use crate::spec::read::{Findings, Value};
use crate::spec::scalar::{confidence, duration, share};

const PRESETS: &str = "`workbook` (three tiers) or `workbook-with-day` (four)";

/// `workbook`, or a mapping with `preset` or `tiers`, `min_bad_events` and `confidence`.
pub(super) fn read(value: &Value<'_>, policy: &mut PolicySpec, findings: &mut Findings) {
    if value.scalar().is_some() {
        if let Some(tiers) = value.read(findings, PRESETS, preset) {
            policy.tiers = tiers;
        }
        return;
    }
    let Some(mut map) = value.map(findings, PRESETS) else {
        return;
    };
    let named = map.get("preset");
    if let Some(tiers) = named
        .as_ref()
        .and_then(|v| v.read(findings, PRESETS, preset))
    {
        policy.tiers = tiers;
    }
    if let Some(value) = map.get("tiers") {
        if named.is_some() {
            value.invalid(findings, "`preset` gives the tiers already");
        }
        policy.tiers = Tiers::Exactly(tiers(&value, findings));
    }
    if let Some(value) = map.get("min_bad_events") {
        let events = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0);
        let read = value.read(findings, "a whole number from 1 on", events);
        policy.min_bad_events = read.unwrap_or(policy.min_bad_events);
    }
    if let Some(value) = map.get("confidence") {
        policy.confidence = value.parse(findings, "a percentage such as 95", confidence);
    }
    map.deny_unknown(findings);
}

fn preset(text: &str) -> Option<Tiers> {
    match text {
        "workbook" => Some(Tiers::Workbook),
        "workbook-with-day" => Some(Tiers::WorkbookWithDay),
        _ => None,
    }
}

fn tiers(value: &Value<'_>, findings: &mut Findings) -> Vec<TierSpec> {
    let expected = "a list of tiers such as {severity: page, budget: 2%, within: 1h}";
    let items = value.list(findings, expected).unwrap_or_default();
    if items.is_empty() {
        value.expected(findings, expected);
    }
    items
        .iter()
        .filter_map(|item| tier(item, expected, findings))
        .collect()
}

fn tier(value: &Value<'_>, expected: &str, findings: &mut Findings) -> Option<TierSpec> {
    let mut map = value.map(findings, expected)?;
    let severity = map.need(findings, "severity", "page or ticket");
    let budget = map.need(findings, "budget", "a share of the budget such as 2%");
    let long = map.need(findings, "within", "a duration such as 1h");
    let severity = severity.and_then(|v| v.read(findings, "page or ticket", severity_of));
    let budget = budget.and_then(|v| {
        let budget = v.parse(findings, "a share such as 2%", share)?;
        doubt_ratio(budget, &v, findings);
        Some(budget)
    });
    // The short window is a twelfth, and must hold some scrapes.
    let longer = |text: &str| duration(text).filter(|d| d.as_secs() >= 3600);
    let long = long.and_then(|v| v.read(findings, "a duration from 1h on", longer));
    map.deny_unknown(findings);
    Some(TierSpec {
        severity: severity?,
        long: long?,
        budget: budget?,
    })
}

/// Under one percent, and without its sign, it looks like a ratio.
fn doubt_ratio(budget: BudgetShare, at: &Value<'_>, findings: &mut Findings) {
    let has_sign = at.scalar().is_some_and(|text| text.contains('%'));
    let hundredfold = BudgetShare::from_millionths(budget.millionths().saturating_mul(100));
    if let Some(meant) = hundredfold
        .ok()
        .filter(|m| !has_sign && m.percent() < 100.0)
    {
        let (budget, meant) = (budget.percent(), meant.percent());
        let what = format!("a tier of {budget} % of the budget; did you mean {meant}?");
        at.warn(findings, Finding::Doubtful { what });
    }
}

fn severity_of(text: &str) -> Option<Severity> {
    match text {
        "page" => Some(Severity::Page),
        "ticket" => Some(Severity::Ticket),
        _ => None,
    }
}
