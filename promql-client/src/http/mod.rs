//! The Prometheus HTTP API (feature `http`), through reqwest.
//!
//! ```no_run
//! use std::time::Duration;
//! use promql_client::http::HttpBackend;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let backend = HttpBackend::builder("https://mimir.example/prometheus")
//!     .bearer_token("…".to_owned())
//!     .header("X-Scope-OrgID", "team-a")
//!     .timeout(Duration::from_secs(20))
//!     .build()?;
//! # let _ = backend; Ok(()) }
//! ```
//!
//! Requests are POST forms; a server or proxy that refuses POST is asked with GET from then on. What
//! can succeed later is tried again ([`Retry`]), a range of more steps than the server allows is split
//! and joined, one part after the other: a call has one request in flight at most.
//!
//! # Secrets
//!
//! Credentials, those of a proxy included, never show up in an error, in `Debug` output or in an address. What a server or proxy
//! echoes of them is cut out of its words (errors, warnings, infos, pages, redirects), for every status:
//! the token, the values of headers and their longer parts, user and password, each also in base64, in
//! the base64 of a longer text, percent-encoded, and as JSON and HTML write them. `[secret]` stands in
//! their place. Secrets of under four bytes are not looked for: that would shred all text.
//!
//! Data (labels, names, rules, metadata) are cleaned of credentials alike: tokens, passwords, and headers
//! whose name says that they are one (`X-Api-Key`, `Cookie`). Of other headers data may have the value in
//! their own right, as of a tenant's; and what is shorter than eight bytes (`admin`) stays in data.
//! Should two label sets become one by that, the answer is refused.
//!
//! # Memory
//!
//! All requests in flight of a backend and its clones share one limit
//! ([`HttpBuilder::max_memory_bytes`]). An answer counts from its first byte until the call returns it:
//! its body while it is read and decoded, what is decoded of it, and the parts of a split range until
//! the last has come. What was returned no longer counts; it is the caller's, unless it is held
//! ([`Hold`](crate::Hold)): then it counts until it is dropped. An answer that does not fit now waits,
//! with its connection open and its time-out standing still; one that takes more than seven eighths of
//! the limit, with those that are held beside it, is [`Error::TooLarge`](crate::Error::TooLarge). One of
//! the answers being read never waits, the eldest or an urgent one, so all of them come to an end.
//!
//! # Times and clocks
//!
//! Samples of other times than were asked for are [`Error::WrongTime`](crate::Error::WrongTime): a
//! server evaluates at exactly the times it is asked for, so somebody else answered. Before that is
//! said, the same is asked with `nocache=1`, on which VictoriaMetrics does not round times; Thanos' query
//! frontend needs `--no-query-range.align-range-with-step`, or the address of the querier. With a clock
//! ([`HttpBuilder::clock`]), an answer whose `Date` is over a minute off carries a warning.
//!
//! See <https://prometheus.io/docs/prometheus/latest/querying/api/>.

mod base64;
mod body;
mod build;
mod builder;
mod call;
mod client;
mod info;
mod join;
mod ledger;
mod proxy;
mod request;
mod retry;
mod room;
mod secrets;
mod skew;
mod spelling;
mod split;
mod times;
mod tls;
mod transport;

pub use build::BuildError;
pub use builder::HttpBuilder;
pub use client::HttpBackend;
pub use retry::Retry;
