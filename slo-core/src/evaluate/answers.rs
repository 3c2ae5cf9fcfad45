//! From answers to groups, with all that was remarked.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use promql_client::Labels;
use promql_client::text::shorten;

use super::Failure;
use super::line::{Named, Told};
use super::said::Remarks;
use crate::slo::Slo;

/// So many series are named where one was expected …
const NAMED: usize = 5;
/// … with so many bytes each.
const SAID: usize = 1000;

/// What was answered so far.
pub(super) struct Answers<'a> {
    slo: &'a Slo,
    max_groups: usize,
    warnings: Vec<String>,
    remarks: Remarks,
}

/// An answer, where the question was asked.
type Maybe<T> = Option<Result<Arc<Told<BTreeMap<Labels, T>>>, Failure>>;

impl<'a> Answers<'a> {
    pub(super) fn new(
        slo: &'a Slo,
        max_groups: NonZeroUsize,
        warnings: Vec<String>,
        remarks: Remarks,
    ) -> Self {
        let max_groups = max_groups.get();
        Self {
            slo,
            max_groups,
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
    pub(super) fn by_group<'t, T>(
        &mut self,
        what: &'static str,
        told: &'t Told<BTreeMap<Labels, T>>,
    ) -> Result<BTreeMap<Labels, &'t T>, Failure> {
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
            out.insert(group, value);
        }
        self.check(out.len())?;
        Ok(out)
    }

    /// Whether so many groups may be.
    pub(super) fn check(&self, groups: usize) -> Result<(), Failure> {
        if groups > self.max_groups {
            return Err(Failure::TooManyGroups {
                groups,
                limit: self.max_groups,
            });
        }
        Ok(())
    }

    fn group(&self, labels: &Labels) -> Labels {
        labels.filtered(|name| self.slo.group_by.iter().any(|group| group == name))
    }

    /// The same for what one can do without.
    pub(super) fn like<'t, T>(
        &mut self,
        what: &'static str,
        told: &'t Maybe<T>,
    ) -> BTreeMap<Labels, &'t T> {
        let Some(told) = told else {
            return BTreeMap::new();
        };
        let told = told.as_ref().map_err(Failure::clone);
        told.and_then(|told| self.by_group(what, told))
            .unwrap_or_else(|failure| {
                self.warn(format!("left out: {failure}"));
                BTreeMap::new()
            })
    }

    /// Histograms that cannot tell on which side of the threshold their observations are.
    pub(super) fn without_bucket(&mut self, told: &Option<Named>) {
        match told {
            None => {}
            Some(Err(failure)) => self.warn(format!("left out: {failure}")),
            Some(Ok(told)) if told.data.is_empty() => {}
            Some(Ok(told)) => self.warn(format!(
                "{} histograms have no bucket at the threshold, or had none at times, and add nothing then: {}",
                told.data.len(),
                named(told.data.iter()),
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
        text.push_str(&shorten(&labels.to_string(), SAID));
    }
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
