//! `slo report`.

use slo_core::evaluate::Options;
use slo_core::report::{Report, burn_down_svg, csv, markdown};

use super::evaluation;
use crate::args::{ReportArgs, ReportFormat};
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::{backend, clock, specs};

pub(super) fn run(args: &ReportArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let loaded = specs::load(&args.specs)?;
    evaluation::warn(io, &loaded.warnings);
    let at = args.run.at.unwrap_or_else(clock::now);
    let mut options = Options::at(at).from_source(args.source.into());
    options.concurrency = args.backend.concurrency;
    let evaluations = evaluation::block_on(async {
        let backend = backend::connect(&args.backend)?;
        Ok(evaluation::evaluate(&backend, &loaded.slos, &options, io).await)
    })??;
    let report = Report::new(at, &evaluations);
    let text = match args.output {
        ReportFormat::Json => evaluation::json(&report)?,
        ReportFormat::Markdown => markdown(&report),
        ReportFormat::Csv => csv(&report),
        ReportFormat::Svg => burn_down_svg(at, &evaluations),
    };
    io.result(args.out.as_deref(), &text)?;
    if args.out.is_some() {
        // The file holds the details; what could not be measured should not need a look into it.
        for slo in &report.slos {
            if let Some(error) = &slo.error {
                io.remark(&format!("error: {}: {}", slo.title(), error.message));
            }
        }
    }
    Ok(evaluation::exit(&report, &args.run))
}
