//! `meshobs`, the program. What it does is in the library of the same name.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use clap::builder::StyledStr;
use meshobs::{Cli, Exit, Streams, run};
use promql_client::text::{neutralize, neutralize_lines};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) if wrong.use_stderr() => return refused(&wrong).into(),
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

/// Says what is wrong with the arguments. Text in them cannot act on a terminal, or look as ours does.
fn refused(wrong: &clap::Error) -> Exit {
    let args = std::env::args_os().skip(1);
    let mut hostile: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    hostile.retain(|arg| neutralize(arg) != *arg);
    // There is nobody to tell where stderr is gone.
    if hostile.is_empty() {
        let _ = wrong.print();
        return Exit::Usage;
    }
    let mut text = wrong.render().ansi().to_string();
    for arg in &hostile {
        text = text.replace(arg, &neutralize(arg));
        if let Some((_, value)) = arg.split_once('=') {
            text = text.replace(value, &neutralize(value));
        }
    }
    let plain = StyledStr::from(text).to_string();
    let _ = write!(std::io::stderr(), "{}", neutralize_lines(&plain));
    Exit::Usage
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
