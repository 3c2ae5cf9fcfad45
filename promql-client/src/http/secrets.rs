//! Secrets, so that what a server or proxy echoes of them is not shown.

use std::borrow::Cow;
use std::fmt;

use regex::Regex;

use super::base64;

/// Stands for a secret in a server's words.
const INSTEAD: &str = "[secret]";

/// Shorter ones are not looked for: they are in every other word, and who can see a text without them
/// could guess them.
const SHORTEST: usize = 4;

/// Parts of a header's value that are taken for secrets of their own have at least so many bytes, which
/// the names of schemes (`Bearer`, `Basic`) do not have.
const SHORTEST_PART: usize = 8;

/// All secrets of a backend, in every spelling in which they may come back.
#[derive(Default)]
pub(super) struct Secrets {
    spellings: Vec<String>,
    any: Option<Regex>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Adds a secret: a token, a password.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let encoded = base64::encode(secret.as_bytes());
        let url_safe = encoded.replace('+', "-").replace('/', "_");
        let percent = percent(secret, "%20");
        let quoted = serde_json::to_string(secret).unwrap_or_default();
        self.spellings.extend([
            secret.to_owned(),
            percent.to_lowercase(),
            percent,
            self::percent(secret, "+"),
            html(secret),
            quoted.trim_matches('"').replace('/', "\\/"),
            quoted.trim_matches('"').to_owned(),
            encoded.trim_end_matches('=').to_owned(),
            encoded,
            url_safe.trim_end_matches('=').to_owned(),
        ]);
    }

    /// Adds user and password; the user alone where it stands for a token.
    pub(super) fn add_basic(&mut self, user: &str, password: &str) {
        self.add(&format!("{user}:{password}"));
        self.add(password);
        if password.is_empty() {
            self.add(user);
        }
    }

    /// Adds a header's value, its longer parts and, of a Basic authorization, what is in it.
    pub(super) fn add_header(&mut self, value: &str) {
        self.add(value);
        let parts = value.split([' ', '\t', ';', ',', '=']);
        for part in parts.filter(|part| part.len() >= SHORTEST_PART) {
            self.add(part);
        }
        let basic = value.split_once(' ');
        let basic = basic.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let pair = basic.and_then(|(_, encoded)| base64::decode(encoded.trim()));
        let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.add_basic(user, password);
        }
    }

    /// Makes them ready to be found. Secrets are of a few hundred bytes; of some megabytes, `None`.
    pub(super) fn ready(mut self) -> Option<Self> {
        // The longest first, so that nothing is left of one that begins as another.
        self.spellings
            .sort_by_key(|text| (usize::MAX - text.len(), text.clone()));
        self.spellings.dedup();
        if self.spellings.is_empty() {
            return Some(self);
        }
        let each = self.spellings.iter().map(|text| regex::escape(text));
        let any = each.collect::<Vec<_>>().join("|");
        self.spellings.clear();
        self.any = Some(Regex::new(&any).ok()?);
        Some(self)
    }

    /// The text without any of them.
    pub(super) fn cut_out<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.any {
            Some(any) => any.replace_all(text, regex::NoExpand(INSTEAD)),
            None => Cow::Borrowed(text),
        }
    }
}

/// Percent-encoding of all that is not unreserved (RFC 3986), as in a query.
fn percent(text: &str, space: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// As the text stands in a page.
fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secrets(add: impl FnOnce(&mut Secrets)) -> Secrets {
        let mut secrets = Secrets::default();
        add(&mut secrets);
        secrets.ready().unwrap()
    }

    #[test]
    fn every_spelling_is_cut_out() {
        let known = secrets(|s| s.add("p/ä+ss \"w\"&"));
        for text in [
            "p/ä+ss \"w\"&",
            "p%2F%C3%A4%2Bss%20%22w%22%26",
            "p%2f%c3%a4%2bss%20%22w%22%26",
            "p%2F%C3%A4%2Bss+%22w%22%26",
            r#"p/ä+ss \"w\"&"#,
            r#"p\/ä+ss \"w\"&"#,
            "p/ä+ss &quot;w&quot;&amp;",
            "cC/DpCtzcyAidyIm",
            "cC_DpCtzcyAidyIm",
        ] {
            let cut = known.cut_out(text);
            assert_eq!(
                known.cut_out(&format!("a {text} b")),
                "a [secret] b",
                "{cut}"
            );
        }
    }

    #[test]
    fn basic_and_bearer_are_known_however_they_are_given() {
        // ann:hunter2-s3cret
        for known in [
            secrets(|s| s.add_basic("ann", "hunter2-s3cret")),
            secrets(|s| s.add_header("Basic YW5uOmh1bnRlcjItczNjcmV0")),
        ] {
            for text in [
                "hunter2-s3cret",
                "ann:hunter2-s3cret",
                "YW5uOmh1bnRlcjItczNjcmV0",
            ] {
                assert_eq!(known.cut_out(text), "[secret]");
            }
            assert_eq!(known.cut_out("who is ann?"), "who is ann?");
        }
        let bearer = secrets(|s| s.add_header("Bearer abcdefghij"));
        assert_eq!(bearer.cut_out("Bearer: abcdefghij"), "Bearer: [secret]");
        let user = secrets(|s| s.add_basic("the-token", ""));
        assert_eq!(user.cut_out("no user the-token"), "no user [secret]");
    }

    #[test]
    fn short_ones_shred_no_text_and_nothing_is_left_of_long_ones() {
        let short = secrets(|s| {
            s.add_header("a");
            s.add_header("1 2");
        });
        assert_eq!(short.cut_out("a banana, 1 2 3"), "a banana, 1 2 3");
        let nested = secrets(|s| {
            s.add("abcd");
            s.add("abcdefgh");
        });
        assert_eq!(nested.cut_out("abcdefgh abcd"), "[secret] [secret]");
        let dollars = secrets(|s| s.add("$1${x}.*"));
        assert_eq!(dollars.cut_out("<$1${x}.*>"), "<[secret]>");
    }

    proptest! {
        #[test]
        fn no_secret_is_left(secret in "\\PC{4,20}", before in "[a-c ]{0,8}", after in "[a-c ]{0,8}") {
            let known = secrets(|s| s.add(&secret));
            let text = format!("{before}{secret}{after}");
            let cut = known.cut_out(&text).into_owned();
            prop_assert!(!cut.replace(INSTEAD, "\u{0}").contains(&secret), "{}", cut);
        }
    }
}
