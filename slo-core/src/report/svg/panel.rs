//! One SLO's panel.

use std::fmt::Write as _;

use promql_client::Timestamp;
use promql_client::text::neutralize;

use super::xml::Writer;
use super::{PANEL, WIDTH, axis};
use crate::evaluate::{Evaluation, Outcome, Status};
use crate::report::BurnDown;
use crate::report::build::status;
use crate::report::number::{rough, short, short_percent};

const LEFT: f64 = 64.0;
const RIGHT: f64 = WIDTH - 84.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = PANEL - 32.0;
/// Longer texts would leave the drawing.
const LONGEST: usize = 110;

pub(super) fn draw(
    svg: &mut Writer,
    y: f64,
    evaluation: &Evaluation,
    burn_down: Option<&BurnDown>,
) {
    let class = status(&evaluation.outcome).name();
    svg.open(format_args!(
        r#"<g class="{class}" transform="translate(0 {y})">"#
    ));
    let slo = &evaluation.slo;
    let mut title = format!("{}/{}", slo.service, slo.name);
    if !evaluation.group.is_empty() {
        let _ = write!(title, " {}", evaluation.group);
    }
    svg.text(24.0, 18.0, "t", &clipped(&title));
    svg.text(24.0, 36.0, "d", &clipped(&subtitle(evaluation)));
    if let Some(burn_down) = burn_down {
        chart(svg, burn_down);
    }
    svg.close("g");
}

fn subtitle(evaluation: &Evaluation) -> String {
    let slo = &evaluation.slo;
    let promise = format!("{} % over {}", slo.objective, slo.window);
    match &evaluation.outcome {
        Outcome::Value(figures) => {
            let current = short_percent(figures.counts.sli() * 100.0, slo.objective.percent());
            let whole = if figures.budget.projected {
                "; events to come are projected"
            } else {
                ""
            };
            if figures.status == Status::Stale {
                let age = rough(figures.age.as_secs());
                return format!("{promise}: stale, {current} % as of {age} ago{whole}");
            }
            format!("{promise}, {current} % so far{whole}")
        }
        Outcome::NoData => format!("{promise}: no data"),
        Outcome::Failed(failure) => format!("{promise}: not measured ({failure})"),
    }
}

/// From a burn-down to pixels.
struct Scale {
    start: f64,
    length: f64,
    lowest: f64,
}

impl Scale {
    fn x(&self, at: Timestamp) -> f64 {
        let share = (at.as_millis() as f64 - self.start) / self.length;
        round(LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT))
    }

    fn y(&self, percent: f64) -> f64 {
        round(TOP + (100.0 - percent) / (100.0 - self.lowest) * (BOTTOM - TOP))
    }
}

/// A tenth of a pixel.
fn round(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

fn chart(svg: &mut Writer, burn_down: &BurnDown) {
    let period = &burn_down.period;
    let values = burn_down.points.iter().map(|(_, left)| left * 100.0);
    let ticks = axis::percents(values.fold(0.0, f64::min));
    let scale = Scale {
        start: period.start.as_millis() as f64,
        length: (period.length().as_millis() as f64).max(1.0),
        lowest: ticks.first().copied().unwrap_or(0.0),
    };
    bands(svg, &scale, burn_down);
    for tick in &ticks {
        let (y, class) = (scale.y(*tick), if *tick == 0.0 { "z" } else { "g" });
        svg.line(format_args!(
            r#"<line x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}" class="{class}"/>"#
        ));
        svg.text(LEFT - 8.0, y + 4.0, "d e", &format!("{tick} %"));
    }
    for (at, label) in axis::times(period) {
        let x = scale.x(at);
        svg.line(format_args!(
            r#"<line x1="{x}" x2="{x}" y1="{BOTTOM}" y2="{}" class="g"/>"#,
            BOTTOM + 5.0
        ));
        svg.text(x, BOTTOM + 19.0, "d m", &label);
    }
    svg.line(format_args!(
        r#"<path d="{}" class="l"/>"#,
        path(&scale, &burn_down.points)
    ));
    if let Some((at, left)) = burn_down.points.last() {
        let (x, y) = (scale.x(*at), scale.y(left * 100.0));
        if period.now < period.end {
            svg.line(format_args!(
                r#"<line x1="{x}" x2="{x}" y1="{TOP}" y2="{BOTTOM}" class="n"/>"#
            ));
        }
        svg.line(format_args!(
            r#"<circle cx="{x}" cy="{y}" r="3.5" class="p"/>"#
        ));
        let text = format!("{} %", short(left * 100.0, 1));
        svg.text(x + 8.0, y + 4.0, "v", &text);
    }
}

/// The last tenth, what is overspent, and stretches without data.
fn bands(svg: &mut Writer, scale: &Scale, burn_down: &BurnDown) {
    let width = RIGHT - LEFT;
    let mut band = |class: &str, x: f64, width: f64, from: f64, to: f64| {
        let (y, height) = (scale.y(from), round(scale.y(to) - scale.y(from)));
        svg.line(format_args!(
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" class="{class}"/>"#
        ));
    };
    band("low", LEFT, width, 10.0, 0.0);
    if scale.lowest < 0.0 {
        band("neg", LEFT, width, 0.0, scale.lowest);
    }
    for (from, to) in &burn_down.gaps {
        let x = scale.x(*from);
        // A single bucket would be too thin to see.
        let width = round((scale.x(*to) - x).max(1.0));
        band("gap", x, width, 100.0, scale.lowest);
    }
}

/// Steps, one per pixel at most: months have thousands of buckets.
fn path(scale: &Scale, points: &[(Timestamp, f64)]) -> String {
    let mut path = String::new();
    let mut drawn: Option<(f64, f64)> = None;
    for (i, (at, left)) in points.iter().enumerate() {
        let (x, y) = (scale.x(*at), scale.y(left * 100.0));
        let is_last = i + 1 == points.len();
        let Some((last_x, last_y)) = drawn else {
            let _ = write!(path, "M{x} {y}");
            drawn = Some((x, y));
            continue;
        };
        if is_last || (y != last_y && x - last_x >= 1.0) {
            let _ = write!(path, "H{x}V{y}");
            drawn = Some((x, y));
        }
    }
    path
}

/// Neutralized first: escapes need room, too.
fn clipped(text: &str) -> String {
    let text = neutralize(text);
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
