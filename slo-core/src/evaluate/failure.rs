//! Why an SLO could not be measured.

use std::sync::Arc;
use std::time::Duration;

use promql_client::Timestamp;
use promql_client::expr::format_duration;

/// Why an SLO could not be measured. Never a verdict on the service.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The backend could not answer.
    #[error("{what}: {source}")]
    Backend {
        /// Which query.
        what: &'static str,
        /// The backend's error.
        source: Arc<promql_client::Error>,
    },
    /// The server was not there for the last requests, so this one was not sent.
    #[error("not asked, because the last requests got no answer: {source}")]
    Unreachable {
        /// The last request's error.
        source: Arc<promql_client::Error>,
    },
    /// The legs contradict each other: more bad than total by more than extrapolation explains.
    #[error(
        "{bad} bad of {total} in all, in the {} up to {end}, cannot be: check that both queries count the same events, without replicas",
        format_duration(*window)
    )]
    Inconsistent {
        /// Bad as measured.
        bad: f64,
        /// Total as measured.
        total: f64,
        /// In a window of this length …
        window: Duration,
        /// … that ends here.
        end: Timestamp,
    },
    /// A query answered several series where one was expected.
    #[error("{what} answered several series for one SLO, {series}: aggregate it, or group the SLO")]
    Ambiguous {
        /// Which query.
        what: &'static str,
        /// A few of them, and how many more there are.
        series: String,
    },
    /// The SLO is grouped by a label that only its bad events carry.
    #[error(
        "the SLO is grouped by `{label}`, which only the bad events carry: there is no total for such a group"
    )]
    GroupLabel {
        /// The label.
        label: String,
    },
    /// The SLO has more groups than the run takes.
    #[error(
        "the SLO has {groups} groups, more than the limit of {limit}: group it by fewer labels, or raise the limit"
    )]
    TooManyGroups {
        /// How many it has.
        groups: usize,
        /// How many are taken.
        limit: usize,
    },
    /// A query answered something else than numbers.
    #[error("{what} answered a {shape}")]
    Shape {
        /// Which query.
        what: &'static str,
        /// What came.
        shape: &'static str,
    },
    /// A latency threshold that the histogram cannot judge.
    #[error("no bucket is at or under {threshold}: the smallest bound is {smallest}")]
    Threshold {
        /// The threshold in the histogram's unit.
        threshold: f64,
        /// The histogram's smallest bound.
        smallest: f64,
    },
    /// A latency threshold lies between two bounds of its histogram, which disagree on the verdict.
    #[error(
        "the threshold lies between the histogram's bounds {lower} and {upper}, which disagree: {sli_at_lower:.3} % are at or under {lower}, {sli_at_upper:.3} % at or under {upper}; take one of them as threshold"
    )]
    BetweenBounds {
        /// The bound below the threshold.
        lower: f64,
        /// The bound above it.
        upper: f64,
        /// The indicator at the lower bound, percent.
        sli_at_lower: f64,
        /// The indicator at the upper bound, percent.
        sli_at_upper: f64,
    },
    /// Too little of the window has data.
    #[error("only {covered:.1} % of the window has data, {wanted} % are asked for")]
    Coverage {
        /// What has data, in percent.
        covered: f64,
        /// What was asked for, in percent.
        wanted: f64,
    },
    /// The window could not be placed.
    #[error(transparent)]
    Window(#[from] crate::Error),
}

impl Failure {
    /// A short, stable name for machines.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Backend { source, .. } => source.kind(),
            Self::Unreachable { source } => source.kind(),
            Self::GroupLabel { .. } => "group_label",
            Self::TooManyGroups { .. } => "too_many_groups",
            Self::Inconsistent { .. } => "inconsistent",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Shape { .. } => "shape",
            Self::Threshold { .. } => "threshold",
            Self::BetweenBounds { .. } => "between_bounds",
            Self::Coverage { .. } => "coverage",
            Self::Window(_) => "window",
        }
    }
}
