//! One row per SLO, for spreadsheets.

use promql_client::text::neutralize;

use super::schema::{Report, SloReport};
use super::words;

const COLUMNS: [&str; 26] = [
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
    "data_age_seconds",
];

/// The report as CSV (RFC 4180, CRLF, with a header), one row and one line per SLO. What is unknown is
/// an empty field.
///
/// Text is made for spreadsheets: what a terminal would obey is neutralized (line feeds, too), what a
/// spreadsheet would take for a formula (`=`, `+`, `-` or `@` comes first) gets an apostrophe in front,
/// and of many warnings the first are shown. The JSON has the originals. Numbers never change.
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
        text(&words::warnings(slo).collect::<Vec<_>>().join("; ")),
        text(&error.map_or(String::new(), |e| format!("{}: {}", e.kind, e.message))),
        number(slo.data_age_seconds.map(|s| s as f64)),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn text(text: &str) -> String {
    let text = neutralize(text);
    // Some spreadsheets trim a cell before they look at it, and some know the wide forms.
    let formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let apostrophe = if formula { "'" } else { "" };
    if formula || text.contains([',', ';', '"']) {
        return format!("\"{apostrophe}{}\"", text.replace('"', "\"\""));
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_the_rfc_says() {
        assert_eq!(text("plain"), "plain");
        assert_eq!(text("a,b"), "\"a,b\"");
        assert_eq!(text("a;b"), "\"a;b\"");
        assert_eq!(text("say \"no\"\nnow"), "\"say \"\"no\"\"\\nnow\"");
    }

    #[test]
    fn text_is_no_formula_and_numbers_stay_numbers() {
        for dangerous in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\u{a0}=1", "＝1"] {
            assert!(text(dangerous).starts_with("\"'"), "{dangerous}");
        }
        // What would start a cell of its own, or hide before the sign, is text by then.
        for harmless in ["\t=1", "\r=1", "\n=1", "\u{feff}=1", "\u{200b}=1"] {
            assert!(text(harmless).starts_with('\\'), "{harmless:?}");
        }
        assert_eq!(number(Some(-0.5)), "-0.5");
        assert_eq!(number(None), "");
    }
}
