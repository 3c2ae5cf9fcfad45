//! Prometheus' templates, in alerts' labels and annotations: read as Prometheus reads them, so that a
//! rule file isn't refused for one.
//!
//! These are Go's `text/template`s with Prometheus' functions and the variables `$labels`,
//! `$externalLabels`, `$externalURL` and `$value`. What is not looked into: the arguments of functions
//! and the fields of values, which Prometheus doesn't look into either before an alert fires.

mod lex;
mod parse;

pub(super) use parse::{check, newer};

#[cfg(test)]
mod tests;
