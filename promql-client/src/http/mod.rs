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
//! and joined. Credentials never show up in an error, in `Debug` output or in an address.
//!
//! See <https://prometheus.io/docs/prometheus/latest/querying/api/>.

mod body;
mod builder;
mod client;
mod info;
mod request;
mod retry;
mod split;

pub use builder::{BuildError, HttpBuilder};
pub use client::HttpBackend;
pub use retry::Retry;
