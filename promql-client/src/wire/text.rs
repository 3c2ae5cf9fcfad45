//! JSON's string syntax: how far a string is plain, what an escape means, and how to write one.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// The lowest marked byte is the first one below `bound`; those above it may be marked wrongly.
#[inline]
const fn below(word: u64, bound: u64) -> u64 {
    word.wrapping_sub(ONES * bound) & !word & HIGHS
}

/// How many bytes come before the first quote, backslash or control character. Eight at a time:
/// label names and values are most of a vector's bytes.
#[inline]
pub(crate) fn plain_length(text: &[u8]) -> usize {
    let (words, tail) = text.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = below(word ^ (ONES * b'"' as u64), 1);
        let backslash = below(word ^ (ONES * b'\\' as u64), 1);
        let found = quote | backslash | below(word, 0x20);
        if found != 0 {
            return i * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let in_tail = tail.iter().position(special).unwrap_or(tail.len());
    words.len() * 8 + in_tail
}

/// The character that the escape at the start of `text` stands for, and the escape's length. Half a
/// surrogate pair becomes U+FFFD, as in Go, whose servers may echo such text.
pub(crate) fn unescape(text: &[u8]) -> Option<(char, usize)> {
    let simple = match text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((simple, 2))
}

fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let first = hex4(text.get(2..6)?)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, 6));
    }
    let second = match text.get(6..12) {
        Some([b'\\', b'u', digits @ ..]) if first < 0xdc00 => hex4(digits),
        _ => None,
    };
    let pair = second
        .filter(|low| (0xdc00..0xe000).contains(low))
        .and_then(|low| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00)));
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |c| (c, 12)))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, byte| {
        Some(value * 16 + char::from(*byte).to_digit(16)?)
    })
}

/// Writes a string with its quotes.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some((plain, tail)) = rest.split_at_checked(plain_length(rest.as_bytes())) {
        out.push_str(plain);
        let mut tail = tail.chars();
        match tail.next() {
            None => break,
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some('\n') => out.push_str("\\n"),
            Some(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
        rest = tail.as_str();
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first_special(bytes: &[u8]) -> usize {
        let special = |b: &u8| *b == b'"' || *b == b'\\' || *b < 0x20;
        bytes.iter().position(special).unwrap_or(bytes.len())
    }

    #[test]
    fn reads_escapes() {
        assert_eq!(unescape(br"\n"), Some(('\n', 2)));
        assert_eq!(unescape(br"\u00e9"), Some(('é', 6)));
        assert_eq!(unescape(br"\ud83d\ude00"), Some(('😀', 12)));
        assert_eq!(unescape(br"\ud83dx"), Some(('\u{fffd}', 6)));
        assert_eq!(unescape(br"\ud83d\u0041"), Some(('\u{fffd}', 6)));
        assert_eq!(unescape(br"\udc00\udc00"), Some(('\u{fffd}', 6)));
        assert_eq!(unescape(br"\x41"), None);
        assert_eq!(unescape(br"\u00g0"), None);
        assert_eq!(unescape(br"\u00"), None);
    }

    proptest! {
        #[test]
        fn finds_the_first_special_byte(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(plain_length(&bytes), first_special(&bytes));
        }

        #[test]
        fn finds_a_rare_special_byte(bytes in "[a-z\u{80}-\u{ff}]{0,30}[\"\\\\\n]?[a-z!#]{0,30}") {
            prop_assert_eq!(plain_length(bytes.as_bytes()), first_special(bytes.as_bytes()));
        }

        #[test]
        fn serde_reads_what_is_written(text in any::<String>()) {
            let mut out = String::new();
            write_string(&mut out, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
