//! How far the server's clock is from ours.

use std::time::Duration;

use crate::expr::format_duration;
use crate::time::Timestamp;

/// So far apart, clocks are not worth a word: `Date` has whole seconds, and answers travel.
const UNREMARKABLE: Duration = Duration::from_secs(60);

/// The largest distance between two clocks that a call has seen, in milliseconds; positive where the
/// server's is ahead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skew(i64);

impl Skew {
    pub(super) fn see(&mut self, server: Timestamp, client: Timestamp) {
        let ahead = server.as_millis().saturating_sub(client.as_millis());
        if ahead.unsigned_abs() > self.0.unsigned_abs() {
            self.0 = ahead;
        }
    }

    /// A warning where the clocks are over a minute apart. In whole minutes, so that two answers of one
    /// server say the same.
    pub(super) fn warning(self) -> Option<String> {
        let apart = Duration::from_millis(self.0.unsigned_abs());
        if apart <= UNREMARKABLE {
            return None;
        }
        let minutes = Duration::from_secs(apart.as_secs() / 60 * 60);
        let (apart, side) = (
            format_duration(minutes),
            if self.0 > 0 { "ahead of" } else { "behind" },
        );
        Some(format!(
            "the server's clock is {apart} {side} this computer's, or a cache answered: what is now here is not now there"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(server_secs: i64, client_secs: i64) -> Option<String> {
        let mut skew = Skew::default();
        skew.see(
            Timestamp::from_secs(server_secs),
            Timestamp::from_secs(client_secs),
        );
        skew.warning()
    }

    #[test]
    fn speaks_from_a_minute_on_in_either_direction() {
        assert_eq!(warning(1_000_060, 1_000_000), None);
        assert_eq!(warning(1_000_000, 1_000_060), None);
        let ahead = warning(1_000_061, 1_000_000).unwrap();
        assert!(
            ahead.starts_with("the server's clock is 1m ahead of"),
            "{ahead}"
        );
        let behind = warning(1_000_000, 1_007_259).unwrap();
        assert!(
            behind.starts_with("the server's clock is 2h behind"),
            "{behind}"
        );
        assert!(warning(i64::MAX, i64::MIN).is_some());
    }
}
