//! What all commands that evaluate have in common.

use std::future::Future;

use indicatif::{ProgressBar, ProgressStyle};
use promql_client::PromQl;
use slo_core::Slo;
use slo_core::evaluate::{Evaluation, Options, evaluate_with};
use slo_core::report::Report;
use slo_core::spec::Warning;

use crate::args::{CheckFormat, FailOn, RunArgs};
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::table;

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

/// Evaluates, and shows how far it has come where somebody watches.
pub(super) async fn evaluate(
    backend: &dyn PromQl,
    slos: &[Slo],
    options: &Options,
    io: &Streams<'_>,
) -> Vec<Evaluation> {
    let bar = if io.err_is_terminal && slos.len() >= MANY {
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
    evaluations
}

/// Remarks of the specs, before anything is evaluated.
pub(super) fn warn(io: &mut Streams<'_>, warnings: &[Warning]) {
    for warning in warnings {
        io.remark(&format!("warning: {warning}"));
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
        CheckFormat::Json => json(report)?,
        CheckFormat::Table => {
            let width = if io.out_is_terminal {
                table::Width::Terminal
            } else {
                table::Width::Unlimited
            };
            table::render(report, io.coloured(), width)
        }
    };
    io.result(None, &text)?;
    Ok(exit(report, run))
}

/// The report as JSON with a line's end.
pub(super) fn json(report: &Report) -> Result<String, Stop> {
    let json = serde_json::to_string_pretty(report);
    json.map(|json| json + "\n").map_err(Stop::not_evaluated)
}

/// How a run ends.
pub(super) fn exit(report: &Report, run: &RunArgs) -> Exit {
    Exit::of(report, run.fail_on == Some(FailOn::AtRisk))
}
