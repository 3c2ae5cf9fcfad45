//! Regular expressions as Prometheus reads them: [RE2's language](https://github.com/google/re2/wiki/Syntax),
//! as Go's `regexp/syntax` has it. Rust's `regex` takes other ones.

mod class;
mod escape;
mod group;
mod names;
mod repeat;

use group::Group;

use super::parse::ParseError;
use crate::text::shorten;

/// What is shown of a pattern, in bytes.
const QUOTED: usize = 200;

/// Why a pattern is none.
type Refused = &'static str;

/// Checks a pattern of a label matcher, such as `5..|429`: whether any Prometheus takes it.
///
/// # Errors
/// [`ParseError::Syntax`] where Prometheus refuses it.
///
/// ```
/// use promql_client::expr::check_pattern;
///
/// assert!(check_pattern("/api/v[12]/.*").is_ok());
/// let said = check_pattern("a**").unwrap_err().to_string();
/// assert_eq!(said, "not PromQL: Prometheus refuses the pattern `a**`: it repeats a repetition");
/// ```
pub fn check_pattern(pattern: &str) -> Result<(), ParseError> {
    read(pattern).map(drop).map_err(|why| ParseError::Syntax {
        message: format!(
            "Prometheus refuses the pattern `{}`: {why}",
            shorten(pattern, QUOTED)
        ),
        offset: None,
    })
}

/// What of a pattern only newer Prometheus take, where something is.
pub(super) fn newer(pattern: &str) -> Option<String> {
    read(pattern).ok().flatten()
}

/// Reads a pattern to its end, and returns what of it is new.
fn read(pattern: &str) -> Result<Option<String>, Refused> {
    let mut reader = Reader {
        rest: pattern,
        around: Vec::new(),
        group: Group::default(),
        newer: None,
    };
    // Whether what was read last is a repetition.
    let mut repeated = false;
    while let Some(c) = reader.next() {
        let before = std::mem::take(&mut repeated);
        match c {
            '*' | '+' | '?' => {
                reader.repeat(before, None)?;
                repeated = true;
            }
            '{' => match reader.counts() {
                Some(counts) => {
                    reader.repeat(before, Some(counts))?;
                    repeated = true;
                }
                None => reader.group.push(1),
            },
            '(' => reader.open()?,
            ')' => reader.close()?,
            '|' => reader.group.end_item(),
            '[' => {
                reader.class()?;
                reader.group.push(1);
            }
            '\\' => reader.escape()?,
            _ => reader.group.push(1),
        }
    }
    match reader.around.is_empty() {
        true => Ok(reader.newer),
        false => Err("a ( is never closed"),
    }
}

/// Reads a pattern from left to right.
struct Reader<'p> {
    rest: &'p str,
    /// The open groups around the innermost.
    around: Vec<Group>,
    /// The innermost open group, or the whole pattern.
    group: Group,
    newer: Option<String>,
}

impl<'p> Reader<'p> {
    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Goes on behind a text if it stands here.
    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// What stands before a text, if that comes; goes on behind it.
    fn until(&mut self, end: &str) -> Option<&'p str> {
        let (before, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(before)
    }

    fn is_new(&mut self, what: String) {
        self.newer.get_or_insert(what);
    }
}

#[cfg(test)]
mod tests;
