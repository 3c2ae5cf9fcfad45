//! What all commands that evaluate have in common.

use std::future::Future;

use indicatif::{ProgressBar, ProgressStyle};
use promql_client::Timestamp;
use promql_client::http::HttpBackend;
use slo_core::evaluate::{Evaluation, Options, Source, evaluate_with};
use slo_core::report::{Report, json};
use slo_core::spec::Warning;
use slo_core::{Coverage, Slo};

use crate::args::{BackendArgs, CheckFormat, FailOn, RunArgs};
use crate::deadline::{Deadline, Limit};
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::specs::listed;
use crate::{backend, table};

/// From here on it takes long enough to show how far it has come.
const MANY: usize = 9;

/// Runs a future to its end. The evaluation waits for a server, it does not compute: one thread does.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Stop::usage(format!("cannot start: {error}")))?;
    Ok(runtime.block_on(future))
}

/// How to evaluate, as the arguments say.
pub(super) fn options(
    at: Timestamp,
    run: &RunArgs,
    backend: &BackendArgs,
    source: Source,
) -> Options {
    let mut options = Options::at(at).from_source(source);
    options.concurrency = backend.concurrency;
    options.max_age = run.max_age;
    options.min_coverage = run.min_coverage;
    options.max_groups = run.max_groups;
    options
}

/// The server, for as long as the run may take.
pub(super) fn connect(
    backend: &BackendArgs,
    limit: Option<Limit>,
) -> Result<Deadline<HttpBackend>, Stop> {
    Ok(Deadline::new(backend::connect(backend)?, limit))
}

/// Evaluates, and shows how far it has come where somebody watches.
pub(super) async fn evaluate(
    backend: &Deadline<HttpBackend>,
    slos: &[Slo],
    options: &Options,
    io: &mut Streams<'_>,
) -> Vec<Evaluation> {
    let bar = if io.has_progress() && slos.len() >= MANY {
        ProgressBar::new(slos.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} SLOs, {eta} to go") {
        bar.set_style(style);
    }
    let evaluations = evaluate_with(backend, slos, options, |progress| {
        bar.set_position(progress.done as u64);
    })
    .await;
    bar.finish_and_clear();
    tell_missed(backend, io);
    tell_limits(&evaluations, io);
    evaluations
}

/// Names the arguments behind the limits that failed an SLO.
fn tell_limits(evaluations: &[Evaluation], io: &mut Streams<'_>) {
    let reached = |kind| {
        let mut failures = evaluations.iter().filter_map(|e| e.outcome.failure());
        failures.any(|failure| failure.kind() == kind)
    };
    for (kind, argument) in [
        ("too_many_groups", "--max-groups raises the limit of groups"),
        ("too_large", "--memory raises the limit of an answer"),
    ] {
        if reached(kind) {
            io.remark(&format!("note: {argument}"));
        }
    }
}

/// Says that a deadline cut the run, which is not the same as a server that is slow.
pub(super) fn tell_missed(backend: &Deadline<HttpBackend>, io: &mut Streams<'_>) {
    if let Some(missed) = backend.missed() {
        io.remark(&format!(
            "error: {missed}: what was not answered by then is failed"
        ));
    }
}

/// Remarks of the specs, before anything is evaluated. `slo validate` shows all of them.
pub(super) fn warn(io: &mut Streams<'_>, warnings: &[Warning]) {
    if !warnings.is_empty() {
        let warnings = listed(warnings.iter(), "\nwarning: ");
        io.remark(&format!("warning: {warnings}"));
    }
}

/// What an argument probably does not mean.
pub(super) fn warn_of_arguments(io: &mut Streams<'_>, run: &RunArgs) {
    if let Some(doubt) = run.min_coverage.and_then(Coverage::doubt) {
        io.remark(&format!("warning: --min-coverage: doubtful: {doubt}"));
    }
}

/// Shows a check and says how it ends.
pub(super) fn show(
    report: &Report,
    format: CheckFormat,
    run: &RunArgs,
    io: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let text = match format {
        CheckFormat::Json => json(report).map_err(Stop::not_evaluated)?,
        CheckFormat::Table => {
            let (coloured, width) = io.looks();
            table::render(report, coloured, width)
        }
    };
    io.result(None, &text)?;
    Ok(exit(report, run))
}

/// How a run ends.
pub(super) fn exit(report: &Report, run: &RunArgs) -> Exit {
    Exit::of(report, run.fail_on == Some(FailOn::AtRisk))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    #[test]
    fn the_evaluation_is_told_what_the_arguments_say() {
        let args = "meshobs check-slo --service s --prometheus-url http://p --concurrency 3 \
                    --max-age 15m --min-coverage 95 --max-groups 7";
        let cli = Cli::parse_from(args.split_whitespace());
        let Command::CheckSlo(args) = cli.command else {
            panic!("another command");
        };
        let at = Timestamp::from_secs(0);
        let options = options(at, &args.run, &args.backend, Source::Recorded);
        assert_eq!((options.at, options.source), (at, Source::Recorded));
        assert_eq!(options.concurrency.get(), 3);
        assert_eq!(options.max_age.as_secs(), 900);
        assert_eq!(options.max_groups.get(), 7);
        assert_eq!(options.min_coverage.unwrap().percent(), 95.0);
    }
}
