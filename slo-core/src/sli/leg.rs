//! Legs: how many events there were in a stretch of time.

use promql_client::Selector;

use super::template::Template;

/// How many events of one sort there were.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Leg {
    /// All events of these counters; a series that several select counts once.
    Counters(Vec<Counter>),
    /// Events of the first counters that the second don't have: requests less successful ones. Where
    /// the second have no series, none is subtracted.
    Difference {
        /// From these …
        of: Vec<Counter>,
        /// … these are taken away.
        minus: Vec<Counter>,
    },
    /// Observations of classic histograms that have a bucket at one bound. A histogram without such a
    /// bucket adds nothing: it cannot tell on which side of the bound its observations are.
    Classic {
        /// The `_count` series.
        count: Selector,
        /// The `_bucket` series of that bound, in all its spellings.
        bucket: Selector,
        /// Only the observations above the bound.
        above: bool,
    },
    /// Observations of native histograms.
    Native {
        /// The histograms.
        histogram: Selector,
        /// Only observations above this threshold, in the histogram's own unit, estimated within the
        /// bucket that contains it.
        above: Option<f64>,
    },
    /// A user's own query for the number of events in a window.
    Query(Template),
}

impl Leg {
    /// The events of one selector of counters.
    #[must_use]
    pub fn counter(selector: Selector) -> Self {
        Self::Counters(vec![Counter::new(selector)])
    }
}

/// Counters that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    /// Which series.
    pub selector: Selector,
    /// All counters of the same metric on the same targets, whatever they say (all requests, not only
    /// the failed ones). They are the evidence of where a new series of `selector` began: they prove
    /// that its target was scraped before, that it has restarted, or that its labels have changed.
    pub witness: Selector,
}

impl Counter {
    /// Counters that are their own witnesses.
    #[must_use]
    pub fn new(selector: Selector) -> Self {
        Self {
            witness: selector.clone(),
            selector,
        }
    }

    /// The same counters with a wider witness: the same metric without the labels that tell good from
    /// bad.
    #[must_use]
    pub fn witnessed_by(mut self, witness: Selector) -> Self {
        self.witness = witness;
        self
    }
}
