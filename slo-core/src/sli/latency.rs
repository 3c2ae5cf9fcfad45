//! Latency as a share: requests at or under a threshold.

use promql_client::Selector;
use promql_client::expr::{escape_regex, float_spellings};

use super::leg::Leg;

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
        self.leg(self.threshold, false)
    }

    /// Observations above the threshold.
    #[must_use]
    pub fn bad(&self) -> Leg {
        self.leg(self.threshold, true)
    }

    /// The same with another threshold.
    #[must_use]
    pub fn at(&self, threshold: f64) -> Self {
        Self {
            threshold,
            ..self.clone()
        }
    }

    fn leg(&self, bound: f64, above: bool) -> Leg {
        match &self.buckets {
            Buckets::Classic { bucket, count } => Leg::Classic {
                count: count.clone(),
                bucket: at_bound(bucket, bound),
                above,
            },
            Buckets::Native { histogram } => Leg::Native {
                histogram: histogram.clone(),
                above: above.then_some(bound),
            },
        }
    }
}

/// The bucket of one bound, however its client or its server writes it: `le="100"`, `"100.0"`,
/// `"1e+02"`.
fn at_bound(bucket: &Selector, bound: f64) -> Selector {
    let spellings = float_spellings(bound);
    match spellings.as_slice() {
        [only] => bucket.clone().eq("le", only),
        all => {
            let escaped: Vec<String> = all.iter().map(|text| escape_regex(text)).collect();
            bucket.clone().re("le", escaped.join("|"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_bound_are_matched() {
        let bucket = Selector::metric("x_bucket");
        for (bound, written) in [
            (100.0, &["100", "100.0"][..]),
            (0.25, &["0.25"]),
            (0.000_05, &["5e-05", "0.00005"]),
            (1_800_000.0, &["1.8e+06", "1800000", "1800000.0"]),
        ] {
            let selector = at_bound(&bucket, bound);
            let matcher = selector.matchers.first().unwrap();
            let all: Vec<&str> = matcher.value.split('|').collect();
            for text in written {
                let pattern = escape_regex(text);
                assert!(
                    all.contains(&pattern.as_str()) || all == [*text],
                    "{text} {matcher:?}"
                );
            }
        }
    }
}
