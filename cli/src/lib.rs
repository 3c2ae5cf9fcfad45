//! The command line of meshobs: arguments in, tables, files and an exit code out.
//!
//! It is an edge: only here are HTTP, a clock, a terminal and the file system known. What it prints
//! is made by [`slo_core`]; [`table`] is the exception, because tables are for terminals.
//!
//! | room | what it holds |
//! |---|---|
//! | [`args`] | the arguments |
//! | [`exit`] | exit codes, and which of them a report earns |
//! | [`table`] | a report for people |
//! | `specs`, `files`, `backend`, `deadline`, `clock` | what comes in |
//! | `output`, `target`, `terminal` | where results go, and how they look there |
//! | `cmd` | the commands |

pub mod args;
mod backend;
mod clock;
mod cmd;
mod deadline;
pub mod exit;
mod files;
mod out_file;
mod output;
mod specs;
pub mod table;
mod terminal;

pub use args::Cli;
pub use cmd::run;
pub use exit::Exit;
pub use output::Streams;
