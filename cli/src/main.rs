//! `meshobs`, the program. What it does is in the library of the same name.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use meshobs::{Cli, Streams, run};

fn main() -> ExitCode {
    // Wrong arguments end here, with exit code 2 and the reason on stderr.
    let cli = Cli::parse();
    let streams = Streams {
        out: &mut std::io::stdout().lock(),
        err: &mut std::io::stderr(),
        out_is_terminal: std::io::stdout().is_terminal(),
        err_is_terminal: std::io::stderr().is_terminal(),
    };
    run(cli, streams).into()
}
