//! Numbers from their decimal text: floats come out bit for bit as the standard library reads them.

use super::text::plain_length;

/// A number's text in JSON's grammar.
pub(crate) struct Number {
    pub(crate) length: usize,
}

/// Powers of ten that a float holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The longest run of digits that always fits 64 bits.
const MAX_DIGITS: usize = 19;

pub(super) const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
pub(super) const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
/// Sets the high bit of every byte over nine.
pub(super) const TO_HIGH: u64 = u64::from_ne_bytes([0x80 - 10; 8]);

/// Adds the digits at the start of `text` to `value` and says how many there were. May wrap; the
/// caller looks at the count. Eight digits at a time, and without a branch on how many of the last
/// eight bytes are digits: lengths vary from sample to sample, so such a branch is mostly mispredicted.
#[inline]
pub(super) fn digits(text: &[u8], mut value: u64) -> (u64, usize) {
    let mut rest = text;
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word) ^ ZEROS;
        let others = (word.wrapping_add(TO_HIGH) | word) & HIGHS;
        if others == 0 {
            value = value
                .wrapping_mul(100_000_000)
                .wrapping_add(eight_digits(word));
            rest = tail;
            continue;
        }
        // The digits move to the end of the word, behind leading zeros.
        let count = others.trailing_zeros() / 8;
        let word = (word << 8) << (56 - 8 * count);
        let shift = SHIFTS.get(count as usize).copied().unwrap_or_default();
        value = value.wrapping_mul(shift).wrapping_add(eight_digits(word));
        return (value, text.len() - rest.len() + count as usize);
    }
    let (value, count) = digits_at_the_end(rest, value);
    (value, text.len() - rest.len() + count)
}

/// [`digits`] in the last few bytes of the body.
#[cold]
fn digits_at_the_end(text: &[u8], mut value: u64) -> (u64, usize) {
    let mut count = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        count += 1;
    }
    (value, count)
}

const SHIFTS: [u64; 8] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The number that eight bytes from 0 to 9 spell, the first byte being the lowest: neighbours are
/// joined to pairs, pairs to fours, fours to eight.
#[inline]
pub(super) const fn eight_digits(word: u64) -> u64 {
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// A decimal without an exponent whose digits and power of ten are exact in a float, so that one
/// correctly rounded division gives the nearest float (Clinger's fast path). `None` for every other
/// number.
#[inline]
pub(crate) fn short_float(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let mut at = usize::from(negative);
    let (mut mantissa, whole) = digits(text.get(at..)?, 0);
    at += whole;
    let mut decimals = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        (mantissa, decimals) = digits(text.get(at..)?, mantissa);
        at += decimals;
    }
    let count = whole + decimals;
    if count == 0 || count > MAX_DIGITS || mantissa > 1 << f64::MANTISSA_DIGITS {
        return None;
    }
    let mut value = mantissa as f64;
    if decimals > 0 {
        value /= TENS.get(decimals)?;
    }
    Some((if negative { -value } else { value }, at))
}

/// Every other float before a quote: more digits, an exponent, `NaN`, the infinities.
#[inline(never)]
pub(crate) fn any_float(text: &[u8]) -> Option<(f64, usize)> {
    let length = plain_length(text);
    let text = std::str::from_utf8(text.get(..length)?).ok()?;
    Some((text.parse().ok()?, length))
}

/// How long the JSON number at the start of `text` is.
pub(crate) fn scan(text: &[u8]) -> Option<Number> {
    let mut at = usize::from(text.first() == Some(&b'-'));
    let (_, whole) = digits(text.get(at..)?, 0);
    if whole == 0 || (whole > 1 && text.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        let (_, decimals) = digits(text.get(at + 1..)?, 0);
        if decimals == 0 {
            return None;
        }
        at += 1 + decimals;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let (_, power) = digits(text.get(at..)?, 0);
        if power == 0 {
            return None;
        }
        at += power;
    }
    Some(Number { length: at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agrees_with_std(text: &str) {
        if let Some((value, length)) = short_float(text.as_bytes())
            && length == text.len()
        {
            let std: f64 = text.parse().unwrap();
            assert_eq!(value.to_bits(), std.to_bits(), "{text}");
        }
    }

    #[test]
    fn takes_the_short_way_for_everyday_numbers() {
        for text in [
            "0",
            "-0",
            "1",
            "1234567",
            "0.2666666666666667",
            "-12.5",
            "9007199254740992",
        ] {
            assert_eq!(
                short_float(text.as_bytes()).map(|(_, n)| n),
                Some(text.len()),
                "{text}"
            );
            agrees_with_std(text);
        }
        for text in [
            "",
            "-",
            ".",
            "-.",
            "NaN",
            "9007199254740993",
            "00000000000000000001",
        ] {
            assert_eq!(short_float(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn digits_are_counted_and_added_up(
            before in 0u64..100, number in "[0-9]{0,17}", after in "[^0-9].{0,12}|"
        ) {
            let (value, count) = digits(format!("{number}{after}").as_bytes(), before);
            let expected: u128 = format!("{before}{number}").parse().unwrap();
            prop_assert_eq!((u128::from(value), count), (expected, number.len()));
        }

        #[test]
        fn short_floats_are_bit_exact(text in "-?[0-9]{0,20}(\\.[0-9]{0,23})?") {
            agrees_with_std(&text);
        }

        #[test]
        fn printed_floats_are_bit_exact(value in any::<f64>()) {
            agrees_with_std(&value.to_string());
        }
    }
}
