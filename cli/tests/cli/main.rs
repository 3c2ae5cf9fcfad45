//! The program as a user runs it: arguments in, output and an exit code out, against a Prometheus on a
//! loopback port that answers from memory, or does not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: what is wrong must stop them"
)]

mod check;
mod deadline;
mod hostile;
#[cfg(target_os = "linux")]
mod memory;
mod offline;
mod output;
mod report;
mod rules;
mod specs;
mod stale;
mod support;
mod usage;
