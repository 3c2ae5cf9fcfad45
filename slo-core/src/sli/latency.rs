//! Latency as a share: requests at or under a threshold.

use promql_client::Selector;
use promql_client::expr::{MatchOp, escape_regex};

use super::leg::{Counter, Leg};

/// A histogram of latencies with the threshold that divides good from bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// Where the observations are.
    pub buckets: Buckets,
    /// At or under this is good; in the histogram's own unit.
    pub threshold: f64,
    /// Milliseconds in one of the histogram's units: 1 for Istio, 1,000 for seconds.
    pub unit_ms: f64,
}

/// Where the observations of a histogram are.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Buckets {
    /// Classic histograms: one counter per bound.
    Classic {
        /// The `_bucket` series, without a matcher for `le`.
        bucket: Selector,
        /// The `_count` series.
        count: Selector,
    },
    /// Native histograms.
    Native {
        /// The histogram series.
        histogram: Selector,
    },
}

impl Buckets {
    /// Classic buckets of a base name (`…_milliseconds`, without `_bucket`).
    #[must_use]
    pub fn classic(base: &Selector) -> Self {
        let named = |suffix: &str| Selector {
            metric: base.metric.as_ref().map(|name| format!("{name}{suffix}")),
            matchers: base.matchers.clone(),
        };
        Self::Classic {
            bucket: named("_bucket"),
            count: named("_count"),
        }
    }
}

impl Latency {
    /// The threshold in milliseconds.
    #[must_use]
    pub fn threshold_ms(&self) -> f64 {
        self.threshold * self.unit_ms
    }

    /// All observations.
    #[must_use]
    pub fn total(&self) -> Leg {
        match &self.buckets {
            Buckets::Classic { count, .. } => Leg::counter(count.clone()),
            Buckets::Native { histogram } => Leg::Native {
                histogram: histogram.clone(),
                above: None,
            },
        }
    }

    /// Observations above the threshold.
    #[must_use]
    pub fn bad(&self) -> Leg {
        self.above(self.threshold)
    }

    /// Observations above any bound.
    #[must_use]
    pub fn above(&self, bound: f64) -> Leg {
        match &self.buckets {
            Buckets::Classic { bucket, count } => Leg::Difference {
                of: vec![Counter::new(count.clone())],
                minus: vec![Counter::new(at_or_under(bucket, bound))],
            },
            Buckets::Native { histogram } => Leg::Native {
                histogram: histogram.clone(),
                above: Some(bound),
            },
        }
    }
}

/// The bucket of one bound, as either generation of Prometheus writes it: `le="100"` in 2.x,
/// `le="100.0"` in 3.x.
fn at_or_under(bucket: &Selector, bound: f64) -> Selector {
    let short = format!("{bound}");
    if short.contains('.') || short.contains("inf") {
        return bucket.clone().matching("le", MatchOp::Equal, short);
    }
    let pattern = format!("{0}|{1}", short, escape_regex(&format!("{short}.0")));
    bucket.clone().matching("le", MatchOp::Regex, pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_bound_are_matched() {
        let bucket = Selector::metric("x_bucket");
        assert_eq!(
            at_or_under(&bucket, 100.0).to_string(),
            r#"x_bucket{le=~"100|100\\.0"}"#
        );
        assert_eq!(
            at_or_under(&bucket, 0.25).to_string(),
            r#"x_bucket{le="0.25"}"#
        );
    }
}
