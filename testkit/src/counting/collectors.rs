//! A collector's sources, all under its own job and instance, by remote write: no staleness markers.

use super::case::{Case, Row, Stated};
use super::source::{Counter, Source, labels};
use super::world::{FROM, HOUR, MINUTE, SECOND, TO, World, all_certain};

pub(super) const ROWS: &[Row] = &[
    ("collector_back_after_10m", back_after_10m),
    ("collector_back_after_2h", back_after_2h),
    ("source_away_for_3h", away_for_3h),
];

const GAP: i64 = FROM + 2 * HOUR;
const OLD: u64 = 20_000;

fn source(i: i64) -> Source {
    let source = format!("source-{i}");
    let own = [
        ("job", "collector"),
        ("instance", "collector:8889"),
        ("source", source.as_str()),
    ];
    Source::with_labels(labels(&own))
        .unmarked()
        .with(Counter::good(400_000).steady(1, FROM, TO))
}

/// A source with 125 errors, one every 3.5 minutes, in the gap, too.
fn failing(i: i64) -> Source {
    let errors = Counter::bad().holding(OLD);
    source(i).with(errors.each(FROM + (1 + i * 13) * SECOND, 210 * SECOND, 125))
}

fn back_after_10m(name: &'static str) -> Case {
    let sources = (0..12).map(|i| failing(i).away(GAP, GAP + 10 * MINUTE + i * 20 * SECOND));
    let what = "a collector's 12 sources come back one by one after 10 min";
    World::new(name, what, 15 * SECOND)
        .with_all(sources)
        .scraped(all_certain(12 * 125))
}

fn back_after_2h(name: &'static str) -> Case {
    // From the fourth source on, the gap is longer than 130 min.
    let sources = (0..12).map(|i| failing(i).away(GAP, GAP + 2 * HOUR + i * 218 * SECOND));
    let what = "a collector's 12 sources come back one by one after 2 h, over 40 min";
    World::new(name, what, 15 * SECOND)
        .with_all(sources)
        .tolerating(0.0, 12.0 * 25.0, 2.0)
        // An error every 210 s: 37 to 46 in each of the nine gaps that are too long.
        .scraped(Stated {
            bad_doubtful: 377,
            doubt: 377..=9 * (OLD + 125),
            bad_in_alerts: 1_500 - 377,
            ..all_certain(12 * 125)
        })
}

fn away_for_3h(name: &'static str) -> Case {
    // 112 errors before the gap and after it, and as many in its three hours, one every 96 s.
    let errors = Counter::bad()
        .holding(OLD)
        .each(FROM + 10 * SECOND, 120 * SECOND, 56)
        .each(GAP + 60 * SECOND, 96 * SECOND, 112)
        .each(GAP + 3 * HOUR + MINUTE, 120 * SECOND, 56);
    let away = source(0).with(errors).away(GAP, GAP + 3 * HOUR);
    let others = (1..12).map(|i| {
        let errors = Counter::bad().holding(OLD);
        source(i).with(errors.each(FROM + (1 + i * 13) * SECOND, 220 * SECOND, 116))
    });
    let what = "one of a collector's 12 sources is away for 3 h";
    World::new(name, what, 15 * SECOND)
        .with(away)
        .with_all(others)
        .tolerating(0.0, 25.0, 2.0)
        .scraped(Stated {
            bad_doubtful: 112,
            doubt: 112..=OLD + 56 + 112,
            bad_in_alerts: 1_500 - 112,
            ..all_certain(11 * 116 + 224)
        })
}
