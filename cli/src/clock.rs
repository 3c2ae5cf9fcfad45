//! The clock.

use promql_client::Timestamp;

/// Now, in whole seconds. The only place that asks; everything below takes the time as a value.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is the edge that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::from_secs(chrono::Utc::now().timestamp())
}
