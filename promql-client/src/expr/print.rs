//! Canonical text of an expression: what is printed parses back to the same tree.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::ast::{Expr, RangeModifier};
use super::duration::push_duration;
use super::selector::{MatchOp, RangeSelector, Selector};
use crate::labels::METRIC_NAME;

/// A PromQL string literal: in double quotes, with everything escaped that needs it.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
}

pub(super) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some((plain, escape, tail)) = next_escape(rest) {
        out.push_str(plain);
        out.push_str(escape);
        rest = tail;
    }
    out.push_str(rest);
    out.push('"');
}

/// What needs no escape, the first escape, and what follows.
fn next_escape(text: &str) -> Option<(&str, &'static str, &str)> {
    // Prometheus' lexer takes U+FFFD itself, whose first byte is 0xef, for broken UTF-8.
    let special = |b: u8| b < b' ' || matches!(b, b'"' | b'\\' | 0xef);
    text.bytes().position(special)?;
    let at = text.find(['"', '\\', '\n', '\r', '\t', '\u{fffd}'])?;
    let (plain, rest) = text.split_at_checked(at)?;
    let mut chars = rest.chars();
    let escape = match chars.next()? {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => "\\ufffd",
    };
    Some((plain, escape, chars.as_str()))
}

pub(super) fn is_plain_name(name: &str, colons: bool) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || (colons && c == b':');
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.bytes().all(allowed)
}

/// Words the parser takes for something else where a metric's name may stand.
fn is_keyword(name: &str) -> bool {
    const WORDS: [&str; 35] = [
        "and",
        "or",
        "unless",
        "atan2",
        "sum",
        "avg",
        "count",
        "min",
        "max",
        "group",
        "stddev",
        "stdvar",
        "topk",
        "bottomk",
        "count_values",
        "quantile",
        "limitk",
        "limit_ratio",
        "offset",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "smoothed",
        "anchored",
        "fill",
        "fill_left",
        "fill_right",
        "start",
        "end",
        "inf",
        "nan",
    ];
    WORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// Words that are no label in a list of labels, unless they are quoted (Prometheus 3).
fn must_be_quoted(label: &str) -> bool {
    let reserved = ["inf", "nan", "smoothed", "anchored", "without"];
    !is_plain_name(label, false) || reserved.iter().any(|w| label.eq_ignore_ascii_case(w))
}

// Texts are made in a `String` of their own: many small writes through a formatter take twice as long.
macro_rules! displayed {
    ($($type:ty),+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut out = String::with_capacity(256);
                self.print(&mut out);
                f.write_str(&out)
            }
        }
    )+};
}

displayed!(Selector, RangeSelector, Expr);

impl Selector {
    pub(super) fn print(&self, out: &mut String) {
        // A second condition on the name is only allowed where the first is in the braces, too.
        let plain = self.metric.as_deref().filter(|name| {
            is_plain_name(name, true)
                && !is_keyword(name)
                && self.matchers.iter().all(|m| m.name != METRIC_NAME)
        });
        // A name outside the classic alphabet goes into the braces, quoted (Prometheus 3); one
        // inside it goes there in the form that Prometheus 2 takes, too.
        let quoted_name = self.metric.as_deref().filter(|_| plain.is_none());
        out.push_str(plain.unwrap_or_default());
        if self.matchers.is_empty() && plain.is_some() {
            return;
        }
        out.push('{');
        let mut comma = "";
        if let Some(name) = quoted_name {
            if is_plain_name(name, true) {
                out.push_str(METRIC_NAME);
                out.push('=');
            }
            push_quoted(out, name);
            comma = ",";
        }
        for matcher in &self.matchers {
            out.push_str(comma);
            if is_plain_name(&matcher.name, false) {
                out.push_str(&matcher.name);
            } else {
                push_quoted(out, &matcher.name);
            }
            out.push_str(matcher.op.sign());
            push_quoted(out, &matcher.value);
            comma = ",";
        }
        out.push('}');
    }
}

impl MatchOp {
    /// PromQL's sign for it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

impl RangeSelector {
    pub(super) fn print(&self, out: &mut String) {
        self.selector.print(out);
        out.push('[');
        push_duration(out, self.range);
        out.push(']');
        if self.modifier == Some(RangeModifier::Anchored) {
            out.push_str(" anchored");
        }
        push_offset(out, self.offset);
    }
}

pub(super) fn push_offset(out: &mut String, offset: Duration) {
    if !offset.is_zero() {
        out.push_str(" offset ");
        push_duration(out, offset);
    }
}

pub(super) fn push_number(out: &mut String, number: f64) {
    if number.is_nan() {
        out.push_str("NaN");
    } else if number.is_infinite() {
        out.push_str(if number > 0.0 { "+Inf" } else { "-Inf" });
    } else {
        // The shortest text that reads back as the same number; never 0.9990000000000001 unless it
        // is that. Writing to a String cannot fail.
        let _ = write!(out, "{number}");
    }
}

pub(super) fn push_list(out: &mut String, labels: &[String]) {
    out.push('(');
    for (i, label) in labels.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if must_be_quoted(label) {
            push_quoted(out, label);
        } else {
            out.push_str(label);
        }
    }
    out.push(')');
}
