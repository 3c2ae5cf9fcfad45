//! The report as Markdown: a summary, a table, and what needs words.

use std::fmt::Write as _;

use super::number::{rough, short, short_percent};
use super::schema::{Report, ReportStatus, SloReport};

/// The report as Markdown (with tables as GitHub has them). Everything from outside is escaped.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    let summary = &report.summary;
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "# SLO report\n\n\
         At {}: {} SLOs, {} compliant ({} of them at risk), {} non-compliant, {} without data, \
         {} failed.\n\n",
        report.report_time,
        summary.total_slos,
        summary.compliant,
        summary.at_risk,
        summary.non_compliant,
        summary.no_data,
        summary.failed,
    );
    out.push_str(
        "| SLO | Status | SLI | Target | Window | Budget left | Burn 1h | Burn 6h | Exhausted in | Bad / total | Coverage |\n\
         |---|---|--:|--:|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for slo in &report.slos {
        row(&mut out, slo);
    }
    for slo in &report.slos {
        details(&mut out, slo);
    }
    out
}

fn row(out: &mut String, slo: &SloReport) {
    let percent = |value: Option<f64>| {
        value.map_or("–".to_owned(), |v| short_percent(v, slo.target) + " %")
    };
    let burn = |window| {
        slo.burn_rate(window)
            .map_or("–".to_owned(), |v| short(v, 2))
    };
    let left = slo.error_budget.remaining_ratio;
    let left = left.map_or("–".to_owned(), |v| short(v * 100.0, 1) + " %");
    let events = slo.events.map_or("–".to_owned(), |events| {
        let unit = if slo.unit == "slices" { " slices" } else { "" };
        format!(
            "{} / {}{unit}",
            short(events.bad, 1),
            short(events.total, 0)
        )
    });
    let exhausted = slo.time_to_exhaustion_seconds.map_or("–".to_owned(), rough);
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} % | {} | {left} | {} | {} | {exhausted} | {events} | {} % |",
        escaped(&slo.title()),
        status(slo.status),
        percent(slo.current),
        slo.target,
        escaped(&slo.window),
        burn("1h"),
        burn("6h"),
        short(slo.coverage * 100.0, 1),
    );
}

fn status(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::Ok => "ok",
        ReportStatus::AtRisk => "**at risk**",
        ReportStatus::Breached => "**breached**",
        ReportStatus::Stale => "**stale**",
        ReportStatus::NoData => "no data",
        ReportStatus::Failed => "**failed**",
    }
}

fn details(out: &mut String, slo: &SloReport) {
    let tiers = slo.policy.iter().flat_map(|policy| &policy.tiers);
    let firing: Vec<String> = tiers
        .filter(|tier| tier.firing == Some(true))
        .map(|tier| {
            format!(
                "{}: burn rate above {} over {} and {}",
                tier.severity, tier.factor, tier.long, tier.short
            )
        })
        .collect();
    if slo.error.is_none() && slo.warnings.is_empty() && firing.is_empty() {
        return;
    }
    let _ = write!(out, "\n## {}\n\n", escaped(&slo.title()));
    if let Some(error) = &slo.error {
        let (kind, message) = (escaped(&error.kind), escaped(&error.message));
        let _ = writeln!(out, "- error ({kind}): {message}");
    }
    for tier in firing {
        let _ = writeln!(out, "- firing: {tier}");
    }
    for warning in &slo.warnings {
        let _ = writeln!(out, "- warning: {}", escaped(warning));
    }
}

/// Text that stays text: on one line, without markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_its_cell() {
        assert_eq!(
            escaped("a|b\n<script>[x](y)"),
            "a\\|b \\<script\\>\\[x\\](y)"
        );
    }
}
