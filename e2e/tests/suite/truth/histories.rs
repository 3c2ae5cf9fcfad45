//! Servers with the histories of `testkit::counting` in them, written as scrapes leave them, and
//! comparisons with their truth.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use e2e::remote_write::{STALE, write_floats};
use e2e::{Generation, Options, Prometheus};
use promql_client::http::HttpBackend;
use promql_client::{Expr, Point, PromQl, RangeOptions, Timestamp};
use slo_core::evaluate::{self, Evaluation, Outcome};
use slo_core::queries::Queries;
use slo_core::sli::{Buckets, Counter, EventSli, Latency, Leg};
use slo_core::{Name, Sli, Slo};
use testkit::counting::{Case, CaseSeries, LegTruth, Measured, cases};

pub(crate) const BUCKET: Duration = Duration::from_secs(300);
/// A server refuses what is an hour older than its newest sample.
const SLICE_MS: i64 = 30 * 60_000;

/// What alerts ask of the raw series.
pub(crate) fn bad_in_alerts(slo: &Slo, window: Duration) -> Expr {
    Queries::for_alerts(slo).bad(window)
}

/// What a reader names as doubtful in one bucket.
pub(crate) fn bad_in_doubt(slo: &Slo) -> Expr {
    Queries::new(slo).in_doubt(BUCKET).unwrap()
}

/// A server, and the histories in it.
pub(crate) struct Written {
    server: Prometheus,
    backend: HttpBackend,
    histories: Arc<Vec<(Case, Slo)>>,
}

/// The server with all histories that the tests of a generation share; they only read.
pub(crate) fn written(generation: Generation) -> &'static Written {
    static WRITTEN: [OnceLock<Written>; 2] = [OnceLock::new(), OnceLock::new()];
    let [two, three] = &WRITTEN;
    let written = match generation {
        Generation::Two => two,
        Generation::Three => three,
    };
    written.get_or_init(|| {
        let server = receiver(generation);
        let histories: Vec<(Case, Slo)> = cases().map(|case| (case.clone(), slo(&case))).collect();
        write(&server, histories.iter().flat_map(|(case, _)| &case.series));
        Written::new(server, Arc::new(histories))
    })
}

/// An empty server that takes remote writes.
pub(crate) fn receiver(generation: Generation) -> Prometheus {
    let options = Options {
        flags: vec!["--web.enable-remote-write-receiver".to_owned()],
        ..Options::default()
    };
    Prometheus::start(generation, &options).unwrap()
}

/// Writes all series side by side, slice by slice.
pub(crate) fn write<'a>(server: &Prometheus, series: impl Iterator<Item = &'a CaseSeries>) {
    let one = |series: &CaseSeries| {
        let labels = series.labels.iter();
        let labels: Vec<(String, String)> =
            labels.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let samples = series.points.iter().map(|p| (p.timestamp, p.value));
        let ends = series.stale.iter().map(|end| (*end, STALE));
        let all = samples
            .chain(ends)
            .map(|(at, value)| (at.as_millis(), value));
        let mut all: Vec<(i64, f64)> = all.collect();
        all.sort_by_key(|(at, _)| *at);
        (labels, all)
    };
    let series: Vec<_> = series.map(one).collect();
    let times = series
        .iter()
        .flat_map(|(_, samples)| samples.iter().map(|(at, _)| *at));
    let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
    let mut from = first;
    while from <= last {
        let to = from + SLICE_MS;
        let slice = series.iter().filter_map(|(labels, samples)| {
            let begin = samples.partition_point(|(at, _)| *at < from);
            let end = samples.partition_point(|(at, _)| *at < to);
            (begin < end).then(|| (labels.as_slice(), &samples[begin..end]))
        });
        write_floats(server.address(), slice).unwrap();
        from = to;
    }
}

fn slo(case: &Case) -> Slo {
    let sli = match &case.measured {
        Measured::Counters { bad, total } => {
            let bad = Counter::new(bad.clone()).witnessed_by(total.clone());
            EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total.clone()))
        }
        Measured::Latency {
            histogram,
            threshold,
            unit_ms,
        } => EventSli::latency(Latency {
            buckets: Buckets::classic(histogram),
            threshold: *threshold,
            unit_ms: *unit_ms,
        }),
    };
    let name = |text: &str| Name::new(text).unwrap();
    let window = format!("{}s", case.end.since(case.measured_from).as_secs());
    Slo::new(
        name("api"),
        name(&case.name.replace('+', "")),
        "99".parse().unwrap(),
        window.parse().unwrap(),
        Sli::Events(sli),
    )
}

impl Written {
    fn new(server: Prometheus, histories: Arc<Vec<(Case, Slo)>>) -> Self {
        let backend = HttpBackend::builder(server.url()).build().unwrap();
        Self {
            server,
            backend,
            histories,
        }
    }

    /// Another server that is asked for the same histories.
    pub(crate) fn on(&self, server: Prometheus) -> Self {
        Self::new(server, Arc::clone(&self.histories))
    }

    pub(crate) fn generation(&self) -> Generation {
        self.server.generation()
    }

    pub(crate) fn histories(&self) -> impl Iterator<Item = &(Case, Slo)> + Clone {
        self.histories.iter()
    }

    /// The points of an answer of at most one series.
    pub(crate) fn points(
        &self,
        expr: &Expr,
        (from, to): (Timestamp, Timestamp),
        step: Duration,
    ) -> Vec<Point> {
        let (query, options) = (expr.to_string(), RangeOptions::new(from, to, step));
        let answer = runtime().block_on(self.backend.range(&query, &options));
        let mut series = answer.unwrap().data;
        assert!(series.len() <= 1, "{series:?}");
        series.pop().map(|series| series.points).unwrap_or_default()
    }

    pub(crate) fn sum(&self, expr: &Expr, range: (Timestamp, Timestamp), step: Duration) -> f64 {
        let points = self.points(expr, range, step);
        points.iter().map(|point| point.value).sum()
    }

    pub(crate) fn evaluation(&self, slo: &Slo, options: &evaluate::Options) -> Evaluation {
        let slos = std::slice::from_ref(slo);
        let mut options = options.clone();
        options.keep_history = true;
        let asked = evaluate::evaluate(&self.backend, slos, &options);
        let mut evaluations = runtime().block_on(asked);
        assert_eq!(evaluations.len(), 1, "{evaluations:?}");
        evaluations.remove(0)
    }
}

/// One for all tests: the connections that the shared client keeps live in it.
fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap()
    })
}

/// The window's counts and its buckets' are the same, and what happened.
pub(crate) fn check_evaluation(
    what: &str,
    case: &Case,
    evaluation: &Evaluation,
    failures: &mut Failures,
) {
    let outcome = &evaluation.outcome;
    let nothing = matches!(outcome, Outcome::NoData | Outcome::Failed(_));
    let right = nothing == case.stated.nothing_to_count;
    failures.hold(right, || format!("{}: {what}: {outcome:?}", case.name));
    if let (true, Some(figures)) = (right, outcome.figures()) {
        let sum = figures.history.as_ref().unwrap().sum();
        let counts = [
            ("window", figures.counts.bad, figures.counts.total),
            ("buckets", sum.bad, sum.total),
        ];
        for (of, bad, total) in counts {
            failures.leg(&format!("{what}: bad of the {of}"), case, &case.bad, bad);
            failures.leg(
                &format!("{what}: total of the {of}"),
                case,
                &case.total,
                total,
            );
        }
    }
}

/// What did not hold, so that one run tells of all histories.
#[derive(Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    pub(crate) fn hold(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.0.push(otherwise());
        }
    }

    /// Compares the whole of what happened with what was counted.
    pub(crate) fn leg(&mut self, what: &str, case: &Case, leg: &LegTruth, sum: f64) {
        let wanted = leg.sum_of_buckets(case.start, case.end);
        self.hold(wanted.contains(&sum), || {
            format!("{}: {what}: {sum}, not in {wanted:?}", case.name)
        });
    }

    pub(crate) fn report(&self) {
        assert!(
            self.0.is_empty(),
            "{} failures:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

impl FromIterator<Failures> for Failures {
    fn from_iter<I: IntoIterator<Item = Failures>>(all: I) -> Self {
        Self(all.into_iter().flat_map(|failures| failures.0).collect())
    }
}
