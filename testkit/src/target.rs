//! Scrape targets: the proxies beside the pods, with their lives and their scrapes.

use promql_client::{Labels, Point, Series, Timestamp};

use crate::buckets::BUCKETS;
use crate::emit::Emitter;
use crate::rng::Rng;
use crate::spec::{Incident, VersionSpec};
use crate::truth::Tally;

/// One proxy: an instance that is scraped from its start to its end.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) pod: String,
    pub(crate) instance: String,
    /// Offset of its scrapes within the interval, in milliseconds.
    phase: i64,
    interval: i64,
    /// Lives in `[from, to)`, milliseconds.
    from: i64,
    to: i64,
    /// Times in which its container is down.
    down: Vec<(i64, i64)>,
    /// By outcome.
    pub(crate) emitters: Vec<Emitter>,
    /// Events that no scrape has shown yet, by outcome.
    pending: Vec<[u32; BUCKETS]>,
    up: Vec<Point>,
}

impl Target {
    pub(crate) fn new(pod: String, interval: i64, (from, to): (i64, i64), rng: &mut Rng) -> Self {
        let [a, b] = [rng.below(250), 1 + rng.below(250)];
        Self {
            instance: format!("10.{a}.{}.{b}:15020", rng.below(250)),
            pod,
            phase: 1_000 * rng.below(interval as u64 / 1_000) as i64,
            interval,
            from,
            to,
            down: Vec::new(),
            emitters: Vec::new(),
            pending: Vec::new(),
            up: Vec::new(),
        }
    }

    /// Adds the emitters, one an outcome.
    pub(crate) fn with_emitters(mut self, emitters: Vec<Emitter>) -> Self {
        self.pending = vec![[0; BUCKETS]; emitters.len()];
        self.emitters = emitters;
        self
    }

    /// Whether it takes requests.
    pub(crate) fn serves(&self, at: i64) -> bool {
        self.lives(at) && !self.is_down(at)
    }

    fn lives(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }

    fn is_down(&self, at: i64) -> bool {
        self.down.iter().any(|(a, b)| (*a..*b).contains(&at))
    }

    /// Scrapes in `(minute, minute + 60 s]`, as offsets into it.
    pub(crate) fn scrape_offsets(&self, minute: i64) -> impl Iterator<Item = i64> {
        let first = (self.phase - minute - 1).rem_euclid(self.interval) + 1;
        (first..=60_000).step_by(self.interval as usize)
    }

    /// Requests that ended in this process.
    pub(crate) fn count(&mut self, outcome: usize, by_bucket: &[u32; BUCKETS]) {
        self.emitters[outcome].add(by_bucket);
    }

    /// Requests that no other proxy speaks for.
    pub(crate) fn owns(&mut self, outcome: usize, by_bucket: &[u32; BUCKETS]) {
        for (sum, n) in self.pending[outcome].iter_mut().zip(by_bucket) {
            *sum += n;
        }
    }

    /// One scrape, where one is due; what it shows for the first time goes to `seen`.
    pub(crate) fn scrape_if_due(&mut self, at: i64, mut seen: impl FnMut(usize, usize, u32)) {
        // A target that ends at a scrape's time is not there any more.
        if (at - self.phase) % self.interval != 0 || !self.lives(at) {
            return;
        }
        let timestamp = Timestamp::from_millis(at);
        let first = self.up.is_empty();
        let value = if self.is_down(at) { 0.0 } else { 1.0 };
        self.up.push(Point { timestamp, value });
        if value == 0.0 {
            return;
        }
        self.emitters.iter_mut().for_each(|e| e.scrape(timestamp));
        for (outcome, buckets) in self.pending.iter_mut().enumerate() {
            for (bucket, count) in buckets.iter_mut().enumerate() {
                let count = std::mem::take(count);
                // Without an earlier scrape of this target nobody knows when these happened.
                if count > 0 && !first {
                    seen(outcome, bucket, count);
                }
            }
        }
    }

    /// Its container ends here, if it does: counters and what no scrape has seen are gone.
    pub(crate) fn restart_if_due(&mut self, at: i64) {
        if self.down.iter().any(|(start, _)| *start == at) {
            self.emitters.iter_mut().for_each(Emitter::reset);
            self.pending.iter_mut().for_each(|p| *p = [0; BUCKETS]);
        }
    }

    /// `up` and all of its counters.
    pub(crate) fn into_series(self) -> impl Iterator<Item = Series> {
        let labels = target_labels(&self.pod, &self.instance);
        let up = Series {
            labels: Labels::from_pairs(
                std::iter::once(("__name__", "up"))
                    .chain(labels.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
            ),
            points: self.up,
            histograms: Vec::new(),
        };
        std::iter::once(up)
            .filter(|up| !up.points.is_empty())
            .chain(self.emitters.into_iter().flat_map(Emitter::into_series))
    }
}

/// The labels that the scrape adds.
pub(crate) fn target_labels(pod: &str, instance: &str) -> Vec<(String, String)> {
    [
        ("instance", instance),
        ("job", "kubernetes-pods"),
        ("pod", pod),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The pods of one version over the whole history, one after another in each slot.
pub(crate) fn pods(
    workload: &str,
    version: &VersionSpec,
    incidents: &[Incident],
    interval: i64,
    (start, end): (i64, i64),
    rng: &mut Rng,
) -> Vec<Target> {
    let mut cuts = vec![start, end];
    let mut last = end;
    for incident in incidents {
        match incident {
            Incident::Deploy { ago } => cuts.push(end - ago.as_millis() as i64),
            Incident::Vanish { ago } => last = last.min(end - ago.as_millis() as i64),
            Incident::Burst { .. } | Incident::Restart { .. } => {}
        }
    }
    // What is before the start did not happen here.
    cuts.retain(|cut| (start..=end).contains(cut));
    cuts.sort_unstable();
    cuts.dedup();
    // A pod that lives to the end of the history is still scraped at that moment.
    let life = |a: i64, b: i64| {
        (
            a,
            if b.min(last) == end {
                end + 1
            } else {
                b.min(last)
            },
        )
    };
    let mut pods = Vec::new();
    for (generation, span) in cuts.windows(2).enumerate() {
        for slot in 0..version.pods {
            let pod = format!("{workload}-{}-{generation}{slot}", version.version);
            let mut target = Target::new(pod, interval, life(span[0], span[1]), rng);
            if slot == 0 {
                target.down = restarts(incidents, end, span);
            }
            pods.push(target);
        }
    }
    pods
}

fn restarts(incidents: &[Incident], end: i64, span: &[i64]) -> Vec<(i64, i64)> {
    incidents
        .iter()
        .filter_map(|incident| match incident {
            Incident::Restart { ago, down } => {
                let at = end - ago.as_millis() as i64;
                Some((at, at + down.as_millis() as i64))
            }
            _ => None,
        })
        .filter(|(at, _)| (span[0]..span[1]).contains(at))
        .collect()
}

/// Writes what one step shows into a ledger's tallies.
pub(crate) fn tally_into(
    tallies: &mut Vec<Tally>,
    step: u32,
    tag: impl Fn(usize) -> u16,
) -> impl FnMut(usize, usize, u32) {
    move |outcome, bucket, count| {
        tallies.push(Tally {
            step,
            tag: tag(outcome),
            bucket: bucket as u8,
            count,
        });
    }
}
