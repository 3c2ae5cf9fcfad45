//! What was asked: the key of a recording.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::backend::RuleKind;
use crate::expr::Selector;
use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, QueryLimits, RangeOptions, RulesOptions,
    SeriesOptions,
};
use crate::time::Timestamp;

/// One call with all of its options; those that are not set are left out of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Request {
    call: String,
    /// The query, or the label or metric that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    selectors: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ms: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_ms: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_ms: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lookback_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Request {
    fn new(call: &str, of: Option<&str>) -> Self {
        Self {
            call: call.to_owned(),
            of: of.map(str::to_owned),
            ..Self::default()
        }
    }

    fn limits(self, limits: &QueryLimits) -> Self {
        Self {
            timeout_ms: limits.timeout.map(millis),
            lookback_ms: limits.lookback.map(millis),
            limit: limits.limit,
            ..self
        }
    }

    pub(super) fn instant(query: &str, options: &InstantOptions) -> Self {
        Self {
            time_ms: options.time,
            ..Self::new("instant", Some(query)).limits(&options.limits)
        }
    }

    pub(super) fn range(query: &str, options: &RangeOptions) -> Self {
        Self {
            start_ms: Some(options.start),
            end_ms: Some(options.end),
            step_ms: Some(millis(options.step)),
            ..Self::new("range", Some(query)).limits(&options.limits)
        }
    }

    pub(super) fn series(selectors: &[Selector], options: &SeriesOptions) -> Self {
        Self {
            selectors: selectors.iter().map(Selector::to_string).collect(),
            start_ms: options.start,
            end_ms: options.end,
            limit: options.limit,
            ..Self::new("series", None)
        }
    }

    /// Names where no label is given, values of it where one is.
    pub(super) fn labels(label: Option<&str>, options: &LabelOptions) -> Self {
        let call = match label {
            Some(_) => "label_values",
            None => "label_names",
        };
        Self {
            selectors: options.selectors.iter().map(Selector::to_string).collect(),
            start_ms: options.start,
            end_ms: options.end,
            limit: options.limit,
            ..Self::new(call, label)
        }
    }

    pub(super) fn metadata(options: &MetadataOptions) -> Self {
        Self {
            limit: options.limit,
            ..Self::new("metadata", options.metric.as_deref())
        }
    }

    pub(super) fn rules(options: &RulesOptions) -> Self {
        let kind = options.kind.map(|kind| match kind {
            RuleKind::Recording => "recording",
            RuleKind::Alerting => "alerting",
        });
        Self::new("rules", kind)
    }

    pub(super) fn server_info() -> Self {
        Self::new("server_info", None)
    }

    /// Whether the same thing was asked for, be it with other times and options.
    pub(super) fn is_about_the_same(&self, other: &Self) -> bool {
        (&self.call, &self.of, &self.selectors) == (&other.call, &other.of, &other.selectors)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.call)?;
        for text in self.of.iter().chain(&self.selectors) {
            write!(f, " `{text}`")?;
        }
        for (name, time) in [
            ("at", self.time_ms),
            ("from", self.start_ms),
            ("to", self.end_ms),
        ] {
            if let Some(time) = time {
                write!(f, " {name} {time}")?;
            }
        }
        match self.step_ms {
            Some(step) => write!(f, " every {step} ms"),
            None => Ok(()),
        }
    }
}
