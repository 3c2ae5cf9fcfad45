//! Histograms whose bounds are spelled in one way or another, or aren't there.

use promql_client::Selector;

use super::case::{Case, Measured, Row, Stated};
use super::source::{Change, Counter, Leg, Source};
use super::world::{FROM, HOUR, MINUTE, SECOND, World, all_certain};

pub(super) const ROWS: &[Row] = &[
    ("bound_5e-05", |name| {
        let pods = [SMALL, SMALL].map(Some);
        seconds(name, "Go's clients write 50 µs as 5e-05", &pods)
    }),
    ("bound_0.00005", |name| {
        let pods = [SMALL_DECIMAL, SMALL_DECIMAL].map(Some);
        seconds(name, "the same bound in decimals", &pods)
    }),
    ("bound_in_two_spellings", |name| {
        let pods = [SMALL, SMALL_DECIMAL].map(Some);
        seconds(name, "each pod writes the bound in a way of its own", &pods)
    }),
    ("bound_1.8e+06", |name| {
        let bounds = ["1e+06", "1.8e+06", "3.6e+06"];
        milliseconds(
            name,
            "half an hour as Go's clients and Prometheus 3 write it",
            bounds,
        )
    }),
    ("bound_1800000", |name| {
        let bounds = ["1000000", "1800000", "3600000"];
        milliseconds(name, "half an hour as Envoy writes it", bounds)
    }),
    ("bound_1800000.0", |name| {
        let bounds = ["1000000.0", "1800000.0", "3600000.0"];
        milliseconds(name, "half an hour as a float", bounds)
    }),
    ("bound_missing_on_one_target", |name| {
        let pods = [Some(SMALL), Some(SMALL), None];
        seconds(
            name,
            "one of three pods has no bucket at the threshold",
            &pods,
        )
    }),
    ("latency_across_a_gap", across_a_gap),
    ("latency_across_a_restart", across_a_restart),
    ("latency_of_a_new_path", of_a_new_path),
    ("bound_missing", |name| Case {
        stated: Stated {
            nothing_to_count: true,
            ..all_certain(0)
        },
        ..seconds(name, "no pod has a bucket at the threshold", &[None, None])
    }),
];

const SECONDS: &str = "request_duration_seconds";
const SMALL: [&str; 3] = ["1e-05", "5e-05", "0.0001"];
const SMALL_DECIMAL: [&str; 3] = ["0.00001", "0.00005", "0.0001"];

/// Of two hours, the events are in these.
const TO: i64 = FROM + 80 * MINUTE;
/// One a minute.
const SLOW: i64 = 80;

/// A histogram in seconds and a threshold of 50 µs; pods without bounds lack the one in the middle.
fn seconds(name: &'static str, what: &'static str, pods: &[Option<[&str; 3]>]) -> Case {
    let with_bound = pods.iter().flatten().count() as u64;
    let sources = pods
        .iter()
        .zip(0..)
        .map(|(bounds, i)| pod(i, SECONDS, bounds.unwrap_or(SMALL), bounds.is_some()));
    in_seconds(name, what)
        .with_all(sources)
        .scraped(all_certain(with_bound * SLOW.unsigned_abs()))
}

fn in_seconds(name: &'static str, what: &'static str) -> World {
    World::new(name, what, 15 * SECOND)
        .lasting(2 * HOUR)
        .measured(Measured::Latency {
            histogram: Selector::metric(SECONDS).eq("case", name),
            threshold: 5e-5,
            unit_ms: 1_000.0,
        })
}

fn across_a_gap(name: &'static str) -> Case {
    let gap = FROM + 30 * MINUTE;
    let pods = (0..2).map(|i| {
        pod(i, SECONDS, SMALL, true)
            .unmarked()
            .away(gap, gap + 20 * MINUTE)
    });
    in_seconds(name, "nothing is scraped for 20 min, requests go on")
        .with_all(pods)
        .scraped(all_certain(2 * SLOW.unsigned_abs()))
}

fn across_a_restart(name: &'static str) -> Case {
    // 23 s after a slow request: scrapes have shown it.
    let restart = FROM + 30 * MINUTE + 30 * SECOND;
    let pods = (0..2).map(|i| pod(i, SECONDS, SMALL, true).restarting([restart]));
    in_seconds(name, "two pods restart")
        .with_all(pods)
        // `increase` extrapolates both sides of the difference.
        .tolerating(2.0, 100.0, 2.0)
        .scraped(all_certain(2 * SLOW.unsigned_abs()))
}

/// A histogram appears with all of its buckets, some of them at zero.
fn of_a_new_path(name: &'static str) -> Case {
    let born = FROM + 30 * MINUTE + 7 * SECOND;
    let mut pod = pod(0, SECONDS, SMALL, true);
    let all = pod.counters.len();
    for i in 0..all {
        let mut counter = pod.counters[i].clone();
        counter
            .events
            .retain(|(at, _)| *at >= born && (at - born) % (10 * SECOND) == 0);
        counter = counter.holding(0).labelled("path", "/new");
        if !counter.unseen {
            counter = counter
                .zeroed()
                .changing(i64::MIN, Change::Dropped)
                .changing(born, Change::Lifted);
        }
        pod = pod.with(counter);
    }
    // Slow requests come at the same second of each minute; of the fast ones none is left.
    in_seconds(
        name,
        "all requests of a new path are slow, from the first one on",
    )
    .with(pod)
    .scraped(all_certain((SLOW + SLOW - 30).unsigned_abs()))
}

/// A histogram in milliseconds and a threshold of half an hour.
fn milliseconds(name: &'static str, what: &'static str, bounds: [&str; 3]) -> Case {
    let histogram = "request_duration_milliseconds";
    World::new(name, what, 15 * SECOND)
        .lasting(2 * HOUR)
        .with_all((0..2).map(|i| pod(i, histogram, bounds, true)))
        .measured(Measured::Latency {
            histogram: Selector::metric(histogram).eq("case", name),
            threshold: 1.8e6,
            unit_ms: 1.0,
        })
        .scraped(all_certain(2 * SLOW.unsigned_abs()))
}

/// Two requests a second at or under the middle bound (one of them under the first), and one a
/// minute above the last.
fn pod(i: i64, histogram: &str, bounds: [&str; 3], has_middle: bool) -> Source {
    let named = |suffix: &str| {
        let mut counter = Counter::requests("", Leg::Other).holding(1_000);
        counter.labels = vec![("__name__".to_owned(), format!("{histogram}{suffix}"))];
        counter
    };
    let slow = |counter: Counter| counter.each(FROM + (7 + i) * SECOND, MINUTE, SLOW);
    let bucket = |le: &str, per_second| {
        let counter = named("_bucket").labelled("le", le);
        counter.steady(per_second, FROM, TO)
    };
    let [first, middle, last] = bounds;
    let mut pod = Source::pod(&format!("pod-{i}"))
        .with(bucket(first, 1))
        .with(bucket(last, 2))
        .with(slow(bucket("+Inf", 2)))
        .with(slow(named("_count").steady(2, FROM, TO)));
    if has_middle {
        pod = pod.with(bucket(middle, 2));
        let unseen = |leg| Counter {
            unseen: true,
            ..Counter::requests("", leg)
        };
        pod = pod
            .with(slow(unseen(Leg::Bad)))
            .with(unseen(Leg::Good).steady(2, FROM, TO));
    }
    pod
}
