//! What the presets give for the windows people have, and what happens at exactly a threshold.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::time::Duration;

use slo_core::interval::clopper_pearson;
use slo_core::policy::{
    BudgetShare, Burn, Change, Confidence, Happened, Policy, PolicySpec, Severity, TierSpec, Tiers,
};
use slo_core::{Counts, Objective};

const HOUR: Duration = Duration::from_secs(3600);

fn policy(tiers: Tiers, objective: &str, window: &str) -> Policy {
    PolicySpec::new(tiers).derive(objective.parse().unwrap(), window.parse().unwrap())
}

fn exactly(hours: u32, millionths: u32) -> Tiers {
    Tiers::Exactly(vec![TierSpec {
        severity: Severity::Page,
        long: HOUR * hours,
        budget: BudgetShare::from_millionths(millionths).unwrap(),
    }])
}

/// Long windows in hours with the factor's text, tier by tier.
fn shown(policy: &Policy) -> String {
    let tiers = policy.tiers.iter().map(|tier| {
        let hours = tier.long.as_secs() / 3600;
        assert_eq!(tier.long, HOUR * hours as u32);
        assert_eq!(tier.short * 12, tier.long);
        format!("{hours}h {}", tier.factor)
    });
    tiers.collect::<Vec<_>>().join(", ")
}

#[test]
fn factors_are_exact_for_every_window() {
    // Where a window is longer than the scaled one by more than a half, the factor is two thirds of the
    // published one: 9.6, 4, 2, 0.67. Where it is half of the budget, W / 2L.
    for (window, three, four) in [
        (
            "6h",
            "1h 3, 2h 1.5, 3h 0.6666666666666666",
            "1h 3, 2h 1.5, 3h 1, 4h 0.6666666666666666",
        ),
        (
            "1d",
            "1h 9.6, 2h 4, 3h 0.8",
            "1h 9.6, 2h 4, 3h 2, 4h 0.6666666666666666",
        ),
        ("36h", "1h 9.6, 2h 4, 4h 0.9", "1h 9.6, 2h 4, 3h 2, 4h 0.9"),
        (
            "7d",
            "1h 9.6, 2h 4.2, 12h 1.4",
            "1h 9.6, 2h 4.2, 6h 2.8, 12h 1.4",
        ),
        (
            "14d",
            "1h 9.6, 3h 5.6, 36h 0.9333333333333333",
            "1h 9.6, 3h 5.6, 12h 2.8, 36h 0.9333333333333333",
        ),
        (
            "28d",
            "1h 13.44, 6h 5.6, 72h 0.9333333333333333",
            "1h 13.44, 6h 5.6, 24h 2.8, 72h 0.9333333333333333",
        ),
        ("30d", "1h 14.4, 6h 6, 72h 1", "1h 14.4, 6h 6, 24h 3, 72h 1"),
        (
            "month",
            "1h 14.4, 6h 6, 72h 1",
            "1h 14.4, 6h 6, 24h 3, 72h 1",
        ),
        (
            "90d",
            "3h 14.4, 24h 4.5, 216h 1",
            "3h 14.4, 24h 4.5, 72h 3, 216h 1",
        ),
        (
            "quarter",
            "3h 14.4, 24h 4.5, 216h 1",
            "3h 14.4, 24h 4.5, 72h 3, 216h 1",
        ),
    ] {
        assert_eq!(
            shown(&policy(Tiers::Workbook, "99.9", window)),
            three,
            "{window}"
        );
        assert_eq!(
            shown(&policy(Tiers::WorkbookWithDay, "99.9", window)),
            four,
            "{window}"
        );
    }
    let week = policy(Tiers::Workbook, "99.9", "7d");
    assert_eq!(week.tiers[0].budget.fraction(), (2, 35));
    // People see four decimal places of it.
    assert_eq!(week.tiers[0].budget.percent(), 5.7143);
}

#[test]
fn long_windows_are_ones_that_people_can_read() {
    let hours: BTreeSet<u64> = (2..=24 * 731)
        .flat_map(|hours| policy(Tiers::WorkbookWithDay, "99.9", &format!("{hours}h")).tiers)
        .map(|tier| tier.long.as_secs() / 3600)
        .collect();
    let days = [1, 2, 3, 4, 6, 9, 12, 18, 27].map(|days| days * 24);
    let usual: BTreeSet<u64> = [1, 2, 3, 4, 6, 8, 12, 36].into_iter().chain(days).collect();
    assert_eq!(hours, usual);
}

#[test]
fn an_hour_s_window_has_no_room_for_a_tier() {
    assert_eq!(shown(&policy(Tiers::Workbook, "99.9", "1h")), "");
    assert_eq!(shown(&policy(Tiers::Workbook, "99.9", "2h")), "1h 1");
}

#[test]
fn a_factor_that_was_asked_for_comes_back() {
    for window in ["1d", "7d", "28d", "30d", "90d"] {
        let length = window.parse::<slo_core::Window>().unwrap().nominal();
        for factor in [14.4, 13.44, 9.6, 6.0, 1.0 / 3.0, 0.1, 1.7] {
            let budget = BudgetShare::spent_at(factor, HOUR, length).unwrap();
            let tier = TierSpec {
                severity: Severity::Page,
                long: HOUR,
                budget,
            };
            let policy = policy(Tiers::Exactly(vec![tier]), "99.9", window);
            assert_eq!(policy.tiers[0].factor.value(), factor, "{window}");
        }
    }
}

/// Whether the only tier of the policy fires when both of its windows hold these counts.
fn fires(policy: &Policy, objective: Objective, bad: f64, total: f64) -> bool {
    fires_on(policy, objective, (bad, total), (bad, total))
}

/// The same with other counts in the long window than in the short one.
fn fires_on(policy: &Policy, objective: Objective, long: (f64, f64), short: (f64, f64)) -> bool {
    let tier = policy.tiers[0];
    let burn = |window, (bad, total)| Burn {
        window,
        happened: Counts::new(bad, total).map_or(Happened::Nothing, Happened::Counts),
    };
    // The order says nothing.
    let burns = [burn(tier.short, short), burn(tier.long, long)];
    policy.decide(objective, &burns).is_firing() == Some(true)
}

#[test]
fn both_windows_must_burn() {
    let policy = policy(exactly(1, 20_000), "99.9", "30d");
    let objective = "99.9".parse().unwrap();
    let (burning, quiet, empty) = ((20.0, 1000.0), (10.0, 1000.0), (0.0, 0.0));
    assert!(fires_on(&policy, objective, burning, burning));
    assert!(!fires_on(&policy, objective, burning, quiet));
    assert!(!fires_on(&policy, objective, quiet, burning));
    assert!(!fires_on(&policy, objective, burning, empty));
    assert!(!fires_on(&policy, objective, empty, burning));
}

#[test]
fn so_many_bad_events_open_the_gate() {
    let mut spec = PolicySpec::new(exactly(1, 20_000));
    spec.min_bad_events = 3;
    let objective = "99.9".parse().unwrap();
    let gated = spec.derive(objective, "30d".parse().unwrap());
    // Of the long window; `increase` makes 2.6 of 3 events.
    assert!(!fires_on(&gated, objective, (2.0, 10.0), (2.0, 10.0)));
    assert!(!fires_on(&gated, objective, (2.4, 10.0), (2.4, 10.0)));
    assert!(fires_on(&gated, objective, (2.6, 10.0), (1.0, 10.0)));
    assert!(fires_on(&gated, objective, (3.0, 10.0), (1.0, 10.0)));
    // One is no gate, not even for parts of an event.
    spec.min_bad_events = 0;
    let open = spec.derive(objective, "30d".parse().unwrap());
    assert_eq!(open.min_bad_events, 1);
    assert!(fires_on(&open, objective, (0.3, 10.0), (0.3, 10.0)));
}

#[test]
fn a_burn_must_be_proven_where_proof_is_asked_for() {
    let mut spec = PolicySpec::new(exactly(1, 20_000));
    spec.confidence = Some(Confidence::from_millionths(950_000).unwrap());
    let objective = "99.9".parse().unwrap();
    let policy = spec.derive(objective, "30d".parse().unwrap());
    // 14.4 times 0.001: the lower bound of 1 in 10 is 0.0025, of 2 in 10 it is 0.0252.
    assert!(!fires(&policy, objective, 1.0, 10.0));
    assert!(fires(&policy, objective, 2.0, 10.0));
    // The long window's proof; the short one only has to burn.
    assert!(fires_on(&policy, objective, (2.0, 10.0), (1.0, 10.0)));
    assert!(!fires_on(&policy, objective, (1.0, 10.0), (2.0, 10.0)));
}

#[test]
fn a_proof_of_exactly_the_threshold_is_none() {
    // One bad event of one, at 50 %: the bound is a quarter, and so is 2.5 times 0.1.
    assert_eq!(clopper_pearson(1.0, 1.0, 0.5).low, 0.25);
    let month = HOUR * 720;
    let tier = |factor| TierSpec {
        severity: Severity::Page,
        long: HOUR,
        budget: BudgetShare::spent_at(factor, HOUR, month).unwrap(),
    };
    let objective = "90".parse().unwrap();
    let fires_at = |factor| {
        let mut spec = PolicySpec::new(Tiers::Exactly(vec![tier(factor)]));
        spec.confidence = Some(Confidence::from_millionths(500_000).unwrap());
        fires(
            &spec.derive(objective, "30d".parse().unwrap()),
            objective,
            1.0,
            1.0,
        )
    };
    assert!(!fires_at(2.5));
    assert!(fires_at(2.49));
}

#[test]
fn a_confidence_is_from_a_half_to_under_one() {
    let confidence = |millionths| Confidence::from_millionths(millionths);
    let half = confidence(500_000).unwrap();
    assert_eq!((half.ratio(), half.percent()), (0.5, 50.0));
    let most = confidence(999_999).unwrap();
    assert_eq!((most.ratio(), most.percent()), (0.999_999, 99.9999));
    for refused in [0, 499_999, 1_000_000, u32::MAX] {
        let error = confidence(refused).unwrap_err().to_string();
        let percent = f64::from(refused) / 1e4;
        assert!(error.contains(&format!("{percent} %")), "{error}");
    }
}

#[test]
fn without_wishes_there_are_four_tiers_and_no_gates() {
    assert_eq!(
        PolicySpec::default(),
        PolicySpec::new(Tiers::WorkbookWithDay)
    );
    assert_eq!(Severity::Page.name(), "page");
    assert_eq!(Severity::Ticket.name(), "ticket");
}

#[test]
fn a_tier_at_exactly_its_factor_is_silent_and_above_it_fires() {
    for (objective, millionths, bad, total) in [
        ("99.9", 20_000, 144.0, 10_000.0),
        ("99.97", 20_000, 432.0, 100_000.0),
        // Three times 0.0001 is above 0.0003 in floats.
        ("99.99", 3_000_000 / 720, 3.0, 10_000.0),
        ("99.5", 20_000, 72.0, 1_000.0),
    ] {
        let policy = if millionths == 20_000 {
            policy(exactly(1, millionths), objective, "30d")
        } else {
            policy(exactly(24, 100_000), objective, "30d")
        };
        let objective = objective.parse().unwrap();
        assert!(!fires(&policy, objective, bad, total), "{bad} of {total}");
        assert!(
            fires(&policy, objective, bad + 0.001, total),
            "{bad} of {total}"
        );
    }
}

#[test]
fn a_threshold_of_everything_is_repaired_and_one_under_it_is_not() {
    // A tenth of the budget within a hundredth of the window, where a tenth may be bad: f · e = 1.
    let at = |millionths| policy(exactly(24, millionths), "90", "100d");
    let all = at(100_000);
    assert_eq!(all.repairs.len(), 1);
    assert_eq!(all.repairs[0].factor.value(), 10.0);
    // Half of everything is f · e = 1/2: two days.
    assert_eq!(all.repairs[0].change, Change::Lengthened(HOUR * 48));
    assert_eq!(shown(&all), "48h 5");
    let less = at(99_999);
    assert_eq!(
        (less.repairs.len(), less.tiers[0].factor.value()),
        (0, 9.9999)
    );
}

#[test]
fn a_repair_lengthens_no_further_than_a_tenth_of_the_window() {
    // f · e = 1 in 24 h of 20 d: two days are exactly a tenth.
    let fits = policy(exactly(24, 500_000), "90", "20d");
    assert_eq!(fits.repairs[0].change, Change::Lengthened(HOUR * 48));
    // Of 19 d they are more: the share is reduced instead, to half of everything.
    let reduced = policy(exactly(24, 600_000), "90", "19d");
    let Change::Reduced(share) = reduced.repairs[0].change else {
        panic!("{}", reduced.repairs[0]);
    };
    assert_eq!(share.fraction(), (5, 19));
    assert_eq!(shown(&reduced), "24h 5");
    assert_eq!(
        reduced.repairs[0].to_string(),
        "page tier of 60 % in 1d: burn rate 11.4 cannot be reached at this objective; its share was \
         reduced to 26.3158 %"
    );
}

#[test]
fn what_would_be_noise_is_dropped() {
    // An hour of 90 d at 30 %: half of everything is 1 / 3,024 of the budget.
    let dropped = policy(exactly(1, 100_000), "30", "90d");
    assert!(dropped.tiers.is_empty());
    assert_eq!(dropped.repairs[0].change, Change::Dropped);
    assert!(dropped.repairs[0].to_string().ends_with("; it was dropped"));
    // A thousandth exactly is the least that is kept: 14 h of 1000 · 7 h.
    let tier = |minutes: u32| {
        let tier = TierSpec {
            severity: Severity::Ticket,
            long: Duration::from_secs(60) * minutes,
            budget: BudgetShare::from_millionths(400_000).unwrap(),
        };
        policy(Tiers::Exactly(vec![tier]), "50", "25d")
    };
    let kept = tier(36);
    assert_eq!(kept.tiers[0].budget.fraction(), (1, 1000));
    assert_eq!(tier(35).repairs[0].change, Change::Dropped);
}

#[test]
fn a_repaired_tier_that_says_what_another_one_says_is_dropped() {
    let spec = |hours: u32, percent: u32| TierSpec {
        severity: Severity::Page,
        long: HOUR * hours,
        budget: BudgetShare::from_millionths(percent * 10_000).unwrap(),
    };
    // 1 h is lengthened to 3 h, which is asked for already.
    let policy = policy(Tiers::Exactly(vec![spec(1, 2), spec(3, 2)]), "90", "30d");
    assert_eq!(shown(&policy), "3h 4.8");
    assert_eq!(policy.repairs.len(), 1);
    assert_eq!(policy.repairs[0].change, Change::Dropped);
    // Both are lengthened to the same: the first one stays.
    let both = self::policy(Tiers::Exactly(vec![spec(1, 3), spec(2, 3)]), "85", "30d");
    assert_eq!(both.tiers.len(), 1, "{}", shown(&both));
    let changes: Vec<Change> = both.repairs.iter().map(|repair| repair.change).collect();
    assert_eq!(
        changes,
        [Change::Lengthened(both.tiers[0].long), Change::Dropped]
    );
}

#[test]
fn a_repair_says_what_it_did() {
    let policy = policy(Tiers::Workbook, "90", "30d");
    assert_eq!(
        policy.repairs[0].to_string(),
        "page tier of 2 % in 1h: burn rate 14.4 cannot be reached at this objective; its window was \
         lengthened to 3h"
    );
}

#[test]
fn windows_are_listed_once_and_in_order() {
    let policy = policy(Tiers::WorkbookWithDay, "99.9", "30d");
    let minutes: Vec<u64> = policy.windows().iter().map(|w| w.as_secs() / 60).collect();
    // 6 h is a short window and a long one.
    assert_eq!(minutes, [5, 30, 60, 120, 360, 1440, 4320]);
}
