//! Which alerts an SLO has, and what they carry.

use std::collections::BTreeMap;

use crate::policy::Severity;

/// Annotations that say what an alert is about: they belong to the alert they were written for.
const TELLING: [&str; 4] = ["summary", "description", "title", "message"];

/// An alert that rules can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alert {
    /// The budget burns fast: a page.
    Page,
    /// The budget burns: a ticket.
    Ticket,
    /// The budget is spent: a page. No foreign format has this alert.
    Exhausted,
    /// The metrics are missing: a ticket.
    Missing,
}

impl Alert {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Page, Self::Ticket, Self::Exhausted, Self::Missing];

    /// In a word: `page`, `ticket`, `exhausted` or `missing`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
            Self::Exhausted => "exhausted",
            Self::Missing => "missing",
        }
    }

    /// How soon somebody must look.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Page | Self::Exhausted => Severity::Page,
            Self::Ticket | Self::Missing => Severity::Ticket,
        }
    }

    /// The alert on a burning budget of a severity.
    #[must_use]
    pub fn burning(severity: Severity) -> Self {
        match severity {
            Severity::Page => Self::Page,
            Severity::Ticket => Self::Ticket,
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Page => 1,
            Self::Ticket => 2,
            Self::Exhausted => 4,
            Self::Missing => 8,
        }
    }
}

/// Some alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlertSet(u8);

impl AlertSet {
    /// All alerts.
    pub const ALL: Self = Self(15);
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether an alert is one of them.
    #[must_use]
    pub fn contains(self, alert: Alert) -> bool {
        self.0 & alert.bit() != 0
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, alert: Alert) -> Self {
        Self(self.0 | alert.bit())
    }

    /// These but one.
    #[must_use]
    pub fn without(self, alert: Alert) -> Self {
        Self(self.0 & !alert.bit())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The alerts, in the order of [`Alert::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Alert> {
        Alert::ALL.into_iter().filter(move |a| self.contains(*a))
    }
}

impl FromIterator<Alert> for AlertSet {
    fn from_iter<I: IntoIterator<Item = Alert>>(alerts: I) -> Self {
        alerts.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Which alerts an SLO has, and what they carry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alerting {
    /// Whether there are no alerts at all.
    pub disabled: bool,
    /// The alerts that are promised where the SLO comes from: all, or those of a foreign format.
    pub promised: AlertSet,
    /// Alerts that were switched off.
    pub off: AlertSet,
    /// The base name of the alerts on a burning budget; by default made from their severity.
    pub name: Option<String>,
    /// Labels of all alerts.
    pub labels: BTreeMap<String, String>,
    /// Annotations of all alerts; those that say what an alert is about (`summary`, `description`,
    /// `title`, `message`) only of the ones on a burning budget.
    pub annotations: BTreeMap<String, String>,
    /// What single alerts carry besides. The labels of [`Alert::Page`] and [`Alert::Ticket`] are those
    /// of all alerts of their severity.
    pub each: BTreeMap<Alert, Carried>,
    /// Where a person finds out what to do (`runbook_url`).
    pub runbook_url: Option<String>,
}

/// What one alert carries besides what all do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carried {
    /// Its name, which stands above [`Alerting::name`].
    pub name: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Default for Alerting {
    /// All alerts, and nothing that they carry.
    fn default() -> Self {
        Self {
            disabled: false,
            promised: AlertSet::ALL,
            off: AlertSet::NONE,
            name: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            each: BTreeMap::new(),
            runbook_url: None,
        }
    }
}

impl Alerting {
    /// What one alert carries, to be changed.
    pub fn carried(&mut self, alert: Alert) -> &mut Carried {
        self.each.entry(alert).or_default()
    }

    /// Whether an alert was switched off: by itself, or with all of them.
    #[must_use]
    pub fn is_off(&self, alert: Alert) -> bool {
        self.disabled || self.off.contains(alert)
    }

    /// Switches all alerts of a severity off: who doesn't want its pages wants none.
    pub fn mute(&mut self, severity: Severity) {
        let all = Alert::ALL.into_iter();
        let muted = all.filter(|alert| alert.severity() == severity);
        self.off = muted.fold(self.off, AlertSet::with);
    }

    /// The name that was given to an alert.
    #[must_use]
    pub fn name_of(&self, alert: Alert) -> Option<&str> {
        let own = self.each.get(&alert).and_then(|own| own.name.as_deref());
        let burning = Alert::burning(alert.severity()) == alert;
        own.or(self.name.as_deref().filter(|_| burning))
    }

    /// The labels that were given to an alert.
    #[must_use]
    pub fn labels_of(&self, alert: Alert) -> BTreeMap<String, String> {
        let severity = Alert::burning(alert.severity());
        let mut labels = self.labels.clone();
        for carried in [severity, alert].iter().filter_map(|a| self.each.get(a)) {
            labels.extend(carried.labels.clone());
        }
        labels
    }

    /// The annotations that were written for an alert.
    #[must_use]
    pub fn annotations_of(&self, alert: Alert) -> BTreeMap<String, String> {
        let burning = Alert::burning(alert.severity()) == alert;
        let meant = |name: &str| burning || !TELLING.contains(&name);
        let all = self.annotations.iter().filter(|(name, _)| meant(name));
        let own = self.each.get(&alert).map(|carried| &carried.annotations);
        let own = own.into_iter().flatten();
        all.chain(own)
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_severity_takes_all_of_its_alerts_along() {
        let off = |alerting: &Alerting| -> Vec<Alert> {
            let all = Alert::ALL.into_iter();
            all.filter(|alert| alerting.is_off(*alert)).collect()
        };
        let mut alerting = Alerting::default();
        assert_eq!(off(&alerting), []);
        alerting.off = AlertSet::NONE.with(Alert::Missing);
        assert_eq!(off(&alerting), [Alert::Missing]);
        alerting.mute(Severity::Page);
        assert_eq!(
            off(&alerting),
            [Alert::Page, Alert::Exhausted, Alert::Missing]
        );
        alerting.mute(Severity::Ticket);
        assert_eq!(off(&alerting), Alert::ALL);
        alerting = Alerting::default();
        alerting.disabled = true;
        assert_eq!(off(&alerting), Alert::ALL);
    }

    #[test]
    fn what_is_written_for_one_alert_is_on_no_other() {
        let mut alerting = Alerting {
            annotations: map(&[("summary", "burns"), ("dashboard", "https://d")]),
            ..Alerting::default()
        };
        alerting.carried(Alert::Page).annotations = map(&[("summary", "burns fast")]);
        alerting.carried(Alert::Missing).annotations = map(&[("message", "gone")]);
        for (alert, annotations) in [
            (
                Alert::Page,
                map(&[("summary", "burns fast"), ("dashboard", "https://d")]),
            ),
            (
                Alert::Ticket,
                map(&[("summary", "burns"), ("dashboard", "https://d")]),
            ),
            (Alert::Exhausted, map(&[("dashboard", "https://d")])),
            (
                Alert::Missing,
                map(&[("message", "gone"), ("dashboard", "https://d")]),
            ),
        ] {
            assert_eq!(alerting.annotations_of(alert), annotations, "{alert:?}");
        }
    }

    #[test]
    fn labels_are_those_of_the_severity_and_then_the_alerts_own() {
        let mut alerting = Alerting {
            labels: map(&[("channel", "a"), ("team", "x")]),
            ..Alerting::default()
        };
        alerting.carried(Alert::Page).labels = map(&[("channel", "b"), ("tier", "1")]);
        alerting.carried(Alert::Exhausted).labels = map(&[("tier", "2")]);
        assert_eq!(
            alerting.labels_of(Alert::Exhausted),
            map(&[("channel", "b"), ("team", "x"), ("tier", "2")])
        );
        assert_eq!(
            alerting.labels_of(Alert::Page),
            map(&[("channel", "b"), ("team", "x"), ("tier", "1")])
        );
        assert_eq!(
            alerting.labels_of(Alert::Missing),
            map(&[("channel", "a"), ("team", "x")])
        );
    }

    #[test]
    fn a_set_is_what_was_put_in() {
        let set: AlertSet = [Alert::Ticket, Alert::Missing].into_iter().collect();
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [Alert::Ticket, Alert::Missing]
        );
        assert_eq!(
            set.without(Alert::Ticket).without(Alert::Missing),
            AlertSet::NONE
        );
        let all: AlertSet = Alert::ALL.into_iter().collect();
        assert_eq!(all, AlertSet::ALL);
        assert!(AlertSet::NONE.is_empty() && !set.is_empty());
    }
}
