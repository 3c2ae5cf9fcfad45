//! Nothing is scraped for a while, and meanwhile every request fails.

use super::case::{Case, Row};
use super::source::{Counter, Source};
use super::world::{FROM, HOUR, MINUTE, SECOND, TO, World, all_certain};

pub(super) const ROWS: &[Row] = &[
    ("gap_of_2m", |name| gap(name, 2 * MINUTE, true)),
    ("gap_of_6m", |name| gap(name, 6 * MINUTE, true)),
    ("gap_of_20m", |name| gap(name, 20 * MINUTE, true)),
    ("gap_of_2h", |name| gap(name, 2 * HOUR, true)),
    ("server_down_for_6m", |name| gap(name, 6 * MINUTE, false)),
    ("server_down_for_20m", |name| gap(name, 20 * MINUTE, false)),
    ("server_down_for_2h", |name| gap(name, 2 * HOUR, false)),
];

/// Scrapes fail, or there is no server that would scrape and note the series' ends.
fn gap(name: &'static str, length: i64, scrapes_fail: bool) -> Case {
    let (from, to) = (FROM + 200 * MINUTE, FROM + 200 * MINUTE + length);
    let minutes = length / MINUTE;
    let pods = (0..5).map(|i| {
        let good = Counter::good(100_000);
        let mut errors = Counter::bad().holding(7).steady(2, from, to);
        if i < 3 {
            // One a minute before and after the gap, 415 minutes with it.
            let first = FROM + (10 + i) * SECOND;
            errors = errors.each(first, MINUTE, 200);
            errors = errors.each(first + 200 * MINUTE + length, MINUTE, 215 - minutes);
        }
        let pod = Source::pod(&format!("pod-{i}"))
            .with(good.steady(2, FROM, from).steady(2, to, TO))
            .with(errors)
            .away(from, to);
        if scrapes_fail { pod } else { pod.unmarked() }
    });
    let what = "five pods aren't scraped; all of their ten requests a second fail in that time";
    let in_gap = 10 * length / SECOND;
    let beside = 3 * (415 - minutes);
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .scraped(all_certain((in_gap + beside).unsigned_abs()))
}
