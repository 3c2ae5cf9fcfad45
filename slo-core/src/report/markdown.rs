//! The report as Markdown: a summary, a table, and what needs words.

use std::fmt::Write as _;

use promql_client::text::neutralize;

use super::number::{rough, short, short_percent};
use super::schema::{Report, ReportStatus, SloReport};
use super::words;

/// The report as Markdown (with tables as GitHub has them). Everything from outside is neutralized and
/// escaped.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    let summary = &report.summary;
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "# SLO report\n\n\
         At {}: {} SLOs, {} compliant ({} of them at risk), {} non-compliant, {} stale, \
         {} without data, {} failed.\n\n",
        report.report_time,
        summary.total_slos,
        summary.compliant,
        summary.at_risk,
        summary.non_compliant,
        summary.stale,
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
        status(slo),
        percent(slo.current),
        slo.target,
        escaped(&slo.window),
        burn("1h"),
        burn("6h"),
        short(slo.coverage * 100.0, 1),
    );
}

fn status(slo: &SloReport) -> String {
    match slo.status {
        ReportStatus::Ok => "ok".to_owned(),
        ReportStatus::AtRisk => "**at risk**".to_owned(),
        ReportStatus::Breached => "**breached**".to_owned(),
        ReportStatus::Stale => match words::age(slo) {
            Some(age) => format!("**stale** ({age})"),
            None => "**stale**".to_owned(),
        },
        ReportStatus::NoData => "no data".to_owned(),
        ReportStatus::Failed => "**failed**".to_owned(),
    }
}

fn details(out: &mut String, slo: &SloReport) {
    for (i, (what, text)) in words::remarks(slo).into_iter().enumerate() {
        if i == 0 {
            let _ = write!(out, "\n## {}\n\n", escaped(&slo.title()));
        }
        let _ = writeln!(out, "- {what}: {}", escaped(&text));
    }
}

/// Text that stays text: on one line, without markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in neutralize(text).chars() {
        match c {
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
            escaped("a|b\n<script>[x](y)\u{202e}"),
            "a\\|b\\\\n\\<script\\>\\[x\\](y)\\\\u{202e}"
        );
    }
}
