//! Nothing makes the readers panic, and what is written exactly is read exactly.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use slo_core::Objective;
use slo_core::rules::{Alerts, Options, generate};
use slo_core::sli::{Leg, Sli};
use slo_core::spec;

const HEADS: [&str; 5] = [
    "version: meshobs/v1\nservice: a\nnamespace: b\nslos:\n",
    "version: prometheus/v1\nservice: a\nslos:\n",
    "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nspec:\n  service: a\n  slos:\n",
    "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: a\n",
    "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec:\n",
];

const KEYS: [&str; 45] = [
    "name",
    "objective",
    "availability",
    "latency",
    "throughput",
    "ratio",
    "probe",
    "istio",
    "bad",
    "good",
    "total",
    "histogram",
    "threshold",
    "floor",
    "slice",
    "time_slices",
    "policy",
    "tiers",
    "alerting",
    "counting",
    "group_by",
    "window",
    "sli",
    "events",
    "raw",
    "error_query",
    "total_query",
    "errorQuery",
    "indicator",
    "ratioMetric",
    "thresholdMetric",
    "metricSource",
    "spec",
    "query",
    "objectives",
    "target",
    "timeWindow",
    "calendar",
    "metric",
    "grouping",
    "data",
    "labels",
    "annotations",
    "page",
    "severity",
];

const SCALARS: [&str; 30] = [
    "a",
    "99.9",
    "100",
    "istio",
    "p95 < 100ms",
    "p9",
    "5/s",
    "30d",
    "month Europe/Berlin",
    "true",
    "~",
    "-1",
    ".nan",
    "1e400",
    "'sum(rate(x[{{.window}}]))'",
    "'sum(x{le=\"1\"})'",
    "'x offset 5m'",
    "'{{'",
    "'p < é'",
    "'µs'",
    "'é%'",
    "\"\"",
    "'x[$window]'",
    "'99.é'",
    "[]",
    "{}",
    "1M",
    "'1é'",
    "'{{ $value }}'",
    "'1 - sum(rate(x[$window])) / sum(rate(y[$window]))'",
];

/// YAML-like trees of known keys with all sorts of values.
fn tree() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(&SCALARS[..]).prop_map(str::to_owned);
    let leaf = prop_oneof![4 => scalar, 1 => "[ -~µé]{0,12}".prop_map(|text| format!("{text:?}"))];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let key = prop::sample::select(&KEYS[..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec((key, inner), 0..5).prop_map(|entries| {
                let entries: Vec<String> = entries
                    .into_iter()
                    .map(|(k, v)| format!("{k}: {v}"))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

/// Every error has a file and a line of it; what is read makes rules that can be loaded.
fn check(text: &str) -> Result<(), TestCaseError> {
    let lines = text.lines().count() as u64 + 1;
    match spec::load("file", text) {
        Ok(loaded) => {
            prop_assert!(!loaded.slos.is_empty());
            let mut options = Options::default();
            options.alerts = Alerts::All;
            prop_assert_eq!(generate(&loaded.slos, &options).check(), Ok(()), "{}", text);
        }
        Err(errors) => {
            prop_assert!(errors.count() > 0);
            for error in errors {
                prop_assert_eq!(&error.place.file, "file");
                prop_assert!(
                    (1..=lines).contains(&error.place.line),
                    "{} of {}",
                    error,
                    lines
                );
                prop_assert!(error.place.column >= 1);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        check(&text)?;
    }

    #[test]
    fn any_yaml_is_answered(head in prop::sample::select(&HEADS[..]), trees in prop::collection::vec(tree(), 1..4)) {
        let items: Vec<String> = trees.iter().map(|tree| format!("    - {tree}\n")).collect();
        check(&format!("{head}{}", items.concat()))?;
        let fields: Vec<String> =
            KEYS.iter().skip(23).zip(&trees).map(|(key, tree)| format!("  {key}: {tree}\n")).collect();
        check(&format!("{head}{}", fields.concat()))?;
    }

    /// Any label, annotation and query of an SLO that is otherwise right.
    #[test]
    fn whatever_is_read_can_be_loaded(
        name in "[a-zA-Z_.é-]{0,6}",
        text in "(\\PC|[{}$ .a\"]){0,20}|\\{\\{[ $a-z.|\"()]{0,12}\\}\\}",
        query in prop::sample::select(&[
            "x", "sum(x)", "rate(x[$window])", "sum by (a) (rate(x[$window]))", "x{a=~\"b.*\"}",
            "sum(rate(x[$window])) / sum(rate(y[$window]))", "scalar(x)", "topk(1, rate(x[$window]))",
            "x_bucket{le=\"1\"}", "sum(rate(x_bucket{le=~\"1|1.0\"}[$window])) or vector(0)",
        ][..]),
    ) {
        let [name, text, query] = [&name, &text, query].map(|text| serde_json::to_string(text).unwrap());
        for (field, sli) in [
            ("labels", "probe"),
            ("alerting: {labels", "ratio"),
            ("alerting: {page: {annotations", "availability: {bad: x, total"),
        ] {
            let close = |text: &str| "}".repeat(text.matches('{').count());
            let (end, sli_end) = (close(field), close(sli));
            check(&format!(
                "version: meshobs/v1\nservice: a\nslos: [{{name: a, objective: 99, {field}: {{{name}: {text}}}{end}, {sli}: {query}{sli_end}}}]\n"
            ))?;
        }
    }

    #[test]
    fn objectives_are_exact(ppb in 1u32..1_000_000_000) {
        let objective = Objective::from_ppb(ppb).unwrap();
        let text = format!(
            "version: meshobs/v1\nservice: a\nslos: [{{name: a, objective: {objective}, probe: up}}]\n"
        );
        prop_assert_eq!(spec::load("file", &text).unwrap().slos[0].objective, objective);
    }

    #[test]
    fn the_shorthand_is_a_share_and_a_bound(percent in 1u32..9999, ms in 1u32..100_000) {
        let objective = format!("{}.{:02}", percent / 100, percent % 100);
        let text = format!(
            "version: meshobs/v1\nservice: a\nnamespace: b\nslos: [{{name: a, latency: p{objective} < {ms}ms}}]\n"
        );
        let loaded = spec::load("file", &text).unwrap();
        prop_assert_eq!(loaded.slos[0].objective, objective.parse().unwrap());
        let Sli::Events(events) = &loaded.slos[0].sli else {
            panic!("{:?}", loaded.slos[0].sli);
        };
        let latency = events.latency.as_ref().unwrap();
        prop_assert_eq!(latency.threshold_ms(), f64::from(ms));
        let is_above = matches!(events.bad, Leg::Classic { above: true, .. });
        prop_assert!(is_above);
    }
}

#[test]
fn files_are_checked_together() {
    let slo = |name: &str| {
        format!(
            "version: meshobs/v1\nservice: a\nslos: [{{name: {name}, objective: 99, probe: up}}]\n"
        )
    };
    let (one, two) = (slo("one"), slo("two"));
    let loaded = spec::load_all(&[("a.yaml", &one), ("b.yaml", &two)]).unwrap();
    assert_eq!(loaded.slos.len(), 2);
    let errors = spec::load_all(&[("a.yaml", &one), ("b.yaml", &one)]).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "b.yaml:3:8: slos[0]: service `a` already has an SLO `one`, at a.yaml:3:8: slos[0]"
    );
}
