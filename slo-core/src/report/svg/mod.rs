//! Burn-down charts as SVG: one panel per SLO, below each other, readable in light and dark.

mod axis;
mod panel;
mod xml;

use promql_client::Timestamp;

use super::BurnDown;
use crate::evaluate::Evaluation;

/// Width of the drawing in pixels.
const WIDTH: f64 = 860.0;
/// Height of one panel with its title.
const PANEL: f64 = 250.0;
/// Height of a panel without a chart.
const PLAIN: f64 = 58.0;
/// Room for the title of the whole.
const HEAD: f64 = 46.0;
/// Room for what the lines mean.
const FOOT: f64 = 34.0;

/// Colours follow the reader's light or dark preference; where that is unknown, they are light.
const STYLE: &str = "\
.bd{--bg:#fff;--fg:#1f2328;--dim:#59636e;--grid:#d1d9e0;--ok:#1a7f37;--risk:#9a6700;--bad:#cf222e;--gap:#818b98}\
@media(prefers-color-scheme:dark){.bd{--bg:#0d1117;--fg:#f0f6fc;--dim:#9198a1;--grid:#30363d;--ok:#3fb950;--risk:#d29922;--bad:#f85149;--gap:#656c76}}\
.bd text{font:12px system-ui,sans-serif;fill:var(--fg)}\
.bd .h{font-size:16px;font-weight:600}.bd .t{font-size:14px;font-weight:600}.bd .d{fill:var(--dim)}\
.bd .e{text-anchor:end}.bd .m{text-anchor:middle}\
.bd .g{stroke:var(--grid)}.bd .z{stroke:var(--fg);stroke-width:1.5}.bd .n{stroke:var(--dim);stroke-dasharray:4 3}\
.bd .ok{--c:var(--ok)}.bd .at_risk{--c:var(--risk)}.bd .breached{--c:var(--bad)}.bd .stale,.bd .no_data,.bd .failed{--c:var(--dim)}\
.bd .l{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}.bd .p{fill:var(--c)}.bd .v{fill:var(--c);font-weight:600}\
.bd .low{fill:var(--risk);opacity:.18}.bd .neg{fill:var(--bad);opacity:.10}.bd .gap{fill:var(--gap);opacity:.25}";

/// The burn-down of every evaluation over its window, as a drawing of its own.
///
/// What is drawn is [`super::BurnDown`]; an SLO without figures gets a panel that says why.
#[must_use]
pub fn burn_down_svg(at: Timestamp, evaluations: &[Evaluation]) -> String {
    let charts: Vec<_> = evaluations.iter().map(BurnDown::new).collect();
    let tall = |chart: &Option<BurnDown>| if chart.is_some() { PANEL } else { PLAIN };
    let height = HEAD + charts.iter().map(tall).sum::<f64>() + FOOT;
    let mut svg = xml::Writer::new();
    svg.open(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="bd" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">"#
    ));
    let title = format!("Error budgets at {at}");
    svg.line(format_args!("<title>{}</title>", xml::escaped(&title)));
    svg.line(format_args!("<style>{STYLE}</style>"));
    svg.line(format_args!(
        r#"<rect width="100%" height="100%" style="fill:var(--bg)"/>"#
    ));
    svg.text(24.0, 30.0, "h", &title);
    let mut y = HEAD;
    for (evaluation, chart) in evaluations.iter().zip(&charts) {
        panel::draw(&mut svg, y, evaluation, chart.as_ref());
        y += tall(chart);
    }
    svg.text(
        24.0,
        height - 14.0,
        "d",
        "Budget left at t = 1 − bad events of this window up to t ÷ the window's whole budget. Amber: the last 10 %. Grey: no data.",
    );
    svg.close("svg");
    svg.finish()
}
