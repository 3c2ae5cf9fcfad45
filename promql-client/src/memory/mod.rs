//! A backend that needs no server: samples go in as values, queries are evaluated in process.
//!
//! [`MemoryBackend`] evaluates exactly the language of [`crate::expr`], with the semantics of
//! Prometheus 3 (or 2, see [`RangeSemantics`]): lookback and staleness, extrapolation, resets,
//! vector matching, histogram quantiles. What is outside of the language is refused by name.
//!
//! ```
//! use std::time::Duration;
//! use promql_client::{InstantOptions, Labels, MemoryBackend, PromQlExt, Timestamp};
//! use promql_client::expr::{Selector, increase, sum};
//!
//! # futures::executor::block_on(async {
//! let backend = MemoryBackend::new();
//! let errors = Labels::from_pairs([("__name__", "errors_total"), ("job", "api")]);
//! for minute in 0..=10 {
//!     backend.push(&errors, Timestamp::from_secs(minute * 60), (minute * 3) as f64);
//! }
//! let query = sum(increase(Selector::metric("errors_total").range(Duration::from_secs(300))));
//! let at = InstantOptions::at(Timestamp::from_secs(600));
//! assert_eq!(backend.number(&query, &at).await?.data, Some(15.0));
//! # Ok::<_, promql_client::Error>(())
//! # }).unwrap();
//! ```
//!
//! It also plays any part: [`MemoryBackend::script`] answers one query as told,
//! [`MemoryBackend::fail_next`] fails the next request, [`MemoryBackend::hook`] sees every request.

mod answer;
mod backend;
mod eval;
mod matcher;
mod store;

pub use backend::{MemoryBackend, RangeSemantics, Request};
