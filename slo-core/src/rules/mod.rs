//! Prometheus rules with the same meaning as the evaluator.
//!
//! Each SLO gets two groups:
//!
//! * a **recording group**, evaluated once per bucket (five minutes, or a slice): bad and total
//!   increases of the bucket, apart, in the form of [`crate::queries`] that counts each event once;
//!   the objective, the SLO's labels, and for rolling windows what remains of the budget;
//! * an **alert group**, evaluated every 30 s, where it has alerts: burn rates, and the alerts on them.
//!   Both windows of a tier that looks at less than two hours come from the raw series, so that a page is
//!   not a bucket late; all others from the recordings.
//!
//! Pages have no `for`: both windows must be above the threshold already, and two minutes of `for`
//! triple what a total outage costs before anybody knows (see [`crate::policy::Detection`]).
//!
//! What a rule cannot say is in [`RuleSet::notes`], not left out in silence.

mod alerts;
mod backfill;
mod info;
mod loadable;
mod names;
mod notes;
mod recording;
mod render;
mod scalar;
mod template;

use std::collections::BTreeMap;
use std::time::Duration;

pub use backfill::backfill;
#[cfg(feature = "spec")]
pub(crate) use loadable::{is_vector, refused};
#[cfg(feature = "spec")]
pub(crate) use names::is_name;
pub use names::{RESERVED, Refused, check_alert_label, check_annotation, check_label, check_text};
use promql_client::{Expr, Selector};
#[cfg(feature = "spec")]
pub use render::Resource;

use crate::alerting::{Alert, AlertSet, Alerting};
use crate::queries::Extrapolation;
use crate::slo::Slo;

/// How rules are generated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How the server treats the ends of a range.
    pub extrapolation: Extrapolation,
    /// How long before its evaluation a recorded bucket ends; by default 30 s. A scrape that is under
    /// way when a group is evaluated has the time of its start and would be in no bucket. Longer than
    /// the slowest scrape takes.
    pub recording_offset: Duration,
    /// How often alerts are evaluated; at most 30 s, so that a breach is noticed in time.
    pub alert_interval: AlertInterval,
    /// Which alerts there are.
    pub alerts: Alerts,
    /// Labels for all alerts, besides those that the rules set themselves ([`RESERVED`]).
    pub labels: BTreeMap<String, String>,
    /// Annotations for all alerts, besides their own `summary` and `description`.
    pub annotations: BTreeMap<String, String>,
    /// The runbook of alerts whose SLO has none of its own.
    pub runbook_url: Option<String>,
    /// Whether the server takes what Prometheus refuses unless it was started with
    /// `--enable-feature=promql-experimental-functions` or the like. Without it [`RuleSet::check`]
    /// refuses rules of such queries.
    pub experimental: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extrapolation: Extrapolation::default(),
            recording_offset: Duration::from_secs(30),
            alert_interval: AlertInterval::default(),
            alerts: Alerts::default(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            runbook_url: None,
            experimental: false,
        }
    }
}

/// Which alerts there are. What an SLO switched off ([`Alerting::is_off`]) is off in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Alerts {
    /// Those that the SLO promises ([`Alerting::promised`]): for SLOs of foreign formats the alerts
    /// these have, for all others all.
    #[default]
    Format,
    /// All, for SLOs of foreign formats, too.
    All,
    /// None.
    None,
}

impl Alerts {
    /// The alerts of an SLO.
    #[must_use]
    pub fn of(self, alerting: &Alerting) -> AlertSet {
        let asked = match self {
            Self::Format => alerting.promised,
            Self::All => AlertSet::ALL,
            Self::None => AlertSet::NONE,
        };
        let on = |alert: &Alert| !alerting.is_off(*alert);
        asked.iter().filter(on).collect()
    }
}

/// How often alerts are evaluated: from a second to 30 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlertInterval(Duration);

impl AlertInterval {
    /// An interval.
    ///
    /// # Errors
    /// [`crate::Error::Policy`] where it is not from 1 s to 30 s.
    pub fn new(interval: Duration) -> crate::Result<Self> {
        let seconds = Duration::from_secs;
        if !(seconds(1)..=seconds(30)).contains(&interval) {
            return Err(crate::Error::Policy {
                why: "alerts are evaluated every 1 s to 30 s".to_owned(),
            });
        }
        Ok(Self(interval))
    }

    /// Its length.
    #[must_use]
    pub fn length(self) -> Duration {
        self.0
    }
}

impl Default for AlertInterval {
    fn default() -> Self {
        Self(Duration::from_secs(30))
    }
}

/// Generated rules.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleSet {
    /// Groups, in the SLOs' order.
    pub groups: Vec<Group>,
    /// What the rules cannot say, or say differently than the evaluator.
    pub notes: Vec<Note>,
    /// [`Options::experimental`].
    pub experimental: bool,
}

impl RuleSet {
    /// The notes for people, each text once, with the SLOs that it is about.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        notes::remarks(&self.notes)
    }
}

/// A remark on an SLO's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The service.
    pub service: String,
    /// The SLO.
    pub slo: String,
    /// In words.
    pub text: String,
}

/// A group of rules.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// Its name, unique in the set.
    pub name: String,
    /// How often it is evaluated.
    pub interval: Duration,
    /// Its rules, evaluated in this order.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// Writes an expression's value as a new series.
    Record {
        /// The series' name.
        metric: String,
        /// The expression.
        expr: Expr,
        /// Labels it gets.
        labels: BTreeMap<String, String>,
    },
    /// Fires while an expression has a value.
    Alert {
        /// Its name.
        name: String,
        /// The expression.
        expr: Expr,
        /// How long it must have a value first; zero for pages.
        hold: Duration,
        /// Its labels.
        labels: BTreeMap<String, String>,
        /// Its annotations.
        annotations: BTreeMap<String, String>,
    },
}

/// Generates the rules of SLOs.
#[must_use]
pub fn generate(slos: &[Slo], options: &Options) -> RuleSet {
    let mut set = RuleSet {
        groups: Vec::with_capacity(slos.len() * 2),
        notes: Vec::new(),
        experimental: options.experimental,
    };
    for slo in slos {
        let mut notes = notes::notes(slo, options);
        let recordings = recording::group(slo, options);
        let alerts = alerts::group(slo, options, &mut notes);
        notes.extend(notes::needed(
            [&recordings].into_iter().chain(&alerts),
            options,
        ));
        set.groups.push(recordings);
        set.groups.extend(alerts);
        let note = |text| Note {
            service: slo.service.to_string(),
            slo: slo.name.to_string(),
            text,
        };
        set.notes.extend(notes.into_iter().map(note));
    }
    set
}

/// The labels that identify an SLO's series.
fn identity(slo: &Slo) -> BTreeMap<String, String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    BTreeMap::from([
        pair("service", slo.service.as_str()),
        pair("slo", slo.name.as_str()),
    ])
}

/// A series that the SLO's rules write.
fn own(slo: &Slo, metric: impl Into<String>) -> Selector {
    Selector::metric(metric)
        .eq("service", slo.service.as_str())
        .eq("slo", slo.name.as_str())
}
