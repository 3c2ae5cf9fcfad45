//! Base64 (RFC 4648): few lines against a dependency for one header.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The standard alphabet, with padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    let digit = |n: u32| {
        ALPHABET
            .get((n & 63) as usize)
            .map_or('=', |c| char::from(*c))
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n =
            chunk.iter().fold(0, |n, byte| (n << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        out.push(digit(n >> 18));
        out.push(digit(n >> 12));
        out.push(if chunk.len() > 1 { digit(n >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { digit(n) } else { '=' });
    }
    out
}

/// What a text in the standard alphabet stands for, with or without padding; `None` where it is none.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut n = 0u32;
        for byte in chunk {
            let digit = ALPHABET.iter().position(|known| known == byte)?;
            n = (n << 6) | u32::try_from(digit).ok()?;
        }
        n <<= 6 * (4 - chunk.len());
        let bytes = n.to_be_bytes();
        out.extend_from_slice(bytes.get(1..chunk.len())?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_the_standard_one() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(text.as_bytes()), encoded);
        }
        assert_eq!(decode("Zm9v!"), None);
    }

    proptest! {
        #[test]
        fn comes_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = encode(&bytes);
            prop_assert_eq!(decode(&text), Some(bytes.clone()));
            prop_assert_eq!(decode(text.trim_end_matches('=')), Some(bytes));
        }

        #[test]
        fn nonsense_is_no_panic(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
