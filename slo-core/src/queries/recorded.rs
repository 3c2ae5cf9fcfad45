//! The recorded form: bad and total per bucket, apart, under fixed names.

use std::time::Duration;

use promql_client::expr::{
    BinaryOp, Function, Matching, call, format_duration, last_over_time, sum_over_time,
};
use promql_client::{Expr, Selector};

use super::Queries;
use crate::sli::{Budgeting, EmptySlice, EventSli, Sli};
use crate::slo::Slo;

/// Names and selectors of an SLO's recordings.
///
/// Both are increases over one bucket, written once per bucket, so that any longer window is a plain
/// sum: `sum_over_time(slo:bad:increase5m{…}[30d])`. Ratios are never recorded to be averaged: quiet
/// hours would weigh as much as busy ones.
#[derive(Clone, Debug)]
pub struct Recorded {
    bad: Selector,
    total: Selector,
    in_doubt: Selector,
    present: Selector,
}

impl Recorded {
    /// The recordings of an SLO.
    #[must_use]
    pub fn new(slo: &Slo) -> Self {
        let bucket = slo.sli.bucket();
        let named = |leg: &str, operation: &str| {
            Selector::metric(format!("slo:{leg}:{operation}{}", format_duration(bucket)))
                .eq("service", slo.service.as_str())
                .eq("slo", slo.name.as_str())
        };
        Self {
            bad: named("bad", "increase"),
            total: named("total", "increase"),
            in_doubt: named("in_doubt", "increase"),
            present: named("present", "last"),
        }
    }

    /// The recorded bad events of a bucket.
    #[must_use]
    pub fn bad(&self) -> &Selector {
        &self.bad
    }

    /// The recorded total of a bucket.
    #[must_use]
    pub fn total(&self) -> &Selector {
        &self.total
    }

    /// The recorded events of a bucket that are in no count, see [`Queries::in_doubt`].
    #[must_use]
    pub fn in_doubt(&self) -> &Selector {
        &self.in_doubt
    }

    /// Recorded where empty slices count ([`Queries::bucket_present`]): while there are series.
    #[must_use]
    pub fn present(&self) -> &Selector {
        &self.present
    }

    /// Bad events of a longer window.
    #[must_use]
    pub fn bad_over(&self, window: Duration) -> Expr {
        sum_over_time(self.bad.clone().range(window))
    }

    /// All events of a longer window.
    #[must_use]
    pub fn total_over(&self, window: Duration) -> Expr {
        sum_over_time(self.total.clone().range(window))
    }
}

impl Queries<'_> {
    /// What is recorded as bad for one bucket: events, or 1 for a bad slice, or a share of bad time.
    #[must_use]
    pub fn bucket_bad(&self) -> Expr {
        let bucket = self.slo.sli.bucket();
        match &self.slo.sli {
            Sli::Events(EventSli {
                budgeting: Budgeting::TimeSlices(slices),
                ..
            }) => {
                let ratio = self.bad(bucket) / self.total(bucket).gt(0.0);
                let bad = ratio.gt(slices.target.error_ratio()).as_bool();
                match (slices.empty, self.slo.group_by.is_empty()) {
                    (EmptySlice::LeftOut, _) | (EmptySlice::Good, false) => {
                        bad.or(self.total(bucket) * 0.0)
                    }
                    (empty, true) => bad.or(self.once_present(empty_is(empty))),
                    (EmptySlice::Bad, false) => bad.or(self.total(bucket).equal(0.0).as_bool()),
                }
            }
            Sli::Throughput(floor) => {
                let rate = self.total(bucket) / bucket.as_secs_f64();
                let bad = rate.lt(floor.floor_per_second).as_bool();
                match (floor.empty, self.slo.group_by.is_empty()) {
                    (EmptySlice::LeftOut, _) | (_, false) => bad,
                    (empty, true) => bad.or(self.once_present(empty_is(empty))),
                }
            }
            _ => self.bad_of_one(bucket),
        }
    }

    /// Something while there are series, for an SLO without groups whose empty slices count: they
    /// only do so within a window of these, so that a selector that never matched is no data. `None`
    /// for all others.
    #[must_use]
    pub fn bucket_present(&self) -> Option<Expr> {
        let counts = self.slo.sli.empty_slice() != EmptySlice::LeftOut;
        (counts && self.slo.group_by.is_empty())
            .then(|| self.presence(self.slo.sli.bucket()).ge(0.0).as_bool())
    }

    fn once_present(&self, empty: Expr) -> Expr {
        let recorded = Recorded::new(self.slo).present;
        let before = last_over_time(recorded.range(self.slo.window.nominal()));
        let now = self.presence(self.slo.sli.bucket());
        let labels: [&str; 0] = [];
        empty.binary(BinaryOp::And, Matching::on(labels), now.or(before))
    }

    /// What is recorded as total for one bucket: events, or 1. A slice that is left out because nothing
    /// happened in it is 0: it is known.
    #[must_use]
    pub fn bucket_total(&self) -> Expr {
        let bucket = self.slo.sli.bucket();
        let ungrouped = self.slo.group_by.is_empty();
        match (&self.slo.sli, self.slo.sli.empty_slice()) {
            (Sli::Events(_) | Sli::Throughput(_), EmptySlice::Good | EmptySlice::Bad)
                if ungrouped =>
            {
                self.once_present(vector(1.0))
            }
            (
                Sli::Events(EventSli {
                    budgeting: Budgeting::TimeSlices(_),
                    ..
                }),
                EmptySlice::LeftOut,
            ) => self.total(bucket).gt(0.0).as_bool(),
            (
                Sli::Events(EventSli {
                    budgeting: Budgeting::TimeSlices(_),
                    ..
                })
                | Sli::Throughput(_),
                _,
            ) => self.total(bucket).ge(0.0).as_bool(),
            (Sli::Ratio(_), _) => self.bad_of_one(bucket).ge(f64::NEG_INFINITY).as_bool(),
            _ => self.total(bucket),
        }
    }
}

/// What an empty slice is recorded as. Only an SLO without groups can say it of series that are not
/// there: a group's name vanishes with its series.
fn empty_is(empty: EmptySlice) -> Expr {
    vector(f64::from(u8::from(empty == EmptySlice::Bad)))
}

fn vector(value: f64) -> Expr {
    call(Function::Vector, [Expr::from(value)])
}
