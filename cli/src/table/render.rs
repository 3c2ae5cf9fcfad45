//! A report as text.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, Table, Width as ColumnWidth, presets,
};
use slo_core::report::{Report, SloReport, words};

use super::cells::{COLUMNS, GLUE, HEADER, STATUS, Text, row, title};
use super::fit::{Column, PADDING, blocks, fill};

/// How wide a table may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// So many columns of a terminal: texts are wrapped.
    Columns(u16),
    /// As wide as it needs to be.
    Unlimited,
}

impl Width {
    fn most(self) -> usize {
        match self {
            Self::Columns(columns) => usize::from(columns),
            Self::Unlimited => usize::MAX,
        }
    }
}

/// Renders a report: the table, one line that sums it up, then alerts, errors and warnings.
#[must_use]
pub fn render(report: &Report, coloured: bool, width: Width) -> String {
    let rows: Vec<_> = report.slos.iter().map(row).collect();
    let mut out = String::new();
    for block in blocks(&rows, width.most()) {
        table(&mut out, &rows, &block, coloured);
        out.push('\n');
    }
    fill(&mut out, &sum(report), width.most());
    for slo in &report.slos {
        details(&mut out, slo, width.most());
    }
    out.replace(GLUE, " ")
}

fn table(out: &mut String, rows: &[[Text; COLUMNS]], block: &[Column], coloured: bool) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let header = block.iter().filter_map(|(column, _)| HEADER.get(*column));
    table.set_header(header.map(|text| Cell::new(text).add_attribute(Attribute::Bold)));
    for row in rows {
        let texts = block.iter().filter_map(|(column, _)| row.get(*column));
        table.add_row(texts.map(cell));
    }
    for (column, (at, width)) in table.column_iter_mut().zip(block) {
        let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::Absolute(ColumnWidth::Fixed(width)));
        if *at > STATUS {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        // Cells end in spaces, which nobody needs.
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn cell(text: &Text) -> Cell {
    let cell = Cell::new(&text.text);
    let cell = match text.tone {
        Some(tone) => cell.fg(tone),
        None => cell,
    };
    if text.is_bold {
        cell.add_attribute(Attribute::Bold)
    } else {
        cell
    }
}

fn sum(report: &Report) -> String {
    let summary = &report.summary;
    let parts = [
        (summary.compliant.saturating_sub(summary.at_risk), "ok"),
        (summary.at_risk, "at risk"),
        (summary.non_compliant, "breached"),
        (summary.stale, "stale"),
        (summary.no_data, "without data"),
        (summary.failed, "failed"),
    ];
    let parts = parts.iter().filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, what)| format!("{n}{GLUE}{what}")).collect();
    let plural = if summary.total_slos == 1 { "" } else { "s" };
    format!(
        "{} SLO{plural} at {}: {}",
        summary.total_slos,
        report.report_time,
        parts.join(", ")
    )
}

fn details(out: &mut String, slo: &SloReport, most: usize) {
    let title = title(slo);
    for (what, text) in words::remarks(slo) {
        fill(out, &format!("{what} {title}: {text}"), most);
    }
}
