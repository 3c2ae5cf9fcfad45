//! What is new, respelled or only half known on one side of a difference is no bad event.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::memory::RangeSemantics;
use promql_client::{Expr, Labels, MemoryBackend, PromQl, RangeOptions, Selector, Timestamp};
use slo_core::queries::Queries;
use slo_core::sli::{Buckets, Counter, EventSli, Latency, Leg};
use slo_core::{Name, Sli, Slo};

const SEMANTICS: [RangeSemantics; 2] = [RangeSemantics::LeftOpen, RangeSemantics::Closed];
/// Seconds between scrapes.
const SCRAPE: i64 = 30;
/// When the history ends.
const END: i64 = 3 * 3600;
/// When something happens in it.
const CHANGE: i64 = 2 * 3600 + 77;
const PHASES: [i64; 3] = [0, 97, 211];

fn slo(sli: EventSli) -> Slo {
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

fn latency() -> Slo {
    slo(EventSli::latency(Latency {
        buckets: Buckets::classic(&Selector::metric("duration")),
        threshold: 100.0,
        unit_ms: 1.0,
    }))
}

fn good_and_total() -> Slo {
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

fn less(total: Counter, good: Counter) -> Slo {
    let bad = Leg::Difference {
        of: vec![total.clone()],
        minus: vec![good],
    };
    slo(EventSli::new(bad, Leg::Counters(vec![total])))
}

/// What a target shows at a time: series without its own labels, and their values.
type Scrape = Vec<(&'static [(&'static str, &'static str)], i64)>;

fn played(semantics: RangeSemantics, scrape: impl Fn(i64) -> Option<Scrape>) -> MemoryBackend {
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

fn points(backend: &MemoryBackend, expr: &Expr, from: i64, step: i64) -> Vec<f64> {
    by_time(backend, expr, from, step).into_values().collect()
}

fn by_time(backend: &MemoryBackend, expr: &Expr, from: i64, step: i64) -> BTreeMap<Timestamp, f64> {
    let step = Duration::from_secs(u64::try_from(step).unwrap());
    let (from, to) = (Timestamp::from_secs(from), Timestamp::from_secs(END));
    let options = RangeOptions::new(from, to, step);
    let series = block_on(backend.range(&expr.to_string(), &options)).unwrap();
    assert!(series.data.len() <= 1, "{series:?}");
    let points = series.data.into_iter().flat_map(|series| series.points);
    points.map(|point| (point.timestamp, point.value)).collect()
}

/// Bad and total of the last two hours, bucket by bucket, and the most bad ones that alerts see.
fn counted(slo: &Slo, scrape: impl Fn(i64) -> Option<Scrape> + Copy) -> Vec<(f64, f64, f64)> {
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

fn the_ratio_is_bad_by_total(backend: &MemoryBackend, slo: &Slo) {
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

const COUNT: &[(&str, &str)] = &[("__name__", "duration_count")];
const SHORT: &[(&str, &str)] = &[("__name__", "duration_bucket"), ("le", "100")];
const FLOAT: &[(&str, &str)] = &[("__name__", "duration_bucket"), ("le", "100.0")];

#[test]
fn a_bound_that_an_upgrade_spells_anew_is_the_same_bucket() {
    // The server is away for two minutes; all requests are fast, ten a second.
    let counted = counted(&latency(), |at| {
        let up = !(CHANGE..CHANGE + 120).contains(&at);
        let bucket = if at < CHANGE { SHORT } else { FLOAT };
        up.then(|| vec![(COUNT, 1_000 + 10 * at), (bucket, 1_000 + 10 * at)])
    });
    for (bad, total, in_alerts) in counted {
        assert_eq!((bad, in_alerts), (0.0, 0.0));
        assert!((68_900.0..=72_010.0).contains(&total), "{total}");
    }
}

#[test]
fn a_histogram_that_is_given_its_bucket_says_nothing_of_what_was_before() {
    let counted = counted(&latency(), |at| {
        let mut shown = vec![(COUNT, 1_000 + 10 * at)];
        shown.extend((at >= CHANGE).then_some((SHORT, 1_000 + 10 * at)));
        Some(shown)
    });
    for (bad, total, in_alerts) in counted {
        assert_eq!((bad, in_alerts), (0.0, 0.0));
        assert!(total <= 10.0 * (END - CHANGE) as f64, "{total}");
        assert!(total >= 10.0 * (END - CHANGE - 900) as f64, "{total}");
    }
}

#[test]
fn a_histogram_that_is_given_its_bucket_while_nothing_is_scraped_says_nothing_of_the_gap() {
    for gap in [400, 700, 3_000] {
        let counted = counted(&latency(), |at| {
            let up = !(CHANGE - gap..CHANGE).contains(&at);
            let mut shown = vec![(COUNT, 1_000 + 10 * at)];
            shown.extend((at >= CHANGE).then_some((SHORT, 1_000 + 10 * at)));
            up.then_some(shown)
        });
        for (bad, total, in_alerts) in counted {
            assert_eq!((bad, in_alerts), (0.0, 0.0), "{gap} s");
            assert!(total >= 10.0 * (END - CHANGE - 900) as f64, "{total}");
        }
    }
}

const TOTAL: &[(&str, &str)] = &[("__name__", "requests_total"), ("kind", "all")];
const GOOD: &[(&str, &str)] = &[("__name__", "successes_total"), ("kind", "good")];

#[test]
fn first_successes_after_failures_alone_are_no_bad_events() {
    // One failure each half a minute, until the first successes come, fifty a second.
    let counted = counted(&good_and_total(), |at| {
        let failed = at.min(CHANGE) / SCRAPE;
        let good = 50 * (at - CHANGE).max(0);
        let mut shown = vec![(TOTAL, 1 + failed + good)];
        shown.extend((good > 0).then_some((GOOD, good)));
        Some(shown)
    });
    let failures = ((CHANGE - 3600) / SCRAPE + 1) as f64;
    for (bad, _, in_alerts) in counted {
        assert!((0.0..=failures).contains(&bad), "{bad}, not {failures}");
        assert!(in_alerts <= 121.0, "{in_alerts}");
    }
}

const NEW_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("path", "/new"),
];
const NEW_GOOD: &[(&str, &str)] = &[
    ("__name__", "successes_total"),
    ("kind", "good"),
    ("path", "/new"),
];

#[test]
fn both_sides_of_a_difference_are_new_or_neither_is() {
    // So many requests to a new path that its successes look like too many, its requests do not.
    let counted = counted(&good_and_total(), |at| {
        let old = at;
        let new = 40 * (at - CHANGE).max(0);
        let mut shown = vec![(TOTAL, 1_000 + old), (GOOD, 1_000 + old / 3)];
        shown.extend((new > 0).then_some((NEW_TOTAL, new)));
        shown.extend((new > 0).then_some((NEW_GOOD, new)));
        Some(shown)
    });
    for (bad, _, in_alerts) in counted {
        assert!((4_590.0..=4_802.0).contains(&bad), "{bad}");
        assert!(in_alerts <= 2_402.0, "{in_alerts}");
    }
}

const OTHER_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("instance", "b"),
];

#[test]
fn what_is_in_doubt_on_one_target_hides_nothing_of_another() {
    // One fails until its first successes come; the other one is new, has failed before its first
    // scrape, and fails on.
    let counted = counted(&good_and_total(), |at| {
        let failed = at.min(CHANGE) / SCRAPE;
        let good = 50 * (at - CHANGE).max(0);
        let mut shown = vec![(TOTAL, 1 + failed + good)];
        shown.extend((good > 0).then_some((GOOD, good)));
        let since = at - CHANGE + 10 * SCRAPE;
        shown.extend((since > 0).then_some((OTHER_TOTAL, 400 + since / SCRAPE)));
        Some(shown)
    });
    let failures = ((END - 3600) / SCRAPE + 20) as f64;
    for (bad, _, in_alerts) in counted {
        assert!((0.0..=failures).contains(&bad), "{bad}, not {failures}");
        assert!(in_alerts <= 140.0, "{in_alerts}");
    }
}

const EDGE_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("job", "edge"),
];

#[test]
fn sides_on_different_targets_are_compared_as_wholes() {
    // A gateway counts all requests, a service the good ones.
    let counter = |name: &str, job: &str| {
        Counter::new(Selector::metric(name).eq("job", job))
            .witnessed_by(Selector::metric("requests_total").eq("job", "edge"))
    };
    let (total, good) = (
        counter("requests_total", "edge"),
        counter("successes_total", "api"),
    );
    let counted = counted(&less(total, good), |at| {
        let failed = at.min(CHANGE) / SCRAPE;
        let good = 50 * (at - CHANGE).max(0);
        let mut shown = vec![(EDGE_TOTAL, 1 + failed + good)];
        shown.extend((good > 0).then_some((GOOD, good)));
        Some(shown)
    });
    let failures = ((CHANGE - 3600) / SCRAPE + 1) as f64;
    for (bad, _, in_alerts) in counted {
        assert!((0.0..=failures).contains(&bad), "{bad}, not {failures}");
        assert!(in_alerts <= 121.0, "{in_alerts}");
    }
}

const BACK: &[(&str, &str)] = &[
    ("__name__", "successes_total"),
    ("kind", "good"),
    ("path", "/back"),
];

#[test]
fn old_successes_that_appear_are_no_more_than_can_have_succeeded() {
    // Half of ten requests a second fail. A rule is lifted that dropped some successes.
    let slo = good_and_total();
    let bucket = Duration::from_secs(300);
    let failures = 5.0 * (END - 3600) as f64;
    for (old, hidden, in_doubt) in [
        // As many may be new: it is less than a quarter of an hour's requests.
        (1_000, 1_000.0, 0.0),
        // In five minutes 1,500 are not seen to succeed.
        (2_000, 0.0, 0.0),
        (30_000, 0.0, 30_000.0),
    ] {
        for semantics in SEMANTICS {
            let backend = played(semantics, |at| {
                let mut shown = vec![(TOTAL, 1_000 + 10 * at), (GOOD, 1_000 + 5 * at)];
                shown.extend((at >= CHANGE).then_some((BACK, old)));
                Some(shown)
            });
            let queries = Queries::new(&slo);
            let ask = |expr| points(&backend, &expr, 3900, 300);
            let bad = ask(queries.bad(bucket));
            assert!(bad.iter().all(|bad| *bad >= 0.0), "{old}: {bad:?}");
            let bad: f64 = bad.iter().sum();
            assert!((bad + hidden - failures).abs() <= 150.0, "{old}: {bad}");
            let doubt = ask(queries.in_doubt(bucket).unwrap());
            assert_eq!(doubt.iter().sum::<f64>(), in_doubt);
            let each = queries.series_in_doubt(bucket).unwrap().to_string();
            let range = (Timestamp::from_secs(3900), Timestamp::from_secs(END));
            let options = RangeOptions::new(range.0, range.1, bucket);
            let named = block_on(backend.range(&each, &options)).unwrap().data;
            let paths: Vec<_> = named.iter().map(|x| x.labels.get("path")).collect();
            let wanted = (in_doubt > 0.0).then_some(Some("/back"));
            assert_eq!(paths, wanted.into_iter().collect::<Vec<_>>());
        }
    }
}

const OTHER_GOOD: &[(&str, &str)] = &[
    ("__name__", "successes_total"),
    ("kind", "good"),
    ("instance", "b"),
];
const THIRD_TOTAL: &[(&str, &str)] = &[
    ("__name__", "requests_total"),
    ("kind", "all"),
    ("instance", "c"),
];

#[test]
fn what_new_targets_failed_before_their_first_scrape_is_in_doubt() {
    // One has failed ten of a hundred, and fails a tenth of ten a second; the other one all of fifty.
    let slo = good_and_total();
    let scrape = |at: i64| {
        let mut shown = vec![(TOTAL, 1_000 + at), (GOOD, 1_000 + at)];
        let since = (at - CHANGE).div_euclid(SCRAPE);
        if since >= 0 {
            shown.push((OTHER_TOTAL, 100 + 300 * since));
            shown.push((OTHER_GOOD, 90 + 270 * since));
            shown.push((THIRD_TOTAL, 50));
        }
        Some(shown)
    };
    let failed = 30.0 * ((END - 1 - CHANGE) / SCRAPE) as f64;
    for semantics in SEMANTICS {
        let backend = played(semantics, scrape);
        let queries = Queries::new(&slo);
        let bucket = Duration::from_secs(300);
        let sum = |expr| points(&backend, &expr, 3900, 300).iter().sum::<f64>();
        assert_eq!(sum(queries.in_doubt(bucket).unwrap()), 60.0);
        let bad = sum(queries.bad(bucket));
        assert!((bad - failed).abs() <= 30.0, "{bad} {failed}");
    }
}
