//! `slo report`.

use slo_core::report::{Report, SloReport, burn_down_svg, csv, json, markdown, words};

use super::evaluation;
use crate::args::{ReportArgs, ReportFormat};
use crate::deadline::Limit;
use crate::exit::{Exit, Stop};
use crate::out_file::Target;
use crate::output::Streams;
use crate::{clock, specs};

pub(super) fn run(args: &ReportArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let limit = Limit::from_now(args.run.deadline);
    let loaded = specs::load(&args.specs, limit)?;
    evaluation::warn(io, &loaded.warnings);
    evaluation::warn_of_arguments(io, &args.run);
    let at = args.run.at.unwrap_or_else(clock::now);
    let mut options = evaluation::options(at, &args.run, &args.backend, args.source.into());
    options.keep_history = args.output == ReportFormat::Svg;
    // An hour of queries for a report that cannot be written would be a pity.
    let target = Target::open(args.out.as_deref(), limit)?;
    let evaluations = evaluation::block_on(async {
        let backend = evaluation::connect(&args.backend, limit)?;
        Ok(evaluation::evaluate(&backend, &loaded.slos, &options, io).await)
    })??;
    let report = Report::new(at, &evaluations);
    let text = match args.output {
        ReportFormat::Json => json(&report).map_err(Stop::not_evaluated)?,
        ReportFormat::Markdown => markdown(&report),
        ReportFormat::Csv => csv(&report),
        ReportFormat::Svg => burn_down_svg(at, &evaluations),
    };
    let is_file = !target.is_stdout();
    io.write(target, &text)?;
    if is_file {
        // The file holds the details; what has no verdict should not need a look into it.
        let troubles: Vec<String> = report.slos.iter().flat_map(troubles).collect();
        for trouble in words::listed(troubles.iter().map(String::as_str)) {
            io.remark(&trouble);
        }
    }
    Ok(evaluation::exit(&report, &args.run))
}

/// Why there is no verdict.
fn troubles(slo: &SloReport) -> impl Iterator<Item = String> {
    let title = slo.title();
    let remarks = words::remarks(slo).into_iter();
    remarks
        .filter(|(what, _)| matches!(*what, "error" | "stale"))
        .map(move |(what, text)| format!("{what}: {title}: {text}"))
}
