//! A service level objective: who promises what, measured how, over which window.

use std::collections::BTreeMap;
use std::fmt;

use promql_client::Selector;

use crate::alerting::Alerting;
use crate::data::DataRequirements;
use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::policy::PolicySpec;
use crate::sli::Sli;
use crate::window::Window;

/// A service level objective.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Slo {
    /// Its name, unique within its service.
    pub name: Name,
    /// The service that promises.
    pub service: Name,
    /// In words, for people.
    pub description: Option<String>,
    /// The promised share of good events.
    pub objective: Objective,
    /// Over which time.
    pub window: Window,
    /// What is measured.
    pub sli: Sli,
    /// One SLO for each combination of these labels' values; empty for a single one.
    pub group_by: Vec<String>,
    /// How counters become counts.
    pub counting: Counting,
    /// What must be known for a verdict.
    pub data: DataRequirements,
    /// Labels for reports and rules.
    pub labels: BTreeMap<String, String>,
    /// How burning budgets are noticed.
    pub policy: PolicySpec,
    /// Which alerts there are, and what they carry.
    pub alerting: Alerting,
}

impl Slo {
    /// An SLO with the default policy, without groups.
    #[must_use]
    pub fn new(service: Name, name: Name, objective: Objective, window: Window, sli: Sli) -> Self {
        Self {
            name,
            service,
            description: None,
            objective,
            window,
            sli,
            group_by: Vec::new(),
            counting: Counting::default(),
            data: DataRequirements::default(),
            labels: BTreeMap::new(),
            policy: PolicySpec::default(),
            alerting: Alerting::default(),
        }
    }
}

/// A name of an SLO or a service: letters, digits, `-`, `_`, `.` and `/`, at most 128 of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// A name.
    ///
    /// # Errors
    /// [`Error::Name`] where it is empty, too long or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > 128 {
            "it is longer than 128 characters"
        } else if !text.chars().all(allowed) {
            "only letters, digits, `-`, `_`, `.` and `/` are allowed"
        } else {
            return Ok(Self(text));
        };
        Err(Error::Name {
            text,
            why: why.to_owned(),
        })
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How counters become counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counting {
    /// The labels that tell one scrape target from another.
    pub target_labels: Vec<String>,
    /// The targets' own `up` series (`up{job="istio-proxies"}`). With them, the first request a known
    /// target ever counts is not lost; without them, other series of the same metric on the same
    /// target are the witnesses.
    pub up: Option<Selector>,
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            target_labels: vec!["job".to_owned(), "instance".to_owned()],
            up: None,
        }
    }
}
