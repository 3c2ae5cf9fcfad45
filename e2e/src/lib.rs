//! End-to-end tests with real servers, run by `cargo xtask e2e`.
//!
//! The library is the harness: it starts servers on free loopback ports and ends them whatever
//! happens ([`Prometheus`]), keeps one generated history for all tests ([`shop`]), runs promtool
//! ([`promtool`]), answers what broken servers answer ([`FaultServer`]), and lets scrapes take seconds
//! ([`SlowExporter`]). The tests are behind the feature `servers`, because they need the binaries that
//! `cargo xtask backends` gets.
//!
//! Nothing is skipped: without the binaries a test fails and says how to get them.

// Test support: what is wrong here must stop the test that uses it, with the server's log on stderr.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "only tests use this crate"
)]

mod backends;
mod exporter;
mod fault;
mod history;
mod http;
mod prometheus;
pub mod promtool;
pub mod remote_write;
mod run;

pub use backends::Generation;
pub use exporter::SlowExporter;
pub use fault::{Fault, FaultServer};
pub use history::{END, SEED, shop, shop_data};
pub use http::{Reply, get, post_form};
pub use prometheus::{Options, Prometheus};
pub use run::{run_dir, say};
