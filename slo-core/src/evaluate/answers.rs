//! From answers to groups, with all that was remarked.

use std::collections::BTreeMap;
use std::sync::Arc;

use promql_client::Labels;

use super::Failure;
use super::ask::Told;
use super::said::Remarks;
use crate::slo::Slo;

/// So many series are named where one was expected.
const NAMED: usize = 5;

/// What was answered so far.
pub(super) struct Answers<'a> {
    slo: &'a Slo,
    warnings: Vec<String>,
    remarks: Remarks,
}

/// An answer, where the question was asked.
type Maybe<T> = Option<Result<Arc<Told<BTreeMap<Labels, T>>>, Failure>>;

impl<'a> Answers<'a> {
    pub(super) fn new(slo: &'a Slo, warnings: Vec<String>, remarks: Remarks) -> Self {
        Self {
            slo,
            warnings,
            remarks,
        }
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(super) fn remarks(&self) -> &Remarks {
        &self.remarks
    }

    /// Keeps the labels that make a group; two series of one group are one too many.
    pub(super) fn by_group<T: Clone>(
        &mut self,
        what: &'static str,
        told: &Told<BTreeMap<Labels, T>>,
    ) -> Result<BTreeMap<Labels, T>, Failure> {
        self.remarks.add(&told.remarks);
        let mut out = BTreeMap::new();
        for (labels, value) in &told.data {
            let group = self.group(labels);
            if out.contains_key(&group) {
                let of_group = told.data.keys().filter(|other| self.group(other) == group);
                return Err(Failure::Ambiguous {
                    what,
                    series: named(of_group),
                });
            }
            out.insert(group, value.clone());
        }
        Ok(out)
    }

    fn group(&self, labels: &Labels) -> Labels {
        labels.filtered(|name| self.slo.group_by.iter().any(|group| group == name))
    }

    /// The same for what one can do without.
    pub(super) fn like<T: Clone>(
        &mut self,
        what: &'static str,
        told: Maybe<T>,
    ) -> BTreeMap<Labels, T> {
        let Some(told) = told else {
            return BTreeMap::new();
        };
        told.and_then(|told| self.by_group(what, &told))
            .unwrap_or_else(|failure| {
                self.warn(format!("left out: {failure}"));
                BTreeMap::new()
            })
    }

    /// Histograms that cannot tell on which side of the threshold their observations are.
    pub(super) fn without_bucket<T>(&mut self, told: Maybe<T>) {
        match told {
            None => {}
            Some(Err(failure)) => self.warn(format!("left out: {failure}")),
            Some(Ok(told)) if told.data.is_empty() => {}
            Some(Ok(told)) => self.warn(format!(
                "{} histograms have no bucket at the threshold, or had none at times, and add nothing then: {}",
                told.data.len(),
                named(told.data.keys()),
            )),
        }
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// A few series by their labels, and how many more there are.
pub(super) fn named<'a>(series: impl Iterator<Item = &'a Labels>) -> String {
    let mut text = String::new();
    let mut more = 0;
    for (i, labels) in series.enumerate() {
        if i >= NAMED {
            more += 1;
            continue;
        }
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(&labels.to_string());
    }
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
