//! A query that fills in a number where there are no data says nothing of data.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use futures::executor::block_on;
use promql_client::{Labels, MemoryBackend, Timestamp};
use slo_core::evaluate::{Evaluation, Options, evaluate};
use slo_core::report::Report;
use slo_core::spec;

const END: i64 = 1_800_000_000;

/// Counters and gauges of a service that works, until so many hours ago.
fn until(hours: i64) -> MemoryBackend {
    let backend = MemoryBackend::new();
    for minute in 0..=(30 - hours) * 60 {
        let at = Timestamp::from_secs(END - 30 * 3600 + 60 * minute);
        for (name, value) in [
            ("errors_total", 5),
            ("requests_total", 1_000 + 10 * minute),
            ("works", 1),
            ("broken", 0),
            ("sessions", 7),
            ("error_ratio", 0),
        ] {
            let labels = [("__name__", name), ("job", "api"), ("instance", "a")];
            backend.push(&Labels::from_pairs(labels), at, value as f64);
        }
    }
    backend
}

/// What is made of an SLI in our own format, Sloth's or OpenSLO's, and what is said of it.
fn judged(backend: &MemoryBackend, sli: &str) -> (Evaluation, Vec<String>) {
    let head = "window: 1d\nslos: [{name: a, objective: 99, ";
    let text = if sli.starts_with("ratioMetric") || sli.starts_with("thresholdMetric") {
        format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  service: s\n  \
             timeWindow: [{{duration: 1d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  \
             objectives: [{{target: 0.99{}}}]\n  indicator: {{spec: {{{sli}}}}}\n",
            if sli.starts_with('t') {
                ", op: lte, value: 0.5"
            } else {
                ""
            }
        )
    } else if sli.starts_with("sli") {
        let head = head.replace("window: 1d\n", "");
        format!(
            "version: prometheus/v1\nservice: s\n{head}{}}}]\n",
            sli.replace("[w]", "[{{.window}}]")
        )
    } else {
        format!("version: meshobs/v1\nservice: s\n{head}{sli}}}]\n")
    };
    let loaded = spec::load("f.yaml", &text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let mut slo = loaded.slos[0].clone();
    slo.window = "1d".parse().unwrap();
    let options = Options::at(Timestamp::from_secs(END));
    let mut all = block_on(evaluate(backend, &[slo], &options));
    assert_eq!(all.len(), 1, "{text}");
    (
        all.remove(0),
        loaded.warnings.iter().map(ToString::to_string).collect(),
    )
}

fn status(evaluation: Evaluation) -> String {
    let report = Report::new(Timestamp::from_secs(END), &[evaluation]);
    serde_json::to_value(report.slos[0].status)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

const DOUBT: &str = "answers without any data";

#[test]
fn a_zero_that_is_filled_in_around_all_is_no_data() {
    let metric =
        |query: &str| format!("{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}");
    for sli in [
        "sli: {raw: {error_ratio_query: 'clamp_max(sum(rate(errors_total[w])) / sum(rate(requests_total[w])), 1) or vector(0)'}}".to_owned(),
        "sli: {events: {error_query: 'sum(rate(errors_total[w] offset 1m)) or vector(0)', total_query: '(sum(rate(requests_total[w] offset 1m)) or on() vector(0)) or vector(0)'}}".to_owned(),
        "sli: {events: {error_query: 'sum_over_time(broken[w]) or vector(0)', total_query: 'sum_over_time(sessions[w]) or vector(0)'}}".to_owned(),
        "ratio: '(1 - avg(avg_over_time(works[$window]))) or vector(0)'".to_owned(),
        "ratio: {error_ratio: 'avg_over_time(error_ratio[$window]) or on () vector(0)'}".to_owned(),
        "ratio: 'avg_over_time(error_ratio[$window]) or 0 * absent(works)'".to_owned(),
        "availability: {bad: 'sum(increase(errors_total[$window] offset 1m))', total: 'sum(increase(requests_total[$window] offset 1m)) or vector(0)'}".to_owned(),
        "availability: {good: 'sum(increase(requests_total[$window] offset 1m)) or vector(0)', total: 'sum(increase(requests_total[$window] offset 1m)) or vector(0)'}".to_owned(),
        format!("ratioMetric: {{counter: false, bad: {}, total: {}}}", metric("sum(broken) or vector(0)"), metric("sum(sessions) or vector(0)")),
        format!("ratioMetric: {{rawType: failure, raw: {}}}", metric("avg(error_ratio) or vector(0)")),
        format!("ratioMetric: {{rawType: failure, raw: {}}}", metric("avg_over_time(error_ratio[{{.window}}]) or vector(0)")),
    ] {
        for (hours, wanted) in [(0, "ok"), (5, "stale"), (30, "no_data")] {
            let (evaluation, warnings) = judged(&until(hours), &sli);
            let said = warnings.iter().any(|w| w.contains(DOUBT));
            assert!(!said, "{sli}\n{warnings:?}");
            assert_eq!(status(evaluation), wanted, "{sli}, until {hours} h ago");
        }
    }
}

#[test]
fn a_number_that_is_filled_in_deeper_is_said() {
    let metric =
        |query: &str| format!("{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}");
    for sli in [
        "sli: {raw: {error_ratio_query: 'clamp_max(sum(rate(errors_total[w])) / sum(rate(requests_total[w])) or vector(0), 1)'}}".to_owned(),
        "sli: {events: {error_query: 'sum(rate(errors_total[w] offset 1m))', total_query: 'sum(rate(requests_total[w] offset 1m) or vector(0))'}}".to_owned(),
        "sli: {events: {error_query: 'sum_over_time(broken[w])', total_query: 'sum(sum_over_time(sessions[w]) or vector(1))'}}".to_owned(),
        "ratio: '1 - (avg(avg_over_time(works[$window])) or vector(1))'".to_owned(),
        "ratio: 'avg_over_time(error_ratio[$window]) or vector(1)'".to_owned(),
        format!("ratioMetric: {{rawType: success, raw: {}}}", metric("avg(works) or vector(0)")),
        format!("thresholdMetric: {}", metric("avg(broken) or vector(0)")),
    ] {
        let (evaluation, warnings) = judged(&until(5), &sli);
        let said = warnings.iter().filter(|w| w.contains("doubtful: ") && w.contains(DOUBT));
        assert_eq!(said.count(), 1, "{sli}\n{warnings:?}");
        assert_ne!(status(evaluation), "stale", "{sli}: the doubt is none");
    }
    // Outside of the builder's language nobody looks into the query.
    let unread = "ratio: 'topk(1, avg_over_time(error_ratio[$window])) OR on() vector(0)'";
    let (_, warnings) = judged(&until(0), unread);
    assert!(warnings.iter().any(|w| w.contains(DOUBT)), "{warnings:?}");
    // What answers with data only is kept as it is.
    for sli in [
        "ratio: 'avg_over_time(error_ratio[$window]) or 0 * avg_over_time(works[$window])'",
        "ratio: '(sum(rate(errors_total[$window])) * 2 or vector(0)) / (sum(rate(requests_total[$window])) * 2 or vector(0))'",
        "sli: {events: {error_query: 'sum(rate(errors_total[w] offset 1m) or vector(0))', total_query: 'sum(rate(requests_total[w] offset 1m))'}}",
    ] {
        for (hours, wanted) in [(0, "ok"), (30, "no_data")] {
            let (evaluation, warnings) = judged(&until(hours), sli);
            let said = warnings.iter().any(|w| w.contains(DOUBT));
            assert!(!said, "{sli}\n{warnings:?}");
            assert_eq!(status(evaluation), wanted, "{sli}, until {hours} h ago");
        }
    }
}
