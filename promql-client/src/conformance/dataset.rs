//! The data the suite asks about: two hours of 15-second scrapes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::labels::{Labels, METRIC_NAME};
use crate::time::Timestamp;
use crate::value::{Point, Series};

/// Time between two scrapes.
pub(super) const SCRAPE: Duration = Duration::from_secs(15);
/// Scrapes in two hours, both ends included.
const SCRAPES: u64 = 481;
/// The scrape at which instance b starts again from zero.
pub(super) const RESET_AT: u64 = 400;
/// Scrapes that are missing of `conformance_jobs_total`.
pub(super) const GAP: std::ops::Range<u64> = 200..280;
/// The first scrape of `conformance_errors_total`, and its first value.
pub(super) const BORN_AT: u64 = 320;
pub(super) const BORN_WITH: f64 = 7.0;
/// Cumulative counts each scrape adds to the histogram's buckets.
const BUCKETS: [(&str, f64); 5] = [
    ("0.1", 10.0),
    ("0.25", 20.0),
    ("0.5", 30.0),
    ("2.5", 38.0),
    ("+Inf", 40.0),
];
/// A label value that must be escaped everywhere it goes.
pub(super) const AWKWARD: &str = "a\"b\\c\nd é {}";

/// The suite's series, ending at `end`: counters (one with a reset, one with a gap, one born above
/// zero), gauges, odd values, a classic histogram and `conformance_up`.
#[must_use]
pub fn dataset(end: Timestamp) -> Vec<Series> {
    let all = 0..SCRAPES;
    let mut out = Vec::new();
    let mut add = |pairs: &[(&str, &str)], at: &mut dyn FnMut(u64) -> Option<f64>| {
        let points = all.clone().filter_map(|scrape| {
            Some(Point {
                timestamp: time_of(scrape, end),
                value: at(scrape)?,
            })
        });
        out.push(Series {
            labels: Labels::from_pairs(pairs.iter().copied()),
            points: points.collect(),
            histograms: Vec::new(),
        });
    };
    let requests = |instance, code| {
        [
            (METRIC_NAME, "conformance_requests_total"),
            ("job", "conformance"),
            ("instance", instance),
            ("code", code),
        ]
    };
    add(&requests("a", "200"), &mut |n| Some(30.0 * n as f64));
    // Uneven, so that a wrong window shows.
    add(&requests("a", "500"), &mut |n| {
        Some((n / 7 + n * n / 1000) as f64)
    });
    add(&requests("b", "200"), &mut |n| {
        Some(20.0 * since(n, RESET_AT) as f64)
    });
    add(&requests("b", "500"), &mut |n| {
        Some((since(n, RESET_AT) / 5) as f64)
    });
    let named = |name| [(METRIC_NAME, name), ("job", "conformance")];
    add(&named("conformance_jobs_total"), &mut |n| {
        (!GAP.contains(&n)).then_some(5.0 * n as f64)
    });
    add(&named("conformance_errors_total"), &mut |n| {
        let age = n.checked_sub(BORN_AT)?;
        Some(BORN_WITH + (age / 9) as f64)
    });
    add(&named("conformance_temperature"), &mut |n| {
        Some(20.0 + ((n * 37) % 101) as f64 / 8.0)
    });
    for instance in ["a", "b"] {
        let up = [
            (METRIC_NAME, "conformance_up"),
            ("job", "conformance"),
            ("instance", instance),
        ];
        let down = |n: u64| instance == "b" && (100..110).contains(&n);
        add(&up, &mut |n| Some(if down(n) { 0.0 } else { 1.0 }));
    }
    let odd = [
        ("nan", f64::NAN),
        ("inf", f64::INFINITY),
        ("neginf", f64::NEG_INFINITY),
        ("tiny", 1e-300),
        ("negative", -0.1),
    ];
    for (kind, value) in odd {
        let labels = [(METRIC_NAME, "conformance_odd"), ("kind", kind)];
        add(&labels, &mut |_| Some(value));
    }
    let awkward = [(METRIC_NAME, "conformance_awkward"), ("text", AWKWARD)];
    add(&awkward, &mut |_| Some(1.0));
    for (le, each) in BUCKETS {
        let labels = [
            (METRIC_NAME, "conformance_latency_seconds_bucket"),
            ("job", "conformance"),
            ("le", le),
        ];
        add(&labels, &mut |n| Some(each * n as f64));
    }
    add(&named("conformance_latency_seconds_sum"), &mut |n| {
        Some(18.5 * n as f64)
    });
    add(&named("conformance_latency_seconds_count"), &mut |n| {
        Some(40.0 * n as f64)
    });
    out
}

/// Scrapes since the start, or since the reset.
fn since(scrape: u64, reset: u64) -> u64 {
    scrape.checked_sub(reset).unwrap_or(scrape)
}

/// When a scrape was taken.
pub(super) fn time_of(scrape: u64, end: Timestamp) -> Timestamp {
    let back = SCRAPES.saturating_sub(1).saturating_sub(scrape);
    end.minus(SCRAPE.saturating_mul(u32::try_from(back).unwrap_or(u32::MAX)))
}

/// The dataset as OpenMetrics text, as `promtool tsdb create-blocks-from openmetrics` reads it.
#[must_use]
pub fn openmetrics(series: &[Series]) -> String {
    let mut families: BTreeMap<(&str, &str), Vec<&Series>> = BTreeMap::new();
    for one in series {
        let family = family(one.labels.metric_name().unwrap_or_default());
        families.entry(family).or_default().push(one);
    }
    let mut out = String::new();
    for ((family, kind), members) in families {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# TYPE {family} {kind}");
        for one in members {
            let name = one.labels.metric_name().unwrap_or_default();
            let labels = one.labels.iter().filter(|(n, _)| *n != METRIC_NAME);
            let labels: Vec<String> = labels.map(|(n, v)| format!("{n}={}", escaped(v))).collect();
            for point in &one.points {
                let _ = writeln!(
                    out,
                    "{name}{{{}}} {} {}",
                    labels.join(","),
                    number(point.value),
                    point.timestamp.as_secs_f64()
                );
            }
        }
    }
    out.push_str("# EOF\n");
    out
}

/// A metric's family and type, by its suffix.
fn family(name: &str) -> (&str, &'static str) {
    if let Some(family) = name.strip_suffix("_total") {
        return (family, "counter");
    }
    ["_bucket", "_sum", "_count"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .map_or((name, "gauge"), |family| (family, "histogram"))
}

fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", value.replace('\n', "\\n"))
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        format!("{value}")
    }
}
