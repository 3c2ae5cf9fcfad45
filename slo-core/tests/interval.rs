//! Clopper-Pearson for whatever a server may answer.

#![allow(clippy::indexing_slicing)]

use proptest::prelude::*;
use slo_core::interval::{Interval, clopper_pearson};

/// Any finite count, by its magnitude: fractions and subnormal ones, too.
fn count() -> impl Strategy<Value = f64> {
    prop_oneof![
        2 => (-308.0f64..308.0).prop_map(|power| 10f64.powf(power)),
        4 => (0.0f64..18.0).prop_map(|power| 10f64.powf(power)),
        2 => (0.0f64..300.0).prop_map(|power| 10f64.powf(power).floor()),
        1 => prop::sample::select(vec![
            1.0, 2.0, 9_999.0, 10_000.0, 10_001.0, 20_000.0, 5e14, 9_007_199_254_740_991.0,
            9_007_199_254_740_992.0, 1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324,
        ]),
    ]
}

/// A count and a part of it: all, none, near both ends, anywhere between.
fn pair() -> impl Strategy<Value = (f64, f64)> {
    (count(), count(), 0.0f64..=1.0, 0usize..6).prop_map(|(n, few, part, kind)| {
        let few = few.min(n);
        let k = match kind {
            0 => 0.0,
            1 => n,
            2 => few,
            3 => n - few,
            4 => n * part * part * part,
            _ => n * part,
        };
        (k.clamp(0.0, n), n)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn every_finite_pair_has_an_interval_around_its_share((k, n) in pair(), nines in 0.0f64..15.0) {
        let confidence = 1.0 - 10f64.powf(-nines);
        let Interval { low, high } = clopper_pearson(k, n, confidence);
        let share = k / n;
        prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0,
            "{:e} of {:e} at {}: {:e} to {:e}, share {:e}", k, n, confidence, low, high, share);
        // And it says something: some deviations wide, no more.
        if k >= 1.0 && n - k >= 1.0 && confidence >= 0.5 {
            let deviation = (share * (1.0 - share) / n).sqrt();
            let most = 9.0 * deviation + 50.0 / n;
            prop_assert!(high - low <= 2.0 * most + 4.0 * f64::EPSILON, "{:e} of {:e}: {} {}", k, n, low, high);
        }
    }

    #[test]
    fn any_floats_at_all_end(k in any::<f64>(), n in any::<f64>(), confidence in any::<f64>()) {
        let Interval { low, high } = clopper_pearson(k, n, confidence);
        prop_assert!((0.0..=1.0).contains(&low) && (low..=1.0).contains(&high));
    }
}

proptest! {
    #[test]
    fn more_events_move_both_bounds_up((k, n) in pair(), step in 0.0f64..6.0) {
        let (k, n) = (k.round(), n.round());
        let more = (k + 10f64.powf(step).floor()).min(n);
        let (one, other) = (clopper_pearson(k, n, 0.95), clopper_pearson(more, n, 0.95));
        let slack = 1.0 + 1e-13;
        prop_assert!(one.low <= other.low * slack, "{:e} {:e} of {:e}: {:?} {:?}", k, more, n, one, other);
        prop_assert!(1.0 - other.high <= (1.0 - one.high) * slack + f64::EPSILON, "{:e} {:e} of {:e}: {:?} {:?}", k, more, n, one, other);
    }

    #[test]
    fn both_sides_mirror_each_other(n in 0.0f64..300.0, part in 0.0f64..=1.0) {
        let n = 10f64.powf(n).floor();
        let k = (n * part).floor();
        let (one, other) = (clopper_pearson(k, n, 0.95), clopper_pearson(n - k, n, 0.95));
        prop_assert!((one.low + other.high - 1.0).abs() < 1e-15);
        prop_assert!((one.high + other.low - 1.0).abs() < 1e-15);
    }
}

#[test]
fn one_more_event_moves_the_bounds_up_also_where_the_form_changes() {
    for n in [20_001.0, 40_000.0, 1e9] {
        for side in [10_000.0, n - 10_000.0] {
            let bounds: Vec<Interval> = (-5..=5)
                .map(|i| clopper_pearson(side + f64::from(i), n, 0.95))
                .collect();
            for pair in bounds.windows(2) {
                let steps = [pair[1].low - pair[0].low, pair[1].high - pair[0].high];
                for step in steps {
                    // By about one event, no matter which form computed it.
                    assert!((step * n - 1.0).abs() < 0.02, "{n} {side}: {}", step * n);
                }
            }
        }
    }
}

#[test]
fn without_bad_events_the_bound_is_known_in_closed_form() {
    let tail = (1.0 - 0.95f64) / 2.0;
    for n in [1.0, 10.0, 1e6, 9_007_199_254_740_992.0, 1e300] {
        let none = clopper_pearson(0.0, n, 0.95);
        assert_eq!((none.low, none.high), (0.0, -f64::exp_m1(tail.ln() / n)));
        let all = clopper_pearson(n, n, 0.95);
        assert_eq!((all.low, all.high), (f64::exp(tail.ln() / n), 1.0));
    }
    // The rule of three, for two sides: 3.69 / n.
    assert!((clopper_pearson(0.0, 1e12, 0.95).high * 1e12 - 3.688_879_454).abs() < 1e-6);
}
