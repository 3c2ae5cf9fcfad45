//! A run: many SLOs, one time, a limit on how many at once.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use promql_client::PromQl;
use promql_client::expr::format_duration;

use super::ask::Asker;
use super::doubt::InDoubt;
use super::gate::Gate;
use super::judge::{contradictions, contradictory_slices, judge, judge_decided, newest};
use super::measure::{Measurement, measure};
use super::{Evaluation, Failure, Options, Outcome, Source};
use crate::history::{Bucket, History};
use crate::sli::Unit;
use crate::slo::Slo;
use crate::window::Period;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// SLOs that are evaluated.
    pub done: usize,
    /// All of them.
    pub all: usize,
}

/// Evaluates SLOs, in their order; a grouped one gives an evaluation per group.
pub async fn evaluate(backend: &dyn PromQl, slos: &[Slo], options: &Options) -> Vec<Evaluation> {
    evaluate_with(backend, slos, options, |_| ()).await
}

/// Evaluates SLOs and says how far it has come.
pub async fn evaluate_with(
    backend: &dyn PromQl,
    slos: &[Slo],
    options: &Options,
    progress: impl Fn(Progress),
) -> Vec<Evaluation> {
    let asker = Asker::new(backend, options.at, Gate::new(options.concurrency));
    let jobs = slos.iter().map(|slo| one(&asker, slo, options));
    let mut running = stream::iter(jobs).buffered(options.concurrency.get());
    let mut evaluations = Vec::with_capacity(slos.len());
    let (mut done, all) = (0, slos.len());
    while let Some(more) = running.next().await {
        evaluations.extend(more);
        done += 1;
        progress(Progress { done, all });
    }
    drop(running);
    // Only a remark depends on it, so it comes last, and a server that cannot say is fine.
    let info = asker.server_info().await;
    if let Some(retention) = info.and_then(|info| info.retention) {
        for evaluation in &mut evaluations {
            evaluation
                .warnings
                .extend(kept_too_short(retention, evaluation.period));
        }
    }
    evaluations
}

fn kept_too_short(retention: Duration, period: Option<Period>) -> Option<String> {
    let window = period?.elapsed();
    (retention < window).then(|| {
        format!(
            "the server keeps {} of samples, the window is {} long",
            format_duration(retention),
            format_duration(window),
        )
    })
}

async fn one(asker: &Asker<'_>, slo: &Slo, options: &Options) -> Vec<Evaluation> {
    let slo = Arc::new(slo.clone());
    let source = options.source;
    let failed = |failure| Evaluation::failed(slo.clone(), source, failure);
    let no_data = |why| Evaluation::no_data(slo.clone(), source, why);
    let period = match slo.window.at(options.at) {
        Ok(period) => period,
        Err(error) => return vec![failed(Failure::Window(error))],
    };
    if period.elapsed() < slo.sli.bucket() {
        let start = period.start;
        let begun = no_data(format!(
            "the period began at {start}, too short a while ago"
        ));
        return vec![begun.over(period)];
    }
    let measurements = match measure(asker, &slo, &period, options).await {
        Ok(measurements) => measurements,
        Err(failure) => return vec![failed(failure).over(period)],
    };
    if measurements.is_empty() {
        let why = match source {
            Source::Raw => "no series match the SLI's queries",
            Source::Recorded => {
                "nothing is recorded for this SLO: load its rules, or evaluate from raw series"
            }
        };
        return vec![no_data(why.to_owned()).over(period)];
    }
    let required = slo.data.or(options.max_age, options.min_coverage);
    let evaluation = |measured: Measurement| {
        let mut outcome = match source {
            Source::Raw => judge(&slo, &period, &measured, &required),
            // What is recorded is decided already.
            Source::Recorded => judge_decided(&slo, &period, &measured, &required),
        };
        let coverage = newest(&measured.history, period.elapsed()).coverage();
        let warnings = warnings(&slo, &measured, &outcome, coverage);
        if let (Outcome::Value(figures), false) = (&mut outcome, options.keep_history) {
            figures.history = None;
        }
        let group = measured.group;
        Evaluation {
            slo: slo.clone(),
            group,
            source,
            period: Some(period),
            outcome,
            coverage,
            warnings,
        }
    };
    measurements.into_iter().map(evaluation).collect()
}

fn in_doubt(in_doubt: &InDoubt) -> Option<String> {
    let series = in_doubt
        .series
        .as_ref()
        .map(|series| format!(", for example in {series}"));
    in_doubt.is_some().then(|| {
        format!(
            "{:.0} bad events are in doubt and not counted: nothing proves that their counters began at zero{}",
            in_doubt.events,
            series.unwrap_or_default()
        )
    })
}

/// What a person should know besides the figures.
fn warnings(slo: &Slo, measured: &Measurement, outcome: &Outcome, coverage: f64) -> Vec<String> {
    let mut warnings = measured.warnings.clone();
    if coverage < 0.995 {
        warnings.push(format!(
            "only {:.1} % of the window has data",
            coverage * 100.0
        ));
    }
    warnings.extend(in_doubt(&measured.in_doubt));
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
