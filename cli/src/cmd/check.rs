//! `slo check`.

use slo_core::report::Report;

use super::evaluation;
use crate::args::CheckArgs;
use crate::deadline::Limit;
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::{clock, specs};

pub(super) fn run(args: &CheckArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let limit = Limit::from_now(args.run.deadline);
    let loaded = specs::load(&args.specs, limit)?;
    evaluation::warn(io, &loaded.warnings);
    evaluation::warn_of_arguments(io, &args.run);
    let at = args.run.at.unwrap_or_else(clock::now);
    let options = evaluation::options(at, &args.run, &args.backend, args.source.into());
    let report = evaluation::block_on(async {
        let backend = evaluation::connect(&args.backend, limit)?;
        let evaluations = evaluation::evaluate(&backend, &loaded.slos, &options, io).await;
        Ok(Report::new(at, &evaluations))
    })??;
    evaluation::show(&report, args.output, &args.run, io)
}
