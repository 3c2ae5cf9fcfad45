//! Trying again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// How requests are tried again: only where the same request may succeed later
/// ([`ErrorClass::Retry`](crate::ErrorClass::Retry)), after a growing pause with jitter, or after what the server asks for.
/// A request that got no answer in time is not sent again: it would wait as long, and a server that is
/// overloaded would have one more to answer. Where nobody takes a connection, one call tries as often as
/// it may; further ones try once until somebody has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often at most, the first attempt not counted. 0 switches it off.
    pub times: usize,
    /// The first pause; each further one is twice as long. Jitter adds up to as much
    /// again.
    pub first_pause: Duration,
    /// No pause is longer, jitter included and whatever the server asks for: a longer `Retry-After`
    /// ends the attempts.
    pub longest_pause: Duration,
}

impl Default for Retry {
    /// Three times, after 200 ms, 400 ms, 800 ms, each with up to as much again; never a pause of over
    /// 10 s.
    fn default() -> Self {
        Self {
            times: 3,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
        }
    }
}

impl Retry {
    /// Every request is sent once.
    #[must_use]
    pub fn never() -> Self {
        Self {
            times: 0,
            ..Self::default()
        }
    }

    /// The growing pauses, as many as there may be attempts after the first.
    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> + Send {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.times)
            .with_jitter()
            .build()
    }

    /// The pause between what was drawn and what the server asks for; `None` ends the attempts.
    pub(super) fn pause(&self, asked: Option<Duration>, drawn: Duration) -> Option<Duration> {
        // Jitter goes on top of the growing pauses, after their own limit.
        let drawn = drawn.min(self.longest_pause);
        match asked {
            Some(asked) if asked > self.longest_pause => None,
            Some(asked) => Some(asked.max(drawn)),
            None => Some(drawn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pause_is_longer_than_the_longest() {
        let secs = Duration::from_secs;
        let retry = Retry::default();
        for (asked, drawn, pause) in [
            (None, 3, Some(3)),
            (None, 19, Some(10)),
            (Some(5), 3, Some(5)),
            (Some(5), 7, Some(7)),
            (Some(5), 19, Some(10)),
            (Some(11), 3, None),
        ] {
            let got = retry.pause(asked.map(secs), secs(drawn));
            assert_eq!(got, pause.map(secs), "{asked:?} {drawn}");
        }
    }
}
