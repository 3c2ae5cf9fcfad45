//! Canonical text of an expression: what is printed parses back to the same tree.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::ast::{BinaryOp, Expr, Grouping, Matching, RangeModifier, Side};
use super::duration::push_duration;
use super::scan::ends_in_comment;
use super::selector::{MatchOp, RangeSelector, Selector};
use crate::labels::METRIC_NAME;

/// A PromQL string literal: in double quotes, with everything escaped that needs it.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
}

fn push_quoted(out: &mut String, text: &str) {
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

fn is_plain_name(name: &str, colons: bool) -> bool {
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
    fn print(&self, out: &mut String) {
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
    fn print(&self, out: &mut String) {
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

fn push_offset(out: &mut String, offset: Duration) {
    if !offset.is_zero() {
        out.push_str(" offset ");
        push_duration(out, offset);
    }
}

fn push_number(out: &mut String, number: f64) {
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

fn push_list(out: &mut String, labels: &[String]) {
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

impl Expr {
    fn print(&self, out: &mut String) {
        match self {
            Self::Number(number) => push_number(out, *number),
            Self::Text(text) => push_quoted(out, text),
            Self::Instant { selector, offset } => {
                selector.print(out);
                push_offset(out, *offset);
            }
            Self::Range(range) => range.print(out),
            Self::Subquery {
                expr,
                range,
                step,
                offset,
            } => {
                expr.print_operand(out, expr.is_atom());
                out.push('[');
                push_duration(out, *range);
                out.push(':');
                if let Some(step) = step {
                    push_duration(out, *step);
                }
                out.push(']');
                push_offset(out, *offset);
            }
            Self::Call { function, args } => {
                out.push_str(function.name());
                out.push('(');
                for (i, arg) in args.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    arg.print(out);
                }
                out.push(')');
            }
            Self::Aggregate { op, grouping, expr } => {
                out.push_str(op.name());
                match grouping {
                    Grouping::All => {}
                    Grouping::By(labels) => {
                        out.push_str(" by ");
                        push_list(out, labels);
                        out.push(' ');
                    }
                    Grouping::Without(labels) => {
                        out.push_str(" without ");
                        push_list(out, labels);
                        out.push(' ');
                    }
                }
                expr.print_operand(out, false);
            }
            Self::Binary {
                op,
                lhs,
                rhs,
                matching,
                return_bool,
            } => {
                // All operators are left-associative but `^`.
                let (left, right) = if *op == BinaryOp::Pow { (1, 0) } else { (0, 1) };
                lhs.print_operand(out, lhs.binds_at_least(op.precedence() + left));
                out.push(' ');
                out.push_str(op.sign());
                if *return_bool {
                    out.push_str(" bool");
                }
                push_matching(out, matching);
                out.push(' ');
                rhs.print_operand(out, rhs.binds_at_least(op.precedence() + right));
            }
            Self::Verbatim(text) => {
                out.push('(');
                out.push_str(text);
                if ends_in_comment(text) {
                    // It must not take the parenthesis in.
                    out.push('\n');
                }
                out.push(')');
            }
            Self::Negate(expr) => {
                out.push('-');
                let bare = expr.is_atom() && !matches!(**expr, Self::Number(_));
                expr.print_operand(out, bare);
            }
        }
    }

    fn print_operand(&self, out: &mut String, bare: bool) {
        if bare {
            return self.print(out);
        }
        out.push('(');
        self.print(out);
        out.push(')');
    }
}

fn push_matching(out: &mut String, matching: &Matching) {
    if let Some(on) = &matching.on {
        out.push_str(" on ");
        push_list(out, on);
    } else if !matching.ignoring.is_empty() {
        out.push_str(" ignoring ");
        push_list(out, &matching.ignoring);
    } else if matching.group.is_some() {
        // Grouping needs a matching before it.
        out.push_str(" ignoring ()");
    }
    if let Some((side, labels)) = &matching.group {
        out.push_str(match side {
            Side::Left => " group_left ",
            Side::Right => " group_right ",
        });
        push_list(out, labels);
    }
}

impl Expr {
    /// Whether the text stands for itself beside any operator. A negative number does not: `-1 ^ 2`.
    fn is_atom(&self) -> bool {
        match self {
            Self::Binary { .. } | Self::Negate(_) => false,
            Self::Number(number) => !number.is_sign_negative() || number.is_nan(),
            _ => true,
        }
    }

    fn binds_at_least(&self, precedence: u8) -> bool {
        match self {
            Self::Binary { op, .. } => op.precedence() >= precedence,
            _ => self.is_atom(),
        }
    }
}
