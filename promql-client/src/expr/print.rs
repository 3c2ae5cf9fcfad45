//! Canonical text of an expression: what is printed parses back to the same tree.

use std::fmt;
use std::time::Duration;

use super::ast::{BinaryOp, Expr, Grouping, Matching, RangeModifier, Side};
use super::duration::format_duration;
use super::scan::ends_in_comment;
use super::selector::{MatchOp, RangeSelector, Selector};
use crate::labels::METRIC_NAME;

/// A PromQL string literal: in double quotes, with everything escaped that needs it.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Prometheus' lexer takes the character itself for broken UTF-8.
            '\u{fffd}' => out.push_str("\\ufffd"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn is_plain_name(name: &str, colons: bool) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || (colons && c == ':'))
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':'))
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

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A second condition on the name is only allowed where the first is in the braces, too.
        let plain = self.metric.as_deref().filter(|name| {
            is_plain_name(name, true)
                && !is_keyword(name)
                && self.matchers.iter().all(|m| m.name != METRIC_NAME)
        });
        // A name outside the classic alphabet goes into the braces, quoted (Prometheus 3); one
        // inside it goes there in the form that Prometheus 2 takes, too.
        let quoted_name = self.metric.as_deref().filter(|_| plain.is_none()).map(|n| {
            if is_plain_name(n, true) {
                format!("{METRIC_NAME}={}", quoted(n))
            } else {
                quoted(n)
            }
        });
        f.write_str(plain.unwrap_or_default())?;
        if self.matchers.is_empty() && plain.is_some() {
            return Ok(());
        }
        f.write_str("{")?;
        let mut comma = "";
        if let Some(name) = quoted_name {
            f.write_str(&name)?;
            comma = ",";
        }
        for matcher in &self.matchers {
            f.write_str(comma)?;
            if is_plain_name(&matcher.name, false) {
                f.write_str(&matcher.name)?;
            } else {
                f.write_str(&quoted(&matcher.name))?;
            }
            f.write_str(matcher.op.sign())?;
            f.write_str(&quoted(&matcher.value))?;
            comma = ",";
        }
        f.write_str("}")
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

impl fmt::Display for RangeSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.selector, format_duration(self.range))?;
        if self.modifier == Some(RangeModifier::Anchored) {
            f.write_str(" anchored")?;
        }
        write_offset(f, self.offset)
    }
}

fn write_offset(f: &mut fmt::Formatter<'_>, offset: Duration) -> fmt::Result {
    if offset.is_zero() {
        Ok(())
    } else {
        write!(f, " offset {}", format_duration(offset))
    }
}

fn write_number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    if number.is_nan() {
        f.write_str("NaN")
    } else if number.is_infinite() {
        f.write_str(if number > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        // The shortest text that reads back as the same number; never 0.9990000000000001 unless it
        // is that.
        write!(f, "{number}")
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, labels: &[String]) -> fmt::Result {
    f.write_str("(")?;
    for (i, label) in labels.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        f.write_str(&if must_be_quoted(label) {
            quoted(label)
        } else {
            label.clone()
        })?;
    }
    f.write_str(")")
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write_number(f, *number),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Instant { selector, offset } => {
                write!(f, "{selector}")?;
                write_offset(f, *offset)
            }
            Self::Range(range) => write!(f, "{range}"),
            Self::Subquery {
                expr,
                range,
                step,
                offset,
            } => {
                write_operand(f, expr, expr.is_atom())?;
                let step = step.map(format_duration).unwrap_or_default();
                write!(f, "[{}:{step}]", format_duration(*range))?;
                write_offset(f, *offset)
            }
            Self::Call { function, args } => {
                write!(f, "{}(", function.name())?;
                for (i, arg) in args.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{arg}")?;
                }
                f.write_str(")")
            }
            Self::Aggregate { op, grouping, expr } => {
                f.write_str(op.name())?;
                match grouping {
                    Grouping::All => {}
                    Grouping::By(labels) => {
                        f.write_str(" by ")?;
                        write_list(f, labels)?;
                        f.write_str(" ")?;
                    }
                    Grouping::Without(labels) => {
                        f.write_str(" without ")?;
                        write_list(f, labels)?;
                        f.write_str(" ")?;
                    }
                }
                write!(f, "({expr})")
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
                write_operand(f, lhs, lhs.binds_at_least(op.precedence() + left))?;
                write!(f, " {}", op.sign())?;
                if *return_bool {
                    f.write_str(" bool")?;
                }
                write_matching(f, matching)?;
                f.write_str(" ")?;
                write_operand(f, rhs, rhs.binds_at_least(op.precedence() + right))
            }
            // A comment at the text's end must not take the parenthesis in.
            Self::Verbatim(text) if ends_in_comment(text) => write!(f, "({text}\n)"),
            Self::Verbatim(text) => write!(f, "({text})"),
            Self::Negate(expr) => {
                f.write_str("-")?;
                write_operand(
                    f,
                    expr,
                    expr.is_atom() && !matches!(**expr, Self::Number(_)),
                )
            }
        }
    }
}

fn write_operand(f: &mut fmt::Formatter<'_>, expr: &Expr, bare: bool) -> fmt::Result {
    if bare {
        write!(f, "{expr}")
    } else {
        write!(f, "({expr})")
    }
}

fn write_matching(f: &mut fmt::Formatter<'_>, matching: &Matching) -> fmt::Result {
    if let Some(on) = &matching.on {
        f.write_str(" on ")?;
        write_list(f, on)?;
    } else if !matching.ignoring.is_empty() {
        f.write_str(" ignoring ")?;
        write_list(f, &matching.ignoring)?;
    } else if matching.group.is_some() {
        // Grouping needs a matching before it.
        f.write_str(" ignoring ()")?;
    }
    if let Some((side, labels)) = &matching.group {
        f.write_str(match side {
            Side::Left => " group_left ",
            Side::Right => " group_right ",
        })?;
        write_list(f, labels)?;
    }
    Ok(())
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
