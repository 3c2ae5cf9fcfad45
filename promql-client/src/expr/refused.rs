//! What the parser takes and no Prometheus does.

use std::time::SystemTime;

use promql_parser::label::MatchOp;
use promql_parser::parser::{AtModifier, Expr as Tree, VectorSelector};

use super::parse::ParseError;
use super::re2::check_pattern;

/// Refuses `{a="b" or c="d"}`, the parser's own extension; times after `@` that have no place in 64
/// bits; and patterns that are some for Rust only.
pub(super) fn refuse(tree: &Tree) -> Result<(), ParseError> {
    match tree {
        Tree::VectorSelector(vs) => selector(vs),
        Tree::MatrixSelector(ms) => selector(&ms.vs),
        Tree::Paren(e) => refuse(&e.expr),
        Tree::Unary(e) => refuse(&e.expr),
        Tree::Subquery(e) => {
            in_time(e.at.as_ref())?;
            refuse(&e.expr)
        }
        Tree::Aggregate(e) => {
            e.param.as_deref().map_or(Ok(()), refuse)?;
            refuse(&e.expr)
        }
        Tree::Binary(e) => {
            refuse(&e.lhs)?;
            refuse(&e.rhs)
        }
        Tree::Call(e) => e.args.args.iter().try_for_each(|arg| refuse(arg)),
        Tree::NumberLiteral(_) | Tree::StringLiteral(_) | Tree::Extension(_) => Ok(()),
    }
}

fn selector(vs: &VectorSelector) -> Result<(), ParseError> {
    if !vs.matchers.or_matchers.is_empty() {
        return refused("`or` between matchers");
    }
    in_time(vs.at.as_ref())?;
    let mut matchers = vs.matchers.matchers.iter();
    matchers.try_for_each(|matcher| match matcher.op {
        MatchOp::Re(_) | MatchOp::NotRe(_) => check_pattern(&matcher.value),
        MatchOp::Equal | MatchOp::NotEqual => Ok(()),
    })
}

fn in_time(at: Option<&AtModifier>) -> Result<(), ParseError> {
    let Some(AtModifier::At(time)) = at else {
        return Ok(());
    };
    let distance = time.duration_since(SystemTime::UNIX_EPOCH);
    let distance = distance.unwrap_or_else(|before| before.duration());
    match i64::try_from(distance.as_millis()) {
        Ok(_) => Ok(()),
        Err(_) => refused("the time after `@` is out of bounds"),
    }
}

fn refused(message: &str) -> Result<(), ParseError> {
    Err(ParseError::Syntax {
        message: message.to_owned(),
        offset: None,
    })
}
