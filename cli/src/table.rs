//! A report for people, as a table.

use std::fmt::Write as _;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, presets,
};
use slo_core::report::number::{rough, short, short_percent};
use slo_core::report::{Report, ReportStatus, SloReport};

/// How wide a table may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As wide as the terminal: texts are wrapped.
    Terminal,
    /// As wide as it needs to be.
    Unlimited,
}

const UNKNOWN: &str = "–";
const HEADER: [&str; 10] = [
    "SLO",
    "Status",
    "SLI",
    "Target",
    "Budget left",
    "Burn 1h / 6h",
    "Exhausted in",
    "Bad / all events",
    "Window",
    "Coverage",
];

/// Renders a report: the table, one line that sums it up, then alerts, errors and warnings.
#[must_use]
pub fn render(report: &Report, coloured: bool, width: Width) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if width == Width::Terminal {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    if coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let bold = |text: &&str| Cell::new(text).add_attribute(Attribute::Bold);
    table.set_header(HEADER.iter().map(bold));
    for slo in &report.slos {
        table.add_row(row(slo));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // Where there is little room, numbers may wrap; names may not.
    for column in table.column_iter_mut().take(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    // Cells end in spaces, which nobody needs.
    let mut out: String = table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    out.push('\n');
    out.push_str(&sum(report));
    for slo in &report.slos {
        details(&mut out, slo);
    }
    out
}

fn row(slo: &SloReport) -> Vec<Cell> {
    let text = |text: Option<String>| Cell::new(text.unwrap_or(UNKNOWN.to_owned()));
    let colour = colour(slo.status);
    let (label, left) = (label(slo.status), slo.error_budget.remaining_ratio);
    let mut left_cell = text(left.map(|left| short(left * 100.0, 1) + " %"));
    if left.is_some_and(|left| left < 0.1) {
        left_cell = left_cell.fg(colour);
    }
    let burn = |window| {
        slo.burn_rate(window)
            .map_or(UNKNOWN.to_owned(), |b| short(b, 2))
    };
    let burns = (!slo.burn_rates.is_empty()).then(|| format!("{} / {}", burn("1h"), burn("6h")));
    vec![
        Cell::new(plain(&slo.title())),
        Cell::new(label).fg(colour).add_attribute(Attribute::Bold),
        text(slo.current.map(|sli| short_percent(sli, slo.target) + " %")),
        Cell::new(format!("{} %", slo.target)),
        left_cell,
        text(burns),
        text(slo.time_to_exhaustion_seconds.map(rough)),
        text(events(slo)),
        Cell::new(&slo.window),
        Cell::new(short(slo.coverage * 100.0, 1) + " %"),
    ]
}

fn events(slo: &SloReport) -> Option<String> {
    let events = slo.events?;
    let unit = if slo.unit == "slices" { " slices" } else { "" };
    // One of a few is not nothing, also where it was extrapolated.
    let places = usize::from(events.bad < 10.0);
    let (bad, total) = (short(events.bad, places), short(events.total, 0));
    Some(format!("{} / {}{unit}", grouped(&bad), grouped(&total)))
}

/// `1234567` as `1,234,567`; what is behind a point stays as it is.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

fn label(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::AtRisk => "at risk",
        ReportStatus::NoData => "no data",
        other => other.name(),
    }
}

fn colour(status: ReportStatus) -> Color {
    match status {
        ReportStatus::Ok => Color::Green,
        ReportStatus::AtRisk => Color::Yellow,
        ReportStatus::Breached | ReportStatus::Failed => Color::Red,
        _ => Color::DarkGrey,
    }
}

fn sum(report: &Report) -> String {
    let summary = &report.summary;
    let parts = [
        (summary.compliant - summary.at_risk, "ok"),
        (summary.at_risk, "at risk"),
        (summary.non_compliant, "breached"),
        (summary.no_data, "without data"),
        (summary.failed, "failed"),
    ];
    let parts = parts.iter().filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, what)| format!("{n} {what}")).collect();
    let plural = if summary.total_slos == 1 { "" } else { "s" };
    format!(
        "{} SLO{plural} at {}: {}\n",
        summary.total_slos,
        report.report_time,
        parts.join(", ")
    )
}

fn details(out: &mut String, slo: &SloReport) {
    let title = plain(&slo.title());
    // Writing to a String cannot fail.
    let mut line = |what: &str, text: &str| {
        let _ = writeln!(out, "{what} {title}: {}", plain(text));
    };
    if let Some(error) = &slo.error {
        line("error", &format!("{} ({})", error.message, error.kind));
    }
    for tier in slo.policy.iter().flat_map(|policy| &policy.tiers) {
        if tier.firing == Some(true) {
            let text = format!(
                "{}: burn rate above {} over {} and {}",
                tier.severity, tier.factor, tier.long, tier.short
            );
            line("alert", &text);
        }
    }
    if let Some(recovery) = slo.time_to_recovery_seconds {
        line(
            "note",
            &format!(
                "at this burn rate, some budget is back in {}",
                rough(recovery)
            ),
        );
    }
    for warning in &slo.warnings {
        line("warning", warning);
    }
}

/// Text from elsewhere, without anything that a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The report that `slo-core`'s own golden file holds: one of everything.
    fn report() -> Report {
        let json = include_str!("../../slo-core/src/report/golden/report.json");
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_table_is_as_it_always_was() {
        let actual = render(&report(), false, Width::Unlimited);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/table.txt");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &actual).unwrap();
        }
        let expected = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            actual == expected,
            "look at what BLESS=1 makes of it:\n{actual}"
        );
    }

    #[test]
    fn only_colours_differ() {
        let (plain, coloured) = (
            render(&report(), false, Width::Unlimited),
            render(&report(), true, Width::Unlimited),
        );
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}["));
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            stripped.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        stripped.push_str(rest);
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&stripped), words(&plain));
    }

    #[test]
    fn a_server_cannot_talk_to_the_terminal() {
        let mut report = report();
        report.slos[0].warnings = vec!["\u{1b}[2Jgone\r\nwarning".to_owned()];
        let text = render(&report, false, Width::Unlimited);
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped("1234567"), "1,234,567");
        assert_eq!(grouped("123"), "123");
        assert_eq!(grouped("1234.5"), "1,234.5");
    }
}
