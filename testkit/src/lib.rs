//! Seeded histories with their truth, shared by the tests of this workspace.
//!
//! [`History::generate`] plays a small Istio mesh for some days: requests arrive at random (but the
//! same for the same seed), both proxies of each request count them as Istio's do, and a scraper
//! looks at the proxies' counters now and then. The series are what a Prometheus would have; the
//! [`Truth`] is counted from the requests themselves, and knows which of them no scrape can show.
//!
//! ```
//! use std::time::Duration;
//! use testkit::{History, Spec, Timestamp};
//!
//! let spec = Spec::shop(Timestamp::from_secs(1_750_000_020))
//!     .lasting(Duration::from_secs(6 * 3_600))
//!     .only(&["quiet-batch"]);
//! let history = History::generate(42, &spec);
//! let counts = history.truth("quiet-batch").window(history.start(), history.end());
//! assert!((30..100).contains(&counts.total));
//! assert!(history.series().iter().any(|s| s.labels.metric_name() == Some("istio_requests_total")));
//! ```
//!
//! [`Spec::shop`] lists the services and what each is there for. [`DayNight`] is the exact, skewed
//! traffic on which averages of ratios go wrong. [`counting`] has histories that are easily misread. [`FakePrometheus`] serves an in-memory backend over
//! HTTP, or fails in one of several ways.

// Test support: what is wrong here must stop the test that uses it.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate"
)]

mod api;
mod buckets;
pub mod counting;
mod emit;
mod fake;
mod history;
mod openmetrics;
mod random;
mod rng;
mod scenarios;
mod simulate;
mod skewed;
mod spec;
mod target;
mod truth;

pub use buckets::{BOUNDS_MS, BUCKETS};
pub use fake::{FakePrometheus, Fault};
pub use history::History;
pub use promql_client::Timestamp;
pub use random::RandomCounters;
pub use rng::Rng;
pub use skewed::DayNight;
pub use spec::{
    BoundStyle, Incident, LatencySeries, Load, Outcome, Protocol, ServiceSpec, Spec, VersionSpec,
};
pub use truth::{Counts, Ledger, Tag, Truth};
