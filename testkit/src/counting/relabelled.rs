//! Old series under new names, and old pods that are new to the server.

use super::case::{Case, Row};
use super::source::{Change, Counter, Source, labels};
use super::world::{FROM, HOUR, MINUTE, SECOND, TO, World, with_old};

pub(super) const ROWS: &[Row] = &[
    ("label_change", |name| label_change(name, AT)),
    ("label_change_in_the_first_hour", |name| {
        label_change(name, FROM + 10 * MINUTE)
    }),
    ("label_change_without_job", label_change_without_job),
    ("drop_rule_lifted", |name| drop_rule_lifted(name, AT, None)),
    ("drop_rule_lifted_in_the_first_hour", |name| {
        drop_rule_lifted(name, FROM + 10 * MINUTE, None)
    }),
    ("drop_rule_lifted_an_hour_after_a_gap_of_10m", |name| {
        drop_rule_lifted(name, AT, Some((AT - 67 * MINUTE, AT - 57 * MINUTE)))
    }),
    ("drop_rule_lifted_an_hour_after_a_gap_of_20m", |name| {
        drop_rule_lifted(name, AT, Some((AT - 75 * MINUTE, AT - 55 * MINUTE)))
    }),
    ("label_change_of_errors_last", label_change_of_errors_last),
    (
        "old_pods_newly_scraped_one_by_one",
        newly_scraped_one_by_one,
    ),
    ("label_change_of_half", label_change_of_half),
    ("old_pod_newly_scraped_without_job", newly_scraped),
];

const AT: i64 = FROM + 200 * MINUTE + 30 * SECOND;

/// What an upgrade of a Helm chart does where a labelmap takes its labels over.
const UPGRADED: Change = Change::Label("chart", "api-1.1.0");

/// A pod of metrics that have neither `job` nor `instance`.
fn anonymous(pod: &str) -> Source {
    Source::with_labels(labels(&[("pod", pod)]))
}

fn label_change(name: &'static str, at: i64) -> Case {
    let pod = Source::pod("pod-0")
        .with(Counter::good(500_000).steady(3, FROM, TO))
        .with(Counter::bad().holding(5_000))
        .changing(at, &UPGRADED);
    let what = "every series of a living target changes a label; its 5,000 errors are old";
    World::new(name, what, 15 * SECOND)
        .with(pod)
        // `increase` extrapolates what the new series count in their first bucket by up to 25 s.
        .tolerating(0.0, 75.0, 2.0)
        .scraped(with_old(0, 5_000))
}

fn label_change_without_job(name: &'static str) -> Case {
    let pods = (0..3).map(|i| {
        anonymous(&format!("pod-{i}"))
            .with(Counter::good(500_000).steady(1, FROM, TO))
            .with(Counter::bad().holding(5_000))
            .changing(AT, &UPGRADED)
    });
    let what = "the same on three pods without job and instance, scraped one after the other";
    World::new(name, what, 15 * SECOND)
        .with_all(pods)
        .tolerating(0.0, 75.0, 2.0)
        .scraped(with_old(0, 15_000))
}

fn drop_rule_lifted(name: &'static str, at: i64, gap: Option<(i64, i64)>) -> Case {
    let dropped = Counter::bad()
        .holding(5_000)
        .changing(i64::MIN, Change::Dropped)
        .changing(at, Change::Lifted);
    let mut pod = Source::pod("pod-0")
        .with(Counter::good(500_000).steady(3, FROM, TO))
        .with(dropped);
    if let Some((from, to)) = gap {
        pod = pod.away(from, to);
    }
    let what = "a rule that dropped the error series is lifted; their 5,000 errors are old";
    World::new(name, what, 15 * SECOND)
        .with(pod)
        .scraped(with_old(0, 5_000))
}

fn label_change_of_errors_last(name: &'static str) -> Case {
    let good = Counter::good(500_000).steady(3, FROM, TO);
    let bad = Counter::bad().holding(5_000);
    let pod = Source::pod("pod-0")
        .with(good.changing(AT, UPGRADED))
        .with(bad.changing(AT + 10 * MINUTE, UPGRADED));
    let what = "the good series of a target change a label, and ten minutes later the errors do";
    World::new(name, what, 15 * SECOND)
        .with(pod)
        .tolerating(0.0, 75.0, 2.0)
        .scraped(with_old(0, 5_000))
}

fn label_change_of_half(name: &'static str) -> Case {
    let mut pod = Source::pod("pod-0");
    for i in 0..6 {
        let path = format!("/{i}");
        // The changed ones hold 5,000 together.
        let old = [1_667, 1_667, 1_666, 900, 900, 900][i as usize];
        let good = Counter::good(50_000).steady(1, FROM, TO);
        let bad = Counter::bad().holding(old);
        let bad = bad.each(FROM + MINUTE + i * 7 * SECOND, 5 * MINUTE, 83);
        for counter in [good, bad] {
            let counter = counter.labelled("path", &path);
            pod = pod.with(if i < 3 {
                counter.changing(AT, UPGRADED)
            } else {
                counter
            });
        }
    }
    let what = "half of a target's series change a label; six paths with 83 errors each";
    World::new(name, what, 15 * SECOND)
        .with(pod)
        // Each changed path may have an error in its first bucket, which `increase` extrapolates.
        .tolerating(2.0, 75.0, 2.0)
        // Of the 83 errors of a path, 40 are before the change.
        .scraped(with_old(6 * 83, 5_000 + 3 * 40))
}

fn newly_scraped(name: &'static str) -> Case {
    let known = (0..3).map(|i| {
        anonymous(&format!("pod-{i}"))
            .with(Counter::good(100_000).steady(1, FROM, TO))
            .with(
                Counter::bad()
                    .holding(50)
                    .each(FROM + (1 + i * 20) * SECOND, 80 * SECOND, 320),
            )
    });
    let from = FROM + 3 * HOUR;
    let new = anonymous("pod-3")
        .living(from, i64::MAX)
        .with(Counter::good(50_000).steady(1, from, TO))
        .with(
            Counter::bad()
                .holding(661)
                .each(from + 5 * MINUTE, MINUTE, 240),
        );
    let what = "an old pod with 661 errors is scraped for the first time, without job and instance";
    World::new(name, what, 15 * SECOND)
        .with_all(known)
        .with(new)
        .tolerating(0.0, 25.0, 2.0)
        .scraped(with_old(3 * 320 + 240, 661))
}

fn newly_scraped_one_by_one(name: &'static str) -> Case {
    let pods = (0..12).map(|i| {
        let from = FROM + HOUR + i * 4 * MINUTE;
        anonymous(&format!("pod-{i}"))
            .living(from, i64::MAX)
            .with(Counter::good(500_000).steady(1, from, TO))
            .with(Counter::bad().holding(5_000))
    });
    let first = anonymous("first").with(Counter::good(500_000).steady(1, FROM, TO));
    let what = "12 old pods are scraped one after the other, without job and instance";
    World::new(name, what, 15 * SECOND)
        .with(first)
        .with_all(pods)
        .tolerating(0.0, 12.0 * 25.0, 2.0)
        .scraped(with_old(0, 12 * 5_000))
}
