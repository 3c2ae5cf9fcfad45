//! Scrapes of a few targets, and what is counted of them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::memory::RangeSemantics;
use promql_client::{Expr, Labels, MemoryBackend, PromQl, RangeOptions, Selector, Timestamp};
use slo_core::queries::Queries;
use slo_core::sli::{Buckets, Counter, EventSli, Latency, Leg};
use slo_core::{Name, Sli, Slo};

pub(crate) const SEMANTICS: [RangeSemantics; 2] =
    [RangeSemantics::LeftOpen, RangeSemantics::Closed];
/// Seconds between scrapes.
pub(crate) const SCRAPE: i64 = 30;
/// When the history ends.
pub(crate) const END: i64 = 3 * 3600;
/// When something happens in it.
pub(crate) const CHANGE: i64 = 2 * 3600 + 77;
pub(crate) const PHASES: [i64; 3] = [0, 97, 211];

pub(crate) fn slo(sli: EventSli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let (objective, window) = ("99".parse().unwrap(), "3h".parse().unwrap());
    Slo::new(
        name("api"),
        name("difference"),
        objective,
        window,
        Sli::Events(sli),
    )
}

pub(crate) fn latency() -> Slo {
    slo(EventSli::latency(Latency {
        buckets: Buckets::classic(&Selector::metric("duration")),
        threshold: 100.0,
        unit_ms: 1.0,
    }))
}

pub(crate) fn good_and_total() -> Slo {
    let counter = |name: &str| {
        Counter::new(Selector::metric(name)).witnessed_by(Selector::metric("requests_total"))
    };
    let kind = |name: &str, kind: &str| {
        let Counter { selector, witness } = counter(name);
        Counter::new(selector.eq("kind", kind)).witnessed_by(witness)
    };
    less(
        kind("requests_total", "all"),
        kind("successes_total", "good"),
    )
}

pub(crate) fn less(total: Counter, good: Counter) -> Slo {
    let bad = Leg::Difference {
        of: vec![total.clone()],
        minus: vec![good],
    };
    slo(EventSli::new(bad, Leg::Counters(vec![total])))
}

/// What a target shows at a time: series without its own labels, and their values.
pub(crate) type Scrape = Vec<(&'static [(&'static str, &'static str)], i64)>;

pub(crate) fn played(
    semantics: RangeSemantics,
    scrape: impl Fn(i64) -> Option<Scrape>,
) -> MemoryBackend {
    let backend = MemoryBackend::new().with_semantics(semantics);
    for at in (0..END).step_by(usize::try_from(SCRAPE).unwrap()) {
        let shown = scrape(at).into_iter().flatten();
        for (labels, value) in shown {
            // Another instance is among a series' own labels.
            let target = [("job", "api"), ("instance", "a")].into_iter();
            let labels = Labels::from_pairs(target.chain(labels.iter().copied()));
            backend.push(&labels, Timestamp::from_secs(at), value as f64);
        }
    }
    backend
}

pub(crate) fn points(backend: &MemoryBackend, expr: &Expr, from: i64, step: i64) -> Vec<f64> {
    by_time(backend, expr, from, step).into_values().collect()
}

pub(crate) fn by_time(
    backend: &MemoryBackend,
    expr: &Expr,
    from: i64,
    step: i64,
) -> BTreeMap<Timestamp, f64> {
    let step = Duration::from_secs(u64::try_from(step).unwrap());
    let (from, to) = (Timestamp::from_secs(from), Timestamp::from_secs(END));
    let options = RangeOptions::new(from, to, step);
    let series = block_on(backend.range(&expr.to_string(), &options)).unwrap();
    assert!(series.data.len() <= 1, "{series:?}");
    let points = series.data.into_iter().flat_map(|series| series.points);
    points.map(|point| (point.timestamp, point.value)).collect()
}

/// Bad and total of the last two hours, bucket by bucket, and the most bad ones that alerts see.
pub(crate) fn counted(
    slo: &Slo,
    scrape: impl Fn(i64) -> Option<Scrape> + Copy,
) -> Vec<(f64, f64, f64)> {
    let mut all = Vec::new();
    let bucket = Duration::from_secs(300);
    for (semantics, phase) in SEMANTICS
        .into_iter()
        .zip(PHASES.into_iter().cycle())
        .take(6)
    {
        let backend = played(semantics, scrape);
        let sum = |expr| points(&backend, &expr, 3900 + phase, 300).iter().sum();
        let queries = Queries::new(slo);
        let alerts = [300, 3600].into_iter().flat_map(|window| {
            let expr = Queries::for_alerts(slo).bad(Duration::from_secs(window));
            points(&backend, &expr, 3600 + phase, 37)
        });
        let most = alerts.fold(0.0, f64::max);
        the_ratio_is_bad_by_total(&backend, slo);
        all.push((sum(queries.bad(bucket)), sum(queries.total(bucket)), most));
    }
    all
}

pub(crate) fn the_ratio_is_bad_by_total(backend: &MemoryBackend, slo: &Slo) {
    for window in [300, 3600].map(Duration::from_secs) {
        let queries = Queries::for_alerts(slo);
        let ask = |expr| by_time(backend, &expr, 300, 61);
        let (bad, total) = (ask(queries.bad(window)), ask(queries.total(window)));
        let ratios = ask(queries.bad_ratio(window));
        let wanted: Vec<_> = total.keys().filter(|at| total[at] > 0.0).collect();
        assert_eq!(ratios.keys().collect::<Vec<_>>(), wanted);
        for (at, ratio) in ratios {
            let wanted = bad[&at] / total[&at];
            assert!((ratio - wanted).abs() < 1e-12, "{at}: {ratio} {wanted}");
        }
    }
}

pub(crate) const COUNT: &[(&str, &str)] = &[("__name__", "duration_count")];
pub(crate) const SHORT: &[(&str, &str)] = &[("__name__", "duration_bucket"), ("le", "100")];
pub(crate) const FLOAT: &[(&str, &str)] = &[("__name__", "duration_bucket"), ("le", "100.0")];

pub(crate) const TOTAL: &[(&str, &str)] = &[("__name__", "requests_total"), ("kind", "all")];
pub(crate) const GOOD: &[(&str, &str)] = &[("__name__", "successes_total"), ("kind", "good")];

pub(crate) const NEW_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("path", "/new"),
];
pub(crate) const NEW_GOOD: &[(&str, &str)] = &[
    ("__name__", "successes_total"),
    ("kind", "good"),
    ("path", "/new"),
];

pub(crate) const OTHER_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("instance", "b"),
];

pub(crate) const EDGE_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("job", "edge"),
];

pub(crate) const BACK: &[(&str, &str)] = &[
    ("__name__", "successes_total"),
    ("kind", "good"),
    ("path", "/back"),
];

pub(crate) const OTHER_GOOD: &[(&str, &str)] = &[
    ("__name__", "successes_total"),
    ("kind", "good"),
    ("instance", "b"),
];
pub(crate) const THIRD_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("instance", "c"),
];
