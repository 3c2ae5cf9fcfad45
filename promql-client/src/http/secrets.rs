//! Secrets, so that what a server or proxy echoes of them is not shown.

use std::borrow::Cow;
use std::fmt;

use regex::{Regex, RegexBuilder};

use super::base64;
use super::spelling::{Pattern, patterns};
use crate::text::{head, shorten};
use crate::wire::Clean;

/// Stands for a secret in a server's words.
const INSTEAD: &str = "[secret]";

/// Shorter ones are not looked for: they are in every other word, and who can see a text without them
/// could guess them.
const SHORTEST: usize = 4;

/// Shorter ones are not looked for in data: a label `admin` is not a password, whatever the password is.
const SHORTEST_IN_DATA: usize = 8;

/// Parts of a header's value that are taken for secrets of their own have at least so many bytes, which
/// the names of schemes (`Bearer`, `Basic`) do not have.
const SHORTEST_PART: usize = 8;

/// Values of a credential's parameters (`sid=…`) have at least so many; `qop=auth` has not.
const SHORTEST_PARAMETER: usize = 6;

/// A header is a credential if its name has one of these. Other headers (a tenant's) are cut out of
/// words only: labels have tenants' names in their own right.
const CREDENTIALS: [&str; 11] = [
    "auth",
    "token",
    "key",
    "secret",
    "cookie",
    "password",
    "passwd",
    "credential",
    "session",
    "jwt",
    "signature",
];

/// So much of a text is looked at: who has more to say is not heard out.
const LOOKED_AT: usize = 64 << 10;

/// More than patterns of headers that servers accept take.
const LARGEST: usize = 64 << 20;

/// All secrets of a backend, in every spelling in which they may come back.
#[derive(Default)]
pub(super) struct Secrets {
    in_words: Vec<Pattern>,
    in_data: Vec<Pattern>,
    words: Option<Regex>,
    data: Option<Regex>,
    /// Finds, much faster, the texts that may have one in data.
    hint: Option<Regex>,
    /// The most bytes that one takes in words.
    longest: usize,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Adds a secret: a token, a password.
    fn add(&mut self, secret: &str, credential: bool) {
        if secret.len() >= SHORTEST {
            self.in_words.extend(patterns(secret));
        }
        if secret.len() >= SHORTEST_IN_DATA && credential {
            self.in_data.extend(patterns(secret));
        }
    }

    /// Adds user and password; the user alone where it stands for a token.
    pub(super) fn add_basic(&mut self, user: &str, password: &str) {
        self.add(&format!("{user}:{password}"), true);
        self.add(password, true);
        if password.is_empty() {
            self.add(user, true);
        }
    }

    /// Adds a header's value, what follows its scheme, its longer parts and, of a Basic authorization,
    /// what is in it.
    pub(super) fn add_header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        let credential = CREDENTIALS.iter().any(|word| name.contains(word));
        let (scheme, rest) = value.split_once(' ').unwrap_or_default();
        let [basic, bearer] = ["basic", "bearer"].map(|known| scheme.eq_ignore_ascii_case(known));
        if !basic && !bearer {
            self.add(value, credential);
        }
        if basic || bearer || credential {
            self.add(rest.trim(), credential);
        }
        for part in value.split([' ', '\t', ';', ',']) {
            let (_, parameter) = part.split_once('=').unwrap_or_default();
            let parameter = parameter.trim_matches(['"', '\'']);
            if credential && parameter.len() >= SHORTEST_PARAMETER {
                self.add(parameter, true);
            }
            // A tenant's name may well be two words.
            let within = |c: char| "=\"'".contains(c) || (credential && ".:".contains(c));
            let words = part.split(within);
            for word in words.filter(|word| word.len() >= SHORTEST_PART) {
                self.add(word, credential);
            }
        }
        let pair = basic.then(|| base64::decode(rest.trim())).flatten();
        let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.add_basic(user, password);
        }
    }

    /// Makes them ready to be found. Secrets are of a few hundred bytes; of some megabytes, `None`.
    pub(super) fn ready(mut self) -> Option<Self> {
        let longest = self.in_words.iter().map(|pattern| pattern.longest).max();
        self.longest = longest.unwrap_or_default();
        self.words = any_of(std::mem::take(&mut self.in_words))?;
        let mut needles: Vec<_> = self.in_data.iter().map(|p| p.needle.clone()).collect();
        needles.sort();
        needles.dedup();
        self.hint = Some(Regex::new(&needles.join("|")).ok()?);
        self.data = any_of(std::mem::take(&mut self.in_data))?;
        Some(self)
    }

    /// The text without any of them.
    pub(super) fn cut_out<'t>(&self, text: &'t str) -> Cow<'t, str> {
        without(&self.words, text)
    }

    /// How much of a longer text [`Clean::words`] needs.
    pub(super) fn looked_at(&self) -> usize {
        // One that begins in what is shown ends here.
        LOOKED_AT + self.longest
    }
}

impl Clean for Secrets {
    fn words(&self, text: &str, bytes: usize) -> String {
        let seen = head(text, self.looked_at());
        let shown = match seen.len() == text.len() {
            true => seen.len(),
            // Behind this, one may be cut in two.
            false => head(seen, LOOKED_AT).len(),
        };
        let (mut out, mut at) = (String::new(), 0);
        let found = self.words.iter().flat_map(|any| any.find_iter(seen));
        for secret in found.take_while(|secret| secret.start() < shown) {
            out.push_str(seen.get(at..secret.start()).unwrap_or_default());
            out.push_str(INSTEAD);
            at = secret.end();
            if out.len() > bytes {
                break;
            }
        }
        out.push_str(seen.get(at..shown).unwrap_or_default());
        if shown < text.len() && at < text.len() {
            out.push('…');
        }
        shorten(&out, bytes).into_owned()
    }

    fn data<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.hint {
            Some(hint) if hint.is_match(text) => without(&self.data, text),
            _ => Cow::Borrowed(text),
        }
    }
}

fn without<'t>(any: &Option<Regex>, text: &'t str) -> Cow<'t, str> {
    match any {
        Some(any) => any.replace_all(text, regex::NoExpand(INSTEAD)),
        None => Cow::Borrowed(text),
    }
}

/// What finds any of them; the inner `None` where there are none.
fn any_of(mut patterns: Vec<Pattern>) -> Option<Option<Regex>> {
    if patterns.is_empty() {
        return Some(None);
    }
    // The longest first, so that nothing is left of one that begins as another.
    patterns.sort_by(|a, b| (b.longest, &a.text).cmp(&(a.longest, &b.text)));
    patterns.dedup_by(|a, b| a.text == b.text);
    let texts: Vec<_> = patterns.into_iter().map(|pattern| pattern.text).collect();
    let any = RegexBuilder::new(&texts.join("|"))
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .build();
    any.ok().map(Some)
}

#[cfg(test)]
mod tests;
