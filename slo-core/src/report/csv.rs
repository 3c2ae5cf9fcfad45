//! One row per SLO, for spreadsheets.

use super::schema::{Report, SloReport};

const COLUMNS: [&str; 25] = [
    "report_time",
    "service",
    "name",
    "kind",
    "group",
    "status",
    "compliant",
    "current_percent",
    "target_percent",
    "window",
    "unit",
    "events_total",
    "events_bad",
    "budget_consumed_ratio",
    "budget_remaining_ratio",
    "error_budget_remaining_points",
    "burn_rate_1h",
    "burn_rate_6h",
    "errors_per_hour",
    "time_to_exhaustion_seconds",
    "interval_low_percent",
    "interval_high_percent",
    "coverage",
    "warnings",
    "error",
];

/// The report as CSV (RFC 4180, CRLF, with a header), one row per SLO. What is unknown is an empty
/// field. Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers never
/// do.
#[must_use]
pub fn csv(report: &Report) -> String {
    let mut out = COLUMNS.join(",");
    out.push_str("\r\n");
    for slo in &report.slos {
        let fields = row(&report.report_time, slo);
        out.push_str(&fields.join(","));
        out.push_str("\r\n");
    }
    out
}

fn row(time: &str, slo: &SloReport) -> [String; COLUMNS.len()] {
    let group: Vec<String> = slo.group.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let error = slo.error.as_ref();
    let budget = &slo.error_budget;
    [
        text(time),
        text(&slo.service),
        text(&slo.name),
        text(&slo.kind),
        text(&group.join(";")),
        text(slo.status.name()),
        slo.compliant.map(|c| c.to_string()).unwrap_or_default(),
        number(slo.current),
        number(Some(slo.target)),
        text(&slo.window),
        text(&slo.unit),
        number(slo.events.map(|events| events.total)),
        number(slo.events.map(|events| events.bad)),
        number(budget.consumed_ratio),
        number(budget.remaining_ratio),
        number(slo.error_budget_remaining),
        number(slo.burn_rate("1h")),
        number(slo.burn_rate("6h")),
        number(slo.errors_per_hour),
        number(slo.time_to_exhaustion_seconds.map(|s| s as f64)),
        number(slo.interval.map(|interval| interval.low)),
        number(slo.interval.map(|interval| interval.high)),
        number(Some(slo.coverage)),
        text(&slo.warnings.join("; ")),
        text(&error.map_or(String::new(), |e| format!("{}: {}", e.kind, e.message))),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    if formula || text.contains([',', '"', '\r', '\n']) {
        return format!("\"{apostrophe}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_the_rfc_says() {
        assert_eq!(text("plain"), "plain");
        assert_eq!(text("a,b"), "\"a,b\"");
        assert_eq!(text("say \"no\"\nnow"), "\"say \"\"no\"\"\nnow\"");
    }

    #[test]
    fn text_is_no_formula_and_numbers_stay_numbers() {
        for dangerous in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(text(dangerous).starts_with("\"'"), "{dangerous}");
        }
        assert_eq!(number(Some(-0.5)), "-0.5");
        assert_eq!(number(None), "");
    }
}
