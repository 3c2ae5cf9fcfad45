//! A ready ratio that is a quotient of counters' rates: it tells of events, as two queries do.
//!
//! `A / B`, `1 - A / B` and what they become by parentheses and `or vector(0)`, where `A` and `B` are
//! sums of counters' rates over one range. What is not certain stays a ratio.

use std::time::Duration;

use promql_client::expr::{Aggregation, BinaryOp, Expr, Function, Grouping, Matching};

use super::events::{Events, Leaves, counters, of_template};
use super::fill::{drops_zero, fills_with_zero};
use super::pair::{self, Indicator, Share};
use super::promql::{Query, from_tree};

/// The events behind a ratio of good or bad ones.
pub(super) fn of(share: Share, ratio: &Expr, leaves: Leaves) -> Option<Indicator> {
    // Where there is no traffic nothing is bad, in both forms.
    let ratio = match ratio {
        Expr::Binary { op, lhs, rhs, .. } if share == Share::Bad && fills_with_zero(*op, rhs) => {
            lhs
        }
        _ => ratio,
    };
    let (share, part, total, matching) = split(share, ratio)?;
    let mut rates = Vec::new();
    let groups = groups(part, &mut rates)??;
    let same = groups == self::groups(total, &mut rates)??;
    let alike = rates.iter().all(|rate| Some(rate) == rates.first());
    if !same || !alike || !is_one_to_one(matching, &groups) {
        return None;
    }
    let (part, total) = (of_side(part, leaves)?, of_side(total, leaves)?);
    pair::of_events(share, part, total).ok()
}

/// What is divided by what, and which share the first is.
fn split(share: Share, ratio: &Expr) -> Option<(Share, &Expr, &Expr, &Matching)> {
    let Expr::Binary {
        op,
        lhs,
        rhs,
        matching,
        ..
    } = ratio
    else {
        return None;
    };
    match (op, lhs.as_ref()) {
        (BinaryOp::Div, _) => Some((share, lhs, rhs, matching)),
        (BinaryOp::Sub, Expr::Number(one)) if *one == 1.0 => split(share.other(), rhs),
        _ => None,
    }
}

/// Whether each group of one side meets its own on the other.
fn is_one_to_one(matching: &Matching, groups: &[String]) -> bool {
    let on = matching.on.as_deref().unwrap_or(groups);
    matching.group.is_none() && matching.ignoring.is_empty() && sorted(on) == groups
}

/// A counter function and its range.
type Rate = (Function, Duration);

/// The groups of a sum of rates, sorted; the inner option is `None` where nothing is summed. All rates
/// on the way are noted.
fn groups(query: &Expr, rates: &mut Vec<Rate>) -> Option<Option<Vec<String>>> {
    match query {
        Expr::Aggregate { op, grouping, expr } if *op == Aggregation::Sum => {
            groups(expr, rates)?;
            match grouping {
                Grouping::All => Some(Some(Vec::new())),
                Grouping::By(labels) => Some(Some(sorted(labels))),
                Grouping::Without(_) => None,
            }
        }
        Expr::Binary {
            op,
            lhs,
            rhs,
            matching,
            return_bool,
        } => {
            let filter = matches!(op, BinaryOp::And | BinaryOp::Unless);
            if filter || fills_with_zero(*op, rhs) || drops_zero(*op, rhs, *return_bool) {
                return groups(lhs, rates);
            }
            let sum = matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or);
            if !sum || *matching != Matching::default() {
                return None;
            }
            let left = groups(lhs, rates)?;
            (left == groups(rhs, rates)?).then_some(left)
        }
        Expr::Call { function, args } => match (function, args.as_slice()) {
            (Function::Rate | Function::Irate | Function::Increase, [Expr::Range(range)]) => {
                rates.push((*function, range.range));
                Some(None)
            }
            (Function::HistogramCount, [inner]) => groups(inner, rates),
            _ => None,
        },
        _ => None,
    }
}

fn sorted(labels: &[String]) -> Vec<String> {
    let mut labels = labels.to_vec();
    labels.sort();
    labels.dedup();
    labels
}

fn of_side(side: &Expr, leaves: Leaves) -> Option<Events> {
    if leaves != Leaves::Window {
        return counters(side, leaves).ok();
    }
    let query = Query {
        template: from_tree(side)?,
        tree: Ok(side.clone()),
    };
    of_template(&query).ok()
}

#[cfg(test)]
mod tests;
