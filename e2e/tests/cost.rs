//! What the rules of one SLO cost a server, beside Sloth's: samples and time, each weighed by how often
//! it is spent.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use e2e::{END, Generation, Options, Prometheus, post_form, promtool, run_dir, say};
use slo_core::rules::{self, Alerts, Rule};
use slo_core::spec;
use slokit::generate::{GenerateOptions, generate_all};
use slokit::spec::Spec;

/// One objective, as Sloth reads it and as we do.
struct Kind {
    name: &'static str,
    bad: &'static str,
    total: &'static str,
    /// In our own format; else as Sloth reads it.
    own: Option<&'static str>,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "errors",
        bad: r#"sum(rate(requests_total{job="api",code="500"}[{{.window}}]))"#,
        total: r#"sum(rate(requests_total{job="api"}[{{.window}}]))"#,
        own: None,
    },
    Kind {
        name: "all but the good ones",
        bad: r#"sum(rate(requests_total{job="api"}[{{.window}}])) - sum(rate(successes_total{job="api"}[{{.window}}]))"#,
        total: r#"sum(rate(requests_total{job="api"}[{{.window}}]))"#,
        own: None,
    },
    Kind {
        name: "all but a bucket",
        bad: r#"sum(rate(duration_count{job="api"}[{{.window}}])) - sum(rate(duration_bucket{job="api",le="100"}[{{.window}}]))"#,
        total: r#"sum(rate(duration_count{job="api"}[{{.window}}]))"#,
        own: None,
    },
    Kind {
        name: "slow ones",
        bad: r#"sum(rate(duration_count{job="api"}[{{.window}}])) - sum(rate(duration_bucket{job="api",le="100"}[{{.window}}]))"#,
        total: r#"sum(rate(duration_count{job="api"}[{{.window}}]))"#,
        own: Some(r#"{histogram: 'duration{job="api"}', unit: ms, threshold: 100ms}"#),
    },
];

impl Kind {
    fn sloth(&self) -> String {
        let Self { bad, total, .. } = self;
        format!(
            r#"version: prometheus/v1
service: api
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: {bad}
        total_query: {total}
    alerting:
      name: Api
"#
        )
    }

    fn ours(&self) -> String {
        self.own.map_or_else(
            || self.sloth(),
            |latency| {
                format!(
                    r#"version: meshobs/v1
service: api
slos:
  - name: availability
    objective: 99.9
    latency: {latency}
"#
                )
            },
        )
    }
}

const PODS: i64 = 12;
const SCRAPE: i64 = 15;
/// Sloth's longest raw window is three days.
const RAW_DAYS: i64 = 4;
const DAY: i64 = 86_400;
/// Sloth's rules have no interval of their own; both alert as often.
const THEIR_INTERVAL: Duration = Duration::from_secs(30);
const ROUNDS: usize = 20;

/// Spent by one evaluation, and a second.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    samples: f64,
    seconds: f64,
}

#[test]
fn rules_touch_a_fifth_of_sloths_samples_in_less_time() {
    let work = tempfile::tempdir_in(run_dir().unwrap()).unwrap();
    let text = work.path().join("history.txt");
    write_history(&text);
    for generation in Generation::ALL {
        let data = work.path().join(format!("{generation:?}"));
        promtool::create_blocks(generation, &text, &data).unwrap();
        let options = Options {
            data: Some(data),
            ..Options::default()
        };
        let server = Prometheus::start(generation, &options).unwrap();
        for kind in KINDS {
            let rules = [ours(&kind.ours()), theirs(&kind.sloth())];
            let [ours, theirs] = costs(&server, &rules);
            let [samples, time] = [ours.samples / theirs.samples, ours.seconds / theirs.seconds];
            say(format_args!(
                "{generation:?}, {}: {:.0} samples/s of Sloth's {:.0} ({samples:.2}), {:.2} ms/s of {:.2} ({time:.2})",
                kind.name,
                ours.samples,
                theirs.samples,
                1e3 * ours.seconds,
                1e3 * theirs.seconds,
            ));
            assert!(samples < 0.2, "{generation:?}, {}: {samples}", kind.name);
            assert!(time < 1.0, "{generation:?}, {}: {time}", kind.name);
        }
    }
}

/// What the rules of both sides cost a second. Each expression counts with the least of some rounds,
/// because other processes run beside; a round has both sides in it, so that they meet the same ones.
fn costs(server: &Prometheus, sides: &[Vec<(String, Duration)>; 2]) -> [Cost; 2] {
    let mut least = sides.each_ref().map(|rules| vec![None; rules.len()]);
    for _ in 0..ROUNDS {
        for (rules, least) in sides.iter().zip(&mut least) {
            for ((expr, _), least) in rules.iter().zip(least) {
                let cost = cost(server, expr);
                if least.is_none_or(|least: Cost| cost.seconds < least.seconds) {
                    *least = Some(cost);
                }
            }
        }
    }
    let mut sums = [Cost::default(); 2];
    for ((rules, least), sum) in sides.iter().zip(least).zip(&mut sums) {
        for ((_, interval), cost) in rules.iter().zip(least) {
            let cost = cost.unwrap();
            sum.samples += cost.samples / interval.as_secs_f64();
            sum.seconds += cost.seconds / interval.as_secs_f64();
        }
    }
    sums
}

/// One evaluation.
fn cost(server: &Prometheus, query: &str) -> Cost {
    let time = END.as_secs_f64().to_string();
    let fields = [("query", query), ("time", &*time), ("stats", "all")];
    let reply = post_form(server.address(), "/api/v1/query", &fields).unwrap();
    let json = reply.json().unwrap();
    let stats = json
        .pointer("/data/stats")
        .unwrap_or_else(|| panic!("{query}: {json}"));
    Cost {
        samples: stats["samples"]["totalQueryableSamples"].as_f64().unwrap(),
        seconds: stats["timings"]["execTotalTime"].as_f64().unwrap(),
    }
}

fn ours(spec: &str) -> Vec<(String, Duration)> {
    let slos = spec::load("a.yaml", spec).unwrap().slos;
    let mut options = rules::Options::default();
    options.alerts = Alerts::All;
    let groups = rules::generate(&slos, &options).groups.into_iter();
    let rules = groups.flat_map(|group| {
        let interval = group.interval;
        group.rules.into_iter().map(move |rule| (rule, interval))
    });
    let text = |(rule, interval): (Rule, Duration)| match rule {
        Rule::Record { expr, .. } | Rule::Alert { expr, .. } => (expr.to_string(), interval),
        other => panic!("{other:?}"),
    };
    rules.map(text).collect()
}

fn theirs(spec: &str) -> Vec<(String, Duration)> {
    let specs = [Spec::from_yaml(spec).unwrap()];
    let rules = generate_all(&specs, &GenerateOptions::default()).unwrap();
    let json = serde_json::to_value(&rules).unwrap();
    let groups = json["groups"].as_array().unwrap();
    let rules = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap());
    let expr =
        |rule: &serde_json::Value| (rule["expr"].as_str().unwrap().to_owned(), THEIR_INTERVAL);
    rules.map(expr).collect()
}

/// Counters of twelve pods, and what both sides have recorded of thirty days.
fn write_history(path: &Path) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let end = END.as_millis() / 1000;
    let mut series = |labels: &str, days: i64, step: i64, value: &dyn Fn(i64) -> i64| {
        for i in 0..=days * DAY / step {
            let time = end - days * DAY + i * step;
            writeln!(out, "{labels} {} {time}", value(i)).unwrap();
        }
    };
    for pod in 0..PODS {
        for (code, every) in [("200", 1), ("500", 400)] {
            let labels =
                format!(r#"requests_total{{job="api",instance="pod-{pod}",code="{code}"}}"#);
            series(&labels, RAW_DAYS, SCRAPE, &|i| 10 * i / every);
        }
        for (metric, le) in [
            ("successes_total", ""),
            ("duration_count", ""),
            ("duration_bucket", r#",le="100""#),
        ] {
            let labels = format!(r#"{metric}{{job="api",instance="pod-{pod}"{le}}}"#);
            series(&labels, RAW_DAYS, SCRAPE, &|i| 10 * i);
        }
    }
    let id = r#"{service="api",slo="availability"}"#;
    for (metric, value) in [
        ("slo:bad:increase5m", 6),
        ("slo:total:increase5m", 2400),
        ("slo:objective:ratio", 1),
    ] {
        series(&format!("{metric}{id}"), 30, 300, &|_| value);
    }
    let id = r#"{sloth_id="api-availability",sloth_service="api",sloth_slo="availability",sloth_window="5m"}"#;
    let interval = i64::try_from(THEIR_INTERVAL.as_secs()).unwrap();
    series(
        &format!("slo:sli_error:ratio_rate5m{id}"),
        30,
        interval,
        &|_| 0,
    );
    writeln!(out, "# EOF").unwrap();
    out.flush().unwrap();
}
