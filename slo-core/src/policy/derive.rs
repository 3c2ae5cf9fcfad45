//! Tiers for any window and objective.

use std::fmt;
use std::time::Duration;

use promql_client::expr::format_duration;

use super::share::reduced;
use super::{BudgetShare, Policy, PolicySpec, Severity, Tier, TierSpec, Tiers};
use crate::burn_rate::BurnRate;
use crate::objective::Objective;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// The presets are made for 30 days.
const PRESET_PERIOD: Duration = Duration::from_secs(30 * DAY);
/// Long windows people know how to read, each a multiple of an hour so that a twelfth is a multiple
/// of five minutes.
const USUAL: [u64; 17] = [
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    36 * HOUR,
    2 * DAY,
    3 * DAY,
    4 * DAY,
    6 * DAY,
    9 * DAY,
    12 * DAY,
    18 * DAY,
    27 * DAY,
];
/// A repaired tier must still notice one event in so many being bad: a threshold right under 100 %
/// would need nearly the whole long window of total outage.
const MUST_NOTICE: u128 = 2;

/// What was changed on a tier so that it can work.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Repair {
    /// Of which tier.
    pub severity: Severity,
    /// The long window it was asked for with.
    pub long: Duration,
    /// The share of the budget it was asked for with.
    pub budget: BudgetShare,
    /// The factor that would follow from these, which no error ratio reaches.
    pub factor: BurnRate,
    /// What was done.
    pub change: Change,
}

/// What was done to a tier.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The long window was made longer.
    Lengthened(Duration),
    /// The share of the budget was made smaller.
    Reduced(BudgetShare),
    /// The tier was dropped: another one says the same, or nothing could save it.
    Dropped,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tier of {} % in {}: burn rate {} cannot be reached at this objective; ",
            self.severity.name(),
            self.budget.percent(),
            format_duration(self.long),
            self.factor,
        )?;
        match self.change {
            Change::Lengthened(long) => {
                write!(f, "its window was lengthened to {}", format_duration(long))
            }
            Change::Reduced(budget) => {
                write!(f, "its share was reduced to {} %", budget.percent())
            }
            Change::Dropped => f.write_str("it was dropped"),
        }
    }
}

/// A tier of a preset: within so many seconds, so many percent.
struct Preset {
    severity: Severity,
    long: u64,
    percent: u32,
}

const fn preset(severity: Severity, hours: u64, percent: u32) -> Preset {
    Preset {
        severity,
        long: hours * HOUR,
        percent,
    }
}

const WORKBOOK: [Preset; 4] = [
    preset(Severity::Page, 1, 2),
    preset(Severity::Page, 6, 5),
    preset(Severity::Ticket, 24, 10),
    preset(Severity::Ticket, 72, 10),
];

pub(super) fn derive(spec: &PolicySpec, objective: Objective, period: Duration) -> Policy {
    let wanted = match &spec.tiers {
        Tiers::Exactly(tiers) => tiers.clone(),
        Tiers::WorkbookWithDay => scaled(WORKBOOK.iter(), period),
        Tiers::Workbook => scaled(WORKBOOK.iter().filter(|tier| tier.long != DAY), period),
    };
    let mut tiers: Vec<Tier> = Vec::with_capacity(wanted.len());
    let mut repairs = Vec::new();
    for &want in &wanted {
        let factor = factor(want.budget, period, want.long);
        let fits = if can_fire(want, objective, period) {
            Some(want)
        } else {
            let (fits, change) = repair(want, objective, period);
            // A repaired tier that now says what another one says is noise.
            let fits = fits.filter(|fit| {
                let same = |long: Duration| long == fit.long && long != want.long;
                !tiers.iter().any(|tier| tier.long == fit.long)
                    && !wanted.iter().any(|other| same(other.long))
            });
            let change = if fits.is_some() {
                change
            } else {
                Change::Dropped
            };
            let TierSpec {
                severity,
                long,
                budget,
            } = want;
            repairs.push(Repair {
                severity,
                long,
                budget,
                factor,
                change,
            });
            fits
        };
        if let Some(fit) = fits {
            tiers.push(tier(fit, period));
        }
    }
    tiers.sort_by_key(|tier| tier.long);
    Policy {
        tiers,
        min_bad_events: spec.min_bad_events.max(1),
        confidence: spec.confidence,
        repairs,
    }
}

fn tier(spec: TierSpec, period: Duration) -> Tier {
    Tier {
        severity: spec.severity,
        long: spec.long,
        short: spec.long / 12,
        budget: spec.budget,
        factor: factor(spec.budget, period, spec.long),
    }
}

/// `f = q · W / L`, rounded once: 2 % of 30 d in 1 h is 14.4 and not 14.399999999999999.
fn factor(budget: BudgetShare, period: Duration, long: Duration) -> BurnRate {
    let (part, whole) = budget.fraction();
    let above = u128::from(part).saturating_mul(period.as_millis());
    let below = u128::from(whole).saturating_mul(long.as_millis());
    // A window of nothing is infinitely hard to fill.
    let factor = reduced(above, below).map_or(f64::INFINITY, |(n, d)| n as f64 / d as f64);
    BurnRate::new(factor)
}

/// Whether a total outage is above the threshold: `f · e < 1`.
fn can_fire(want: TierSpec, objective: Objective, period: Duration) -> bool {
    let (part, whole) = want.budget.fraction();
    let [part, whole] = [part, whole].map(u128::from);
    let (e, one) = error_ratio(objective);
    let above = part.saturating_mul(period.as_millis()).saturating_mul(e);
    let below = whole.saturating_mul(want.long.as_millis());
    above < below.saturating_mul(one)
}

/// `e` in parts per billion, and the billion.
fn error_ratio(objective: Objective) -> (u128, u128) {
    let one = 1_000_000_000_u32;
    (u128::from(one - objective.ppb()), one.into())
}

/// The preset's windows for another period: the usual window nearest to the scaled one, at least an
/// hour, each longer than the one before. Where a window had to grow by more than a half, its share
/// grows with the rest, so that the tier stays as slow to anger as it was: its factor is two thirds of
/// the published one, at any period.
fn scaled<'a>(tiers: impl Iterator<Item = &'a Preset>, period: Duration) -> Vec<TierSpec> {
    let ratio = period.as_secs_f64() / PRESET_PERIOD.as_secs_f64();
    let mut shortest = 0;
    let mut out = Vec::new();
    for want in tiers {
        let ideal = want.long as f64 * ratio;
        let distance = |long: u64| (long as f64 / ideal).ln().abs();
        let nearest = USUAL
            .into_iter()
            .filter(|&long| long > shortest && Duration::from_secs(long) < period)
            .min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        let Some(long) = nearest else { continue };
        shortest = long;
        let long = Duration::from_secs(long);
        out.extend(grown(want, long, period).map(|budget| TierSpec {
            severity: want.severity,
            long,
            budget,
        }));
    }
    out
}

/// The share of a preset's tier whose window became `long`: `q · long / (1.5 · ideal)` where that is
/// more than `q`.
fn grown(want: &Preset, long: Duration, period: Duration) -> Option<BudgetShare> {
    let above = 2 * long.as_millis() * PRESET_PERIOD.as_millis();
    let below = 3 * Duration::from_secs(want.long).as_millis() * period.as_millis();
    let (above, below) = reduced(above.max(below), below)?;
    let grown = BudgetShare::nearest(u128::from(want.percent) * above, 100 * below);
    // More than half of the budget in one go is no early warning any more.
    let most = BudgetShare::nearest(1, 2)?;
    Some(grown.map_or(most, |grown| grown.min(most)))
}

fn repair(want: TierSpec, objective: Objective, period: Duration) -> (Option<TierSpec>, Change) {
    let (part, whole) = want.budget.fraction();
    let [part, whole] = [part, whole].map(u128::from);
    let (e, one) = error_ratio(objective);
    // Half of all events being bad must be above the threshold: f · e ≤ 1/2.
    let spent = MUST_NOTICE
        .saturating_mul(period.as_millis())
        .saturating_mul(e);
    // ⇔  L ≥ 2 · q · W · e
    let lengthened = USUAL.into_iter().map(Duration::from_secs).find(|long| {
        whole.saturating_mul(long.as_millis()).saturating_mul(one) >= part.saturating_mul(spent)
    });
    if let Some(long) = lengthened.filter(|long| *long <= period / 10) {
        return (Some(TierSpec { long, ..want }), Change::Lengthened(long));
    }
    // ⇔  q ≤ L / (2 · W · e)
    let share = BudgetShare::nearest(want.long.as_millis().saturating_mul(one), spent);
    let noise = BudgetShare::nearest(1, 1000);
    match share {
        // Under a tenth of a percent a tier is noise at any objective.
        Some(budget) if Some(budget) >= noise => {
            (Some(TierSpec { budget, ..want }), Change::Reduced(budget))
        }
        _ => (None, Change::Dropped),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::window::Window;

    fn policy(tiers: Tiers, objective: &str, window: &str) -> Policy {
        PolicySpec::new(tiers).derive(objective.parse().unwrap(), window.parse().unwrap())
    }

    fn factors(policy: &Policy) -> Vec<f64> {
        policy
            .tiers
            .iter()
            .map(|tier| tier.factor.value())
            .collect()
    }

    #[test]
    fn reproduces_the_published_tables() {
        let thirty = policy(Tiers::Workbook, "99.9", "30d");
        assert_eq!(factors(&thirty), [14.4, 6.0, 1.0]);
        let short: Vec<u64> = thirty.tiers.iter().map(|t| t.short.as_secs()).collect();
        assert_eq!(short, [300, 1800, 6 * HOUR]);
        assert_eq!(
            factors(&policy(Tiers::WorkbookWithDay, "99.9", "30d")),
            [14.4, 6.0, 3.0, 1.0]
        );
        let four_weeks = factors(&policy(Tiers::WorkbookWithDay, "99.9", "28d"));
        assert_eq!(four_weeks, [13.44, 5.6, 2.8, 0.9333333333333333]);
    }

    #[test]
    fn a_tier_that_cannot_fire_is_repaired_and_reported() {
        // 14.4 × 10 % is more than everything.
        let policy = policy(Tiers::Workbook, "90", "30d");
        assert_eq!(policy.repairs.len(), 1);
        assert_eq!(policy.repairs[0].factor.value(), 14.4);
        assert!(
            matches!(policy.repairs[0].change, Change::Lengthened(_)),
            "{}",
            policy.repairs[0]
        );
        // Right at the border of 93.05 %.
        let e = |text: &str| text.parse::<Objective>().unwrap().error_ratio();
        assert!(14.4 * e("93.05") > 1.0 && 14.4 * e("93.06") < 1.0);
    }

    proptest! {
        #[test]
        fn every_tier_can_fire_and_costs_what_it_says(
            ppb in 100_000_000u32..999_999_999,
            hours in 6u64..2160,
            three in any::<bool>(),
        ) {
            let objective = Objective::from_ppb(ppb).unwrap();
            let window: Window = format!("{hours}h").parse().unwrap();
            let tiers = if three { Tiers::Workbook } else { Tiers::WorkbookWithDay };
            let policy = PolicySpec::new(tiers).derive(objective, window);
            for tier in &policy.tiers {
                prop_assert!(tier.factor.value() * objective.error_ratio() < 1.0, "{tier:?}");
                let share = tier.factor.value() * tier.long.as_secs_f64() / (hours as f64 * 3600.0);
                prop_assert!((share / tier.budget.ratio() - 1.0).abs() < 1e-14);
                prop_assert_eq!(tier.short * 12, tier.long);
                prop_assert_eq!(tier.short.as_secs() % 300, 0);
            }
            prop_assert!(policy.tiers.windows(2).all(|t| t[0].long < t[1].long));
        }

        #[test]
        fn what_is_asked_for_exactly_is_kept_where_it_can_fire(q in 1u32..=1_000_000, hours in 1u64..240) {
            let budget = BudgetShare::from_millionths(q).unwrap();
            let long = Duration::from_secs(hours * HOUR);
            let spec = TierSpec { severity: Severity::Page, long, budget };
            let objective: Objective = "99.9".parse().unwrap();
            let policy = PolicySpec::new(Tiers::Exactly(vec![spec])).derive(objective, Window::days(30).unwrap());
            if policy.repairs.is_empty() {
                prop_assert_eq!(policy.tiers[0].budget, budget);
                prop_assert_eq!(policy.tiers[0].long, long);
            }
        }
    }
}
