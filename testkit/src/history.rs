//! A generated history: its series, and the truth about each service.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use promql_client::{Series, Timestamp};

use crate::rng::Rng;
use crate::simulate;
use crate::spec::{Incident, Spec};
use crate::target::Target;
use crate::truth::{Ledger, Truth};

/// Scraped series and what really happened.
#[derive(Clone, Debug)]
pub struct History {
    start: Timestamp,
    end: Timestamp,
    series: Vec<Series>,
    truths: BTreeMap<String, Truth>,
}

impl History {
    /// Generates a history: the same for the same seed and spec.
    ///
    /// # Panics
    /// Where the spec's times are not whole minutes, its scrape interval does not divide a minute,
    /// or a service of several versions loses all of its pods (two versions' failures would be one
    /// series).
    #[must_use]
    pub fn generate(seed: u64, spec: &Spec) -> Self {
        check(spec);
        let (start, end) = (spec.start(), spec.end);
        let caller = Target::new(
            "storefront-v1-00".to_owned(),
            spec.scrape_interval.as_millis() as i64,
            (start.as_millis(), end.as_millis() + 1),
            &mut Rng::for_part(seed, "storefront"),
        );
        let mut series = Vec::new();
        let mut truths = BTreeMap::new();
        for service in &spec.services {
            let (mut tags, mut happened, mut visible) = (Vec::new(), Vec::new(), Vec::new());
            for version in &service.versions {
                let mut part = simulate::run(spec, service, version, &caller, seed);
                let offset = tags.len() as u16;
                let tallies = part.happened.iter_mut().chain(&mut part.visible);
                tallies.for_each(|t| t.tag += offset);
                tags.append(&mut part.tags);
                happened.append(&mut part.happened);
                visible.append(&mut part.visible);
                series.append(&mut part.pods);
                // All services' callers share one proxy: its `up` is one series.
                let known = usize::from(!truths.is_empty() || offset > 0);
                series.extend(part.caller.into_iter().skip(known));
            }
            let ledger = |step, tallies| Ledger::new((start, end), step, tags.clone(), tallies);
            let truth = Truth {
                happened: ledger(60_000, happened),
                visible: ledger(1_000, visible),
            };
            truths.insert(service.name.clone(), truth);
        }
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
        Self {
            start,
            end,
            series,
            truths,
        }
    }

    /// Start of the history; nothing is known from before.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// End of the history.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// All series, ordered by labels; each in time order.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// What really happened to a service.
    ///
    /// # Panics
    /// Where the history has no such service.
    #[must_use]
    pub fn truth(&self, service: &str) -> &Truth {
        let truth = self.truths.get(service);
        truth.unwrap_or_else(|| panic!("the history has no service {service:?}"))
    }

    /// The services' names.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.truths.keys().map(String::as_str)
    }

    /// Samples in all series.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.series.iter().map(|s| s.points.len()).sum()
    }

    /// A number that changes with every change of a series: what is built from a history may be
    /// kept under it.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for series in &self.series {
            series.labels.hash(&mut hasher);
            series.points.len().hash(&mut hasher);
            for point in &series.points {
                point.timestamp.hash(&mut hasher);
                point.value.to_bits().hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

fn check(spec: &Spec) {
    let interval = spec.scrape_interval.as_millis();
    assert!(
        interval >= 1_000 && 60_000 % interval == 0,
        "a minute is no multiple of the scrape interval"
    );
    let whole = |millis: i128| millis % 60_000 == 0;
    assert!(
        whole(spec.end.as_millis().into()) && whole(spec.length.as_millis() as i128),
        "the history does not start and end with a minute"
    );
    for service in &spec.services {
        for incident in &service.incidents {
            let (ago, lasting) = match incident {
                Incident::Burst { ago, lasting, .. } => (ago, *lasting),
                Incident::Restart { ago, down } => (ago, *down),
                Incident::Deploy { ago } => (ago, Default::default()),
                Incident::Vanish { ago } => {
                    assert!(service.versions.len() == 1, "two versions vanish at once");
                    (ago, Default::default())
                }
            };
            assert!(
                whole(ago.as_millis() as i128) && whole(lasting.as_millis() as i128),
                "{incident:?} is not in whole minutes"
            );
        }
    }
}
