//! The short windows up to now, and what happened in them.

use std::time::Duration;

use super::measure::Measurement;
use crate::burn_rate::BurnRate;
use crate::counts::{Counts, Measured};
use crate::history::{Bucket, History};
use crate::policy::{Burn, Happened, Policy};
use crate::sli::Unit;
use crate::slo::Slo;

/// The windows whose burn rates are reported.
const BURN_WINDOWS: [u64; 7] = [300, 1800, 3600, 7200, 6 * 3600, 86_400, 3 * 86_400];

/// What happened in the reported windows and the policy's, shortest first. `known` has the buckets of
/// which anything is known, those that are left out, too.
pub(super) fn burns(history: &History, known: &History, policy: &Policy) -> Vec<Burn> {
    let burn = |(window, measured)| Burn {
        window,
        happened: happened(known, window, at_worst(measured)),
    };
    windows(history, policy).map(burn).collect()
}

/// More bad than total in a short window is all bad, as the rules' ratio over 1 is: in an outage the
/// total may be what goes first, and figures of the whole window must outlive that.
fn at_worst(measured: Measured) -> Option<Counts> {
    match measured {
        Measured::Inconsistent { bad, total } if bad > total => Counts::new(total, total),
        measured => measured.counts(),
    }
}

/// A window that no bucket says anything of is not a quiet one.
fn happened(known: &History, window: Duration, counts: Option<Counts>) -> Happened {
    let is_known = known.newest(window).iter().any(Option::is_some);
    match counts {
        Some(counts) => Happened::Counts(counts),
        None if is_known => Happened::Nothing,
        None => Happened::Unknown,
    }
}

/// The windows in which bad and total contradict each other.
pub(super) fn contradictions(
    slo: &Slo,
    measured: &Measurement,
    policy: &Policy,
) -> impl Iterator<Item = (Duration, Bucket)> {
    let is_counted = slo.sli.unit() == Unit::Events;
    windows(&measured.history, policy).filter_map(move |(window, measured)| match measured {
        Measured::Inconsistent { bad, total } if is_counted => {
            Some((window, Bucket { bad, total }))
        }
        _ => None,
    })
}

/// How many slices do so.
pub(super) fn contradictory_slices(slo: &Slo, measured: &Measurement) -> usize {
    let is_one = |bucket: &&Bucket| {
        let measured = Counts::measured(bucket.bad, bucket.total);
        slo.sli.unit() == Unit::Slices && matches!(measured, Measured::Inconsistent { .. })
    };
    measured
        .history
        .buckets()
        .iter()
        .flatten()
        .filter(is_one)
        .count()
}

/// What the reported windows and the policy's hold, shortest first.
fn windows<'a>(
    history: &'a History,
    policy: &Policy,
) -> impl Iterator<Item = (Duration, Measured)> + use<'a> {
    let mut windows: Vec<Duration> = BURN_WINDOWS
        .into_iter()
        .map(Duration::from_secs)
        .chain(policy.windows())
        .collect();
    windows.sort_unstable();
    windows.dedup();
    let over = |window| (window, history.measured(window));
    windows.into_iter().map(over)
}

pub(super) fn burn_rates(
    slo: &Slo,
    history: &History,
    burns: &[Burn],
) -> Vec<(Duration, Option<BurnRate>)> {
    let reported = history.step()..=slo.window.nominal();
    let rate = |burn: &Burn| {
        let rate = burn
            .happened
            .counts()
            .map(|counts| counts.burn_rate(slo.objective));
        (burn.window, rate)
    };
    let burns = burns.iter().filter(|burn| reported.contains(&burn.window));
    burns.map(rate).collect()
}
