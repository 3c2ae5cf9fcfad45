//! Finds the counters in a user's query, so that events are counted and not only rates.
//!
//! `sum(rate(errors_total[$window]))` is a rate; the events behind it are those of `errors_total`.
//! The syntax tree is followed from the top through what keeps a sum a sum (`sum`, `+`, `-`,
//! parentheses, `or vector(0)`, `> 0`) down to the counter functions.

use promql_client::Selector;
use promql_client::expr::{
    Aggregation, BinaryOp, Expr, Function, Grouping, Matching, RangeSelector,
};

use super::fill::{drops_zero, fills_with_zero, stripped};
use super::promql::{Query, SENTINEL, from_tree};
use crate::sli::{Counter, Leg};

/// Where counters are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    /// `rate(x[$window])`.
    Window,
    /// `rate(x[5m])`, whatever its range.
    Rates,
    /// Also `x` itself: the format says that it is a counter.
    Counters,
}

/// Counters whose events are added and taken away.
#[derive(Debug, Default)]
struct Sum {
    plus: Vec<Selector>,
    minus: Vec<Selector>,
    /// `sum by (…)`; none where nothing is aggregated.
    groups: Option<Vec<String>>,
}

/// A query that counts events.
pub(super) struct Events {
    pub(super) leg: Leg,
    /// One number for each combination of these labels.
    pub(super) groups: Vec<String>,
}

/// Why a query counts no events.
pub(super) type Why = String;

/// The counters of a query; the reason where it is no sum of them.
pub(super) fn counters(query: &Expr, leaves: Leaves) -> Result<Events, Why> {
    if let Some(events) = native(query, leaves) {
        return Ok(events);
    }
    let Sum {
        plus,
        minus,
        groups,
    } = sum(query, leaves)?;
    let counters = |selectors: Vec<Selector>| selectors.into_iter().map(Counter::new).collect();
    let leg = if minus.is_empty() {
        Leg::Counters(counters(plus))
    } else {
        Leg::Difference {
            of: counters(plus),
            minus: counters(minus),
        }
    };
    let groups = groups.unwrap_or_default();
    Ok(Events { leg, groups })
}

/// The events of a template: its counters, else its own query with `increase` where it says `rate`,
/// and without a zero that is filled in around it.
pub(super) fn of_template(query: &Query) -> Result<Events, Why> {
    let tree = query.tree.as_ref().map_err(Clone::clone)?;
    let why = match counters(tree, Leaves::Window) {
        Ok(events) => return Ok(events),
        Err(why) => why,
    };
    let groups = groups(tree)?.unwrap_or_default();
    let query = increased(stripped(tree.clone()))
        .as_ref()
        .and_then(from_tree)
        .ok_or(why)?;
    let leg = Leg::Query(query);
    Ok(Events { leg, groups })
}

/// The labels a query groups by, seen from outside.
pub(super) fn groups(query: &Expr) -> Result<Option<Vec<String>>, Why> {
    match query {
        Expr::Aggregate { grouping, .. } => by(grouping).map(Some),
        Expr::Binary { lhs, rhs, .. } => match groups(lhs)? {
            Some(found) => Ok(Some(found)),
            None => groups(rhs),
        },
        Expr::Call { args, .. } => args.first().map_or(Ok(None), groups),
        Expr::Subquery { expr, .. } | Expr::Negate(expr) => groups(expr),
        _ => Ok(None),
    }
}

fn by(grouping: &Grouping) -> Result<Vec<String>, Why> {
    match grouping {
        Grouping::All => Ok(Vec::new()),
        Grouping::By(labels) => Ok(labels.clone()),
        Grouping::Without(_) => Err("`without` does not name the groups: use `by`".to_owned()),
    }
}

fn sum(query: &Expr, leaves: Leaves) -> Result<Sum, Why> {
    let one = |selector: &Selector| Sum {
        plus: vec![selector.clone()],
        ..Sum::default()
    };
    match query {
        Expr::Aggregate { op, grouping, expr } if *op == Aggregation::Sum => Ok(Sum {
            groups: Some(by(grouping)?),
            ..sum(expr, leaves)?
        }),
        Expr::Binary {
            op,
            lhs,
            rhs,
            matching,
            return_bool,
        } => {
            if fills_with_zero(*op, rhs) || drops_zero(*op, rhs, *return_bool) {
                return sum(lhs, leaves);
            }
            combined(*op, sum(lhs, leaves), sum(rhs, leaves), matching)
        }
        Expr::Call { function, args } => range_of(*function, args, leaves).map(one),
        Expr::Instant { selector, offset } if leaves == Leaves::Counters => offset
            .is_zero()
            .then(|| one(selector))
            .ok_or_else(|| ANOTHER_TIME.to_owned()),
        _ => Err("it is no sum or difference of counters' rates".to_owned()),
    }
}

const ANOTHER_TIME: &str = "it looks at another time than now";

fn combined(
    op: BinaryOp,
    left: Result<Sum, Why>,
    right: Result<Sum, Why>,
    matching: &Matching,
) -> Result<Sum, Why> {
    if matching.group.is_some() || !matches!(op, BinaryOp::Add | BinaryOp::Sub) {
        let op = op.sign();
        return Err(format!(
            "`{op}` makes something else of the counters than a sum"
        ));
    }
    let (mut left, right) = (left?, right?);
    if left.groups != right.groups {
        return Err("its parts are grouped by different labels".to_owned());
    }
    if op == BinaryOp::Sub {
        if !right.minus.is_empty() {
            return Err("a difference is taken away from a difference".to_owned());
        }
        left.minus.extend(right.plus);
        return Ok(left);
    }
    // A series in two selectors counts once as a leg, but twice in a sum.
    let apart = |a: &Selector| right.plus.iter().all(|b| disjoint(a, b));
    if !left.plus.iter().all(apart) {
        return Err("one series may be in several of its summands".to_owned());
    }
    left.plus.extend(right.plus);
    left.minus.extend(right.minus);
    Ok(left)
}

/// `rate(x[…])` and its sisters.
fn range_of(function: Function, args: &[Expr], leaves: Leaves) -> Result<&Selector, Why> {
    let name = function.name();
    if !matches!(
        function,
        Function::Rate | Function::Increase | Function::Irate
    ) {
        return Err(format!("`{name}` is no function of counters"));
    }
    match args {
        [Expr::Range(RangeSelector { range, .. })]
            if leaves == Leaves::Window && *range != SENTINEL =>
        {
            Err("it has a range of its own".to_owned())
        }
        [Expr::Range(range)] if range.offset.is_zero() && range.modifier.is_none() => {
            Ok(&range.selector)
        }
        [Expr::Range(_)] => Err(ANOTHER_TIME.to_owned()),
        _ => Err(format!("`{name}` is not applied to a selector")),
    }
}

/// `sum(histogram_count(rate(h[$window])))`, in either order.
fn native(mut query: &Expr, leaves: Leaves) -> Option<Events> {
    let (mut groups, mut counted) = (Vec::new(), false);
    loop {
        query = match query {
            Expr::Aggregate { op, grouping, expr } if *op == Aggregation::Sum => {
                groups = by(grouping).ok()?;
                expr
            }
            Expr::Call { function, args } if *function == Function::HistogramCount => {
                counted = true;
                args.first()?
            }
            Expr::Call { function, args } if counted => {
                let histogram = range_of(*function, args, leaves).ok()?.clone();
                let leg = Leg::Native {
                    histogram,
                    above: None,
                };
                return Some(Events { leg, groups });
            }
            _ => return None,
        };
    }
}

/// The same query with `increase` for `rate`, where its value is linear in the rates.
fn increased(mut query: Expr) -> Option<Expr> {
    increase(&mut query)?;
    Some(query)
}

/// [`increased`] in place; where it is `None`, the query may be half changed.
fn increase(query: &mut Expr) -> Option<()> {
    match query {
        Expr::Aggregate { op, expr, .. } if *op == Aggregation::Sum => increase(expr),
        Expr::Binary {
            op,
            lhs,
            rhs,
            return_bool,
            ..
        } => {
            match *op {
                // The right side only says which series are meant.
                BinaryOp::And | BinaryOp::Unless => {}
                op if fills_with_zero(op, rhs) || drops_zero(op, rhs, *return_bool) => {}
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or => increase(rhs)?,
                _ => return None,
            }
            increase(lhs)
        }
        Expr::Call { function, args } => match function {
            Function::Rate | Function::Irate | Function::Increase => {
                let over_window = match args.as_slice() {
                    [Expr::Range(range)] => range.range == SENTINEL,
                    [Expr::Subquery { range, .. }] => *range == SENTINEL,
                    _ => false,
                };
                *function = Function::Increase;
                over_window.then_some(())
            }
            Function::LabelReplace | Function::HistogramCount => increase(args.first_mut()?),
            _ => None,
        },
        _ => None,
    }
}

/// Whether no series can be in both; only what is certain.
fn disjoint(a: &Selector, b: &Selector) -> bool {
    use promql_client::expr::MatchOp::Equal;
    let named = a.metric.is_some() && b.metric.is_some();
    if named && a.metric != b.metric {
        return true;
    }
    let fixed = |selector: &Selector| {
        let equal = selector.matchers.iter().filter(|m| m.op == Equal);
        equal
            .map(|m| (m.name.clone(), m.value.clone()))
            .collect::<Vec<_>>()
    };
    let other = fixed(b);
    let differs =
        |(name, value): &(String, String)| other.iter().any(|(n, v)| n == name && v != value);
    fixed(a).iter().any(differs)
}

#[cfg(test)]
mod tests;
