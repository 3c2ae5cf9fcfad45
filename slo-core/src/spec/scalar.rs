//! The small texts of specs: thresholds, rates, shares, `p95 < 100ms`.

use std::time::Duration;

use promql_client::Selector;

use crate::data::Coverage;
use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::policy::{BudgetShare, Confidence};

pub(super) const OBJECTIVE: &str =
    "a percentage above 0 and below 100 with at most seven decimal places, such as 99.9";
pub(super) const THRESHOLD: &str = "a time with its unit, such as 100ms or 0.25s";

/// `100ms`, `0.25 s`, `2m`: in milliseconds. The decimal point is moved in the text, so that 0.0005 s
/// is 0.5 ms and no neighbour of it.
pub(super) fn threshold_ms(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic() || c == 'µ')?;
    let (number, unit) = text.split_at(split);
    let number = number.trim();
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    if !number.starts_with(|c: char| c.is_ascii_digit()) || !number.chars().all(plain) {
        return None;
    }
    let ms = match unit {
        "us" | "µs" => format!("{number}e-3").parse::<f64>().ok()?,
        "ms" => number.parse::<f64>().ok()?,
        "s" => format!("{number}e3").parse::<f64>().ok()?,
        "m" => number.parse::<f64>().ok()? * 60_000.0,
        _ => return None,
    };
    (ms > 0.0 && ms.is_finite()).then_some(ms)
}

/// A threshold in a histogram's own unit: the shortest decimal, since it becomes the label `le`.
pub(super) fn in_units(threshold_ms: f64, unit_ms: f64) -> f64 {
    // Shifted in decimal text: 100 ms are 0.1 s, whatever binary division makes of it.
    if unit_ms == 1000.0 {
        format!("{threshold_ms}e-3")
            .parse()
            .unwrap_or(threshold_ms / unit_ms)
    } else {
        threshold_ms / unit_ms
    }
}

/// `p95 < 100ms`: 95 % of the requests at or under 100 ms.
pub(super) fn shorthand(text: &str) -> Option<(Result<Objective>, f64)> {
    let rest = text.trim().strip_prefix(['p', 'P'])?;
    let (percent, limit) = rest.split_once('<')?;
    let limit = limit.strip_prefix('=').unwrap_or(limit);
    let percent = percent.trim();
    percent
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(())?;
    // p999 is how people write the 99.9th percentile.
    let percent = match percent.split_at_checked(2) {
        Some((whole, tail)) if !tail.is_empty() && !percent.contains('.') && percent != "100" => {
            format!("{whole}.{tail}")
        }
        _ => percent.to_owned(),
    };
    Some((Objective::from_percent(&percent), threshold_ms(limit)?))
}

/// Milliseconds in a histogram's unit, from the metric's name (`…_seconds`, `…_milliseconds`).
pub(super) fn unit_of(histogram: &Selector) -> Option<f64> {
    let name = histogram.metric.as_deref()?;
    let name = name.trim_end_matches("_bucket").trim_end_matches("_count");
    if name.ends_with("_milliseconds") || name.ends_with("_ms") {
        Some(1.0)
    } else if name.ends_with("_seconds") {
        Some(1000.0)
    } else {
        None
    }
}

/// `5/s`, `300/min`, `10 / h`, or a plain number per second.
pub(super) fn per_second(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit.trim() {
        "s" | "second" => 1.0,
        "m" | "min" | "minute" => 60.0,
        "h" | "hour" => 3600.0,
        _ => return None,
    };
    let number = number.trim();
    number
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(())?;
    Some(number.parse::<f64>().ok()? / seconds)
}

/// `2%` or `2`: a share of the budget.
pub(super) fn share(text: &str) -> Result<BudgetShare> {
    let millionths = millionths(text).ok_or_else(|| Error::Policy {
        why: format!("`{text}` is no share of a budget: give a percentage such as 2%"),
    })?;
    BudgetShare::from_millionths(millionths)
}

/// `95%` or `95`: a two-sided confidence.
pub(super) fn confidence(text: &str) -> Result<Confidence> {
    let millionths = millionths(text).ok_or_else(|| Error::Policy {
        why: format!("`{text}` is no confidence: give a percentage such as 95"),
    })?;
    Confidence::from_millionths(millionths)
}

/// `95%` or `95`: a share of a window's buckets.
pub(super) fn coverage(text: &str) -> Option<Coverage> {
    Coverage::from_millionths(millionths(text)?).ok()
}

/// A percentage of at most four decimal places, in millionths.
fn millionths(text: &str) -> Option<u32> {
    let number = text.trim().trim_end_matches('%').trim_end();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 4 {
        return None;
    }
    format!("{whole}{fraction:0<4}").parse().ok()
}

/// Other characters become `_`, as in Prometheus' own service discovery.
pub(super) fn as_label(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(allowed).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

/// A duration as Prometheus reads it; zero is none.
pub(super) fn duration(text: &str) -> Option<Duration> {
    promql_client::expr::parse_duration(text).filter(|d| !d.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_exact() {
        for (text, ms) in [
            ("100ms", 100.0),
            ("0.25s", 250.0),
            ("2.5 ms", 2.5),
            ("0.0005s", 0.5),
            ("500us", 0.5),
            ("1m", 60_000.0),
        ] {
            assert_eq!(threshold_ms(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "100",
            "ms",
            "-1ms",
            "0s",
            "1e3ms",
            "1..2s",
            "5 parsecs",
            "1h",
        ] {
            assert_eq!(threshold_ms(text), None, "{text}");
        }
        assert_eq!(in_units(100.0, 1000.0), 0.1);
        assert_eq!(in_units(0.3, 1000.0), 0.0003);
    }

    #[test]
    fn percentiles_are_shares() {
        let percent = |text| shorthand(text).map(|(o, ms)| (o.unwrap().to_string(), ms));
        assert_eq!(percent("p95 < 100ms"), Some(("95".to_owned(), 100.0)));
        assert_eq!(percent("p99.9<=1s"), Some(("99.9".to_owned(), 1000.0)));
        assert_eq!(percent("p999 < 1s"), Some(("99.9".to_owned(), 1000.0)));
        assert!(shorthand("p100 < 1s").unwrap().0.is_err());
        for text in [
            "p95",
            "95 < 100ms",
            "p95 > 100ms",
            "p < 1s",
            "p95 < fast",
            "pé9 < 1s",
        ] {
            assert!(shorthand(text).is_none(), "{text}");
        }
    }

    #[test]
    fn rates_and_shares() {
        assert_eq!(per_second("5/s"), Some(5.0));
        assert_eq!(per_second("300 / min"), Some(5.0));
        assert_eq!(per_second("0.5"), Some(0.5));
        assert_eq!(per_second("5/year"), None);
        assert_eq!(per_second("inf/s"), None);
        assert_eq!(share("2%").unwrap().millionths(), 20_000);
        assert_eq!(share("0.25").unwrap().millionths(), 2_500);
        assert_eq!(coverage("99.5 %").unwrap().ratio(), 0.995);
        for text in ["0", "101%", "2.55555", "-1", "x", ""] {
            assert!(share(text).is_err(), "{text}");
            assert!(coverage(text).is_none(), "{text}");
        }
    }

    #[test]
    fn label_names() {
        assert_eq!(as_label("app.kubernetes.io/name"), "app_kubernetes_io_name");
        assert_eq!(as_label("1a"), "_1a");
    }
}
