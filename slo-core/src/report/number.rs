//! Numbers as reports show them.

use std::time::Duration;

use promql_client::expr::format_duration;

/// Twelve significant digits: enough for any count, too few for the dust of binary fractions.
/// `None` where the number is not finite, because JSON could not hold it.
pub(super) fn tidy(value: f64) -> Option<f64> {
    let tidied: f64 = format!("{value:.11e}").parse().ok()?;
    // No negative zero.
    value.is_finite().then_some(tidied + 0.0)
}

/// A share as a percentage.
pub(super) fn percent(ratio: f64) -> Option<f64> {
    tidy(ratio * 100.0)
}

/// At most so many decimal places, without zeros at the end: `2.5`, `14`.
#[must_use]
pub fn short(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

/// A percentage with at least three places where it needs them. Rounding never makes it 100 or its
/// target where it is not: 99.9996 % of good requests are no 100 %.
#[must_use]
pub fn short_percent(percent: f64, target: f64) -> String {
    let lies = |text: &str| {
        [100.0, target]
            .iter()
            .any(|at| percent != *at && text == short(*at, 7))
    };
    let texts = (3..12).map(|places| short(percent, places));
    let honest = texts.into_iter().find(|text| !lies(text));
    honest.unwrap_or_else(|| percent.to_string())
}

/// A duration in its two largest units: `2d3h`, `5h12m`, `40s`; `now` where it is zero.
#[must_use]
pub fn rough(seconds: u64) -> String {
    let unit = match seconds {
        0 => return "now".to_owned(),
        1..60 => 1,
        60..86_400 => 60,
        _ => 3600,
    };
    format_duration(Duration::from_secs(seconds / unit * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dust_is_swept_and_nothing_else() {
        assert_eq!(percent(1.0 - 0.0005), Some(99.95));
        assert_eq!(tidy(1.0 - 0.9), Some(0.1));
        assert_eq!(tidy(123_456_789_012.0), Some(123_456_789_012.0));
        assert_eq!(tidy(-0.0).unwrap().to_string(), "0");
        assert_eq!(tidy(f64::NAN), None);
        assert_eq!(tidy(f64::INFINITY), None);
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(short_percent(99.999_96, 99.9), "99.99996");
        assert_eq!(short_percent(99.899_96, 99.9), "99.89996");
        assert_eq!(short_percent(99.899_99, 95.0), "99.9");
        assert_eq!(short_percent(100.0, 99.9), "100");
        assert_eq!(short_percent(99.95, 99.95), "99.95");
        assert_eq!(short(-0.001, 1), "0");
    }

    #[test]
    fn durations_have_two_units_at_most() {
        assert_eq!(rough(2 * 86_400 + 3 * 3600 + 125), "2d3h");
        assert_eq!(rough(5 * 3600 + 12 * 60 + 59), "5h12m");
        assert_eq!(rough(40), "40s");
        assert_eq!(rough(0), "now");
    }
}
