//! PromQL durations: `5m`, `1h30m`, `30d`, `250ms`.

use std::fmt::Write as _;
use std::time::Duration;

const UNITS: [(&str, u128); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Prints a duration as people write it: whole weeks and years stay days (`30d`, `84d`), the rest in
/// the largest units that fit (`1h30m`). Below a millisecond is cut off; zero is `0s`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut text = String::new();
    push_duration(&mut text, duration);
    text
}

/// Appends a duration as [`format_duration`] prints it.
pub(super) fn push_duration(out: &mut String, duration: Duration) {
    let (secs, millis) = (duration.as_secs(), u64::from(duration.subsec_millis()));
    if secs == 0 && millis == 0 {
        return out.push_str("0s");
    }
    let parts = [
        (secs / 86_400, "d"),
        (secs / 3600 % 24, "h"),
        (secs / 60 % 60, "m"),
        (secs % 60, "s"),
        (millis, "ms"),
    ];
    for (n, unit) in parts.into_iter().filter(|(n, _)| *n > 0) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{n}{unit}");
    }
}

/// Reads a duration as Prometheus does: numbers with units from large to small, each at most once.
/// `None` where it is not one (also for the empty text and for one that is too long for 64 bits).
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut millis: u128 = 0;
    let mut next_unit = 0usize;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let number: u128 = number.parse().ok()?;
        let length = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(length);
        let at = UNITS.iter().position(|(name, _)| *name == unit)?;
        if at < next_unit {
            return None;
        }
        next_unit = at + 1;
        millis = millis.checked_add(number.checked_mul(UNITS.get(at)?.1)?)?;
        rest = tail;
    }
    u64::try_from(millis).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_people_write() {
        for (secs, text) in [
            (300, "5m"),
            (5400, "1h30m"),
            (30 * 86_400, "30d"),
            (86_399, "23h59m59s"),
        ] {
            assert_eq!(format_duration(Duration::from_secs(secs)), text);
        }
        assert_eq!(format_duration(Duration::from_millis(1500)), "1s500ms");
        assert_eq!(format_duration(Duration::ZERO), "0s");
    }

    #[test]
    fn reads_what_prometheus_reads() {
        assert_eq!(
            parse_duration("4w2d"),
            Some(Duration::from_secs(30 * 86_400))
        );
        assert_eq!(
            parse_duration("1m500ms"),
            Some(Duration::from_millis(60_500))
        );
        for bad in [
            "",
            "5",
            "m",
            "1m1h",
            "1h1h",
            "-5m",
            "1.5h",
            "99999999999999999999y",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
