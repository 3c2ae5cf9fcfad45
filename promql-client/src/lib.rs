//! Ask a Prometheus-compatible server, or anything that behaves like one.
//!
//! The crate is three things that stand on each other:
//!
//! * [`PromQl`]: an object-safe async trait over the query API (instant and range queries, series,
//!   labels, metadata, rules), with [`PromQlExt`] for everyday shapes such as "exactly one number";
//! * [`expr`]: a typed PromQL builder. Selectors are escaped, durations canonical, nothing is pasted
//!   together from strings; [`expr::Expr::parse`] reads the same language back;
//! * [`MemoryBackend`]: an ordinary public backend that evaluates exactly the builder's language over
//!   seeded series, so that your own tests need no server.
//!
//! Three outcomes are never mixed up: a value, an answer with nothing in it, and an [`Error`].
//! `NaN` and the infinities arrive as themselves, warnings and infos travel with every [`Answer`], and
//! an answer that a federated store calls incomplete says so ([`Completeness`]).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | *(none)* | trait, types, builder, in-memory backend, record and replay; no HTTP stack |
//! | `http` | `http::HttpBackend`: the Prometheus HTTP API through reqwest |
//! | `conformance` | `conformance`: the suite every backend passes |
//!
//! Nothing here reads the clock, the HTTP backend's timeouts and retries aside.

pub mod backend;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod error;
pub mod expr;
mod ext;
pub mod hold;
#[cfg(feature = "http")]
pub mod http;
pub mod labels;
pub mod memory;
pub mod options;
pub mod replay;
mod shared;
pub mod text;
pub mod time;
pub mod value;
pub mod wire;

pub use backend::{
    Answer, Completeness, MetricMetadata, PromQl, Rule, RuleGroup, RuleKind, ServerInfo,
};
pub use error::{Error, ErrorClass, Result};
pub use expr::{Expr, Selector};
pub use ext::{PromQlExt, Ratio};
pub use hold::Hold;
pub use labels::Labels;
pub use memory::{MemoryBackend, RangeSemantics};
pub use options::{
    InstantOptions, LabelOptions, MetadataOptions, QueryLimits, RangeOptions, RulesOptions,
    SeriesOptions,
};
pub use time::Timestamp;
pub use value::{
    BucketBounds, HistogramBucket, HistogramPoint, NativeHistogram, Point, Sample, SampleValue,
    Series, Value,
};
