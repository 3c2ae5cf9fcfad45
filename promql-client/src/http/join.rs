//! The parts of a long range, put together again.

use std::collections::HashMap;

use crate::backend::{Answer, Completeness};
use crate::labels::Labels;
use crate::value::Series;
use crate::wire::MOST_REMARKS;

/// Parts put together so far: series by label set in the order they first came, their points in time
/// order, each remark once.
#[derive(Default)]
pub(super) struct Joined {
    answer: Answer<Vec<Series>>,
    index: HashMap<Labels, usize>,
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
        let warnings = merge(&mut answer.warnings, part.warnings);
        let infos = merge(&mut answer.infos, part.infos);
        let more = (part.remarks_left_out).saturating_add(warnings.cut + infos.cut);
        answer.remarks_left_out = match warnings.any || infos.any {
            true => answer.remarks_left_out.saturating_add(more),
            // The same was said of the parts before.
            false => answer.remarks_left_out.max(more),
        };
        if part.completeness == Completeness::Partial {
            answer.completeness = Completeness::Partial;
        }
    }

    /// The whole. The limit is for the whole, too: servers cut what is sorted by labels, so the first
    /// series of the whole are among the first of each part, and the ones that stay have no gaps.
    pub(super) fn finish(mut self, limit: Option<u64>) -> Answer<Vec<Series>> {
        if limit.is_some() {
            self.answer.data.sort_by(|a, b| a.labels.cmp(&b.labels));
        }
        self.answer.limited(limit)
    }
}

/// What of a part's remarks was not known.
struct New {
    any: bool,
    /// For how many there was no room.
    cut: usize,
}

fn merge(all: &mut Vec<String>, remarks: Vec<String>) -> New {
    let (known, mut count) = (all.len(), 0);
    for remark in remarks {
        if all.contains(&remark) {
            continue;
        }
        count += 1;
        if all.len() < MOST_REMARKS {
            all.push(remark);
        }
    }
    New {
        any: count > 0,
        cut: count - (all.len() - known),
    }
}
