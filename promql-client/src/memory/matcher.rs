//! Matchers, ready to run.

use regex::Regex;

use crate::error::{Error, Result};
use crate::expr::{MatchOp, Selector};
use crate::labels::Labels;

/// A selector with its regular expressions compiled.
pub(super) struct Matchers {
    pub(super) metric: Option<String>,
    each: Vec<(String, Condition)>,
}

enum Condition {
    Equal(String),
    NotEqual(String),
    Regex(Regex),
    NotRegex(Regex),
}

impl Matchers {
    pub(super) fn new(selector: &Selector) -> Result<Self> {
        let each = selector.matchers.iter().map(|matcher| {
            let value = &matcher.value;
            let condition = match matcher.op {
                MatchOp::Equal => Condition::Equal(value.clone()),
                MatchOp::NotEqual => Condition::NotEqual(value.clone()),
                MatchOp::Regex => Condition::Regex(anchored(value)?),
                MatchOp::NotRegex => Condition::NotRegex(anchored(value)?),
            };
            Ok((matcher.name.clone(), condition))
        });
        Ok(Self {
            metric: selector.metric.clone(),
            each: each.collect::<Result<_>>()?,
        })
    }

    /// Whether all conditions but the one on the metric's name hold.
    pub(super) fn accept(&self, labels: &Labels) -> bool {
        self.each.iter().all(|(name, condition)| {
            let value = labels.get(name).unwrap_or_default();
            match condition {
                Condition::Equal(wanted) => value == wanted,
                Condition::NotEqual(unwanted) => value != unwanted,
                Condition::Regex(regex) => regex.is_match(value),
                Condition::NotRegex(regex) => !regex.is_match(value),
            }
        })
    }
}

/// A regular expression that must match the whole text, as Prometheus compiles them.
pub(super) fn anchored(pattern: &str) -> Result<Regex> {
    let whole = |pattern: &str| Regex::new(&format!("^(?s:{pattern})$"));
    whole(pattern)
        .or_else(|_| whole(&with_literal_braces(pattern)))
        .map_err(|_| Error::BadQuery {
            message: format!("invalid regular expression: {pattern}"),
        })
}

/// To RE2, a `{` that starts no repetition is itself; to this engine it is an error.
fn with_literal_braces(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 2);
    let mut escaped = false;
    for (at, c) in pattern.char_indices() {
        let after = pattern.get(at + 1..).unwrap_or_default();
        if c == '{' && !escaped && !starts_repetition(after) {
            out.push('\\');
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}

/// Whether `2}`, `2,}` or `2,3}` follows.
fn starts_repetition(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else {
        return false;
    };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_values_over_lines() {
        let matches = |pattern: &str, value: &str| anchored(pattern).unwrap().is_match(value);
        assert!(!matches("20", "200"));
        assert!(matches("a.b|c", "a\nb"));
        assert!(matches("x{}{,2}", "x{}{,2}"));
        assert!(matches(r"x{2}\{y{}", "xx{y{}"));
        assert!(anchored("(").is_err());
    }
}
