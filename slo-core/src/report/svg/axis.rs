//! Where lines of a grid belong.

use promql_client::Timestamp;

use crate::window::Period;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Distances between two dates that people can read.
const TIMES: [i64; 14] = [
    HOUR / 4,
    HOUR / 2,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    60 * DAY,
    90 * DAY,
];

/// At most nine times within a period, at round UTC ones, with their labels.
pub(super) fn times(period: &Period) -> Vec<(Timestamp, String)> {
    let (start, end) = (period.start.as_millis(), period.end.as_millis());
    let fits = |step: &i64| (end - start) / step <= 8;
    let step = TIMES.into_iter().find(fits).unwrap_or(180 * DAY);
    // Long steps count from the last midnight, so that the newest day has a line.
    let anchor = if step > DAY {
        end.div_euclid(DAY) * DAY
    } else {
        0
    };
    let first = start + (anchor - start).rem_euclid(step);
    let ticks = (0..=9)
        .map(|i| first + i * step)
        .take_while(|at| *at <= end);
    ticks
        .map(|at| (Timestamp::from_millis(at), label(at, step)))
        .collect()
}

fn label(at: i64, step: i64) -> String {
    let format = if step >= DAY || at.rem_euclid(DAY) == 0 {
        "%b %-d"
    } else {
        "%H:%M"
    };
    let time = Timestamp::from_millis(at).to_datetime();
    time.map_or(String::new(), |time| time.format(format).to_string())
}

/// Round percentages from at most `lowest` (0 or less) to 100, ascending, 0 and 100 among them.
pub(super) fn percents(lowest: f64) -> Vec<f64> {
    let lowest = lowest.min(0.0);
    let mut step = 25.0;
    let mut factors = [2.0, 2.0, 2.5].into_iter().cycle();
    while (100.0 - lowest) / step > 8.0 {
        step *= factors.next().unwrap_or(2.0);
    }
    let below = (-lowest / step).ceil();
    let count = below as i32;
    let mut ticks: Vec<f64> = (-count..=0).map(|i| f64::from(i) * step).collect();
    if step < 100.0 {
        let above = (100.0 / step) as i32;
        ticks.extend((1..=above).map(|i| f64::from(i) * step));
    }
    if ticks.last() != Some(&100.0) {
        ticks.push(100.0);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Window;

    #[test]
    fn percents_reach_from_the_lowest_to_all() {
        assert_eq!(percents(40.0), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(
            percents(-60.0),
            [-75.0, -50.0, -25.0, 0.0, 25.0, 50.0, 75.0, 100.0]
        );
        for lowest in [-1.0, -150.0, -1234.0, -99_999.0] {
            let ticks = percents(lowest);
            assert!(ticks[0] <= lowest && ticks.len() <= 11, "{ticks:?}");
            assert!(
                ticks.contains(&0.0) && ticks.ends_with(&[100.0]),
                "{ticks:?}"
            );
            assert!(ticks.is_sorted(), "{ticks:?}");
        }
    }

    #[test]
    fn times_are_few_and_within_the_period() {
        let now = Timestamp::from_secs(1_800_000_000);
        for window in ["1h", "1d", "7d", "30d", "90d", "730d", "month", "quarter"] {
            let period = window.parse::<Window>().unwrap().at(now).unwrap();
            let ticks = times(&period);
            assert!((2..=9).contains(&ticks.len()), "{window}: {ticks:?}");
            assert!(
                ticks
                    .iter()
                    .all(|(at, _)| (period.start..=period.end).contains(at))
            );
        }
    }
}
