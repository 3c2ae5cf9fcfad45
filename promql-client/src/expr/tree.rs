//! Expressions of any depth: what the compiler would derive, without its recursion.

use std::fmt;
use std::mem::replace;

use super::ast::Expr;

/// Stands where an operand was taken away, or is still to come.
const HOLE: Expr = Expr::Number(0.0);

impl Expr {
    /// Operands and arguments, from the left.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        let (first, second, rest): (Option<&Self>, Option<&Self>, &[Self]) = match self {
            Self::Binary { lhs, rhs, .. } => (Some(lhs), Some(rhs), &[]),
            Self::Subquery { expr, .. } | Self::Aggregate { expr, .. } | Self::Negate(expr) => {
                (Some(expr), None, &[])
            }
            Self::Call { args, .. } => (None, None, args),
            Self::Number(_)
            | Self::Text(_)
            | Self::Instant { .. }
            | Self::Range(_)
            | Self::Verbatim(_) => (None, None, &[]),
        };
        first.into_iter().chain(second).chain(rest)
    }

    fn children_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        let (first, second, rest): (Option<&mut Self>, Option<&mut Self>, &mut [Self]) = match self
        {
            Self::Binary { lhs, rhs, .. } => (Some(lhs), Some(rhs), &mut []),
            Self::Subquery { expr, .. } | Self::Aggregate { expr, .. } | Self::Negate(expr) => {
                (Some(expr), None, &mut [])
            }
            Self::Call { args, .. } => (None, None, args),
            Self::Number(_)
            | Self::Text(_)
            | Self::Instant { .. }
            | Self::Range(_)
            | Self::Verbatim(_) => (None, None, &mut []),
        };
        first.into_iter().chain(second).chain(rest)
    }

    fn is_leaf(&self) -> bool {
        self.children().next().is_none()
    }

    /// The expression with holes for its children.
    fn hollow(&self) -> Self {
        let hole = || Box::new(HOLE);
        match self {
            Self::Number(number) => Self::Number(*number),
            Self::Text(text) => Self::Text(text.clone()),
            Self::Instant { selector, offset } => Self::Instant {
                selector: selector.clone(),
                offset: *offset,
            },
            Self::Range(range) => Self::Range(range.clone()),
            Self::Subquery {
                expr: _,
                range,
                step,
                offset,
            } => Self::Subquery {
                expr: hole(),
                range: *range,
                step: *step,
                offset: *offset,
            },
            Self::Call { function, args } => Self::Call {
                function: *function,
                args: args.iter().map(|_| HOLE).collect(),
            },
            Self::Aggregate {
                op,
                grouping,
                expr: _,
            } => Self::Aggregate {
                op: *op,
                grouping: grouping.clone(),
                expr: hole(),
            },
            Self::Binary {
                op,
                lhs: _,
                rhs: _,
                matching,
                return_bool,
            } => Self::Binary {
                op: *op,
                lhs: hole(),
                rhs: hole(),
                matching: matching.clone(),
                return_bool: *return_bool,
            },
            Self::Negate(_) => Self::Negate(hole()),
            Self::Verbatim(text) => Self::Verbatim(text.clone()),
        }
    }

    /// Whether two expressions are the same, their children aside.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) | (Self::Verbatim(a), Self::Verbatim(b)) => a == b,
            (
                Self::Instant {
                    selector: a,
                    offset: a_offset,
                },
                Self::Instant {
                    selector: b,
                    offset: b_offset,
                },
            ) => a == b && a_offset == b_offset,
            (Self::Range(a), Self::Range(b)) => a == b,
            (
                Self::Subquery {
                    expr: _,
                    range: a_range,
                    step: a_step,
                    offset: a_offset,
                },
                Self::Subquery {
                    expr: _,
                    range: b_range,
                    step: b_step,
                    offset: b_offset,
                },
            ) => (a_range, a_step, a_offset) == (b_range, b_step, b_offset),
            (
                Self::Call {
                    function: a,
                    args: a_args,
                },
                Self::Call {
                    function: b,
                    args: b_args,
                },
            ) => a == b && a_args.len() == b_args.len(),
            (
                Self::Aggregate {
                    op: a,
                    grouping: a_grouping,
                    expr: _,
                },
                Self::Aggregate {
                    op: b,
                    grouping: b_grouping,
                    expr: _,
                },
            ) => a == b && a_grouping == b_grouping,
            (
                Self::Binary {
                    op: a,
                    lhs: _,
                    rhs: _,
                    matching: a_matching,
                    return_bool: a_bool,
                },
                Self::Binary {
                    op: b,
                    lhs: _,
                    rhs: _,
                    matching: b_matching,
                    return_bool: b_bool,
                },
            ) => (a, a_matching, a_bool) == (b, b_matching, b_bool),
            (Self::Negate(_), Self::Negate(_)) => true,
            _ => false,
        }
    }

    /// Moves children that have children themselves to a list.
    fn unhook(&mut self, list: &mut Vec<Self>) {
        for child in self.children_mut().filter(|child| !child.is_leaf()) {
            list.push(replace(child, HOLE));
        }
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        let mut list = Vec::new();
        self.unhook(&mut list);
        while let Some(mut expr) = list.pop() {
            expr.unhook(&mut list);
        }
    }
}

impl Clone for Expr {
    fn clone(&self) -> Self {
        let mut root = self.hollow();
        let mut list = vec![(self, &mut root)];
        while let Some((from, to)) = list.pop() {
            for (from, to) in from.children().zip(to.children_mut()) {
                *to = from.hollow();
                if !from.is_leaf() {
                    list.push((from, to));
                }
            }
        }
        root
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        let mut list = vec![(self, other)];
        while let Some((a, b)) = list.pop() {
            if !a.is_like(b) {
                return false;
            }
            list.extend(a.children().zip(b.children()));
        }
        true
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({self})")
    }
}
