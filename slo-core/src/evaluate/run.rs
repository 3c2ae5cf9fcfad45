//! A run: many SLOs, one time, a limit on how many at once.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use promql_client::PromQl;
use promql_client::expr::format_duration;

use super::ask::Run;
use super::gate::Gate;
use super::judge::{judge, judge_decided};
use super::line::Line;
use super::measure::{Measurement, measure};
use super::remarks::warnings;
use super::{Evaluation, Failure, Options, Outcome, Source};
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
    let run = Run::new(Line {
        backend,
        at: options.at,
        gate: Gate::new(options.concurrency),
        max_groups: options.max_groups,
    });
    let jobs = slos.iter().map(|slo| one(&run, slo, options));
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
    let info = run.server_info().await;
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

async fn one(run: &Run<'_>, slo: &Slo, options: &Options) -> Vec<Evaluation> {
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
    let required = slo.data.or(options.max_age, options.min_coverage);
    let evaluation = |measured: Measurement| {
        let mut outcome = match source {
            Source::Raw => judge(&slo, &period, &measured, &required),
            // What is recorded is decided already.
            Source::Recorded => judge_decided(&slo, &period, &measured, &required),
        };
        let coverage = measured.history.coverage(period.elapsed());
        let warnings = warnings(&slo, &measured, &outcome, coverage);
        if let (Outcome::Value(figures), false) = (&mut outcome, options.keep_history) {
            figures.history = None;
        }
        let (group, remarks) = (measured.group, measured.remarks);
        Evaluation {
            slo: slo.clone(),
            group,
            source,
            period: Some(period),
            outcome,
            coverage,
            warnings,
            remarks,
        }
    };
    let asker = run.asker();
    let evaluations = match measure(&asker, &slo, &period, options, evaluation).await {
        Ok(evaluations) => evaluations,
        Err(failure) => return vec![failed(failure).over(period)],
    };
    if evaluations.is_empty() {
        let why = match source {
            Source::Raw => "no series match the SLI's queries",
            Source::Recorded => {
                "nothing is recorded for this SLO: load its rules, or evaluate from raw series, which also says why rules can record nothing"
            }
        };
        return vec![no_data(why.to_owned()).over(period)];
    }
    evaluations
}
