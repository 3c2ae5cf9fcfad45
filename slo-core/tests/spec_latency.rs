//! Queries on one classic histogram are a latency, whoever spells its bounds; a missing bucket is
//! never a slow request.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{InstantOptions, Labels, MemoryBackend, PromQl, Timestamp, Value};
use slo_core::evaluate::{Evaluation, Options, Outcome, evaluate};
use slo_core::queries::Queries;
use slo_core::{Slo, spec};

const END: i64 = 1_800_000_000;
/// How long everything is scraped, a minute after another.
const MINUTES: i64 = 4 * 60;

/// Requests of a minute.
#[derive(Clone, Copy)]
struct Traffic {
    /// Of each status, up to 0.3 s.
    fast: i64,
    failed: i64,
    all: i64,
}

const ALL_FAST: Traffic = Traffic {
    fast: 60,
    failed: 0,
    all: 60,
};

/// Histograms in seconds and in bytes, with the bounds 0.3, 1 and 5 in the given spelling.
fn scraped(bounds: [&str; 3], traffic: Traffic) -> MemoryBackend {
    let backend = MemoryBackend::new();
    for minute in 0..=MINUTES {
        let at = Timestamp::from_secs(END - 60 * (MINUTES - minute));
        for code in ["200", "500"] {
            let share = match code {
                "500" => traffic.failed,
                _ => traffic.all - traffic.failed,
            };
            let fast = share.min(traffic.fast);
            for base in ["h_seconds", "g_seconds", "h_bytes"] {
                let push = |name: &str, le: Option<&str>, each: i64| {
                    let name = format!("{base}_{name}");
                    let labels = [("__name__", name.as_str()), ("job", "api")];
                    let labels = labels
                        .into_iter()
                        .chain([("instance", "a"), ("code", code)]);
                    let labels = labels.chain(le.map(|le| ("le", le)));
                    backend.push(
                        &Labels::from_pairs(labels),
                        at,
                        (1_000 + each * minute) as f64,
                    );
                };
                push("count", None, share);
                push("bucket", Some("+Inf"), share);
                for bound in bounds {
                    push("bucket", Some(bound), fast);
                }
            }
        }
    }
    backend
}

fn own(sli: &str) -> String {
    format!(
        "version: meshobs/v1\nservice: s\nwindow: 1d\nslos: [{{name: a, objective: 99, {sli}}}]\n"
    )
}

fn sloth(sli: &str) -> String {
    let sli = sli.replace("[w]", "[{{.window}}]");
    format!(
        "version: prometheus/v1\nservice: s\nslos: [{{name: a, objective: 99, sli: {{{sli}}}}}]\n"
    )
}

fn openslo(counter: bool, part: &str, query: &str, total: &str) -> String {
    let metric =
        |query: &str| format!("{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}");
    let (query, total) = (metric(query), metric(total));
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  service: s\n  \
         timeWindow: [{{duration: 1d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  \
         objectives: [{{target: 0.99}}]\n  indicator: {{spec: {{ratioMetric: {{counter: {counter}, {part}: {query}, total: {total}}}}}}}\n"
    )
}

fn pyrra(success: &str, total: &str) -> String {
    format!(
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {{name: a}}\nspec:\n  \
         target: '99'\n  window: 1d\n  indicator: {{latency: {{success: {{metric: '{success}'}}, total: {{metric: '{total}'}}}}}}\n"
    )
}

/// The SLO over three hours, whatever its format's own window is, and what is said of it.
fn read(text: &str) -> (Slo, Vec<String>) {
    let loaded = spec::load("f.yaml", text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let mut slo = loaded.slos[0].clone();
    slo.window = "3h".parse().unwrap();
    (
        slo,
        loaded.warnings.iter().map(ToString::to_string).collect(),
    )
}

fn measured(backend: &MemoryBackend, slo: &Slo) -> Evaluation {
    let options = Options::at(Timestamp::from_secs(END));
    let mut all = block_on(evaluate(backend, std::slice::from_ref(slo), &options));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// What the alerts see over an hour.
fn burning(backend: &MemoryBackend, slo: &Slo) -> Vec<f64> {
    let query = Queries::for_alerts(slo).bad_ratio(Duration::from_secs(3600));
    let options = InstantOptions::at(Timestamp::from_secs(END));
    match block_on(backend.instant(&query.to_string(), &options))
        .unwrap()
        .data
    {
        Value::Vector(samples) => samples.iter().map(|s| s.float().unwrap()).collect(),
        other => panic!("{other:?}"),
    }
}

fn bad_share(evaluation: &Evaluation) -> f64 {
    let Outcome::Value(figures) = &evaluation.outcome else {
        panic!("{:?}", evaluation.outcome)
    };
    assert!(figures.counts.total > 1_000.0);
    figures.counts.bad / figures.counts.total
}

/// Pairs of one histogram, at most as fast as a bound.
fn pairs(le: &str) -> Vec<String> {
    let own_pair = |good: &str, total: &str| {
        own(&format!(
            "availability: {{good: '{good}', total: '{total}'}}"
        ))
    };
    let bucket = format!("h_seconds_bucket{{{le}}}");
    let of_job = format!("h_seconds_bucket{{job=\"api\",{le}}}");
    let mut all = Vec::new();
    for inf in ["+Inf", "Inf", "+inf", "inf", "Infinity"] {
        all.push(own_pair(
            &bucket,
            &format!("h_seconds_bucket{{le=\"{inf}\"}}"),
        ));
    }
    all.extend([
        own_pair(&bucket, "h_seconds_count"),
        own_pair(&bucket, "h_seconds_count{job=\"api\"}"),
        own_pair(&bucket, "h_seconds_bucket{job=\"api\",le=\"+Inf\"}"),
        own_pair(&of_job, "h_seconds_count{code=~\".+\",job=\"api\"}"),
        own(&format!("ratio: '1 - sum(rate({bucket}[$window])) / sum(rate(h_seconds_bucket{{le=\"+Inf\"}}[$window]))'")),
        sloth(&format!(
            "events: {{error_query: 'sum(rate(h_seconds_bucket{{le=\"+Inf\"}}[w])) - sum(rate({bucket}[w]))', \
             total_query: 'sum(rate(h_seconds_bucket{{le=\"+Inf\"}}[w]))'}}"
        )),
        sloth(&format!(
            "events: {{error_query: 'sum(rate(h_seconds_bucket{{le=\"+Inf\"}}[w])) - sum(rate({bucket}[w]))', \
             total_query: 'sum(rate(h_seconds_count{{job=\"api\"}}[w]))'}}"
        )),
        sloth(&format!(
            "raw: {{error_ratio_query: '(sum(rate(h_seconds_count[w])) - sum(rate({bucket}[w]))) / sum(rate(h_seconds_count[w]))'}}"
        )),
        openslo(true, "good", &format!("sum({bucket})"), "sum(h_seconds_bucket{le=\"+Inf\"})"),
        openslo(true, "bad", &format!("sum(h_seconds_count) - sum({bucket})"), "sum(h_seconds_count{job=\"api\"})"),
        openslo(false, "good", &format!("sum(rate({bucket}[5m]))"), "sum(rate(h_seconds_bucket{le=\"+Inf\"}[5m]))"),
        pyrra(&of_job, "h_seconds_count{job=\"api\"}"),
        pyrra(&bucket, "h_seconds_bucket{le=\"+Inf\"}"),
        pyrra(&bucket, "h_seconds_count{job=\"api\"}"),
    ]);
    all
}

#[test]
fn every_pair_of_one_histogram_is_a_latency_whoever_spells_its_bounds() {
    let fast = scraped(["0.3", "1.0", "5e+00"], ALL_FAST);
    let half = Traffic {
        fast: 30,
        ..ALL_FAST
    };
    let slow = scraped(["0.3", "1.0", "5e+00"], half);
    for le in [r#"le="1""#, r#"le=~"0.3|0.30""#] {
        for text in pairs(le) {
            let (slo, _) = read(&text);
            assert_eq!(slo.sli.kind(), "latency", "{text}");
            let evaluation = measured(&fast, &slo);
            assert_eq!(bad_share(&evaluation), 0.0, "{text}");
            let without = evaluation.warnings.iter().all(|w| !w.contains("no bucket"));
            assert!(without, "{text} {:?}", evaluation.warnings);
            assert_eq!(burning(&fast, &slo), [0.0], "{text}");
            let half = bad_share(&measured(&slow, &slo));
            assert!((half - 0.5).abs() < 0.01, "{text}");
        }
    }
    for le in [r#"le="1.0""#, r#"le=~"1|1.0""#, r#"le=~"1(\\.0)?""#] {
        let as_one = pairs(r#"le="1""#).into_iter().map(|text| read(&text));
        for (text, one) in pairs(le).into_iter().zip(as_one) {
            assert_eq!(read(&text), one, "{text}");
        }
    }
}

#[test]
fn a_bucket_that_does_not_exist_is_no_slow_request() {
    let backend = scraped(["0.3", "1.0", "5.0"], ALL_FAST);
    for text in pairs("le=\"0.7\"") {
        let (slo, _) = read(&text);
        assert_eq!(burning(&backend, &slo), [0.0; 0], "{text}");
        // Judged by the bounds around it.
        assert_eq!(bad_share(&measured(&backend, &slo)), 0.0, "{text}");
    }
    let another = [
        ("__name__", "h_bytes_count"),
        ("job", "api"),
        ("instance", "b"),
    ];
    backend.push(
        &Labels::from_pairs(another),
        Timestamp::from_secs(END - 60),
        5.0,
    );
    // What is no time has no threshold in milliseconds, but the same buckets.
    for (bound, ratio) in [("1", &[0.0][..]), ("0.7", &[])] {
        let sli = format!(
            "availability: {{good: 'h_bytes_bucket{{le=\"{bound}\"}}', total: h_bytes_count}}"
        );
        let (slo, warnings) = read(&own(&sli));
        assert_eq!((slo.sli.kind(), warnings), ("availability", vec![]));
        assert_eq!(burning(&backend, &slo), ratio);
        let evaluation = measured(&backend, &slo);
        match ratio.is_empty() {
            true => assert!(
                matches!(evaluation.outcome, Outcome::NoData),
                "{evaluation:?}"
            ),
            false => {
                assert_eq!(bad_share(&evaluation), 0.0);
                let told = evaluation
                    .warnings
                    .iter()
                    .any(|w| w.contains("1 histograms have no bucket"));
                assert!(told, "{:?}", evaluation.warnings);
            }
        }
    }
}

#[test]
fn matchers_of_the_wider_side_hold_for_both_and_that_is_said() {
    let (slo, warnings) = read(&own(
        "availability: {good: 'h_seconds_bucket{le=\"1\"}', total: 'h_seconds_count{job=\"web\"}'}",
    ));
    let said = "f.yaml:4:47: slos[0].availability: assumed: `{job=\"web\"}` holds for `h_seconds_bucket`, too";
    assert_eq!(warnings, [said]);
    let backend = scraped(["0.3", "1.0", "5.0"], ALL_FAST);
    assert_eq!(burning(&backend, &slo), [0.0; 0]);
    // Slow ones among those that did not fail, of all of them: no contradiction, and nothing assumed.
    let text = sloth(
        "events: {error_query: 'sum(rate(h_seconds_count{code!~\"5..\"}[w])) - sum(rate(h_seconds_bucket{code!~\"5..\",le=\"1\"}[w]))', \
         total_query: 'sum(rate(h_seconds_count[w]))'}",
    );
    let (slo, warnings) = read(&text);
    assert_eq!(warnings, [""; 0]);
    let half_fail = Traffic {
        fast: 15,
        failed: 30,
        all: 60,
    };
    let backend = scraped(["0.3", "1.0", "5.0"], half_fail);
    assert!((bad_share(&measured(&backend, &slo)) - 0.25).abs() < 0.01);
}

#[test]
fn what_is_no_pair_matches_all_spellings_and_says_what_it_cannot_tell() {
    let failed = Traffic {
        fast: 60,
        failed: 30,
        all: 60,
    };
    let backend = scraped(["0.3", "1.0", "5.0"], failed);
    for (text, bad) in [
        // Fast and without an error, of all of them.
        (
            own(
                "availability: {good: 'h_seconds_bucket{code!~\"5..\",le=\"1\"}', total: h_seconds_count}",
            ),
            0.5,
        ),
        (
            pyrra(
                "h_seconds_bucket{code!~\"5..\",le=\"1\"}",
                "h_seconds_count",
            ),
            0.5,
        ),
        // Two histograms.
        (
            own(
                "availability: {good: ['h_seconds_bucket{le=\"1\"}', 'g_seconds_bucket{le=\"1\"}'], total: [h_seconds_count, g_seconds_count]}",
            ),
            0.0,
        ),
        // Kept as a query, and as a ratio.
        (
            sloth(
                "events: {error_query: 'sum(rate(h_seconds_count[w] offset 1m)) - sum(rate(h_seconds_bucket{le=\"1\"}[w] offset 1m))', total_query: 'sum(rate(h_seconds_count[w] offset 1m))'}",
            ),
            0.0,
        ),
        (
            sloth(
                "raw: {error_ratio_query: '1 - (avg(rate(h_seconds_bucket{le=\"1\"}[w])) or vector(0)) / avg(rate(h_seconds_count[w]))'}",
            ),
            0.0,
        ),
    ] {
        let (slo, warnings) = read(&text);
        let said = |part: &str| warnings.iter().any(|w| w.contains(part));
        assert!(
            said("doubtful: ") && said("a missing bucket cannot be told from slow requests"),
            "{text}\n{warnings:?}"
        );
        for ratio in burning(&backend, &slo) {
            assert!((ratio - bad).abs() < 0.01, "{text}\n{ratio}");
        }
    }
}
