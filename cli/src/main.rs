//! `meshobs`, the program. What it does is in the library of the same name.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use meshobs::{Cli, Exit, Streams, run};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Wrong arguments end here, with exit code 2 and the reason on stderr.
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        Err(help) => return shown(&help).into(),
    };
    let streams = Streams {
        out: &mut std::io::stdout().lock(),
        err: &mut std::io::stderr(),
        out_is_terminal: std::io::stdout().is_terminal(),
        err_is_terminal: std::io::stderr().is_terminal(),
    };
    run(cli, streams).into()
}

/// Help and version are results, too.
fn shown(help: &clap::Error) -> Exit {
    let written = help.print().and_then(|()| std::io::stdout().flush());
    match written {
        Ok(()) => Exit::Met,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                // There is nobody to tell where stderr is gone.
                let _ = writeln!(std::io::stderr(), "error: cannot write to stdout: {error}");
            }
            Exit::NotWritten
        }
    }
}
