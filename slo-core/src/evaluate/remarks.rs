//! What a person should know besides the figures.

use std::time::Duration;

use promql_client::expr::format_duration;

use super::Outcome;
use super::doubt::InDoubt;
use super::measure::Measurement;
use super::plan::HOUR;
use super::windows::{contradictions, contradictory_slices};
use crate::history::{Bucket, History};
use crate::sli::Unit;
use crate::slo::Slo;

/// How many, which part of those that are counted, and where.
fn in_doubt(in_doubt: &InDoubt, outcome: &Outcome) -> Option<String> {
    let figures = outcome.figures().filter(|f| f.unit == Unit::Events);
    let counted = figures.map(|figures| figures.counts.bad);
    let share = counted.filter(|bad| *bad > 0.0).map(|bad| {
        let percent = 100.0 * in_doubt.events / bad;
        format!(" ({percent:.1} % of the bad ones)")
    });
    let series = in_doubt
        .series
        .as_ref()
        .map(|series| format!(", for example in {series}"));
    in_doubt.is_some().then(|| {
        format!(
            "{:.0} events{} are in doubt and not counted as bad: nothing proves that their counters began at zero{}",
            in_doubt.events,
            share.unwrap_or_default(),
            series.unwrap_or_default()
        )
    })
}

/// Where alerts, which look for fewer restarts, count otherwise in the last hour.
fn alerted(measured: &Measurement) -> Option<String> {
    let seen = measured.alerted?;
    let counted = measured.history.over(HOUR)?.bad;
    let differ = (seen - counted).abs() > 0.5 + 0.01 * counted.abs();
    differ.then(|| {
        format!(
            "alerts see {seen:.0} bad events in the last hour, and {counted:.0} are counted: they do not look for restarts"
        )
    })
}

/// What a person should know besides the figures.
pub(super) fn warnings(
    slo: &Slo,
    measured: &Measurement,
    outcome: &Outcome,
    coverage: f64,
) -> Vec<String> {
    let mut warnings = measured.warnings.clone();
    if coverage < 0.995 {
        warnings.push(format!(
            "only {:.1} % of the window has data",
            coverage * 100.0
        ));
    }
    warnings.extend(in_doubt(&measured.in_doubt, outcome));
    warnings.extend(alerted(measured));
    if let Some(lag) = measured.lag {
        warnings.push(format!(
            "the newest recording is {} old",
            format_duration(Duration::from_secs(lag.as_secs()))
        ));
    }
    let known = |bucket: &Option<Bucket>| bucket.is_some();
    let buckets = measured.history.buckets();
    let silent = buckets.iter().rev().take_while(|b| !known(b)).count();
    if (2..buckets.len()).contains(&silent) {
        let silent = measured.history.step() * u32::try_from(silent).unwrap_or(u32::MAX);
        warnings.push(format!(
            "nothing is known of the last {}",
            format_duration(silent)
        ));
    }
    match outcome {
        Outcome::NoData => warnings.push("the series are there, but nothing happened".to_owned()),
        Outcome::Value(figures) => {
            if figures.unit == Unit::Time {
                warnings.push("time-weighted: quiet hours weigh as much as busy ones".to_owned());
                let buckets = figures.history.iter().flat_map(History::buckets).flatten();
                let outside = buckets
                    .filter(|b| !(-1e-9..=1.0 + 1e-9).contains(&b.bad))
                    .count();
                if outside > 0 {
                    warnings.push(format!(
                        "{outside} buckets answer shares outside of 0 to 1: check the query"
                    ));
                }
            }
            if figures.budget.projected {
                warnings.push(
                    "the budget is for the whole period; its events to come are projected"
                        .to_owned(),
                );
            }
            for (window, Bucket { bad, total }) in contradictions(slo, measured, &figures.policy) {
                warnings.push(format!(
                    "{bad:.0} bad of {total:.0} events in the last {}: what counts them all may be down",
                    format_duration(window)
                ));
            }
            let odd = contradictory_slices(slo, measured);
            if odd > 0 {
                warnings.push(format!(
                    "{odd} slices have more bad events than events: they count as bad"
                ));
            }
            warnings.extend(figures.policy.repairs.iter().map(ToString::to_string));
        }
        Outcome::Failed(_) => {}
    }
    warnings
}
