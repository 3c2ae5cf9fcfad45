//! What may only come once: a label set in a vector or matrix, a time in a series.

use std::collections::HashSet;

use super::cursor::{Cursor, Fault, Read};
use crate::labels::Labels;
use crate::value::Series;

/// What a set of references takes for each.
const ENTRY: usize = 4 * size_of::<&Labels>();

/// Checks that no label set comes twice among those of the array that starts at `start`: which of the
/// two values is the series' own, nobody can tell.
pub(super) fn each_once<'l>(
    cursor: &mut Cursor<'_>,
    start: usize,
    labels: impl ExactSizeIterator<Item = &'l Labels>,
) -> Read<()> {
    if labels.len() < 2 {
        return Ok(());
    }
    let bytes = labels.len() * ENTRY;
    cursor.charge(bytes)?;
    let mut seen = HashSet::with_capacity(labels.len());
    for (at, labels) in labels.enumerate() {
        if !seen.insert(labels) {
            return Err(Fault {
                offset: offset_of(cursor, start, at),
                expected: "each label set once",
            });
        }
    }
    cursor.refund(bytes);
    Ok(())
}

/// Where an element of an array starts.
#[cold]
fn offset_of(cursor: &Cursor<'_>, start: usize, element: usize) -> usize {
    let mut cursor = cursor.clone();
    cursor.rewind(start);
    let (mut found, mut at) = (start, 0);
    // It was read before, so it can be skipped; else the array's start is near enough.
    let _ = cursor.array(|c| {
        c.peek();
        if at == element {
            found = c.offset();
        }
        at += 1;
        c.skip()
    });
    found
}

/// Whether a series' times ascend, floats and histograms together, and none comes twice.
pub(super) fn ascending(series: &Series) -> bool {
    let (floats, histograms) = (&series.points, &series.histograms);
    let mut rest = histograms.iter().map(|point| point.timestamp).peekable();
    let separate = floats.iter().all(|point| {
        while rest.next_if(|time| *time < point.timestamp).is_some() {}
        rest.peek() != Some(&point.timestamp)
    });
    separate
        && floats.is_sorted_by(|a, b| a.timestamp < b.timestamp)
        && histograms.is_sorted_by(|a, b| a.timestamp < b.timestamp)
}
