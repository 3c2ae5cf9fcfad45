//! Counters that are easily misread, against their exact truth: each history of `testkit::counting`
//! is asked bucket by bucket, in the short ranges of alerts, through the evaluator, and through the
//! recordings that the generated rules write. A history's name is its tests' module.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod agree;
mod alerts;
mod buckets;
mod evaluated;
mod play;
mod recorded;
#[path = "../recording/mod.rs"]
mod recording;

use std::collections::BTreeSet;
use std::time::Duration;

use slo_core::evaluate::Source;

/// The tests of each history.
macro_rules! histories {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(mod $test {
            #[test]
            fn buckets_add_up() {
                crate::buckets::check($name);
            }

            #[test]
            fn alerts_see_nothing_that_did_not_happen() {
                crate::alerts::check($name);
            }

            #[test]
            fn the_evaluator_counts_what_happened() {
                crate::evaluated::check($name);
            }

            #[test]
            fn recordings_hold_what_happened() {
                crate::recorded::check($name);
            }
        })*

        const TESTED: &[&str] = &[$($name),*];
    };
}

histories! {
    first_errors_15s = "first_errors_15s",
    first_errors_60s = "first_errors_60s",
    single_error_15s = "single_error_15s",
    single_error_60s = "single_error_60s",
    first_errors_of_new_pods = "first_errors_of_new_pods",
    pods_that_die_50s_after_their_first_errors = "pods_that_die_50s_after_their_first_errors",
    new_error_path = "new_error_path",
    sudden_outage = "sudden_outage",
    first_scrape_of_a_new_pod_shows_2_errors = "first_scrape_of_a_new_pod_shows_2_errors",
    label_change = "label_change",
    label_change_in_the_first_hour = "label_change_in_the_first_hour",
    label_change_without_job = "label_change_without_job",
    drop_rule_lifted = "drop_rule_lifted",
    drop_rule_lifted_in_the_first_hour = "drop_rule_lifted_in_the_first_hour",
    drop_rule_lifted_an_hour_after_a_gap_of_10m = "drop_rule_lifted_an_hour_after_a_gap_of_10m",
    drop_rule_lifted_an_hour_after_a_gap_of_20m = "drop_rule_lifted_an_hour_after_a_gap_of_20m",
    label_change_of_errors_last = "label_change_of_errors_last",
    old_pods_newly_scraped_one_by_one = "old_pods_newly_scraped_one_by_one",
    label_change_of_half = "label_change_of_half",
    old_pod_newly_scraped_without_job = "old_pod_newly_scraped_without_job",
    collector_back_after_10m = "collector_back_after_10m",
    collector_back_after_2h = "collector_back_after_2h",
    source_away_for_3h = "source_away_for_3h",
    gap_of_2m = "gap_of_2m",
    gap_of_6m = "gap_of_6m",
    gap_of_20m = "gap_of_20m",
    gap_of_2h = "gap_of_2h",
    server_down_for_6m = "server_down_for_6m",
    server_down_for_20m = "server_down_for_20m",
    server_down_for_2h = "server_down_for_2h",
    resets = "resets",
    error_series_vanish_at_restarts = "error_series_vanish_at_restarts",
    errors_a_minute_after_every_second_restart = "errors_a_minute_after_every_second_restart",
    single_errors_vanish_at_restarts = "single_errors_vanish_at_restarts",
    error_series_back_after_2h30_above = "error_series_back_after_2h30_above",
    restarts_where_a_bucket_begins = "restarts_where_a_bucket_begins",
    old_errors_vanish_in_the_first_hour = "old_errors_vanish_in_the_first_hour",
    restart_then_gap_of_10m = "restart_then_gap_of_10m",
    restart_then_gap_of_30m = "restart_then_gap_of_30m",
    scrapes_every_5m = "scrapes_every_5m",
    scrapes_every_10m = "scrapes_every_10m",
    bound_5e_05 = "bound_5e-05",
    bound_0_00005 = "bound_0.00005",
    bound_in_two_spellings = "bound_in_two_spellings",
    bound_1_8e_06 = "bound_1.8e+06",
    bound_1800000 = "bound_1800000",
    bound_1800000_0 = "bound_1800000.0",
    bound_missing_on_one_target = "bound_missing_on_one_target",
    latency_across_a_gap = "latency_across_a_gap",
    latency_across_a_restart = "latency_across_a_restart",
    latency_of_a_new_path = "latency_of_a_new_path",
    bound_missing = "bound_missing",
}

#[test]
fn rules_and_evaluator_agree_across_gaps() {
    for gap in [
        "gap_of_2m",
        "gap_of_6m",
        "gap_of_20m",
        "gap_of_2h",
        "sudden_outage",
    ] {
        agree::check(gap);
    }
}

#[test]
fn where_alerts_count_otherwise_that_is_said() {
    for (name, differ) in [
        ("single_errors_vanish_at_restarts", true),
        ("error_series_vanish_at_restarts", true),
        ("first_errors_15s", false),
        ("gap_of_20m", false),
    ] {
        let case = testkit::counting::case(name);
        let slo = play::slo(&case);
        let backend = play::backend(&case, play::SEMANTICS[0]);
        let mut at = case.measured_from.plus(play::HOUR);
        let mut said = 0;
        while at <= case.end {
            let warnings = evaluated::evaluation(&backend, &slo, at, Source::Raw).warnings;
            let warned = warnings.iter().any(|w| w.starts_with("alerts see "));
            said += u32::from(warned);
            at = at.plus(Duration::from_secs(1200));
        }
        assert_eq!(said > 0, differ, "{name}: {said}");
    }
}

#[test]
fn anchored_ranges_are_exact_across_resets() {
    buckets::check_anchored("resets");
}

#[test]
fn what_ends_before_is_what_ended_then() {
    for name in [
        "error_series_vanish_at_restarts",
        "collector_back_after_2h",
        "latency_across_a_gap",
        "first_errors_15s",
    ] {
        buckets::check_offset(name);
    }
}

#[test]
fn each_history_is_tested() {
    let tested: BTreeSet<&str> = TESTED.iter().copied().collect();
    let all: BTreeSet<&str> = testkit::counting::names().collect();
    assert_eq!(tested, all);
}
