//! The commands.

mod check;
mod check_service;
mod evaluation;
mod report;
mod rules;
mod validate;

use crate::args::{Cli, Command, SloCommand};
use crate::exit::Exit;
use crate::output::Streams;

/// Runs a command to its end.
pub fn run(cli: Cli, mut streams: Streams<'_>) -> Exit {
    let io = &mut streams;
    let done = match cli.command {
        Command::Slo(SloCommand::Check(args)) => check::run(&args, io),
        Command::Slo(SloCommand::Report(args)) => report::run(&args, io),
        Command::Slo(SloCommand::Rules(args)) => rules::run(&args, io),
        Command::Slo(SloCommand::Validate(args)) => validate::run(&args, io),
        Command::CheckSlo(args) => check_service::run(&args, io),
    };
    done.unwrap_or_else(|stop| {
        if stop.speaks() {
            io.remark(&format!("error: {stop}"));
        }
        stop.exit
    })
}
