//! The maths with values that no honest server sends: an answer, `None` or a typed error, never a panic.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use promql_client::Timestamp;
use proptest::prelude::*;
use slo_core::forecast::forecast;
use slo_core::policy::{BudgetShare, PolicySpec, Severity, TierSpec, Tiers};
use slo_core::sli::EmptySlice;
use slo_core::{
    Bucket, BurnRate, Counts, ErrorBudget, History, Objective, Period, RollingWindow, Window,
};

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        2 => any::<f64>(),
        2 => -10.0f64..1000.0,
        1 => prop::sample::select(vec![
            0.0, -0.0, 1e308, -1e308, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY,
            f64::NEG_INFINITY, 5e-324, 1.0,
        ]),
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        any::<u64>().prop_map(Duration::from_nanos),
        any::<u64>().prop_map(Duration::from_secs),
        (0u64..100_000_000).prop_map(Duration::from_secs),
        prop::sample::select(vec![
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_micros(999),
            Duration::from_millis(1),
            Duration::from_secs(300),
            Duration::from_secs(u64::MAX),
            Duration::MAX,
        ]),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        2 => any::<i64>(),
        // Around the ends of what calendars know.
        1 => (-90_000_000i64..90_000_000).prop_map(|by| 8_210_266_876_799_999 + by),
        1 => (-90_000_000i64..90_000_000).prop_map(|by| -8_334_601_228_800_000 + by),
        2 => 0i64..4_000_000_000_000,
        1 => prop::sample::select(vec![i64::MIN, -1, 0, i64::MAX]),
    ]
    .prop_map(Timestamp::from_millis)
}

fn period() -> impl Strategy<Value = Period> {
    (time(), time(), time()).prop_map(|(start, now, end)| Period { start, now, end })
}

fn objective() -> impl Strategy<Value = Objective> {
    (1u32..1_000_000_000).prop_map(|ppb| Objective::from_ppb(ppb).unwrap())
}

fn window() -> impl Strategy<Value = Window> {
    (
        prop::sample::select(vec!["1h", "30d", "day", "week", "month", "quarter"]),
        prop::sample::select(vec![
            "UTC",
            "Europe/Berlin",
            "Africa/Cairo",
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
        ]),
    )
        .prop_map(|(unit, zone)| {
            let text = if unit.ends_with(['h', 'd']) {
                unit.to_owned()
            } else {
                format!("{unit} {zone}")
            };
            text.parse().unwrap()
        })
}

fn history() -> impl Strategy<Value = History> {
    let bucket = (float(), float()).prop_map(|(bad, total)| Bucket { bad, total });
    let buckets = prop::collection::vec(prop::option::weighted(0.9, bucket), 0..40);
    (time(), duration(), buckets).prop_map(|(end, step, buckets)| History::new(end, step, buckets))
}

fn empty() -> impl Strategy<Value = EmptySlice> {
    prop::sample::select(vec![EmptySlice::Good, EmptySlice::Bad, EmptySlice::LeftOut])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn forecasts(
        objective in objective(),
        window in window(),
        period in period(),
        history in history(),
        figures in prop::array::uniform5(float()),
        burn in prop::option::of(float()),
    ) {
        let counts = Counts::new(1.0, 10.0).unwrap();
        let mut budget = ErrorBudget::new(objective, &period, counts);
        [
            budget.total_ratio,
            budget.total_events,
            budget.consumed_ratio,
            budget.remaining_ratio,
            budget.consumed_to_date_ratio,
        ] = figures;
        let burn = burn.map(BurnRate::new);
        let forecast = forecast(objective, &window, &period, &budget, &history, burn);
        // Nothing that is neither spent nor burning is ever gone.
        if budget.remaining_ratio > 0.0 && burn.is_none_or(|burn| burn.value() <= 0.0) {
            prop_assert_eq!(forecast.exhaustion, None);
        }
        if !window.is_rolling() {
            prop_assert!(forecast.exhaustion.unwrap_or_default() <= period.left());
        }
    }

    #[test]
    fn histories(history in history(), window in duration(), empty in empty()) {
        let ends: Vec<Timestamp> = history.iter().map(|(end, _)| end).collect();
        prop_assert_eq!(ends.len(), history.buckets().len());
        prop_assert!(ends.is_sorted());
        prop_assert!(ends.last().is_none_or(|last| *last == history.end()));
        let over = history.over(window);
        prop_assert_eq!(over.is_some(), window >= history.step() && !history.step().is_zero());
        let _ = (history.measured(window), history.counts(window), history.sum());
        prop_assert!((0.0..=1.0).contains(&history.coverage(window)));
        prop_assert!(history.newest(window).len() <= history.buckets().len());
        let slices = history.slices(empty, |b| (b.total > 0.0).then_some(b.bad > b.total));
        prop_assert_eq!(slices.buckets().len(), history.buckets().len());
        prop_assert!(slices.sum().bad <= slices.sum().total);
    }

    #[test]
    fn windows(window in window(), now in time(), length in duration()) {
        match window.at(now) {
            Ok(period) => {
                prop_assert!(period.start <= period.now && period.now <= period.end);
                prop_assert!(period.elapsed() <= period.length() && period.left() <= period.length());
            }
            Err(error) => prop_assert!(error.to_string().contains("the calendar does not reach")),
        }
        if let Ok(rolling) = RollingWindow::new(length) {
            prop_assert!(rolling.length() <= length);
        }
        let _ = Window::days(length.as_secs() as u32);
    }

    #[test]
    fn periods(period in period(), objective in objective(), bad in float(), total in float()) {
        let _ = (period.elapsed(), period.length(), period.left());
        if let Some(counts) = Counts::new(bad, total) {
            let budget = ErrorBudget::new(objective, &period, counts);
            prop_assert!(budget.remaining_ratio.is_finite() && budget.total_events.is_finite());
        }
    }

    #[test]
    fn policies(
        objective in objective(),
        window in window(),
        tiers in prop::collection::vec((duration(), 1u32..=1_000_000), 0..5),
        error_ratio in float(),
        period in duration(),
        wait in duration(),
    ) {
        let tiers = tiers
            .into_iter()
            .map(|(long, millionths)| TierSpec {
                severity: Severity::Page,
                long,
                budget: BudgetShare::from_millionths(millionths).unwrap(),
            })
            .collect();
        let policy = PolicySpec::new(Tiers::Exactly(tiers)).derive(objective, window);
        prop_assert!(policy.windows().is_sorted());
        for repair in &policy.repairs {
            prop_assert!(!repair.to_string().is_empty());
        }
        for tier in &policy.tiers {
            prop_assert!(tier.factor.value() * objective.error_ratio() <= 1.0, "{:?}", tier);
            for wait in [wait, Duration::MAX] {
                if let Some(detection) = tier.detection(objective, period, error_ratio, wait) {
                    prop_assert!(detection.after <= tier.long && detection.reset <= tier.short);
                    prop_assert!(detection.budget_spent >= 0.0 && detection.budget_spent.is_finite());
                }
            }
            // What a tier's own burn rate spends is its share.
            let share = BudgetShare::spent_at(tier.factor.value(), tier.long, window.nominal());
            prop_assert!(share.is_err() || (share.unwrap().ratio() / tier.budget.ratio() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn shares(burn in float(), within in duration(), period in duration()) {
        if let Ok(share) = BudgetShare::spent_at(burn, within, period) {
            prop_assert!(share.ratio() > 0.0 && share.ratio() <= 1.0);
        }
    }
}

#[test]
fn a_step_of_a_nanosecond_and_the_longest_window_meet() {
    let bucket = Some(Bucket {
        bad: 1.0,
        total: 2.0,
    });
    let history = History::new(
        Timestamp::from_secs(0),
        Duration::from_nanos(1),
        vec![bucket; 3],
    );
    let all = Bucket {
        bad: 3.0,
        total: 6.0,
    };
    assert_eq!(history.over(Duration::MAX), Some(all));
    assert_eq!(history.over(Duration::from_nanos(1)), bucket);
    let long = History::new(Timestamp::from_secs(0), Duration::MAX, vec![bucket; 3]);
    assert_eq!(long.over(Duration::MAX), bucket);
    assert_eq!(long.over(Duration::MAX - Duration::from_nanos(1)), None);
}
