//! Selectors: which series, and over which range.

use std::sync::Arc;
use std::time::Duration;

use super::ast::{Expr, RangeModifier};
use crate::labels::{Labels, METRIC_NAME};

/// Which series: a metric name and matchers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// The metric's name; `None` selects by matchers alone.
    pub metric: Option<String>,
    /// Conditions on labels, all of which must hold.
    pub matchers: Vec<Matcher>,
}

/// A condition on one label. A label that is absent has the value `""`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Matcher {
    /// The label's name.
    pub name: String,
    /// How its value is compared.
    pub op: MatchOp,
    /// With what: a value, or a regular expression anchored at both ends.
    pub value: String,
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

impl Selector {
    /// All series of a metric.
    #[must_use]
    pub fn metric(name: impl Into<String>) -> Self {
        Self {
            metric: Some(name.into()),
            matchers: Vec::new(),
        }
    }

    /// All series, to be narrowed by matchers.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// `name="value"`, exactly.
    #[must_use]
    pub fn eq(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.matching(name, MatchOp::Equal, value)
    }

    /// `name!="value"`.
    #[must_use]
    pub fn ne(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.matching(name, MatchOp::NotEqual, value)
    }

    /// `name=~"pattern"`: an RE2 pattern, anchored at both ends by the server. Values put into a
    /// pattern go through [`escape_regex`](super::escape_regex) first.
    #[must_use]
    pub fn re(self, name: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.matching(name, MatchOp::Regex, pattern)
    }

    /// `name!~"pattern"`.
    #[must_use]
    pub fn not_re(self, name: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.matching(name, MatchOp::NotRegex, pattern)
    }

    /// Adds a matcher. `__name__="x"` on a selector without a metric becomes its metric.
    #[must_use]
    pub fn matching(
        mut self,
        name: impl Into<String>,
        op: MatchOp,
        value: impl Into<String>,
    ) -> Self {
        let (name, value) = (name.into(), value.into());
        if name == METRIC_NAME && op == MatchOp::Equal && self.metric.is_none() {
            self.metric = Some(value);
        } else {
            self.matchers.push(Matcher { name, op, value });
        }
        self
    }

    /// The samples of the last `range`.
    #[must_use]
    pub fn range(self, range: Duration) -> RangeSelector {
        RangeSelector {
            selector: Arc::new(self),
            range,
            offset: Duration::ZERO,
            modifier: None,
        }
    }

    /// The last sample of each series, as an instant vector.
    #[must_use]
    pub fn instant(self) -> Expr {
        Expr::Instant {
            selector: self,
            offset: Duration::ZERO,
        }
    }

    /// The selector for exactly one label set: every label equal.
    ///
    /// ```
    /// use promql_client::{Labels, Selector};
    ///
    /// let labels = Labels::from_pairs([("__name__", "up"), ("job", "api")]);
    /// assert_eq!(Selector::exactly(&labels).to_string(), r#"up{job="api"}"#);
    /// ```
    #[must_use]
    pub fn exactly(labels: &Labels) -> Self {
        let mut selector = Self {
            metric: labels.metric_name().map(str::to_owned),
            ..Self::any()
        };
        for (name, value) in labels.iter().filter(|(n, _)| *n != METRIC_NAME) {
            selector = selector.eq(name, value);
        }
        selector
    }
}

/// Which series, and which stretch of time of each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RangeSelector {
    /// Which series. Shared, because a query asks many things of the same series.
    pub selector: Arc<Selector>,
    /// How long the stretch is.
    pub range: Duration,
    /// How long before the evaluation time the stretch ends.
    pub offset: Duration,
    /// How the stretch's ends are treated (experimental in Prometheus 3).
    pub modifier: Option<RangeModifier>,
}

impl RangeSelector {
    /// Ends the stretch so long before the evaluation time.
    #[must_use]
    pub fn offset(mut self, offset: Duration) -> Self {
        self.offset = offset;
        self
    }

    /// `anchored`: the last sample before the stretch counts as its start, and nothing is
    /// extrapolated. Prometheus 3.16, or 3.7 and later with
    /// `--enable-feature=promql-extended-range-selectors`.
    #[must_use]
    pub fn anchored(mut self) -> Self {
        self.modifier = Some(RangeModifier::Anchored);
        self
    }
}
