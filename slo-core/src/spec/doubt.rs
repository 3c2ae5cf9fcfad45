//! What an SLI cannot tell from something else.

use promql_client::Selector;
use promql_client::expr::{BinaryOp, Expr};

use super::bound::{bucket_in, is_bucket};
use super::fill::without_data;
use super::histogram::no_pair;
use super::promql::{parts, tree_of};
use crate::sli::{Counter, EventSli, Leg, RatioSli, Sli, Template};

/// A sentence for each thing that it cannot tell.
pub(super) fn doubts(sli: &Sli) -> Vec<String> {
    let all = match sli {
        Sli::Events(sli) => [bucket_of(sli), filled(&sli.total)],
        Sli::Throughput(sli) => [None, filled(&sli.total)],
        Sli::Ratio(sli) => [
            bucket_of_ratio(sli),
            filled_in(&sli.error_ratio, "its query"),
        ],
        _ => [None, None],
    };
    all.into_iter().flatten().collect()
}

/// A total that is there without data. What is bad counts only where there is a total.
fn filled(total: &Leg) -> Option<String> {
    match total {
        Leg::Query(query) => filled_in(query, "the total's query"),
        _ => None,
    }
}

fn filled_in(query: &Template, whose: &str) -> Option<String> {
    let answers = match tree_of(query) {
        Some(tree) => without_data(&tree).is_some(),
        None => is_filled(query.text()),
    };
    answers.then(|| format!(
        "{whose} answers without any data, so the SLO can never be stale or missing: leave out what fills in a number, such as `or vector(0)`"
    ))
}

/// Whether a query outside of the builder's language looks as if it filled in a number.
fn is_filled(text: &str) -> bool {
    let text: String = text.split_whitespace().collect();
    let text = text.to_ascii_lowercase();
    text.contains("orvector(") || text.contains("oron()vector(")
}

/// A bucket that is counted like any counter: a histogram that lacks it counts nothing there.
fn bucket_of(sli: &EventSli) -> Option<String> {
    let legs = || [&sli.bad, &sli.total].into_iter();
    if let Some(bucket) = legs().find_map(|leg| counters(leg).find(|s| is_bucket(s))) {
        let why = no_pair(&sli.bad);
        return Some(unseen(
            bucket,
            &format!("is read as any counter, because {why}"),
        ));
    }
    legs().find_map(|leg| match leg {
        Leg::Query(query) => Some(unseen(bucket_in(&tree_of(query)?)?, KEPT)),
        _ => None,
    })
}

/// Without its bucket a ratio answers nothing, unless something takes the bucket's place.
fn bucket_of_ratio(sli: &RatioSli) -> Option<String> {
    let tree = tree_of(&sli.error_ratio)?;
    let replaces = |part: &Expr| matches!(part, Expr::Binary { op, .. } if *op == BinaryOp::Or);
    let bucket = bucket_in(&tree).filter(|_| parts(&tree).any(replaces));
    bucket.map(|bucket| unseen(bucket, KEPT))
}

const KEPT: &str = "stands in a query that is kept as it is";

fn unseen(bucket: &Selector, how: &str) -> String {
    format!("`{bucket}` {how}: a missing bucket cannot be told from slow requests")
}

fn counters(leg: &Leg) -> impl Iterator<Item = &Selector> {
    let (some, more): (&[Counter], &[Counter]) = match leg {
        Leg::Counters(counters) => (counters, &[]),
        Leg::Difference { of, minus } => (of, minus),
        _ => (&[], &[]),
    };
    some.iter().chain(more).map(|counter| &counter.selector)
}
