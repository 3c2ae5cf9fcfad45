//! Live: rules that are really loaded, on targets whose scrapes take seconds. Whenever a group is
//! evaluated, some scrapes are in flight; what they show must not be missing from the bucket after.

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use e2e::remote_write::write_floats;
use e2e::{Generation, Options, Prometheus, SlowExporter, post_form};
use promql_client::{Selector, Timestamp};
use slo_core::queries::Recorded;
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, rules};

const SCRAPE: Duration = Duration::from_secs(15);
/// How long a scrape takes.
const TAKES: Duration = Duration::from_secs(4);
/// Each is scraped at a moment of its own within the interval.
const TARGETS: usize = 12;
/// Each has groups with a moment of their own within five minutes.
const SLOS: usize = 40;
/// How long events happen.
const COUNTING: Duration = Duration::from_secs(90);
const BUCKET: Duration = Duration::from_secs(300);

#[test]
fn what_is_in_flight_is_recorded_in_the_next_bucket() {
    let start = || SlowExporter::start(TAKES).unwrap();
    let exporters: Vec<SlowExporter> = std::iter::repeat_with(start).take(TARGETS).collect();
    let slos: Vec<Slo> = (0..SLOS).map(slo).collect();
    let set = rules::generate(&slos, &rules::Options::default());
    let servers = Generation::ALL.map(|generation| {
        let server = Prometheus::start(generation, &options(set.to_prometheus_yaml())).unwrap();
        write_past(&server, &exporters);
        scrape(&server, &exporters);
        server
    });
    // Each server has scraped each target, and has the answer.
    sleep(SCRAPE + TAKES);
    let from = now();
    exporters.iter().for_each(|exporter| exporter.count(true));
    sleep(COUNTING);
    exporters.iter().for_each(|exporter| exporter.count(false));
    let to = now();
    // A bucket later, all that happened is in a recording of those groups that were evaluated
    // meanwhile, and are once more now.
    sleep(BUCKET + SCRAPE);
    let bad: u64 = exporters.iter().map(SlowExporter::events).sum();
    let total = bad * (1 + SlowExporter::GOOD);
    for server in &servers {
        let generation = server.generation();
        let scrapes = scrapes(server);
        let (mut evaluated, mut in_flight) = (0, 0);
        for slo in &slos {
            let recorded = Recorded::new(slo);
            let bads = recordings(server, recorded.bad());
            let Some((at, _)) = bads.iter().find(|(at, _)| from < *at && *at < to) else {
                continue;
            };
            evaluated += 1;
            in_flight += scrapes
                .iter()
                .filter(|scrape| **scrape < *at && *at < scrape.plus(TAKES))
                .count();
            let sum = |of: &[(Timestamp, f64)]| of.iter().map(|(_, value)| value).sum::<f64>();
            let sums = [sum(&bads), sum(&recordings(server, recorded.total()))];
            let what = format!("{generation:?} {}: {bads:?}", slo.name);
            assert_eq!(sums, [bad as f64, total as f64], "{what}");
        }
        // The test was one: groups were evaluated while scrapes were in flight.
        assert!(evaluated > 3, "{generation:?}: {evaluated} SLOs");
        assert!(in_flight > 3, "{generation:?}: {in_flight} scrapes");
    }
}

fn slo(i: usize) -> Slo {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    Slo::new(
        Name::new("api").unwrap(),
        Name::new(format!("slo-{i}")).unwrap(),
        "99".parse().unwrap(),
        "1d".parse().unwrap(),
        Sli::Events(sli),
    )
}

fn options(rules: String) -> Options {
    Options {
        files: vec![("rules.yaml".to_owned(), rules)],
        flags: vec![
            "--web.enable-remote-write-receiver".to_owned(),
            "--web.enable-lifecycle".to_owned(),
        ],
        ..Options::default()
    }
}

/// Gives each target's counters ten minutes before its first scrape, in which nothing happened.
fn write_past(server: &Prometheus, exporters: &[SlowExporter]) {
    let end = now().as_millis();
    let steps = 10 * 60_000 / SCRAPE.as_millis() as i64;
    let samples: Vec<(i64, f64)> = (0..steps)
        .map(|i| end - (steps - i) * SCRAPE.as_millis() as i64)
        .map(|at| (at, SlowExporter::OLD as f64))
        .collect();
    let labels = |exporter: &SlowExporter, code: &str| -> Vec<(String, String)> {
        let labels = [
            ("__name__", "requests_total"),
            ("code", code),
            ("instance", exporter.address()),
            ("job", "api"),
        ];
        labels.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()
    };
    let all = exporters
        .iter()
        .flat_map(|exporter| ["200", "500"].map(|code| labels(exporter, code)));
    let all: Vec<_> = all.collect();
    let series = all
        .iter()
        .map(|labels| (labels.as_slice(), samples.as_slice()));
    write_floats(server.address(), series).unwrap();
}

/// Loads the rules and begins to scrape.
fn scrape(server: &Prometheus, exporters: &[SlowExporter]) {
    let targets: Vec<&str> = exporters.iter().map(SlowExporter::address).collect();
    let config = format!(
        "rule_files: [rules.yaml]\nscrape_configs:\n- job_name: api\n  scrape_interval: {}s\n  \
         static_configs:\n  - targets: {targets:?}\n",
        SCRAPE.as_secs()
    );
    std::fs::write(server.dir().join("prometheus.yml"), config).unwrap();
    let reply = post_form(server.address(), "/-/reload", &[]).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// When scrapes began.
fn scrapes(server: &Prometheus) -> Vec<Timestamp> {
    let all = server
        .query(r#"requests_total{code="500"}[10m]"#, now())
        .unwrap();
    all.as_array()
        .unwrap()
        .iter()
        .flat_map(points)
        .map(|(at, _)| at)
        .collect()
}

/// All that was recorded, with the times of the evaluations.
fn recordings(server: &Prometheus, selector: &Selector) -> Vec<(Timestamp, f64)> {
    let all = server.query(&format!("{selector}[15m]"), now()).unwrap();
    all.as_array().unwrap().iter().flat_map(points).collect()
}

fn points(series: &serde_json::Value) -> Vec<(Timestamp, f64)> {
    let point = |point: &serde_json::Value| {
        let at = Timestamp::from_millis((point[0].as_f64().unwrap() * 1000.0).round() as i64);
        (at, point[1].as_str().unwrap().parse().unwrap())
    };
    series["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(point)
        .collect()
}

#[allow(clippy::disallowed_methods, reason = "the servers scrape by the clock")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as i64)
}
