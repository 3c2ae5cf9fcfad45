//! Functions of instant vectors that look at more than one value: histograms, labels, `scalar`.

use std::collections::HashMap;

use super::classic::{self, Bucket};
use super::frame::{Cell, Row, Steps, joined, nameless};
use super::{bad, native};
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::memory::matcher::anchored;
use crate::value::NativeHistogram;

/// The only float of a vector at each step, else `NaN`.
pub(super) fn scalar(rows: &[Row], steps: &Steps) -> Vec<f64> {
    let mut found: Vec<Option<f64>> = vec![None; steps.count];
    for row in rows {
        for (found, cell) in found.iter_mut().zip(&row.cells) {
            if let Cell::Float(value) = cell {
                *found = Some(if found.is_some() { f64::NAN } else { *value });
            }
        }
    }
    found
        .into_iter()
        .map(|found| found.unwrap_or(f64::NAN))
        .collect()
}

/// `label_replace(rows, target, replacement, source, pattern)`
pub(super) fn label_replace(rows: Vec<Row>, texts: &[&str]) -> Result<Vec<Row>> {
    let [target, replacement, source, pattern] = texts else {
        return Err(bad("label_replace takes four strings"));
    };
    // A server only sees these when it executes the query.
    let refused = |what: &str| Error::Execution {
        message: format!("invalid {what} in label_replace()"),
    };
    if target.is_empty() {
        return Err(refused("destination label name"));
    }
    let pattern = anchored(pattern).map_err(|_| refused("regular expression"))?;
    let replaced = rows.into_iter().map(|row| {
        let value = row.labels.get(source).unwrap_or_default();
        let Some(captures) = pattern.captures(value) else {
            return row;
        };
        let mut new = String::new();
        captures.expand(replacement, &mut new);
        Row {
            labels: row.labels.with(target, &new),
            cells: row.cells,
        }
    });
    joined(replaced.collect())
}

pub(super) fn histogram_quantile(q: &[f64], rows: Vec<Row>) -> Result<Vec<Row>> {
    let q = |step: usize| q.get(step).copied().unwrap_or(f64::NAN);
    of_distributions(
        rows,
        |step, histogram| native::quantile(q(step), histogram),
        |step, buckets| classic::quantile(q(step), buckets),
    )
}

pub(super) fn histogram_fraction(lower: &[f64], upper: &[f64], rows: Vec<Row>) -> Result<Vec<Row>> {
    let at = |bounds: &[f64], step: usize| bounds.get(step).copied().unwrap_or(f64::NAN);
    of_distributions(
        rows,
        |step, histogram| native::fraction(at(lower, step), at(upper, step), histogram),
        |step, buckets| classic::fraction(at(lower, step), at(upper, step), buckets),
    )
}

/// The series of one distribution: classic buckets by upper bound, or a native histogram.
#[derive(Default)]
struct Distribution {
    classic: Vec<(f64, Vec<Cell>)>,
    native: Option<Vec<Cell>>,
}

fn of_distributions(
    rows: Vec<Row>,
    of_native: impl Fn(usize, &NativeHistogram) -> f64,
    of_classic: impl Fn(usize, Vec<Bucket>) -> f64,
) -> Result<Vec<Row>> {
    let mut distributions: Vec<(Labels, Distribution)> = Vec::new();
    let mut at: HashMap<Labels, usize> = HashMap::new();
    let mut steps = 0;
    for row in rows {
        steps = steps.max(row.cells.len());
        let is_native = |cell: &Cell| matches!(cell, Cell::Histogram(_));
        if row.cells.iter().any(is_native) {
            let place = place(&mut distributions, &mut at, row.labels.clone());
            if let Some((_, distribution)) = distributions.get_mut(place) {
                distribution.native = Some(row.cells.clone());
            }
        }
        let upper = row.labels.get("le").and_then(|le| le.parse::<f64>().ok());
        if let Some(upper) = upper.filter(|upper| !upper.is_nan()) {
            let labels = row.labels.filtered(|name| name != "le");
            let place = place(&mut distributions, &mut at, labels);
            if let Some((_, distribution)) = distributions.get_mut(place) {
                distribution.classic.push((upper, row.cells));
            }
        }
    }
    let rows = distributions.into_iter().map(|(labels, mut distribution)| {
        distribution.classic.sort_by(|a, b| a.0.total_cmp(&b.0));
        let cells = (0..steps).map(|step| {
            let buckets = buckets_at(&distribution.classic, step);
            let native = distribution.native.as_ref().and_then(|c| c.get(step));
            match (native, buckets.is_empty()) {
                (Some(Cell::Histogram(histogram)), true) => Cell::Float(of_native(step, histogram)),
                // Both kinds of the same distribution: which one is meant is anyone's guess.
                (Some(Cell::Histogram(_)), false) | (_, true) => Cell::Absent,
                (_, false) => Cell::Float(of_classic(step, buckets)),
            }
        });
        Row {
            labels: nameless(&labels).filtered(|name| name != "le"),
            cells: cells.collect(),
        }
    });
    joined(rows.collect())
}

fn place(
    distributions: &mut Vec<(Labels, Distribution)>,
    at: &mut HashMap<Labels, usize>,
    labels: Labels,
) -> usize {
    let next = distributions.len();
    *at.entry(labels).or_insert_with_key(|labels| {
        distributions.push((labels.clone(), Distribution::default()));
        next
    })
}

fn buckets_at(classic: &[(f64, Vec<Cell>)], step: usize) -> Vec<Bucket> {
    let present = classic
        .iter()
        .filter_map(|(upper, cells)| match cells.get(step) {
            Some(Cell::Float(count)) => Some(Bucket {
                upper: *upper,
                count: *count,
            }),
            _ => None,
        });
    present.collect()
}
