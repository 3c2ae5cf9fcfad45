//! What is in a table's cells.

use comfy_table::Color;
use promql_client::text::{neutralize, shorten};
use slo_core::report::number::{rough, short, short_percent};
use slo_core::report::{ReportStatus, SloReport};

pub(super) const COLUMNS: usize = 10;
/// Where the status is; what comes behind it are figures.
pub(super) const STATUS: usize = 1;
const UNKNOWN: &str = "–";
/// Longer titles are cut: a word of n letters is wrapped in n² steps.
const TITLE_BYTES: usize = 2000;
/// Holds together what belongs together, such as a number and its unit; shown as a space.
pub(super) const GLUE: char = '\u{a0}';

pub(super) const HEADER: [&str; COLUMNS] = [
    "SLO",
    "Status",
    "SLI",
    "Target",
    "Budget left",
    "Burn 1h\u{a0}/\u{a0}6h",
    "Exhausted in",
    "Bad\u{a0}/ all\u{a0}events",
    "Window",
    "Coverage",
];

/// The text of a cell.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) tone: Option<Color>,
    pub(super) is_bold: bool,
}

impl Text {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone: None,
            is_bold: false,
        }
    }

    fn or_unknown(text: Option<String>) -> Self {
        Self::new(text.unwrap_or_else(|| UNKNOWN.to_owned()))
    }

    fn toned(self, tone: Option<Color>) -> Self {
        Self { tone, ..self }
    }

    fn bold(self) -> Self {
        let is_bold = true;
        Self { is_bold, ..self }
    }
}

fn tone(status: ReportStatus) -> Color {
    match status {
        ReportStatus::Ok => Color::Green,
        ReportStatus::AtRisk => Color::Yellow,
        ReportStatus::Breached | ReportStatus::Failed => Color::Red,
        ReportStatus::Stale => Color::Magenta,
        _ => Color::DarkGrey,
    }
}

/// A number with its unit, in one piece.
fn percent(number: &str) -> String {
    format!("{number}{GLUE}%")
}

/// Which SLO it is.
pub(super) fn title(slo: &SloReport) -> String {
    neutralize(&shorten(&slo.title(), TITLE_BYTES)).into_owned()
}

pub(super) fn row(slo: &SloReport) -> [Text; COLUMNS] {
    let tone = tone(slo.status);
    let left = slo.error_budget.remaining_ratio;
    let is_little = left.is_some_and(|left| left < 0.1);
    let burn = |window| {
        slo.burn_rate(window)
            .map_or(UNKNOWN.to_owned(), |b| short(b, 2))
    };
    let burns =
        (!slo.burn_rates.is_empty()).then(|| format!("{}{GLUE}/ {}", burn("1h"), burn("6h")));
    [
        Text::new(title(slo)),
        Text::new(status(slo)).toned(Some(tone)).bold(),
        Text::or_unknown(
            slo.current
                .map(|sli| percent(&short_percent(sli, slo.target))),
        ),
        Text::new(percent(&slo.target.to_string())),
        Text::or_unknown(left.map(|left| percent(&short(left * 100.0, 1))))
            .toned(is_little.then_some(tone)),
        Text::or_unknown(burns),
        Text::or_unknown(slo.time_to_exhaustion_seconds.map(rough)),
        Text::or_unknown(events(slo)),
        Text::new(neutralize(&slo.window)),
        Text::new(percent(&short(slo.coverage * 100.0, 1))),
    ]
}

fn status(slo: &SloReport) -> String {
    match slo.status {
        ReportStatus::AtRisk => format!("at{GLUE}risk"),
        ReportStatus::NoData => format!("no{GLUE}data"),
        // With the age of its figures, which are beside it.
        ReportStatus::Stale => match slo.data_age_seconds {
            Some(age) => format!("stale ({}{GLUE}ago)", rough(age)),
            None => "stale".to_owned(),
        },
        other => other.name().to_owned(),
    }
}

fn events(slo: &SloReport) -> Option<String> {
    let events = slo.events?;
    let unit = match slo.unit.as_str() {
        "slices" => "\u{a0}slices",
        _ => "",
    };
    // One of a few is not nothing, also where it was extrapolated.
    let places = usize::from(events.bad < 10.0);
    let (bad, total) = (short(events.bad, places), short(events.total, 0));
    Some(format!(
        "{}{GLUE}/ {}{unit}",
        grouped(&bad),
        grouped(&total)
    ))
}

/// `1234567` as `1,234,567`; what is behind a point stays as it is.
pub(super) fn grouped(number: &str) -> String {
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
