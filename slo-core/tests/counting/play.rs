//! A history in memory, the SLO that asks for it, and sums over time.

use std::time::Duration;

use futures::executor::block_on;
use promql_client::memory::RangeSemantics;
use promql_client::{Expr, MemoryBackend, Point, PromQl, RangeOptions, Timestamp};
use slo_core::queries::Queries;
use slo_core::sli::{Buckets, Counter, EventSli, Latency, Leg};
use slo_core::{Name, Sli, Slo};
use testkit::counting::{Case, LegTruth, Measured};

pub(crate) const BUCKET: Duration = Duration::from_secs(300);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Ranges as in Prometheus 3 and 2.
pub(crate) const SEMANTICS: [RangeSemantics; 2] =
    [RangeSemantics::LeftOpen, RangeSemantics::Closed];

/// A recording group has a phase of its own within its interval; at 0 it meets scrapes exactly.
pub(crate) const PHASES_MS: [u64; 4] = [0, 37_000, 142_500, 293_217];

pub(crate) fn slo(case: &Case) -> Slo {
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
    let measured = case.end.since(case.measured_from);
    let window = format!("{}s", measured.as_secs());
    Slo::new(
        name("api"),
        name(&case.name.replace('+', "")),
        "99".parse().unwrap(),
        window.parse().unwrap(),
        Sli::Events(sli),
    )
}

/// What alerts ask of the raw series.
pub(crate) fn bad_in_alerts(slo: &Slo, window: Duration) -> Expr {
    Queries::for_alerts(slo).bad(window)
}

/// What a reader names as doubtful in one bucket.
pub(crate) fn bad_in_doubt(slo: &Slo) -> Expr {
    Queries::new(slo).in_doubt(BUCKET).unwrap()
}

pub(crate) fn backend(case: &Case, semantics: RangeSemantics) -> MemoryBackend {
    let backend = MemoryBackend::new().with_semantics(semantics);
    for series in &case.series {
        for point in &series.points {
            backend.push(&series.labels, point.timestamp, point.value);
        }
        for end in &series.stale {
            backend.push_stale(&series.labels, *end);
        }
    }
    backend
}

/// The points of an answer of at most one series.
pub(crate) fn points(
    backend: &MemoryBackend,
    expr: &Expr,
    (from, to): (Timestamp, Timestamp),
    step: Duration,
) -> Vec<Point> {
    let options = RangeOptions::new(from, to, step);
    let mut series = block_on(backend.range(&expr.to_string(), &options))
        .unwrap()
        .data;
    assert!(series.len() <= 1, "{series:?}");
    series.pop().map(|series| series.points).unwrap_or_default()
}

/// What a query says of each bucket from the history's first to its last, added up; with the end
/// of the first bucket's predecessor and of the last bucket.
pub(crate) fn sum_of_buckets(
    backend: &MemoryBackend,
    case: &Case,
    expr: &Expr,
    phase_ms: u64,
) -> f64 {
    let first = case.measured_from.plus(Duration::from_millis(phase_ms));
    let points = points(backend, expr, (first, case.end), BUCKET);
    points.iter().map(|point| point.value).sum()
}

/// The whole of what happened, as buckets may say it.
#[track_caller]
pub(crate) fn assert_sum(what: &str, case: &Case, leg: &LegTruth, sum: f64) {
    let wanted = leg.sum_of_buckets(case.start, case.end);
    assert!(
        wanted.contains(&sum),
        "{}: {what}: {sum}, not in {wanted:?} ({})",
        case.name,
        case.what
    );
}
