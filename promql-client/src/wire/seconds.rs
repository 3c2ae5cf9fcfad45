//! Timestamps: seconds in decimal text, as whole milliseconds without a float in between.

use super::number::{HIGHS, TO_HIGH, ZEROS, digits, eight_digits};

/// Ten digits and none or three decimals: every time since 2001 that has whole or exact milliseconds.
/// All lengths are fixed, so the processor can go on to the value before this one is worked out.
#[inline]
pub(super) fn usual_millis(text: &[u8]) -> Option<(i64, &[u8])> {
    let (word, rest) = text.split_first_chunk::<8>()?;
    let word = u64::from_le_bytes(*word) ^ ZEROS;
    if (word.wrapping_add(TO_HIGH) | word) & HIGHS != 0 || word & 0xff == 0 {
        return None;
    }
    let join = |value: i64, digit: &u8| value * 10 + i64::from(*digit) - i64::from(b'0');
    let [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] = rest else {
        return None;
    };
    let seconds = join(join(eight_digits(word) as i64, a), b);
    match rest {
        [b',', ..] => Some((seconds * 1000, rest)),
        [
            b'.',
            c @ b'0'..=b'9',
            d @ b'0'..=b'9',
            e @ b'0'..=b'9',
            rest @ ..,
        ] => Some((join(join(join(seconds, c), d), e), rest)),
        _ => None,
    }
}

/// Seconds with at most three decimals and no exponent, as Prometheus writes timestamps.
pub(super) fn short_millis(text: &[u8]) -> Option<(i64, usize)> {
    let (seconds, whole) = digits(text, 0);
    if whole == 0 || whole > 15 || (whole > 1 && text.first() == Some(&b'0')) {
        return None;
    }
    let mut at = whole;
    let mut millis = seconds * 1000;
    if text.get(at) == Some(&b'.') {
        let (fraction, decimals) = digits(text.get(at + 1..)?, 0);
        millis += fraction
            * match decimals {
                1 => 100,
                2 => 10,
                3 => 1,
                _ => return None,
            };
        at += 1 + decimals;
    }
    match text.get(at) {
        Some(b'e' | b'E') => None,
        _ => Some((i64::try_from(millis).ok()?, at)),
    }
}

/// Seconds in any notation that JSON has, rounded to the nearest millisecond (ties away from zero).
pub(super) fn millis(text: &str) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // Where the point stands among the digits, once seconds are milliseconds.
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent) + 3;
    let mut value: i128 = 0;
    let mut round_up = false;
    for (i, byte) in (0i64..).zip(whole.bytes().chain(fraction.bytes())) {
        let digit = byte.wrapping_sub(b'0');
        if i < point {
            value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
        } else {
            round_up = i == point && digit >= 5;
            break;
        }
    }
    let given = i64::try_from(whole.len() + fraction.len()).ok()?;
    for _ in given..point {
        if value == 0 {
            break;
        }
        value = value.checked_mul(10)?;
    }
    value += i128::from(round_up);
    i64::try_from(if negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_timestamps_in_every_notation() {
        for (text, usual) in [
            ("1435781451,", Some((1_435_781_451_000, ","))),
            ("1435781451.781,", Some((1_435_781_451_781, ","))),
            ("1435781451.78,", None),
            ("0435781451,", None),
            ("143578145,,,,", None),
        ] {
            let expected = usual.map(|(millis, rest)| (millis, rest.as_bytes()));
            assert_eq!(usual_millis(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("1435781451.781", Some(1_435_781_451_781)),
            ("1435781451", Some(1_435_781_451_000)),
            ("1435781451.5", Some(1_435_781_451_500)),
            ("1435781451.7810001", Some(1_435_781_451_781)),
            ("0.0005", Some(1)),
            ("-0.0005", Some(-1)),
            ("0.00049999", Some(0)),
            ("1.435781451781e9", Some(1_435_781_451_781)),
            ("1435781451781E-3", Some(1_435_781_451_781)),
            ("5e-4", Some(1)),
            ("5e-5", Some(0)),
            ("-9223372036854775.808", Some(i64::MIN)),
            ("9223372036854775.807", Some(i64::MAX)),
            ("9223372036854775.808", None),
            ("1e400000", None),
            ("0e2000000000", Some(0)),
            ("1e-2000000000", Some(0)),
            ("1e99999999999", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
            if let Some((short, length)) = short_millis(text.as_bytes())
                && length == text.len()
            {
                assert_eq!(Some(short), expected, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn all_ways_agree_on_timestamps(text in "[0-9]{1,16}(\\.[0-9]{0,4})?(e-?[0-9])?") {
            if let Some((usual, b",")) = usual_millis(format!("{text},").as_bytes()) {
                prop_assert_eq!(Some(usual), millis(&text));
            }
            if let Some((short, length)) = short_millis(text.as_bytes())
                && length == text.len()
            {
                prop_assert_eq!(Some(short), millis(&text));
            }
        }
    }
}
