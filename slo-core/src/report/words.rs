//! What a report says in words, the same for every format that people read.

use std::borrow::Cow;

use promql_client::text::neutralize;

use super::number::{rough, short};
use super::schema::{ReportStatus, SloReport, TierReport};
use crate::listed::listed_of;
pub use crate::listed::{MOST, listed};

/// An SLO's warnings as people see them.
pub fn warnings(slo: &SloReport) -> impl Iterator<Item = Cow<'_, str>> {
    listed_of(slo.warnings.iter().map(String::as_str), slo.more_warnings)
}

/// `as of 23h ago`: how old a stale SLO's figures are.
#[must_use]
pub fn age(slo: &SloReport) -> Option<String> {
    let age = slo.data_age_seconds?;
    (slo.status == ReportStatus::Stale).then(|| format!("as of {} ago", rough(age)))
}

/// All that needs words, each with what it is: `error`, `stale`, `alert`, `undecided`, `note` or
/// `warning`. Neutralized; one line each.
#[must_use]
pub fn remarks(slo: &SloReport) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Some(error) = &slo.error {
        let text = format!("{} ({})", error.message, error.kind);
        all.push(("error", neutralize(&text).into_owned()));
    }
    if let Some(age) = age(slo) {
        let text = format!("the figures are {age}: the data are too old for a verdict");
        all.push(("stale", text));
    }
    let tiers = || slo.policy.iter().flat_map(|policy| &policy.tiers);
    for tier in tiers().filter(|tier| tier.firing == Some(true)) {
        let text = format!(
            "{}: burn rate above {} over {} and {}",
            tier.severity,
            short(tier.factor, 3),
            tier.long,
            tier.short
        );
        all.push(("alert", neutralize(&text).into_owned()));
    }
    let name =
        |tier: &TierReport| format!("{} over {} and {}", tier.severity, tier.long, tier.short);
    let undecided = tiers().filter(|tier| tier.firing.is_none());
    let undecided: Vec<String> = undecided.map(name).collect();
    if !undecided.is_empty() {
        let text = format!(
            "{}: too little is known of these windows to tell whether the alert fires",
            undecided.join("; ")
        );
        all.push(("undecided", neutralize(&text).into_owned()));
    }
    // How fast a stale SLO burns is not known.
    let recovery = slo.time_to_recovery_seconds;
    if let Some(recovery) = recovery.filter(|_| slo.status != ReportStatus::Stale) {
        let text = format!(
            "at this burn rate, some budget is back in {}",
            rough(recovery)
        );
        all.push(("note", text));
    }
    all.extend(warnings(slo).map(|warning| ("warning", warning.into_owned())));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<String> = (0..100_000).map(|i| format!("\u{1b}{i}")).collect();
        let shown = |n: usize| -> Vec<_> { listed(many[..n].iter().map(String::as_str)).collect() };
        assert_eq!(shown(0), [""; 0]);
        assert_eq!(shown(20).len(), 20);
        assert_eq!(shown(20)[19], r"\u{1b}19");
        assert_eq!(shown(21)[20], "and 1 more");
        assert_eq!(shown(100_000).len(), 21);
        assert_eq!(shown(100_000)[20], "and 99980 more");
    }
}
