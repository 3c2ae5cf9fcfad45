//! What every history holds to, checked by reading its series without knowing how they were made.

use std::collections::BTreeMap;
use std::time::Duration;

use promql_client::Series;
use testkit::{BOUNDS_MS, BUCKETS, Counts, History, Spec, Timestamp};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const END: Timestamp = Timestamp::from_secs(1_750_000_020);

fn days(days: u32) -> Spec {
    Spec::shop(END).lasting(days * DAY)
}

fn label<'a>(series: &'a Series, name: &str) -> &'a str {
    series.labels.get(name).unwrap_or_default()
}

/// The series of a service under a metric's name, as the request's own proxy reports them: the
/// server's, and the caller's where the request reached no pod.
fn owned<'a>(
    history: &'a History,
    service: &'a str,
    metric: &'a str,
) -> impl Iterator<Item = &'a Series> {
    history.series().iter().filter(move |series| {
        let at_source = matches!(label(series, "response_flags"), "UH" | "UF");
        series.labels.metric_name() == Some(metric)
            && label(series, "destination_service_name") == service
            && (label(series, "reporter") == "source") == at_source
    })
}

fn is_failure(series: &Series) -> bool {
    label(series, "response_code").starts_with('5')
        || matches!(label(series, "grpc_response_status"), "2" | "14")
}

/// A perfect reader: what each scrape in `(from, to]` shows for the first time. New series count in
/// full where their target was scraped before, and a target that was down starts from 0.
fn read(history: &History, series: &Series, from: Timestamp, to: Timestamp) -> f64 {
    let ups: Vec<(Timestamp, f64)> = history
        .series()
        .iter()
        .filter(|s| s.labels.metric_name() == Some("up"))
        .filter(|s| label(s, "instance") == label(series, "instance"))
        .flat_map(|s| s.points.iter().map(|p| (p.timestamp, p.value)))
        .collect();
    let born = ups.first().map(|up| up.0);
    let downs: Vec<Timestamp> = ups.iter().filter(|up| up.1 == 0.0).map(|up| up.0).collect();
    let mut last: Option<(Timestamp, f64)> = None;
    let mut sum = 0.0;
    for point in &series.points {
        let gained = match last {
            None if Some(point.timestamp) == born => 0.0,
            None => point.value,
            Some((then, value)) => {
                let restarted = downs.iter().any(|d| (then..point.timestamp).contains(d));
                if restarted || point.value < value {
                    point.value
                } else {
                    point.value - value
                }
            }
        };
        if from < point.timestamp && point.timestamp <= to {
            sum += gained;
        }
        last = Some((point.timestamp, point.value));
    }
    sum
}

fn read_counts(history: &History, service: &str, from: Timestamp, to: Timestamp) -> (f64, f64) {
    owned(history, service, "istio_requests_total").fold((0.0, 0.0), |(total, bad), series| {
        let count = read(history, series, from, to);
        let failed = if is_failure(series) { count } else { 0.0 };
        (total + count, bad + failed)
    })
}

fn assert_reads_as_visible(history: &History) {
    let windows = [
        (history.start(), history.end()),
        (history.end().minus(3 * HOUR), history.end()),
        (history.end().minus(DAY), history.end().minus(7 * HOUR)),
    ];
    for service in history.services() {
        for (from, to) in windows {
            let truth = history.truth(service).visible_window(from, to);
            let (total, bad) = read_counts(history, service, from, to);
            assert_eq!(
                (total, bad),
                (truth.total as f64, truth.bad as f64),
                "{service} from {from} to {to}"
            );
        }
    }
}

#[test]
fn a_perfect_reader_of_the_scrapes_gets_exactly_what_is_visible() {
    assert_reads_as_visible(&History::generate(1, &days(2)));
    let fast = days(1).scraped_every(Duration::from_secs(15));
    assert_reads_as_visible(&History::generate(2, &fast));
}

#[test]
fn deploys_and_restarts_in_place_are_read_exactly_too() {
    // Long enough to hold the deploy, the restart and the burst.
    let history = History::generate(3, &days(20).only(&["feature-service"]));
    assert_reads_as_visible(&history);
    let truth = history.truth("feature-service");
    let (happened, visible) = (
        truth.window(history.start(), history.end()),
        truth.visible_window(history.start(), history.end()),
    );
    let unseen = happened.total - visible.total;
    // Two pods of 4 requests a second: at most a minute each at their start and their end, at the
    // restart, and at the end of the history.
    assert!((1..=10 * 60 * 4).contains(&unseen), "{unseen} unseen");
}

#[test]
fn buckets_hold_what_the_truth_says() {
    let history = History::generate(4, &days(1));
    let (from, to) = (history.start(), history.end());
    for service in ["api-gateway", "model-inference", "quiet-batch"] {
        let truth = history.truth(service).visible_window(from, to);
        let mut read_by_bound: BTreeMap<String, f64> = BTreeMap::new();
        for series in owned(
            &history,
            service,
            "istio_request_duration_milliseconds_bucket",
        ) {
            *read_by_bound
                .entry(label(series, "le").to_owned())
                .or_default() += read(&history, series, from, to);
        }
        assert_eq!(read_by_bound.len(), BUCKETS, "{service}");
        for bound in BOUNDS_MS {
            let read: f64 = read_by_bound
                .iter()
                .filter(|(le, _)| le.parse() == Ok(bound))
                .map(|(_, n)| n)
                .sum();
            assert_eq!(read, truth.le(bound) as f64, "{service} at {bound}");
        }
        assert_eq!(read_by_bound["+Inf"], truth.total as f64, "{service}");
    }
}

#[test]
fn histories_follow_from_their_seed_and_parts_stand_alone() {
    let spec = days(1).only(&["quiet-batch", "grpc-service"]);
    let history = History::generate(5, &spec);
    assert_eq!(
        history.fingerprint(),
        History::generate(5, &spec).fingerprint()
    );
    assert_ne!(
        history.fingerprint(),
        History::generate(6, &spec).fingerprint()
    );
    let alone = History::generate(5, &spec.only(&["grpc-service"]));
    let (from, to) = (history.start(), history.end());
    assert_eq!(
        history.truth("grpc-service").window(from, to),
        alone.truth("grpc-service").window(from, to)
    );
}

#[test]
fn windows_add_up() {
    let history = History::generate(7, &days(1).only(&["api-gateway"]));
    let truth = history.truth("api-gateway");
    let middle = history.start().plus(5 * HOUR);
    let whole = truth.window(history.start(), history.end());
    let parts = [
        truth.window(history.start(), middle),
        truth.window(middle, history.end()),
    ];
    assert_eq!(whole.total, parts[0].total + parts[1].total);
    assert_eq!(whole.bad, parts[0].bad + parts[1].bad);
    assert_eq!(whole.le(100.0), parts[0].le(100.0) + parts[1].le(100.0));
    let expected = 40.0 * 86_400.0;
    assert!((whole.total as f64 / expected - 1.0).abs() < 0.01);
}

#[test]
fn naive_sums_count_requests_twice() {
    let history = History::generate(8, &days(1).only(&["api-gateway"]));
    let (from, to) = (history.start(), history.end());
    let sum: f64 = history
        .series()
        .iter()
        .filter(|s| s.labels.metric_name() == Some("istio_requests_total"))
        .map(|s| read(&history, s, from, to))
        .sum();
    let truth = history.truth("api-gateway").window(from, to).total as f64;
    assert!((sum / truth - 2.0).abs() < 0.01, "{sum} of {truth}");
}

#[test]
fn every_counter_is_born_above_zero() {
    let history = History::generate(9, &days(1));
    let counters = history
        .series()
        .iter()
        .filter(|s| s.labels.metric_name() == Some("istio_requests_total"));
    for series in counters {
        assert!(series.points[0].value >= 1.0, "{}", series.labels);
    }
}

#[test]
fn the_services_are_what_their_names_promise() {
    let history = History::generate(
        10,
        &Spec::shop(END).only(&["post-processing", "quiet-batch"]),
    );
    let all = |service: &str| -> Counts {
        history
            .truth(service)
            .window(history.start(), history.end())
    };
    assert_eq!(all("post-processing").bad, 0);
    assert!(
        !owned(&history, "post-processing", "istio_requests_total").any(is_failure),
        "a service that never failed has no series of failures"
    );
    let quiet = all("quiet-batch");
    assert!((6_800..7_600).contains(&quiet.total), "{}", quiet.total);
    assert!((3..40).contains(&quiet.bad), "{}", quiet.bad);
}

#[test]
fn a_dead_service_is_known_to_its_callers_only() {
    let history = History::generate(11, &days(1).only(&["dead-service"]));
    let died = history.end().minus(2 * HOUR);
    let of = |reporter: &str| -> Timestamp {
        let counters = history
            .series()
            .iter()
            .filter(|s| label(s, "reporter") == reporter && s.labels.metric_name().is_some());
        counters
            .filter_map(|s| s.points.last().map(|p| p.timestamp))
            .max()
            .unwrap()
    };
    assert!(of("destination") <= died);
    assert!(of("source") > history.end().minus(Duration::from_secs(120)));
    let truth = history.truth("dead-service").window(died, history.end());
    assert_eq!(truth.bad, truth.total);
    assert!((truth.total as f64 / (3.0 * 7_200.0) - 1.0).abs() < 0.05);
}

#[test]
fn the_burst_is_where_it_was_ordered() {
    let history = History::generate(12, &days(4).only(&["feature-service"]));
    let truth = history.truth("feature-service");
    let start = history.end().minus(3 * DAY);
    let end = start.plus(Duration::from_secs(40 * 60));
    let burst = truth.window(start, end).error_ratio().unwrap();
    assert!((burst - 0.4).abs() < 0.02, "{burst}");
    assert!(truth.window(end, history.end()).error_ratio().unwrap() < 0.001);
}

#[test]
fn versions_and_bound_styles_differ() {
    let history = History::generate(13, &days(2).only(&["model-inference", "api-gateway"]));
    let (from, to) = (history.start(), history.end());
    let under_100ms = |version: &str| {
        let of = |tag: &testkit::Tag| (tag.version == version).then_some(false);
        let ledger = &history.truth("model-inference").happened;
        let counts = ledger.window_of(from, to, of);
        counts.le(100.0) as f64 / counts.total as f64
    };
    assert!((under_100ms("v1") - 0.9675).abs() < 0.005);
    assert!((under_100ms("v2") - 0.8976).abs() < 0.01);
    let bounds = |service: &'static str| -> Vec<String> {
        let metric = "istio_request_duration_milliseconds_bucket";
        let of = owned(&history, service, metric).map(|s| label(s, "le").to_owned());
        of.collect()
    };
    let [plain, decimal] = [bounds("api-gateway"), bounds("model-inference")];
    assert!(plain.contains(&"100".to_owned()) && plain.contains(&"3600000".to_owned()));
    assert!(decimal.contains(&"100.0".to_owned()) && decimal.contains(&"3.6e+06".to_owned()));
}

#[test]
fn grpc_failures_hide_behind_http_200() {
    let history = History::generate(14, &days(1).only(&["grpc-service"]));
    let truth = history.truth("grpc-service");
    let by_http = truth
        .happened
        .window_of(history.start(), history.end(), |tag| {
            Some(tag.outcome.code.starts_with('5'))
        });
    assert_eq!(by_http.bad, 0);
    let counts = truth.window(history.start(), history.end());
    let ratio = counts.error_ratio().unwrap();
    assert!((ratio - 0.0011).abs() < 0.0003, "{ratio}");
}
