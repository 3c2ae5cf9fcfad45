//! The ways in which a secret may be written, as patterns.

use crate::http::base64;

/// What one character takes at most where it is escaped: `%25F0%259F%2594%2592`.
const LONGEST_ESCAPE: usize = 20;

/// So much of a needle tells texts apart.
const LONGEST_NEEDLE: usize = 16;

/// A pattern of one secret.
#[derive(Default)]
pub(super) struct Pattern {
    pub(super) text: String,
    /// How many bytes it matches at most.
    pub(super) longest: usize,
    /// What stands in every text that it matches: its longest run of what nobody escapes.
    pub(super) needle: String,
    run: String,
}

/// The secret itself, in base64, and in the base64 of any text that it stands in: each character as it
/// is, or as percent-encoding, HTML or JSON writes it.
pub(super) fn patterns(secret: &str) -> [Pattern; 4] {
    let mut itself = Pattern::default();
    secret.chars().for_each(|c| itself.push(c));
    [
        itself,
        in_base64(secret, 0),
        in_base64(secret, 1),
        in_base64(secret, 2),
    ]
}

/// The secret in the base64 of a text, behind so many bytes of a group of three: the digits that are
/// of it alone. With what ends it where nothing follows.
fn in_base64(secret: &str, before: usize) -> Pattern {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = base64::encode(&bytes);
    let digits = encoded.trim_end_matches('=');
    let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    let mut pattern = Pattern::default();
    let inner = digits.get(start..end).unwrap_or_default();
    inner.chars().for_each(|c| pattern.push_digit(c));
    let last = digits.get(end..).unwrap_or_default();
    if !last.is_empty() {
        let needle = pattern.needle.clone();
        pattern.text.push_str("(?:");
        last.chars().for_each(|c| pattern.push_digit(c));
        for _ in digits.len()..encoded.len() {
            pattern.text.push_str("(?:");
            pattern.push('=');
            pattern.text.push_str(")?");
        }
        pattern.text.push_str(")?");
        pattern.needle = needle;
    }
    pattern
}

impl Pattern {
    fn push(&mut self, c: char) {
        // Nobody escapes these.
        if c.is_ascii_alphanumeric() {
            self.text.push(c);
            self.longest += 1;
            self.run.push(c);
            if self.run.len() > self.needle.len() && self.run.len() <= LONGEST_NEEDLE {
                self.needle.clone_from(&self.run);
            }
            return;
        }
        let mut ways = escapes(c);
        if c == ' ' {
            ways.push_str(r"|\+");
        }
        self.push_ways(&ways);
    }

    /// A digit of base64, in either alphabet.
    fn push_digit(&mut self, c: char) {
        let other = match c {
            '+' => '-',
            '/' => '_',
            c => return self.push(c),
        };
        let ways = format!("{}|{}", escapes(c), escapes(other));
        self.push_ways(&ways);
    }

    fn push_ways(&mut self, ways: &str) {
        self.text.push_str("(?:");
        self.text.push_str(ways);
        self.text.push(')');
        self.longest += LONGEST_ESCAPE;
        self.run.clear();
    }
}

/// A character as it is, and as it is escaped, once or twice: `%2B`, `%252B`, `&#43;`, `&#x2b;`, `\u002b`,
/// `\\u002b`, `&amp;`, `\/`.
fn escapes(c: char) -> String {
    let code = u32::from(c);
    let (mut utf8, mut utf16) = ([0; 4], [0; 2]);
    let bytes = c.encode_utf8(&mut utf8).bytes();
    let percent: String = bytes.map(|byte| format!("%(?:25)?{byte:02x}")).collect();
    let units = c.encode_utf16(&mut utf16).iter();
    let json: String = units.map(|unit| format!(r"\\{{1,2}}u{unit:04x}")).collect();
    let named = match c {
        '&' => "|&amp;",
        '<' => "|&lt;",
        '>' => "|&gt;",
        '"' => "|&quot;",
        '\'' => "|&apos;",
        '\n' => r"|\\{1,2}n",
        '\r' => r"|\\{1,2}r",
        '\t' => r"|\\{1,2}t",
        _ => "",
    };
    let plain = regex::escape(c.encode_utf8(&mut utf8));
    format!(r"(?i:{percent}|{json}|&#0{{0,5}}{code};|&#x0{{0,5}}{code:x};{named})|\\{{0,3}}{plain}")
}
