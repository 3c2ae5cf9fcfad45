//! Scrapes as wide as a bucket, and wider.

use super::case::{Case, Row, Stated};
use super::source::{Counter, Source};
use super::world::{FROM, MINUTE, SECOND, World, all_certain};

pub(super) const ROWS: &[Row] = &[
    ("scrapes_every_5m", |name| {
        world(name, 5 * MINUTE).scraped(all_certain(3 * 231))
    }),
    ("scrapes_every_10m", every_10m),
];

fn every_10m(name: &'static str) -> Case {
    world(name, 10 * MINUTE)
        // The pods' first errors may be taken for old ones.
        .tolerating(3.0, 3.0, 27.0)
        .scraped(Stated {
            doubt: 0..=3,
            // A range of five minutes holds every other scrape at most.
            bad_in_alerts: 0,
            ..all_certain(3 * 231)
        })
}

fn world(name: &'static str, interval: i64) -> World {
    let to = FROM + 415 * MINUTE;
    let pods = (0..3).map(|i| {
        let first = FROM + MINUTE + i * SECOND;
        Source::pod(&format!("pod-{i}"))
            .phased(i * interval / 3)
            .with(Counter::good(100_000).steady(1, FROM, to))
            .with(
                Counter::bad()
                    .at(first, 1)
                    .each(first + 12 * MINUTE, 104 * SECOND, 230),
            )
    });
    let what = "three pods with an error every 104 s, scraped rarely";
    World::new(name, what, interval).with_all(pods)
}
