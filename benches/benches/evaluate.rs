//! Evaluations in process, in SLOs per second: measured buckets to figures ([`judge`]), and a whole
//! run of [`evaluate()`] from recordings in memory.
//!
//! Each SLO has 30 days of five-minute buckets: clean, burning, overspent, or with gaps. In test mode
//! there are few SLOs; before anything is timed, the figures must be what the buckets say.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a wrong answer must stop the benchmark"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use futures::executor::block_on;
use promql_client::{MemoryBackend, Point, Selector, Series, Timestamp};
use slo_core::data::Required;
use slo_core::evaluate::{Figures, Measurement, Options, Outcome, Source, Status};
use slo_core::evaluate::{evaluate, judge};
use slo_core::history::{Bucket, History};
use slo_core::queries::Recorded;
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};

const STEP: Duration = Duration::from_secs(300);
const BUCKETS: u64 = 8640;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// What a service's month was like, and how it is judged.
#[derive(Clone, Copy)]
enum Month {
    Clean,
    Burning,
    Overspent,
    Gaps,
}

const MONTHS: [(Month, Status); 4] = [
    (Month::Clean, Status::Ok),
    (Month::Burning, Status::AtRisk),
    (Month::Overspent, Status::Breached),
    (Month::Gaps, Status::Ok),
];

impl Month {
    /// Traffic that swings over the day, larger for one service than for another.
    fn bucket(self, service: u64, i: u64) -> Option<Bucket> {
        let day = i % 288;
        let total = (200 + service % 7 * 50) + 20 * day.min(288 - day) + (i * i) % 11;
        let isolated = u64::from(i % 97 == service % 97);
        let bad = match self {
            Self::Clean => 0,
            // Two percent in the last two hours.
            Self::Burning if i >= BUCKETS - 24 => total / 50,
            // Three in a thousand, now and then.
            Self::Overspent => total * 3 / 1000 + isolated,
            // A collector that was down for a day, and single scrapes that failed.
            Self::Gaps if (3000..3288).contains(&i) || i % 50 == 7 => return None,
            Self::Burning | Self::Gaps => isolated,
        };
        let (bad, total) = (bad as f64, total as f64);
        Some(Bucket { bad, total })
    }

    fn history(self, service: u64) -> History {
        let buckets = (0..BUCKETS).map(|i| self.bucket(service, i)).collect();
        History::new(NOW, STEP, buckets)
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let timed = has("--bench") && !has("--test");
    let (judged, evaluated) = if timed { (10_000, 1000) } else { (8, 4) };

    let mut criterion = Criterion::default().configure_from_args();
    judge_all(&mut criterion, judged);
    evaluate_all(&mut criterion, evaluated);
    criterion.final_summary();
}

fn judge_all(criterion: &mut Criterion, slos: usize) {
    // A history is 200 kB: some distinct ones, used in turn.
    let services: Vec<(Slo, Measurement, Status)> = (0..16)
        .map(|service| {
            let (month, status) = month(service);
            let measurement = Measurement::from_history(month.history(service));
            (slo(service), measurement, status)
        })
        .collect();
    let judge = |(slo, measurement, _): &(Slo, Measurement, Status)| {
        let period = slo.window.at(NOW).unwrap();
        judge(slo, &period, measurement, &Required::default())
    };
    for (service, case) in (0..).zip(&services) {
        assert_figures(&judge(case), service, case.2);
    }
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(slos as u64));
    group.sample_size(10);
    group.bench_function(format!("{slos} SLOs of {BUCKETS} buckets"), |b| {
        b.iter(|| {
            for case in services.iter().cycle().take(slos) {
                black_box(judge(black_box(case)));
            }
        });
    });
    group.finish();
}

fn evaluate_all(criterion: &mut Criterion, slos: u64) {
    let slos: Vec<Slo> = (0..slos).map(slo).collect();
    let backend = MemoryBackend::new();
    for (service, slo) in (0..).zip(&slos) {
        let history = month(service).0.history(service);
        let recorded = Recorded::new(slo);
        seed(&backend, recorded.bad(), &history, |bucket| bucket.bad);
        seed(&backend, recorded.total(), &history, |bucket| bucket.total);
    }
    let options = Options::at(NOW).from_source(Source::Recorded);
    let run = || block_on(evaluate(&backend, &slos, &options));
    for (service, evaluation) in (0..).zip(run()) {
        assert_figures(&evaluation.outcome, service, month(service).1);
    }
    let mut group = criterion.benchmark_group("evaluate");
    group.throughput(Throughput::Elements(slos.len() as u64));
    group.sample_size(10);
    group.bench_function(format!("{} SLOs, recorded, in memory", slos.len()), |b| {
        b.iter(|| black_box(run()));
    });
    group.finish();
}

fn month(service: u64) -> (Month, Status) {
    *MONTHS.iter().cycle().nth(service as usize % 4).unwrap()
}

fn slo(service: u64) -> Slo {
    let total = Selector::metric("http_requests_total").eq("job", format!("service-{service}"));
    let bad = Counter::new(total.clone().re("code", "5..")).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    Slo::new(
        Name::new(format!("service-{service}")).unwrap(),
        Name::new("availability").unwrap(),
        "99.9".parse().unwrap(),
        Window::days(30).unwrap(),
        Sli::Events(sli),
    )
}

/// The series that a recording would be.
fn seed(backend: &MemoryBackend, recording: &Selector, history: &History, leg: fn(Bucket) -> f64) {
    let points = history.iter().filter_map(|(timestamp, bucket)| {
        let value = leg(bucket?);
        Some(Point { timestamp, value })
    });
    let matchers = recording.matchers.iter();
    let mut labels: Vec<(&str, &str)> = matchers
        .map(|m| (m.name.as_str(), m.value.as_str()))
        .collect();
    labels.push(("__name__", recording.metric.as_deref().unwrap()));
    backend.push_series(&Series {
        labels: promql_client::Labels::from_pairs(labels),
        points: points.collect(),
        histograms: Vec::new(),
    });
}

/// Counts and status as the buckets, added up here, say.
fn assert_figures(outcome: &Outcome, service: u64, status: Status) {
    let figures: &Figures = outcome.figures().unwrap();
    let buckets = (0..BUCKETS).filter_map(|i| month(service).0.bucket(service, i));
    let (bad, total) = buckets.fold((0.0, 0.0), |(bad, total), b| (bad + b.bad, total + b.total));
    assert_eq!((figures.counts.bad, figures.counts.total), (bad, total));
    assert_eq!(figures.status, status, "service {service}");
    let remaining = 1.0 - bad / (0.001 * total);
    assert!((figures.budget.remaining_ratio - remaining).abs() < 1e-9);
}
