//! The clock.

use promql_client::Timestamp;

/// Now. The only place that asks; everything below takes the time as a value.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is the edge that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    chrono::Utc::now().into()
}
