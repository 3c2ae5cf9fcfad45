//! Finds the counters in a user's query, so that events are counted and not only rates.
//!
//! `sum(rate(errors_total[$window]))` is a rate; the events behind it are those of `errors_total`.
//! The syntax tree is followed from the top through what keeps a sum a sum (`sum`, `+`, `-`,
//! parentheses, `or vector(0)`, `> 0`) down to the counter functions.

use promql_client::Selector;
use promql_parser::parser::token;
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, ParenExpr, VectorMatchCardinality,
};

use super::promql::{SENTINEL, from_tree, to_selector, tree};
use crate::sli::{Counter, Leg, Template};

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

/// The events of a template: its counters, else its own query with `increase` where it says `rate`.
pub(super) fn of_template(template: &Template) -> Result<Events, Why> {
    let Some(query) = tree(template) else {
        return Err("the query is outside of the PromQL that is understood here".to_owned());
    };
    let why = match counters(&query, Leaves::Window) {
        Ok(events) => return Ok(events),
        Err(why) => why,
    };
    let increased = increased(&query).filter(|_| prints_truly(&query));
    let query = increased.as_ref().and_then(from_tree).ok_or(why)?;
    let groups = increased.as_ref().map(groups).transpose()?;
    Ok(Events {
        leg: Leg::Query(query),
        groups: groups.flatten().unwrap_or_default(),
    })
}

/// The labels a query groups by, seen from outside.
pub(super) fn groups(query: &Expr) -> Result<Option<Vec<String>>, Why> {
    match query {
        Expr::Paren(ParenExpr { expr }) => groups(expr),
        Expr::Aggregate(aggregate) => grouping(aggregate).map(Some),
        Expr::Binary(BinaryExpr { lhs, rhs, .. }) => match groups(lhs)? {
            Some(found) => Ok(Some(found)),
            None => groups(rhs),
        },
        Expr::Call(call) => call.args.first().map_or(Ok(None), |arg| groups(&arg)),
        _ => Ok(None),
    }
}

fn grouping(aggregate: &AggregateExpr) -> Result<Vec<String>, Why> {
    match &aggregate.modifier {
        None => Ok(Vec::new()),
        Some(LabelModifier::Include(labels)) => Ok(labels.labels.clone()),
        Some(LabelModifier::Exclude(_)) => {
            Err("`without` does not name the groups: use `by`".to_owned())
        }
    }
}

fn sum(query: &Expr, leaves: Leaves) -> Result<Sum, Why> {
    match query {
        Expr::Paren(ParenExpr { expr }) => sum(expr, leaves),
        Expr::Aggregate(aggregate) if is_sum(aggregate) => Ok(Sum {
            groups: Some(grouping(aggregate)?),
            ..sum(&aggregate.expr, leaves)?
        }),
        Expr::Binary(binary) => combined(binary, leaves),
        Expr::Call(call) => range_of(call, leaves).map(|selector| Sum {
            plus: vec![selector],
            ..Sum::default()
        }),
        Expr::VectorSelector(vector) if leaves == Leaves::Counters => {
            let selector = to_selector(vector).ok_or("it looks at another time than now")?;
            Ok(Sum {
                plus: vec![selector],
                ..Sum::default()
            })
        }
        _ => Err("it is no sum or difference of counters' rates".to_owned()),
    }
}

fn combined(binary: &BinaryExpr, leaves: Leaves) -> Result<Sum, Why> {
    if fills_with_zero(binary) || drops_zero(binary) {
        return sum(&binary.lhs, leaves);
    }
    let op = binary.op.id();
    if !one_to_one(binary) || (op != token::T_ADD && op != token::T_SUB) {
        let op = binary.op;
        return Err(format!(
            "`{op}` makes something else of the counters than a sum"
        ));
    }
    let (mut left, right) = (sum(&binary.lhs, leaves)?, sum(&binary.rhs, leaves)?);
    if left.groups != right.groups {
        return Err("its parts are grouped by different labels".to_owned());
    }
    if op == token::T_SUB {
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
fn range_of(call: &Call, leaves: Leaves) -> Result<Selector, Why> {
    let name = call.func.name;
    if !matches!(name, "rate" | "increase" | "irate") {
        return Err(format!("`{name}` is no function of counters"));
    }
    let argument = call.args.first();
    let Some(Expr::MatrixSelector(matrix)) = argument.as_deref() else {
        return Err(format!("`{name}` is not applied to a selector"));
    };
    if leaves == Leaves::Window && matrix.range != SENTINEL {
        return Err("it has a range of its own".to_owned());
    }
    to_selector(&matrix.vs).ok_or_else(|| "it looks at another time than now".to_owned())
}

/// `sum(histogram_count(rate(h[$window])))`, in either order.
fn native(query: &Expr, leaves: Leaves) -> Option<Events> {
    let (mut query, mut groups, mut counted) = (query.clone(), Vec::new(), false);
    loop {
        query = match query {
            Expr::Paren(paren) => *paren.expr,
            Expr::Aggregate(aggregate) if is_sum(&aggregate) => {
                groups = grouping(&aggregate).ok()?;
                *aggregate.expr
            }
            Expr::Call(call) if call.func.name == "histogram_count" && !counted => {
                counted = true;
                *call.args.first()?
            }
            Expr::Call(call) if counted => {
                let (histogram, above) = (range_of(&call, leaves).ok()?, None);
                let leg = Leg::Native { histogram, above };
                return Some(Events { leg, groups });
            }
            _ => return None,
        };
    }
}

/// The same query with `increase` for `rate`, where its value is linear in the rates.
fn increased(query: &Expr) -> Option<Expr> {
    let boxed = |expr: &Expr| increased(expr).map(Box::new);
    let mut query = query.clone();
    match &mut query {
        Expr::Paren(paren) => paren.expr = boxed(&paren.expr)?,
        Expr::Aggregate(aggregate) if is_sum(aggregate) => {
            aggregate.expr = boxed(&aggregate.expr)?;
        }
        Expr::Binary(binary) => match binary.op.id() {
            token::T_ADD | token::T_SUB | token::T_LOR => {
                binary.lhs = boxed(&binary.lhs)?;
                if !is_zero(&binary.rhs) {
                    binary.rhs = boxed(&binary.rhs)?;
                }
            }
            // The right side only says which series are meant.
            token::T_LAND | token::T_LUNLESS => binary.lhs = boxed(&binary.lhs)?,
            _ if drops_zero(binary) => binary.lhs = boxed(&binary.lhs)?,
            _ => return None,
        },
        Expr::Call(call) => match call.func.name {
            "rate" | "irate" | "increase" => {
                let ranges_over_window = match call.args.first().as_deref() {
                    Some(Expr::MatrixSelector(matrix)) => matrix.range == SENTINEL,
                    Some(Expr::Subquery(subquery)) => subquery.range == SENTINEL,
                    _ => false,
                };
                ranges_over_window.then_some(())?;
                call.func.name = "increase";
            }
            "label_replace" | "label_join" | "histogram_count" => {
                let first = call.args.args.first_mut()?;
                *first = boxed(first)?;
            }
            _ => return None,
        },
        _ => return None,
    }
    Some(query)
}

/// Whether the parser reads back what it prints: what does not is left alone.
fn prints_truly(query: &Expr) -> bool {
    promql_parser::parser::parse(&query.to_string()).is_ok_and(|again| again == *query)
}

fn is_sum(aggregate: &AggregateExpr) -> bool {
    aggregate.op.id() == token::T_SUM
}

fn one_to_one(binary: &BinaryExpr) -> bool {
    binary.modifier.as_ref().is_none_or(|modifier| {
        modifier.card == VectorMatchCardinality::OneToOne && !modifier.return_bool
    })
}

/// `x or vector(0)`: what is absent counts as none here anyway.
fn fills_with_zero(binary: &BinaryExpr) -> bool {
    binary.op.id() == token::T_LOR && is_zero(&binary.rhs)
}

fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(ParenExpr { expr }) => is_zero(expr),
        Expr::NumberLiteral(number) => number.val == 0.0,
        Expr::Call(call) if call.func.name == "vector" => {
            call.args.first().is_some_and(|arg| is_zero(&arg))
        }
        Expr::Binary(BinaryExpr { op, lhs, rhs, .. }) => {
            op.id() == token::T_MUL && (is_zero(lhs) || is_zero(rhs))
        }
        _ => false,
    }
}

/// `x > 0`, a usual guard against dividing by zero.
fn drops_zero(binary: &BinaryExpr) -> bool {
    let op = binary.op.id();
    let plain = !binary.return_bool();
    plain && (op == token::T_GTR || op == token::T_NEQ) && is_zero(&binary.rhs)
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
