//! Series that are new on targets that aren't, and on targets that are.

use super::case::{Case, Row, Stated};
use super::source::{Counter, Leg, Source};
use super::world::{FROM, HOUR, MINUTE, SECOND, TO, World, all_certain};

pub(super) const ROWS: &[Row] = &[
    ("first_errors_15s", |name| first_errors(name, 15 * SECOND)),
    ("first_errors_60s", |name| first_errors(name, 60 * SECOND)),
    ("single_error_15s", |name| single_error(name, 15 * SECOND)),
    ("single_error_60s", |name| single_error(name, 60 * SECOND)),
    ("first_errors_of_new_pods", first_errors_of_new_pods),
    ("pods_that_die_50s_after_their_first_errors", short_lived),
    ("new_error_path", new_error_path),
    ("sudden_outage", sudden_outage),
    ("first_scrape_of_a_new_pod_shows_2_errors", first_scrape),
];

fn first_errors(name: &'static str, interval: i64) -> Case {
    // 40 in all.
    let errors = [1, 7, 2, 5, 3, 9, 1, 4, 6, 2];
    let pods = errors.into_iter().zip(0..).map(|(count, i)| {
        let at = FROM + 30 * MINUTE + i * (37 * MINUTE + 11 * SECOND);
        Source::pod(&format!("pod-{i}"))
            .with(Counter::good(100_000).steady(2, FROM, TO))
            .with(Counter::bad().at(at, count))
    });
    World::new(
        name,
        "the first errors of ten pods, 1 to 9 at once",
        interval,
    )
    .with_all(pods)
    .scraped(all_certain(40))
}

fn single_error(name: &'static str, interval: i64) -> Case {
    let pod = |pod: &str| Source::pod(pod).with(Counter::good(100_000).steady(2, FROM, TO));
    let unlucky = pod("pod-1").with(Counter::bad().at(FROM + 3 * HOUR + 17 * SECOND, 1));
    World::new(name, "a single error among three pods", interval)
        .with_all([pod("pod-0"), unlucky, pod("pod-2")])
        .scraped(all_certain(1))
}

fn first_errors_of_new_pods(name: &'static str) -> Case {
    let pods = (0..44).map(|i| {
        let phase = i * 1_337 % (15 * SECOND);
        let first_scrape = FROM + MINUTE + i * 8 * MINUTE + phase;
        let gone = first_scrape + 70 * MINUTE;
        // From 10 s to 50 min after it.
        let error = first_scrape + 10 * SECOND + i * 2_990 * SECOND / 43;
        let requests = Counter::good(0).steady(1, first_scrape - 10 * SECOND, gone.min(TO));
        Source::pod(&format!("pod-{i}"))
            .phased(phase)
            .living(first_scrape, gone)
            .with(requests)
            .with(Counter::bad().at(error, 1))
    });
    let what = "44 pods come, each with a first error 10 s to 50 min after its first scrape";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        // In a new pod's first bucket `increase` extrapolates its requests by up to 25 s.
        .tolerating(0.0, 44.0 * 25.0, 2.0)
        .scraped(all_certain(44))
}

fn short_lived(name: &'static str) -> Case {
    let pods = (0..16).map(|i| {
        let errors = FROM + 20 * MINUTE + i * (25 * MINUTE + 7 * SECOND);
        let gone = errors + 50 * SECOND;
        Source::pod(&format!("pod-{i}"))
            .living(i64::MIN, gone)
            .with(Counter::good(100_000).steady(1, FROM, gone))
            .with(Counter::bad().at(errors, 3))
    });
    let what = "16 pods have three errors each and are gone 50 s later";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .scraped(all_certain(48))
}

fn new_error_path(name: &'static str) -> Case {
    let born = FROM + 2 * HOUR + 21 * SECOND;
    let pods = (0..3).map(|i| {
        let path = |counter: Counter, path| counter.labelled("path", path);
        Source::pod(&format!("pod-{i}"))
            .with(path(Counter::good(100_000).steady(2, FROM, TO), "/cart"))
            .with(path(Counter::bad().holding(30), "/cart"))
            .with(path(Counter::good(0).at(born, 2), "/checkout"))
            .with(path(Counter::bad().at(born, 4), "/checkout"))
    });
    World::new(
        name,
        "three pods serve a new path, four errors each",
        15 * SECOND,
    )
    .with_all(pods)
    .scraped(all_certain(12))
}

fn sudden_outage(name: &'static str) -> Case {
    let (from, to) = (FROM + 4 * HOUR, FROM + 4 * HOUR + 8_495 * SECOND);
    let pods = (0..12).map(|i| {
        let good = Counter::good(100_000);
        Source::pod(&format!("pod-{i}"))
            .with(good.steady(1, FROM, from).steady(1, to, TO))
            .with(Counter::bad().steady(1, from, to))
    });
    let what = "12 pods of a request a second fail for 8,495 s, without an error before";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .scraped(all_certain(12 * 8_495))
}

fn first_scrape(name: &'static str) -> Case {
    let first_scrape = FROM + 3 * HOUR + 4 * SECOND;
    let old = (0..2)
        .map(|i| Source::pod(&format!("old-{i}")).with(Counter::good(100_000).steady(1, FROM, TO)));
    let requests = Counter::requests("200", Leg::Good);
    let new = Source::pod("new")
        .phased(4 * SECOND)
        .living(first_scrape, i64::MAX)
        .with(requests.steady(1, first_scrape - MINUTE, TO))
        .with(Counter::bad().at(first_scrape - 30 * SECOND, 2).each(
            first_scrape + 10 * MINUTE,
            10 * MINUTE,
            3,
        ));
    let what = "a new pod's first scrape shows two errors, three more follow";
    World::new(name, what, 15 * SECOND)
        .with_all(old)
        .with(new)
        .tolerating(0.0, 25.0, 2.0)
        .scraped(Stated {
            bad_doubtful: 2,
            doubt: 2..=2,
            bad_in_alerts: 3,
            ..all_certain(5)
        })
}
