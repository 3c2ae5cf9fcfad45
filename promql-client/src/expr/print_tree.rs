//! Canonical text of a whole expression, whatever its depth.

use std::time::Duration;

use super::ast::{BinaryOp, Expr, Grouping, Matching, Side};
use super::duration::push_duration;
use super::print::{push_list, push_number, push_offset, push_quoted};
use super::scan::ends_in_comment;

/// What is still to be printed.
enum Piece<'e> {
    Whole(&'e Expr),
    /// As an operand: bare, or in parentheses.
    Operand(&'e Expr, bool),
    Sign(BinaryOp, &'e Matching, bool),
    /// Of a subquery, behind its expression.
    Stretch(Duration, Option<Duration>, Duration),
    Text(&'static str),
}

impl Expr {
    pub(super) fn print(&self, out: &mut String) {
        // The next piece is the last one.
        let mut pieces = vec![Piece::Whole(self)];
        while let Some(piece) = pieces.pop() {
            match piece {
                Piece::Whole(expr) => expr.print_start(out, &mut pieces),
                Piece::Operand(expr, true) => pieces.push(Piece::Whole(expr)),
                Piece::Operand(expr, false) => {
                    out.push('(');
                    pieces.extend([Piece::Text(")"), Piece::Whole(expr)]);
                }
                Piece::Sign(op, matching, return_bool) => {
                    out.push(' ');
                    out.push_str(op.sign());
                    out.push_str(if return_bool { " bool" } else { "" });
                    push_matching(out, matching);
                    out.push(' ');
                }
                Piece::Stretch(range, step, offset) => {
                    out.push('[');
                    push_duration(out, range);
                    out.push(':');
                    if let Some(step) = step {
                        push_duration(out, step);
                    }
                    out.push(']');
                    push_offset(out, offset);
                }
                Piece::Text(text) => out.push_str(text),
            }
        }
    }

    /// Prints up to the first child, and says what comes then.
    fn print_start<'e>(&'e self, out: &mut String, pieces: &mut Vec<Piece<'e>>) {
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
            } => pieces.extend([
                Piece::Stretch(*range, *step, *offset),
                Piece::Operand(expr, expr.is_atom()),
            ]),
            Self::Call { function, args } => {
                out.push_str(function.name());
                out.push('(');
                pieces.push(Piece::Text(")"));
                for (i, arg) in args.iter().enumerate().rev() {
                    pieces.push(Piece::Whole(arg));
                    pieces.push(Piece::Text(if i == 0 { "" } else { ", " }));
                }
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
                pieces.push(Piece::Operand(expr, false));
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
                pieces.extend([
                    Piece::Operand(rhs, rhs.binds_at_least(op.precedence() + right)),
                    Piece::Sign(*op, matching, *return_bool),
                    Piece::Operand(lhs, lhs.binds_at_least(op.precedence() + left)),
                ]);
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
                pieces.push(Piece::Operand(expr, bare));
            }
        }
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
