//! One suite that every backend passes: the contract of [`PromQl`](crate::PromQl) in executable
//! form, for the backends of this crate, for decorators, for real servers and for your own.
//!
//! Load [`dataset`] into the backend ([`openmetrics`] writes it for `promtool tsdb
//! create-blocks-from openmetrics`), then [`check`] it. Nothing panics: what does not hold is a
//! [`Failure`] that names its case.
//!
//! ```
//! use promql_client::{MemoryBackend, Timestamp, conformance};
//!
//! let end = Timestamp::from_secs(1_700_000_000);
//! let backend = MemoryBackend::new();
//! for series in conformance::dataset(end) {
//!     backend.push_series(&series);
//! }
//! let report = futures::executor::block_on(conformance::check(&backend, end))?;
//! assert!(report.passed.len() > 20);
//! # Ok::<_, conformance::Failure>(())
//! ```
//!
//! The suite only asks what all generations of Prometheus answer alike: ranges are asked for between
//! two scrapes, where it makes no difference whether they contain their start. All of its series are
//! called `conformance_…`, so a server may hold others. [`compare`] asks two backends a longer list
//! of expressions and compares what they say.

mod api;
mod compare;
mod dataset;
mod functions;
mod ranges;
mod suite;
mod values;

pub use compare::{compare, expressions};
pub use dataset::{dataset, openmetrics};
pub use suite::{Failure, Report, check};
