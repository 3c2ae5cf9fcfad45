//! Two queries on one classic histogram: all that it counted, and what of it was up to a bound.

use promql_client::Selector;
use promql_client::expr::Matcher;

use super::bound::without_bound;
use super::scalar::unit_of;
use crate::sli::{Buckets, Counter, EventSli, Latency, Leg};

/// A bound that divides good from bad, and the histograms that have it.
pub(super) struct Classic {
    bound: f64,
    /// Where bad observations are looked for.
    bad: Buckets,
    /// Where all of them are.
    total: Buckets,
    /// Milliseconds in the histogram's unit, where its name says it.
    pub(super) unit_ms: Option<f64>,
    /// What was taken for granted.
    pub(super) assumed: Option<String>,
}

impl Classic {
    /// `count - bucket{le="…"}` against a count.
    ///
    /// A bucket with matchers that its count lacks is no such pair: what they leave out is bad whether
    /// it was fast or not, as failed requests are.
    pub(super) fn of(bad: &Leg, total: &Leg) -> Option<Self> {
        let (Leg::Difference { of, minus }, Leg::Counters(all)) = (bad, total) else {
            return None;
        };
        let (of, bucket, all) = (Part::of(of)?, Part::of(minus)?, Part::of(all)?);
        let are_counts = [of.bound, all.bound] == [f64::INFINITY; 2];
        if !are_counts || !bucket.bound.is_finite() || !bucket.is_within(&of) {
            return None;
        }
        // What is bad has to be part of the total.
        let bad = if all.is_within(&of) { &of } else { &all };
        if !of.is_within(bad) {
            return None;
        }
        Some(Self {
            bound: bucket.bound,
            bad: bad.buckets(),
            total: all.buckets(),
            unit_ms: unit_of(&bad.selector()),
            assumed: bucket.assumed(bad),
        })
    }

    /// The SLI: a latency where the histograms are the same and their unit is known.
    pub(super) fn sli(&self, unit_ms: Option<f64>) -> EventSli {
        let at_bound = |buckets: &Buckets| Latency {
            buckets: buckets.clone(),
            threshold: self.bound,
            unit_ms: unit_ms.unwrap_or(1.0),
        };
        let (bad, total) = (at_bound(&self.bad), at_bound(&self.total));
        if bad == total && unit_ms.is_some() && self.bound > 0.0 {
            EventSli::latency(bad)
        } else {
            EventSli::new(bad.bad(), total.total())
        }
    }
}

/// Why a bucket among the bad events makes no pair.
pub(super) fn no_pair(bad: &Leg) -> &'static str {
    if let Leg::Difference { of, minus } = bad
        && let (Some(of), Some(bucket)) = (Part::of(of), Part::of(minus))
        && of.base == bucket.base
        && !bucket.is_within(&of)
    {
        return "it has matchers that its count lacks";
    }
    "the queries are not the count and one bucket of one histogram"
}

/// One side of a pair.
struct Part<'a> {
    /// The histogram's name.
    base: &'a str,
    /// Infinite where all observations are counted.
    bound: f64,
    /// Without the bound.
    matchers: Vec<Matcher>,
}

impl<'a> Part<'a> {
    fn of(counters: &'a [Counter]) -> Option<Self> {
        let [Counter { selector, .. }] = counters else {
            return None;
        };
        let name = selector.metric.as_deref()?;
        if let Some(base) = name.strip_suffix("_count") {
            let matchers = selector.matchers.clone();
            let whole = matchers.iter().all(|m| m.name != "le");
            let bound = f64::INFINITY;
            return whole.then_some(Self {
                base,
                bound,
                matchers,
            });
        }
        let base = name.strip_suffix("_bucket")?;
        let (bound, Selector { matchers, .. }) = without_bound(selector)?;
        Some(Self {
            base,
            bound,
            matchers,
        })
    }

    /// Whether it asks the same histogram for no less than the other side does.
    fn is_within(&self, other: &Self) -> bool {
        let said = |matcher| other.matchers.contains(matcher);
        self.base == other.base && self.matchers.iter().all(said)
    }

    fn selector(&self) -> Selector {
        Selector {
            metric: Some(self.base.to_owned()),
            matchers: self.matchers.clone(),
        }
    }

    fn buckets(&self) -> Buckets {
        Buckets::classic(&self.selector())
    }

    /// Matchers of the other side that hold for this one, too.
    fn assumed(&self, other: &Self) -> Option<String> {
        let mut matchers = other.matchers.clone();
        matchers.retain(|matcher| !self.matchers.contains(matcher));
        let is_some = !matchers.is_empty();
        let all = Selector {
            metric: None,
            matchers,
        };
        is_some.then(|| format!("`{all}` holds for `{}_bucket`, too", self.base))
    }
}
