//! Containers that restart in place: the same target, all of its counters anew.

use super::case::{Case, Row, Stated};
use super::source::{Counter, Source};
use super::world::{FROM, HOUR, MINUTE, SECOND, TO, World, all_certain};

pub(super) const ROWS: &[Row] = &[
    ("resets", resets),
    ("error_series_vanish_at_restarts", vanish),
    ("single_errors_vanish_at_restarts", vanish_single),
    ("errors_a_minute_after_every_second_restart", vanish_twice),
    ("error_series_back_after_2h30_above", back_later),
    ("restarts_where_a_bucket_begins", where_a_bucket_begins),
    (
        "old_errors_vanish_in_the_first_hour",
        vanish_in_the_first_hour,
    ),
    ("restart_then_gap_of_10m", |name| {
        restart_then_gap(name, 10 * MINUTE)
    }),
    ("restart_then_gap_of_30m", |name| {
        restart_then_gap(name, 30 * MINUTE)
    }),
];

fn resets(name: &'static str) -> Case {
    let pods = (0..3).map(|i| {
        let errors = Counter::bad().holding(500).zeroed();
        let pod = Source::pod(&format!("pod-{i}"))
            .with(Counter::good(100_000).zeroed().steady(1, FROM, TO))
            .with(errors.each(FROM + (5 + i) * SECOND, MINUTE, 414));
        // Two of them, half a minute after an error: scrapes have shown it.
        let restart = FROM + (100 + 150 * i) * MINUTE + 50 * SECOND;
        pod.restarting((i < 2).then_some(restart))
    });
    let what = "three pods with an error a minute, two restart; their counters begin at zero";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        // `increase` extrapolates the bucket of each of six resets by up to half an event.
        .tolerating(3.0, 30.0, 2.0)
        .scraped(all_certain(3 * 414))
}

/// A pod that restarts seven times and is down for 20 s each time.
fn restarting(pod: &str, first: i64) -> (Source, [i64; 7]) {
    let restarts = [0, 1, 2, 3, 4, 5, 6].map(|k| first + k * 50 * MINUTE);
    let mut source = Source::pod(pod)
        .with(Counter::good(100_000).steady(2, FROM, TO))
        .restarting(restarts);
    for at in restarts {
        source = source.away(at, at + 20 * SECOND);
    }
    (source, restarts)
}

fn vanish(name: &'static str) -> Case {
    let pods = (0..3).map(|i| {
        let (pod, restarts) = restarting(&format!("pod-{i}"), FROM + (50 + 7 * i) * MINUTE);
        let errors = restarts
            .into_iter()
            .fold(Counter::bad().holding(3), |c, at| {
                c.each(at + 6 * MINUTE, 10 * MINUTE, 3)
            });
        pod.with(errors)
    });
    let what = "three pods restart seven times; three errors each time, the first after 6 min";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .tolerating(0.0, 21.0 * 50.0, 2.0)
        .scraped(Stated {
            bad_in_alerts: 42,
            ..all_certain(3 * 7 * 3)
        })
}

fn vanish_single(name: &'static str) -> Case {
    let (pod, restarts) = restarting("pod-0", FROM + 50 * MINUTE);
    let errors = restarts
        .into_iter()
        .fold(Counter::bad().holding(1), |c, at| c.at(at + 10 * MINUTE, 1));
    World::new(
        name,
        "a pod restarts seven times; a single error each time",
        15 * SECOND,
    )
    .with(pod.with(errors))
    .tolerating(0.0, 7.0 * 50.0, 2.0)
    .scraped(Stated {
        bad_in_alerts: 0,
        ..all_certain(7)
    })
}

fn vanish_twice(name: &'static str) -> Case {
    let (pod, restarts) = restarting("pod-0", FROM + 50 * MINUTE + 61 * SECOND);
    let errors = restarts
        .into_iter()
        .skip(1)
        .step_by(2)
        .fold(Counter::bad().holding(1), |c, at| c.at(at + MINUTE, 2));
    let what = "an error series held 1; it is back with 2, a minute after every second restart";
    World::new(name, what, 15 * SECOND)
        .with(pod.with(errors))
        .tolerating(0.0, 7.0 * 50.0, 2.0)
        .scraped(Stated {
            bad_in_alerts: 0,
            ..all_certain(6)
        })
}

fn back_later(name: &'static str) -> Case {
    let restart = FROM + 80 * MINUTE;
    let pod = Source::pod("pod-0")
        .with(Counter::good(100_000).steady(2, FROM, TO))
        .with(
            Counter::bad()
                .each(FROM + 5 * MINUTE, 10 * MINUTE, 5)
                .at(restart + 150 * MINUTE, 6),
        )
        .restarting([restart])
        .away(restart, restart + 20 * SECOND);
    let what = "an error series held 5; 2.5 h after a restart it is back with 6";
    World::new(name, what, 15 * SECOND)
        .with(pod)
        .tolerating(0.0, 50.0, 2.0)
        .scraped(Stated {
            bad_doubtful: 6,
            doubt: 6..=6,
            bad_in_alerts: 5,
            ..all_certain(11)
        })
}

/// A bucket that begins while the target is down has nothing to compare with at its beginning.
fn where_a_bucket_begins(name: &'static str) -> Case {
    let restarts = [0, 1, 2, 3, 4, 5, 6].map(|k| FROM + (50 + 50 * k) * MINUTE);
    let mut pod = Source::pod("pod-0")
        .with(Counter::good(100_000).steady(2, FROM, TO))
        .restarting(restarts);
    let mut errors = Counter::bad().holding(3);
    for at in restarts {
        pod = pod.away(at, at + 20 * SECOND);
        errors = errors.each(at + 5 * MINUTE, 10 * MINUTE, 3);
    }
    let what = "a pod restarts seven times on whole buckets; its first error is 5 min later";
    World::new(name, what, 15 * SECOND)
        .with(pod.with(errors))
        // The first errors may be named as doubtful; none may be lost in silence.
        .tolerating(7.0, 7.0 * 50.0, 2.0)
        .scraped(Stated {
            doubt: 0..=7,
            bad_in_alerts: 14,
            ..all_certain(7 * 3)
        })
}

/// What a target held at the server's first scrape is old, also where it is gone an hour later.
fn vanish_in_the_first_hour(name: &'static str) -> Case {
    let pods = (0..4).map(|i| {
        let restart = FROM + 15 * MINUTE;
        Source::pod(&format!("pod-{i}"))
            .with(Counter::good(100_000).steady(2, FROM, TO))
            .with(Counter::bad().holding(9))
            .restarting([restart])
            .away(restart, restart + 20 * SECOND)
    });
    let what = "four pods with nine old errors each restart half an hour after their first scrape";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .tolerating(0.0, 4.0 * 50.0, 2.0)
        .scraped(all_certain(0))
}

fn restart_then_gap(name: &'static str, length: i64) -> Case {
    // 27 s after an error: scrapes have shown it.
    let restart = FROM + 2 * HOUR + 32 * SECOND;
    let gap = restart + 15 * MINUTE;
    let pods = (0..4).map(|i| {
        let errors = Counter::bad().holding(50);
        Source::pod(&format!("pod-{i}"))
            .with(Counter::good(100_000).steady(1, FROM, TO))
            .with(errors.each(FROM + 5 * SECOND, 40 * SECOND, 622))
            .restarting((i % 2 == 0).then_some(restart))
            .away(gap, gap + length)
    });
    let what = "two of four pods restart; 15 min later nothing is scraped for a while";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .tolerating(2.0, 2.0 * 25.0, 2.0)
        .scraped(Stated {
            bad_in_alerts: 2_488 - 2,
            ..all_certain(4 * 622)
        })
}
