//! Traffic so uneven that averages of ratios go wrong: busy days with errors, idle nights without.

use std::fmt::Write;
use std::time::Duration;

use promql_client::{Labels, Point, Series, Timestamp};

/// Half days of 1,000 requests a second with 1 % errors and of 1 a second without, in turn.
///
/// By events the error ratio is 0.999 %; the average of the two ratios is 0.5 %.
#[derive(Clone, Copy, Debug)]
pub struct DayNight {
    days: u32,
    interval: Duration,
}

/// A half day's name, its length in seconds and its rates of requests and errors a second.
const HALVES: [(u64, u64, u64); 2] = [(43_200, 1_000, 10), (43_200, 1, 0)];

impl DayNight {
    /// So many days, scraped at an interval of whole seconds that divides half a day.
    ///
    /// # Panics
    /// Where it doesn't.
    #[must_use]
    pub fn new(days: u32, interval: Duration) -> Self {
        let seconds = interval.as_secs();
        assert!(
            interval.subsec_nanos() == 0 && seconds > 0 && 43_200 % seconds == 0,
            "half a day is no multiple of {interval:?}"
        );
        Self { days, interval }
    }

    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        HALVES.iter().map(|h| h.0 * h.1).sum::<u64>() * u64::from(self.days)
    }

    /// All errors.
    #[must_use]
    pub fn bad(&self) -> u64 {
        HALVES.iter().map(|h| h.0 * h.2).sum::<u64>() * u64::from(self.days)
    }

    /// How long the history is.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_secs(86_400) * self.days
    }

    /// Counters of requests and of errors: the first sample (0) at `start`, the last at its end.
    #[must_use]
    pub fn series(&self, start: Timestamp, total: Labels, bad: Labels) -> [Series; 2] {
        let of = |labels, rate: fn(&(u64, u64, u64)) -> u64| {
            let steps = self.steps().flat_map(move |half| {
                let (count, step) = (half.0 / self.interval.as_secs(), rate(half));
                (0..count).map(move |_| step * self.interval.as_secs())
            });
            let mut value = 0;
            let mut timestamp = start;
            let mut points = vec![Point {
                timestamp,
                value: 0.0,
            }];
            points.extend(steps.map(|step| {
                value += step;
                timestamp = timestamp.plus(self.interval);
                Point {
                    timestamp,
                    value: value as f64,
                }
            }));
            Series {
                labels,
                points,
                histograms: Vec::new(),
            }
        };
        [of(total, |h| h.1), of(bad, |h| h.2)]
    }

    /// The same two counters in the notation of `promtool test rules` (`a+bxn`), for an interval
    /// of the test file that is this one's.
    #[must_use]
    pub fn promtool_values(&self) -> [String; 2] {
        let of = |rate: fn(&(u64, u64, u64)) -> u64| {
            let mut text = "0".to_owned();
            let mut value = 0;
            for half in self.steps() {
                let step = rate(half) * self.interval.as_secs();
                let more = half.0 / self.interval.as_secs() - 1;
                // Writing to a string cannot fail.
                let _ = write!(text, " {}+{step}x{more}", value + step);
                value += step * (more + 1);
            }
            text
        };
        [of(|h| h.1), of(|h| h.2)]
    }

    fn steps(&self) -> impl Iterator<Item = &'static (u64, u64, u64)> {
        HALVES.iter().cycle().take(2 * self.days as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_end_at_the_totals() {
        let skewed = DayNight::new(2, Duration::from_secs(15));
        let start = Timestamp::from_secs(0);
        let [total, bad] = skewed.series(start, Labels::empty(), Labels::empty());
        let end = total.points.last().unwrap();
        assert_eq!(end.value, skewed.total() as f64);
        assert_eq!(end.timestamp.since(start), skewed.length());
        assert_eq!(bad.points.last().unwrap().value, skewed.bad() as f64);
        assert_eq!((skewed.total(), skewed.bad()), (86_486_400, 864_000));
    }

    #[test]
    fn promtools_notation_says_the_same() {
        let skewed = DayNight::new(2, Duration::from_secs(60));
        let start = Timestamp::from_secs(0);
        let series = skewed.series(start, Labels::empty(), Labels::empty());
        for (text, series) in skewed.promtool_values().iter().zip(series) {
            let mut read = Vec::new();
            for part in text.split(' ') {
                let (from, rest) = part.split_once('+').unwrap_or((part, "0x0"));
                let (step, more) = rest.split_once('x').unwrap();
                let [from, step, more] = [from, step, more].map(|n| n.parse::<u64>().unwrap());
                read.extend((0..=more).map(|i| (from + i * step) as f64));
            }
            let points: Vec<f64> = series.points.iter().map(|p| p.value).collect();
            assert_eq!(read, points);
        }
    }
}
