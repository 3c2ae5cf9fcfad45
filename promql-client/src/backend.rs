//! The trait every backend implements, and its answers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{Error, Result};
use crate::expr::Selector;
use crate::hold::Hold;
use crate::labels::Labels;
pub use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, QueryLimits, RangeOptions, RulesOptions,
    SeriesOptions,
};
use crate::value::{Series, Value};

/// A server that answers PromQL, or something that behaves like one.
///
/// Object-safe: hold it as `Arc<dyn PromQl>`. Queries are PromQL text; [`crate::PromQlExt`] takes a
/// typed [`crate::Expr`] and adds everyday shapes. Every backend passes the suite in
/// `conformance` (feature `conformance`), which is this trait's contract in executable form.
#[async_trait]
pub trait PromQl: Send + Sync + fmt::Debug {
    /// Evaluates a query at one time.
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>>;

    /// Evaluates a query at each step of a range, both ends included.
    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>>;

    /// Label sets of the series that match any of the selectors.
    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>>;

    /// Names of the labels in use, sorted.
    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>>;

    /// Values of one label, sorted.
    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>>;

    /// Type, help and unit of metrics, by metric name.
    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>>;

    /// Rule groups the server evaluates.
    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>>;

    /// What the server says of itself; every field may be unknown.
    async fn server_info(&self) -> Result<ServerInfo> {
        Ok(ServerInfo::default())
    }

    /// The same backend, whose answers count as its memory as long as they are held; `None` where it
    /// does not limit its memory.
    fn holding(&self, hold: &Arc<Hold>) -> Option<Box<dyn PromQl>> {
        let _ = hold;
        None
    }
}

/// An answer with what the server said beside it. Its words are as they came, if in part: show them
/// through [`crate::text::neutralize`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The data.
    pub data: T,
    /// What may make the data wrong or incomplete.
    pub warnings: Vec<String>,
    /// Hints about the query ("metric might not be a counter").
    pub infos: Vec<String>,
    /// How many warnings and infos the server sent besides these: over HTTP, 20 of each are kept.
    pub remarks_left_out: usize,
    /// Whether all of the stores answered.
    pub completeness: Completeness,
}

/// Whether an answer covers all the data there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Completeness {
    /// Nothing says otherwise.
    #[default]
    Complete,
    /// The server says that part of the data is missing: a store did not answer (Thanos, Mimir), or
    /// a limit cut the result.
    Partial,
}

impl<T> Answer<T> {
    /// A complete answer without remarks.
    #[must_use]
    pub fn new(data: T) -> Self {
        Self {
            data,
            warnings: Vec::new(),
            infos: Vec::new(),
            remarks_left_out: 0,
            completeness: Completeness::Complete,
        }
    }

    /// An answer with the server's remarks; the warnings decide whether it is complete.
    #[must_use]
    pub fn with_remarks(data: T, warnings: Vec<String>, infos: Vec<String>) -> Self {
        let completeness = if warnings.iter().any(|w| says_incomplete(w)) {
            Completeness::Partial
        } else {
            Completeness::Complete
        };
        Self {
            data,
            warnings,
            infos,
            remarks_left_out: 0,
            completeness,
        }
    }

    /// The same remarks on other data.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            data: f(self.data),
            warnings: self.warnings,
            infos: self.infos,
            remarks_left_out: self.remarks_left_out,
            completeness: self.completeness,
        }
    }

    /// The same remarks on other data, where making it can fail.
    ///
    /// # Errors
    /// Whatever `f` answers.
    pub fn try_map<U>(self, f: impl FnOnce(T) -> Result<U>) -> Result<Answer<U>> {
        Ok(Answer {
            data: f(self.data)?,
            warnings: self.warnings,
            infos: self.infos,
            remarks_left_out: self.remarks_left_out,
            completeness: self.completeness,
        })
    }

    /// The answer itself where it is complete.
    ///
    /// # Errors
    /// [`Error::Partial`] with the server's warnings where it is not.
    pub fn require_complete(self) -> Result<Self> {
        match self.completeness {
            Completeness::Complete => Ok(self),
            Completeness::Partial => {
                let mut warnings = self.warnings;
                if self.remarks_left_out > 0 {
                    warnings.push(format!("and {} more remarks", self.remarks_left_out));
                }
                if warnings.is_empty() {
                    warnings.push("the server does not say what is missing".to_owned());
                }
                Err(Error::Partial { warnings })
            }
        }
    }
}

impl<T> Answer<Vec<T>> {
    /// Under a server's `limit`: what is over it is cut, and the answer says so. 0 is no limit.
    pub(crate) fn limited(mut self, limit: Option<u64>) -> Self {
        let limit = limit.and_then(|l| usize::try_from(l).ok());
        if let Some(limit) = limit.filter(|limit| *limit > 0 && *limit < self.data.len()) {
            self.data.truncate(limit);
            self.completeness = Completeness::Partial;
            let warning = "results truncated due to limit".to_owned();
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self
    }
}

/// Whether a warning says that data is missing. Prometheus, Thanos and Mimir only say it in words:
/// a truncating `limit`, a store or shard that failed, remote reads that failed.
pub(crate) fn says_incomplete(warning: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "truncated due to limit",
        "partial response",
        "partial data",
        "no storeapi",
        "failed to receive any data",
        "receive series from",
        "remote_read",
        "remote read",
    ];
    let warning = warning.to_ascii_lowercase();
    SIGNS.iter().any(|sign| warning.contains(sign))
}

/// What a target says of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MetricMetadata {
    /// `counter`, `gauge`, `histogram`, … as the server has it.
    pub kind: String,
    /// Help text.
    pub help: String,
    /// Unit, often empty.
    pub unit: String,
}

impl MetricMetadata {
    /// Metadata of a metric.
    #[must_use]
    pub fn new(kind: impl Into<String>, help: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            help: help.into(),
            unit: unit.into(),
        }
    }
}

/// Whether a rule records or alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleKind {
    /// A recording rule.
    Recording,
    /// An alerting rule.
    Alerting,
}

/// A group of rules.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RuleGroup {
    /// The group's name.
    pub name: String,
    /// The file it came from.
    pub file: String,
    /// How often it is evaluated.
    pub interval: Duration,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

impl RuleGroup {
    /// A group of rules.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        file: impl Into<String>,
        interval: Duration,
        rules: Vec<Rule>,
    ) -> Self {
        Self {
            name: name.into(),
            file: file.into(),
            interval,
            rules,
        }
    }
}

/// A rule as the server has it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// Whether it records or alerts.
    pub kind: RuleKind,
    /// The recorded metric's or the alert's name.
    pub name: String,
    /// Its PromQL.
    pub query: String,
    /// Labels it adds.
    pub labels: Labels,
    /// `ok`, `err` or `unknown`.
    pub health: String,
    /// Of an alert: `inactive`, `pending` or `firing`.
    pub state: Option<String>,
    /// The last evaluation's error.
    pub last_error: Option<String>,
}

impl Rule {
    /// A rule in good health without labels.
    #[must_use]
    pub fn new(kind: RuleKind, name: impl Into<String>, query: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            query: query.into(),
            labels: Labels::empty(),
            health: "ok".to_owned(),
            state: None,
            last_error: None,
        }
    }
}

/// What a server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// Its version.
    pub version: Option<String>,
    /// How long it keeps samples, where time (and not only size) limits it.
    pub retention: Option<Duration>,
}

impl ServerInfo {
    /// Version and retention, each where known.
    #[must_use]
    pub fn new(version: Option<String>, retention: Option<Duration>) -> Self {
        Self { version, retention }
    }
}
