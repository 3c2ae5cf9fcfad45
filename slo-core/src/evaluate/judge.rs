//! From what was measured to what it means. Pure: no questions are asked here.

use std::borrow::Cow;
use std::time::Duration;

use super::measure::Measurement;
use super::plan::{HOUR, LATE};
use super::windows::{burn_rates, burns};
use super::{Figures, Observed, Outcome, Status};
use crate::budget::ErrorBudget;
use crate::counts::{Counts, Measured};
use crate::data::Required;
use crate::evaluate::Failure;
use crate::forecast::forecast;
use crate::history::{Bucket, History};
use crate::interval::{Interval, clopper_pearson};
use crate::sli::{Budgeting, EmptySlice, EventSli, Sli, Unit};
use crate::slo::Slo;
use crate::window::Period;

/// The confidence of [`Figures::interval`].
const CONFIDENCE: f64 = 0.95;
/// Where more than this share of the budget is spent, a kept promise is at risk. What is spent is rounded
/// once, what is left twice.
const MUCH: f64 = 0.9;

/// What a measurement means for an SLO: figures, no data, or a contradiction.
#[must_use]
pub fn judge(slo: &Slo, period: &Period, measured: &Measurement, required: &Required) -> Outcome {
    if let Some(failure) = no_share(slo, &measured.history, period.elapsed()) {
        return Outcome::Failed(failure);
    }
    let weigh = |buckets: &Buckets<'_>, bad_at_next| {
        weigh(slo, period, measured, buckets, bad_at_next, required)
    };
    let here = Buckets {
        first: measured.first,
        history: decided(slo, &measured.history),
    };
    let at_next = measured.next_bound.as_ref().map(|next| {
        let buckets = Buckets {
            first: next.first,
            history: decided(slo, &next.history),
        };
        (next, buckets)
    });
    let bad_at_next = at_next
        .as_ref()
        .map(|(_, buckets)| buckets.in_window(period).bad);
    let outcome = weigh(&here, bad_at_next);
    // The truth lies between the two bounds: where they disagree, nobody knows it.
    if let (Some((next, buckets)), Some(Status::Breached)) = (at_next, status(&outcome)) {
        let at_next = weigh(&buckets, bad_at_next);
        if let (Some(figures), Some(best)) = (outcome.figures(), at_next.figures())
            && best.budget.is_kept()
        {
            return Outcome::Failed(Failure::BetweenBounds {
                lower: next.lower,
                upper: next.upper,
                sli_at_lower: figures.counts.sli() * 100.0,
                sli_at_upper: best.counts.sli() * 100.0,
            });
        }
    }
    outcome
}

/// What is weighed: buckets, and the part of one that the window begins with.
struct Buckets<'a> {
    first: Option<Bucket>,
    history: Cow<'a, History>,
}

impl Buckets<'_> {
    /// The window is their sum.
    fn in_window(&self, period: &Period) -> Bucket {
        let step = self.history.step();
        let whole = period.elapsed().as_millis() / step.as_millis().max(1);
        let whole = step.saturating_mul(u32::try_from(whole).unwrap_or(u32::MAX));
        let sum = self.history.over(whole).unwrap_or_default();
        let first = self.first.unwrap_or_default();
        Bucket {
            bad: sum.bad + first.bad,
            total: sum.total + first.total,
        }
    }
}

fn status(outcome: &Outcome) -> Option<Status> {
    outcome.figures().map(|figures| figures.status)
}

/// The same where the buckets hold slices already, as recordings do.
pub(super) fn judge_decided(
    slo: &Slo,
    period: &Period,
    measured: &Measurement,
    required: &Required,
) -> Outcome {
    if slo.sli.unit() != Unit::Slices {
        return judge(slo, period, measured, required);
    }
    // An empty slice is recorded as what it counts as, with a total of 0 where it is left out; where
    // nothing is, the rules did not run.
    let recorded = |bucket: Bucket| (bucket.total > 0.0).then_some(bucket.bad > 0.5);
    let history = measured.history.slices(EmptySlice::LeftOut, recorded);
    let buckets = Buckets {
        first: None,
        history: Cow::Owned(history),
    };
    let mut outcome = weigh(slo, period, measured, &buckets, None, required);
    if let Outcome::Value(figures) = &mut outcome {
        // Slices say nothing of traffic.
        figures.observed.rate_per_second = None;
    }
    outcome
}

/// A share of time that is none: its neighbours' sum would hide it.
fn no_share(slo: &Slo, history: &History, elapsed: Duration) -> Option<Failure> {
    if slo.sli.unit() != Unit::Time {
        return None;
    }
    // A little outside of 0 to 1 is extrapolated.
    let impossible = |bucket: &Bucket| !(-0.5..=1.5).contains(&(bucket.bad / bucket.total));
    let before = history.buckets().len() - history.newest(elapsed).len();
    let (end, bucket) = history
        .iter()
        .skip(before)
        .find_map(|(end, bucket)| Some((end, bucket.filter(impossible)?)))?;
    Some(Failure::Inconsistent {
        bad: bucket.bad,
        total: bucket.total,
        window: history.step(),
        end,
    })
}

fn weigh(
    slo: &Slo,
    period: &Period,
    measured: &Measurement,
    buckets: &Buckets<'_>,
    bad_at_next: Option<f64>,
    required: &Required,
) -> Outcome {
    let history = &*buckets.history;
    let elapsed = period.elapsed();
    let unit = slo.sli.unit();
    let coverage = known(slo, measured, history).coverage(elapsed);
    if let Some(wanted) = required.min_coverage.filter(|c| coverage < c.ratio()) {
        return Outcome::Failed(Failure::Coverage {
            covered: coverage * 100.0,
            wanted: wanted.percent(),
        });
    }
    let Bucket { bad, total } = buckets.in_window(period);
    let policy = slo.policy.derive(slo.objective, slo.window);
    let counts = match Counts::measured(bad, total) {
        Measured::Counts(counts) => counts,
        Measured::NoData => return Outcome::NoData,
        Measured::Inconsistent { bad, total } => {
            let (window, end) = (elapsed, period.now);
            return Outcome::Failed(Failure::Inconsistent {
                bad,
                total,
                window,
                end,
            });
        }
    };
    let budget = ErrorBudget::new(slo.objective, period, counts);
    let newest = history.newest(elapsed).to_vec();
    let in_window = History::new(history.end(), history.step(), newest);
    let present = history
        .counts(HOUR)
        .map(|counts| counts.burn_rate(slo.objective));
    let forecast = forecast(
        slo.objective,
        &slo.window,
        period,
        &budget,
        &in_window,
        present,
    );
    let burns = burns(history, known(slo, measured, history), &policy);
    let decision = policy.decide(slo.objective, &burns);
    let age = age(slo, measured, history);
    // A recording is not too old before the next one is due.
    let due = measured.lag.map(|_| history.step() + LATE);
    let status = if age > required.max_age.max(due.unwrap_or_default()) {
        Status::Stale
    } else if !budget.is_kept() {
        Status::Breached
    } else if decision.is_firing() == Some(true) || budget.consumed_ratio > MUCH {
        Status::AtRisk
    } else {
        Status::Ok
    };
    Outcome::Value(Box::new(Figures {
        unit,
        counts,
        interval: interval(unit, counts, bad_at_next),
        budget,
        status,
        age,
        burn_rates: burn_rates(slo, history, &burns),
        errors_per_hour: errors_per_hour(unit, history),
        forecast,
        policy,
        decision,
        observed: observed(slo, measured, elapsed),
        history: Some(in_window),
    }))
}

/// The buckets that tell what is known. A slice that counts as bad without any data is as good as data:
/// its SLO says so. One that counts as good is not, since nobody may be looking.
fn known<'a>(slo: &Slo, measured: &'a Measurement, decided: &'a History) -> &'a History {
    match slo.sli.empty_slice() {
        EmptySlice::Bad => decided,
        EmptySlice::Good | EmptySlice::LeftOut => &measured.history,
    }
}

/// From the end of the newest bucket with data to the evaluation.
fn age(slo: &Slo, measured: &Measurement, decided: &History) -> Duration {
    let known = known(slo, measured, decided);
    let silent = known
        .buckets()
        .iter()
        .rev()
        .take_while(|b| b.is_none())
        .count();
    let silent = known
        .step()
        .saturating_mul(u32::try_from(silent).unwrap_or(u32::MAX));
    silent.max(measured.lag.unwrap_or_default())
}

/// Events become slices where the budget is one of slices.
fn decided<'a>(slo: &Slo, history: &'a History) -> Cow<'a, History> {
    match &slo.sli {
        Sli::Events(EventSli {
            budgeting: Budgeting::TimeSlices(slices),
            ..
        }) => {
            let allowed = slices.target.error_ratio();
            Cow::Owned(history.slices(slices.empty, |Bucket { bad, total }| {
                // Errors of nothing are no good slice.
                (total > 0.0 || bad > 0.0).then_some(bad > allowed * total)
            }))
        }
        Sli::Throughput(floor) => {
            let wanted = floor.floor_per_second * floor.slice.length().as_secs_f64();
            Cow::Owned(history.slices(floor.empty, |bucket| Some(bucket.total < wanted)))
        }
        // Copied once only, where the figures keep their window.
        _ => Cow::Borrowed(history),
    }
}

fn interval(unit: Unit, counts: Counts, bad_at_next: Option<f64>) -> Option<Interval> {
    if unit == Unit::Time {
        return None;
    }
    let errors = clopper_pearson(counts.bad, counts.total, CONFIDENCE);
    // Where a threshold lies between two bounds, the truth may be as good as the upper one's.
    let fewest = bad_at_next
        .map(|bad| clopper_pearson(bad.clamp(0.0, counts.total), counts.total, CONFIDENCE).low);
    Some(Interval {
        low: 1.0 - errors.high,
        high: 1.0 - fewest.map_or(errors.low, |fewest| fewest.min(errors.low)),
    })
}

/// The last hour's, where anything is known of it.
fn errors_per_hour(unit: Unit, history: &History) -> Option<f64> {
    let known = history.newest(HOUR).iter().any(Option::is_some);
    let hour = history.over(HOUR).filter(|_| known && unit != Unit::Time)?;
    Some(hour.bad.max(0.0))
}

fn observed(slo: &Slo, measured: &Measurement, elapsed: Duration) -> Observed {
    let counted = matches!(slo.sli, Sli::Events(_) | Sli::Throughput(_));
    let known = measured.history.newest(elapsed).iter().flatten();
    let seconds = known.clone().count() as f64 * measured.history.step().as_secs_f64();
    let total: f64 = known.map(|bucket| bucket.total).sum();
    let rate = total / seconds;
    Observed {
        rate_per_second: (counted && rate.is_finite()).then_some(rate),
        p95_ms: measured.p95_ms,
    }
}
