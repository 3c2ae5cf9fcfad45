//! Draws the events of one version of a service, minute by minute, and lets the proxies be scraped.

use promql_client::Series;

use crate::buckets::{BUCKETS, conditional_shares};
use crate::emit::Emitter;
use crate::rng::Rng;
use crate::spec::{Incident, LatencySeries, Outcome, Protocol, ServiceSpec, Spec, VersionSpec};
use crate::target::{Target, pods, tally_into, target_labels};
use crate::truth::{Tag, Tally};

/// What one version of a service left behind.
pub(crate) struct Outcomes {
    pub(crate) tags: Vec<Tag>,
    pub(crate) happened: Vec<Tally>,
    pub(crate) visible: Vec<Tally>,
    /// Its pods' series.
    pub(crate) pods: Vec<Series>,
    /// Its callers' proxy's series, `up` first.
    pub(crate) caller: Vec<Series>,
}

struct Group<'a> {
    service: &'a ServiceSpec,
    version: &'a VersionSpec,
    end: i64,
    outcomes: Vec<Outcome>,
    buckets: [f64; BUCKETS],
    rng: Rng,
    pods: Vec<Target>,
    caller: Target,
    /// The present minute's events, by outcome.
    minute: Vec<[u32; BUCKETS]>,
}

/// Chance that a call of a service without pods fails for want of a healthy host (`UH`), not at
/// connecting (`UF`).
const NO_HEALTHY_HOST: f64 = 0.85;

/// Runs one version of a service. `caller` is its callers' proxy, the same for all services.
pub(crate) fn run(
    spec: &Spec,
    service: &ServiceSpec,
    version: &VersionSpec,
    caller: &Target,
    seed: u64,
) -> Outcomes {
    let (start, end) = (spec.start().as_millis(), spec.end.as_millis());
    let mut group = Group::new(spec, service, version, caller, seed);
    let minutes = ((end - start) / 60_000) as u32;
    let (mut happened, mut visible) = (Vec::new(), Vec::new());
    for minute in 0..minutes {
        group.run_minute(minute, start + i64::from(minute) * 60_000, &mut visible);
        let mut note = tally_into(&mut happened, minute, |outcome| outcome as u16);
        for (outcome, buckets) in group.minute.iter_mut().enumerate() {
            for (bucket, count) in buckets.iter_mut().enumerate().filter(|(_, n)| **n > 0) {
                note(outcome, bucket, std::mem::take(count));
            }
        }
    }
    let tags = group.outcomes.iter().map(|&outcome| Tag {
        version: version_label(version, outcome).to_owned(),
        outcome,
    });
    Outcomes {
        tags: tags.collect(),
        happened,
        visible,
        pods: group
            .pods
            .into_iter()
            .flat_map(Target::into_series)
            .collect(),
        caller: group.caller.into_series().collect(),
    }
}

impl<'a> Group<'a> {
    fn new(
        spec: &Spec,
        service: &'a ServiceSpec,
        version: &'a VersionSpec,
        caller: &Target,
        seed: u64,
    ) -> Self {
        let (start, end) = (spec.start().as_millis(), spec.end.as_millis());
        let interval = spec.scrape_interval.as_millis() as i64;
        let part = format!("{}/{}", service.name, version.version);
        let mut rng = Rng::for_part(seed, &part);
        let outcomes = outcomes(service, version);
        let emitters = |reporter, target: &Target| -> Vec<Emitter> {
            let histogram = match service.latency {
                LatencySeries::None => false,
                LatencySeries::Destination => reporter == "destination",
                LatencySeries::Both => true,
            };
            let emitter = |outcome: &Outcome| {
                let labels = labels(service, version, *outcome, reporter, target);
                Emitter::new(labels, histogram.then_some(service.bounds))
            };
            outcomes.iter().map(emitter).collect()
        };
        let pods = pods(
            &service.name,
            version,
            &service.incidents,
            interval,
            (start, end),
            &mut rng,
        );
        let with = |reporter, target: Target| {
            let emitters = emitters(reporter, &target);
            target.with_emitters(emitters)
        };
        Self {
            pods: pods.into_iter().map(|p| with("destination", p)).collect(),
            caller: with("source", caller.clone()),
            minute: vec![[0; BUCKETS]; outcomes.len()],
            buckets: conditional_shares(version.median_ms, version.shape),
            service,
            version,
            end,
            outcomes,
            rng,
        }
    }

    /// Events and scrapes of one minute: between two scrapes of whichever proxy, events are drawn;
    /// at each scrape the proxy shows what it has counted.
    fn run_minute(&mut self, minute: u32, at: i64, visible: &mut Vec<Tally>) {
        let serving: Vec<usize> = (0..self.pods.len())
            .filter(|pod| self.pods[*pod].serves(at))
            .collect();
        self.pods.iter_mut().for_each(|p| p.restart_if_due(at));
        let mut cuts: Vec<i64> = std::iter::once(&self.caller)
            .chain(serving.iter().map(|pod| &self.pods[*pod]))
            .flat_map(|target| target.scrape_offsets(at))
            .chain([60_000])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let per_second = self.service.load.at(at) * self.version.share;
        let mut before = 0;
        for cut in cuts {
            let expected = per_second * (cut - before) as f64 / 1_000.0;
            self.draw(at, expected, &serving);
            // A window holds the scrape at its end, not the one at its start.
            let second = minute * 60 + (cut / 1_000) as u32 - 1;
            for target in self.pods.iter_mut().chain([&mut self.caller]) {
                let seen = tally_into(visible, second, |outcome| outcome as u16);
                target.scrape_if_due(at + cut, seen);
            }
            before = cut;
        }
    }

    fn draw(&mut self, at: i64, expected: f64, serving: &[usize]) {
        let unreachable = self.outcomes.len() - 2;
        if serving.is_empty() {
            let shares = [NO_HEALTHY_HOST, 1.0 - NO_HEALTHY_HOST];
            for (outcome, share) in (unreachable..).zip(shares) {
                let count = self.rng.poisson(expected * share) as u32;
                if count > 0 {
                    // The proxy itself answers at once.
                    let mut by_bucket = [0; BUCKETS];
                    by_bucket[0] = count;
                    self.note(outcome, &by_bucket, None);
                }
            }
            return;
        }
        let shares = self.shares(at);
        for pod in serving {
            for (outcome, share) in shares.iter().enumerate() {
                let expected = expected * share / serving.len() as f64;
                let count = self.rng.poisson(expected);
                if count > 0 {
                    let by_bucket = self.split(count);
                    self.note(outcome, &by_bucket, Some(*pod));
                }
            }
        }
    }

    fn note(&mut self, outcome: usize, by_bucket: &[u32; BUCKETS], pod: Option<usize>) {
        self.caller.count(outcome, by_bucket);
        match pod {
            Some(pod) => {
                self.pods[pod].count(outcome, by_bucket);
                self.pods[pod].owns(outcome, by_bucket);
            }
            None => self.caller.owns(outcome, by_bucket),
        }
        for (sum, n) in self.minute[outcome].iter_mut().zip(by_bucket) {
            *sum += n;
        }
    }

    /// Shares of the outcomes now; success takes what the others leave.
    fn shares(&self, at: i64) -> Vec<f64> {
        let mut shares = vec![0.0; self.outcomes.len() - 2];
        for (outcome, share) in &self.version.answers {
            shares[self.place(*outcome)] += share;
        }
        for incident in &self.service.incidents {
            if let Incident::Burst {
                ago,
                lasting,
                outcome,
                ratio,
            } = incident
            {
                let start = self.end - ago.as_millis() as i64;
                if (start..start + lasting.as_millis() as i64).contains(&at) {
                    shares[self.place(*outcome)] += ratio;
                }
            }
        }
        shares[0] = 1.0 - shares.iter().sum::<f64>();
        shares
    }

    fn place(&self, outcome: Outcome) -> usize {
        let found = self.outcomes.iter().position(|o| *o == outcome);
        found.expect("all outcomes of a version are listed")
    }

    fn split(&mut self, count: u64) -> [u32; BUCKETS] {
        let mut rest = count;
        std::array::from_fn(|bucket| {
            let here = self.rng.binomial(rest, self.buckets[bucket]);
            rest -= here;
            here as u32
        })
    }
}

/// Success first, the two for a service without pods last.
fn outcomes(service: &ServiceSpec, version: &VersionSpec) -> Vec<Outcome> {
    let mut outcomes = vec![match service.protocol {
        Protocol::Http => Outcome::http("200"),
        Protocol::Grpc => Outcome::grpc("0"),
    }];
    let bursts = service.incidents.iter().filter_map(|i| match i {
        Incident::Burst { outcome, .. } => Some(*outcome),
        _ => None,
    });
    for outcome in version.answers.iter().map(|(o, _)| *o).chain(bursts) {
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    outcomes.extend([Outcome::unreachable("UH"), Outcome::unreachable("UF")]);
    outcomes
}

fn version_label(version: &VersionSpec, outcome: Outcome) -> &str {
    if outcome.reached {
        &version.version
    } else {
        "unknown"
    }
}

fn labels(
    service: &ServiceSpec,
    version: &VersionSpec,
    outcome: Outcome,
    reporter: &str,
    target: &Target,
) -> Vec<(String, String)> {
    let workload = if outcome.reached {
        service.name.as_str()
    } else {
        "unknown"
    };
    let protocol = match service.protocol {
        Protocol::Http => "http",
        Protocol::Grpc => "grpc",
    };
    let own = [
        ("reporter", reporter),
        ("source_workload", "storefront"),
        ("destination_service_name", &service.name),
        ("destination_service_namespace", "shop"),
        ("destination_workload", workload),
        ("destination_version", version_label(version, outcome)),
        ("request_protocol", protocol),
        ("response_code", outcome.code),
        ("response_flags", outcome.flags),
        ("grpc_response_status", outcome.grpc),
    ];
    own.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .chain(target_labels(&target.pod, &target.instance))
        .collect()
}
