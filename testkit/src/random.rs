//! Random counters of good and bad events: quiet and busy, mostly well, some with an incident.

use promql_client::{Labels, Point, Series, Timestamp};

use crate::rng::Rng;

/// The counters of one random service, a value a minute. Bad events have no series before the first
/// of them.
#[derive(Clone, Debug)]
pub struct RandomCounters {
    /// Good events so far.
    pub good: Vec<u64>,
    /// Bad events so far.
    pub bad: Vec<u64>,
}

impl RandomCounters {
    /// So many services over so many minutes.
    #[must_use]
    pub fn generate(seed: u64, services: usize, minutes: u64) -> Vec<Self> {
        let mut rng = Rng::seeded(seed);
        (0..services)
            .map(|_| Self::one(&mut rng, minutes))
            .collect()
    }

    fn one(rng: &mut Rng, minutes: u64) -> Self {
        let mut pick = |of: [f64; 4]| of[rng.below(4) as usize];
        let per_minute = pick([0.05, 1.0, 30.0, 600.0]);
        let usual = pick([0.0, 0.001, 0.009, 0.02]);
        let incident_ratio = pick([0.03, 0.08, 0.3, 1.0]);
        let start = rng.below(minutes);
        let incident = start..start + rng.below(minutes / 4);
        let (mut good, mut bad) = (1000, 0);
        let mut counters = Self {
            good: vec![],
            bad: vec![],
        };
        for minute in 0..=minutes {
            let ratio = if incident.contains(&minute) {
                incident_ratio
            } else {
                usual
            };
            let requests = rng.poisson(per_minute);
            let errors = rng.binomial(requests, ratio);
            good += requests - errors;
            bad += errors;
            counters.good.push(good);
            counters.bad.push(bad);
        }
        counters
    }

    /// As series of `requests_total{job="api",instance="a",code,id}`, the last sample at `end`.
    #[must_use]
    pub fn series(&self, id: usize, end: Timestamp) -> [Series; 2] {
        let id = id.to_string();
        let of = |code: &str, values: &[u64]| {
            let labels = [
                ("__name__", "requests_total"),
                ("job", "api"),
                ("instance", "a"),
                ("code", code),
                ("id", id.as_str()),
            ];
            let start = end.as_millis() - 60_000 * (values.len() as i64 - 1);
            let points = values.iter().enumerate().filter(|(_, value)| **value > 0);
            let point = |(i, value): (usize, &u64)| Point {
                timestamp: Timestamp::from_millis(start + 60_000 * i as i64),
                value: *value as f64,
            };
            Series {
                labels: Labels::from_pairs(labels),
                points: points.map(point).collect(),
                histograms: vec![],
            }
        };
        [of("200", &self.good), of("500", &self.bad)]
    }
}
