//! The program as a user runs it: arguments in, output and an exit code out, against a Prometheus on a
//! loopback port that answers from memory, or does not.

mod check;
mod offline;
mod report;
mod support;
mod usage;
