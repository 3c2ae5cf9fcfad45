//! Small words for ranges and for unions of series.

use std::time::Duration;

use promql_client::expr::{Aggregation, Grouping, Matching, RangeSelector, aggregate};
use promql_client::{Expr, Selector};

/// The samples of `range` that end `offset` before the evaluation.
pub(super) fn ranged(selector: &Selector, range: Duration, offset: Duration) -> RangeSelector {
    selector.clone().range(range).offset(offset)
}

/// The last samples `offset` before the evaluation.
pub(super) fn at(selector: &Selector, offset: Duration) -> Expr {
    Expr::Instant {
        selector: selector.clone(),
        offset,
    }
}

/// An expression over time: its values at multiples of `step` within `range`.
pub(super) fn stepped(expr: Expr, range: Duration, step: Duration, offset: Duration) -> Expr {
    Expr::Subquery {
        expr: Box::new(expr),
        range,
        step: Some(step),
        offset,
    }
}

/// `a or b or …`: a series that is in several counts once. Nothing for nothing.
pub(super) fn union(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    // A leg without counters has no events; no preset and no spec builds one.
    let none = || at(&Selector::any().eq("__name__", ""), Duration::ZERO);
    exprs.into_iter().reduce(Expr::or).unwrap_or_else(none)
}

/// One series of all spellings of a bound.
pub(super) fn without_le(op: Aggregation, expr: Expr) -> Expr {
    aggregate(op, Grouping::Without(vec!["le".to_owned()]), expr)
}

/// All labels but `le` must agree: a histogram's bucket belongs to its count.
pub(super) fn ignoring_le() -> Matching {
    Matching {
        ignoring: vec!["le".to_owned()],
        ..Matching::default()
    }
}
