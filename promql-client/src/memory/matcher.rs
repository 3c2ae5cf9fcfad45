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
    Regex::new(&format!("^(?s:{pattern})$")).map_err(|_| Error::BadQuery {
        message: format!("invalid regular expression: {pattern}"),
    })
}
