//! The parts of a long range, put together again.

use std::collections::HashMap;

use crate::backend::{Answer, Completeness};
use crate::labels::Labels;
use crate::value::Series;
use crate::wire::few;

/// How many different remarks are told apart; see [`few`].
const TOLD_APART: usize = 21;

/// Parts put together so far: series by label set in the order they first came, their points in time
/// order, each remark once.
#[derive(Default)]
pub(super) struct Joined {
    answer: Answer<Vec<Series>>,
    index: HashMap<Labels, usize>,
    more_warnings: usize,
    more_infos: usize,
}

impl Joined {
    /// Adds the part that follows.
    pub(super) fn add(&mut self, part: Answer<Vec<Series>>) {
        let answer = &mut self.answer;
        for series in part.data {
            let known = self.index.get(&series.labels);
            if let Some(known) = known.and_then(|at| answer.data.get_mut(*at)) {
                known.points.extend(series.points);
                known.histograms.extend(series.histograms);
            } else {
                self.index.insert(series.labels.clone(), answer.data.len());
                answer.data.push(series);
            }
        }
        self.more_warnings += merge(&mut answer.warnings, part.warnings);
        self.more_infos += merge(&mut answer.infos, part.infos);
        if part.completeness == Completeness::Partial {
            answer.completeness = Completeness::Partial;
        }
    }

    /// The whole. The limit is for the whole, too: servers cut what is sorted by labels, so the first
    /// series of the whole are among the first of each part, and the ones that stay have no gaps.
    pub(super) fn finish(mut self, limit: Option<u64>) -> Answer<Vec<Series>> {
        let answer = &mut self.answer;
        for (all, more) in [
            (&mut answer.warnings, self.more_warnings),
            (&mut answer.infos, self.more_infos),
        ] {
            let count = all.len() + more;
            *all = few(std::mem::take(all), count);
        }
        if limit.is_some() {
            answer.data.sort_by(|a, b| a.labels.cmp(&b.labels));
        }
        self.answer.limited(limit)
    }
}

/// Adds what is new; says how much of it there was no room for.
fn merge(all: &mut Vec<String>, new: Vec<String>) -> usize {
    let mut more = 0;
    for remark in new {
        if all.contains(&remark) {
            continue;
        }
        if all.len() < TOLD_APART {
            all.push(remark);
        } else {
            more += 1;
        }
    }
    more
}
