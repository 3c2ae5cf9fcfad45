//! `slo check`.

use slo_core::evaluate::Options;
use slo_core::report::Report;

use super::evaluation;
use crate::args::CheckArgs;
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::{backend, clock, specs};

pub(super) fn run(args: &CheckArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let loaded = specs::load(&args.specs)?;
    evaluation::warn(io, &loaded.warnings);
    let at = args.run.at.unwrap_or_else(clock::now);
    let mut options = Options::at(at).from_source(args.source.into());
    options.concurrency = args.backend.concurrency;
    let report = evaluation::block_on(async {
        let backend = backend::connect(&args.backend)?;
        let evaluations = evaluation::evaluate(&backend, &loaded.slos, &options, io).await;
        Ok(Report::new(at, &evaluations))
    })??;
    evaluation::show(&report, args.output, &args.run, io)
}
