//! Chores of the project: `cargo xtask layering | tidy | examples | backends | e2e [ARGS…] | mutants [ARGS…]`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people"
)]

mod backends;
mod e2e;
mod examples;
mod layering;
mod mutants;
mod process;
mod servers;
mod table;
mod tidy;
mod workspace;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  layering        check which crate depends on what, against the table of the architecture
  tidy            check file lengths, leftovers and machine paths
  examples        run every example
  backends        get the servers of the end-to-end suite into the cache folder
  e2e [ARGS…]     get the servers and run the end-to-end suite; ARGS go to `cargo test -p e2e`
  mutants [core | sample] [--seed N] [--shard K/N] [--only TEXT]
                  break the code in one place at a time and see whether a test notices";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let (command, rest) = match args {
        [] => bail!("{USAGE}"),
        [command, rest @ ..] => (command.as_str(), rest),
    };
    if !rest.is_empty() && !["e2e", "mutants"].contains(&command) {
        bail!("{command} takes no arguments\n{USAGE}");
    }
    match command {
        "layering" => layering::run(),
        "tidy" => tidy::run(),
        "examples" => examples::run(),
        "backends" => backends::run(),
        "e2e" => e2e::run(rest),
        "mutants" => mutants::run(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("no command {other:?}\n{USAGE}"),
    }
}
