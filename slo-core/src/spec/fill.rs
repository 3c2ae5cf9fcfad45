//! What a query fills in where there are no data: `or vector(0)` and its like.
//!
//! Absent events count as none here anyway. Around a total or a ratio, a filled-in zero would hide
//! that there are no data.

use promql_client::expr::{BinaryOp, Expr, Function};

use super::promql::{Query, from_tree, parse};

/// The query without the zeros that it fills in around all of it.
pub(super) fn unfilled(query: &Query) -> Query {
    let filled = query
        .tree
        .as_ref()
        .ok()
        .filter(|tree| outer(tree).is_some());
    let tree = filled.map(|tree| stripped(tree.clone()));
    match tree.as_ref().and_then(from_tree).zip(tree) {
        Some((template, tree)) => Query {
            template,
            tree: Ok(tree),
        },
        None => query.clone(),
    }
}

/// The same for PromQL without a place for the window; what cannot be read stays as it is.
pub(super) fn unfilled_text(text: &str) -> String {
    let tree = parse(text).ok().filter(|tree| outer(tree).is_some());
    tree.map_or_else(|| text.to_owned(), |tree| stripped(tree).to_string())
}

/// The expression without the zeros that it fills in around all of it.
pub(super) fn stripped(mut query: Expr) -> Expr {
    while let Some(inner) = outer(&query) {
        query = inner.clone();
    }
    query
}

/// What is inside of a zero that is filled in around it.
fn outer(query: &Expr) -> Option<&Expr> {
    match query {
        Expr::Binary { op, lhs, rhs, .. }
            if *op == BinaryOp::Or && without_data(rhs) == Some(0.0) =>
        {
            Some(lhs)
        }
        _ => None,
    }
}

/// `x or vector(0)`, `x or 0 * y`: what is absent counts as none here anyway.
pub(super) fn fills_with_zero(op: BinaryOp, rhs: &Expr) -> bool {
    op == BinaryOp::Or && is_zero(rhs)
}

/// `x > 0`, a usual guard against dividing by zero.
pub(super) fn drops_zero(op: BinaryOp, rhs: &Expr, return_bool: bool) -> bool {
    let guard = matches!(op, BinaryOp::Greater | BinaryOp::NotEqual);
    guard && !return_bool && is_zero(rhs)
}

fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Number(number) => *number == 0.0,
        Expr::Call { function, args } if *function == Function::Vector => {
            args.first().is_some_and(is_zero)
        }
        Expr::Binary { op, lhs, rhs, .. } => *op == BinaryOp::Mul && (is_zero(lhs) || is_zero(rhs)),
        _ => false,
    }
}

/// What a query answers where no series is there; not a number is no answer to us. What a function
/// makes of a number is not worked out: it is the number, but for those that answer nothing with one.
pub(super) fn without_data(query: &Expr) -> Option<f64> {
    let answer = match query {
        Expr::Number(number) => Some(*number),
        Expr::Call { function, args } => match function {
            Function::Absent | Function::AbsentOverTime => {
                let there = args.first().and_then(without_data).is_some();
                (!there).then_some(1.0)
            }
            Function::Time => Some(1.0),
            _ => {
                let vectors = args.iter().filter(|arg| !matches!(arg, Expr::Text(_)));
                let answers: Option<Vec<f64>> = vectors.map(without_data).collect();
                answers?.first().copied()
            }
        },
        Expr::Aggregate { expr, .. } | Expr::Subquery { expr, .. } => without_data(expr),
        Expr::Negate(expr) => without_data(expr).map(|number| -number),
        Expr::Binary {
            op,
            lhs,
            rhs,
            return_bool,
            ..
        } => combined(*op, without_data(lhs), without_data(rhs), *return_bool),
        _ => None,
    };
    answer.filter(|number| !number.is_nan())
}

fn combined(op: BinaryOp, lhs: Option<f64>, rhs: Option<f64>, return_bool: bool) -> Option<f64> {
    match op {
        BinaryOp::Or => return lhs.or(rhs),
        BinaryOp::Unless => return if rhs.is_some() { None } else { lhs },
        _ => {}
    }
    let (left, right) = lhs.zip(rhs)?;
    let holds = match op {
        BinaryOp::And => true,
        BinaryOp::Add => return Some(left + right),
        BinaryOp::Sub => return Some(left - right),
        BinaryOp::Mul => return Some(left * right),
        BinaryOp::Div => return Some(left / right),
        BinaryOp::Mod => return Some(left % right),
        BinaryOp::Pow => return Some(left.powf(right)),
        BinaryOp::Equal => left == right,
        BinaryOp::NotEqual => left != right,
        BinaryOp::Less => left < right,
        BinaryOp::LessOrEqual => left <= right,
        BinaryOp::Greater => left > right,
        _ => left >= right,
    };
    match return_bool {
        true => Some(f64::from(u8::from(holds))),
        false => holds.then_some(left),
    }
}
