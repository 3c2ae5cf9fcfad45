//! Every example of `docs/slo-definitions.md` is what the page says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use slo_core::rules::{Options, generate};
use slo_core::spec;

const PAGE: &str = include_str!("../../docs/slo-definitions.md");

/// The fenced blocks: what stands behind the fence, and the text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut parts = PAGE.split("\n```");
    let mut blocks = Vec::new();
    parts.next();
    while let Some(block) = parts.next() {
        blocks.push(block.split_once('\n').unwrap());
        parts.next();
    }
    blocks
}

/// A list of SLOs stands for a whole document.
fn document(text: &str) -> String {
    if !text.starts_with("- ") {
        return text.to_owned();
    }
    let head = "version: meshobs/v1\nservice: model-inference\nnamespace: shop\nslos:\n";
    format!("{head}{text}\n")
}

#[test]
fn examples_are_read() {
    let mut read = 0;
    for (fence, text) in blocks() {
        if fence == "yaml" {
            let loaded = spec::load("slos.yaml", &document(text));
            let loaded = loaded.unwrap_or_else(|errors| panic!("{text}\n{errors}"));
            assert!(!loaded.slos.is_empty());
            assert!(loaded.warnings.is_empty(), "{text}\n{:?}", loaded.warnings);
            let rules = generate(&loaded.slos, &Options::default());
            assert_eq!(rules.check(), Ok(()), "{text}");
            read += 1;
        }
    }
    assert_eq!(read, PAGE.matches("\n```yaml\n").count());
}

#[test]
fn wrong_examples_say_what_is_shown() {
    let blocks = blocks();
    let wrong = blocks
        .iter()
        .position(|(fence, _)| *fence == "yaml wrong")
        .unwrap();
    let errors = spec::load("slos.yaml", blocks[wrong].1).unwrap_err();
    assert_eq!(errors.to_string(), blocks[wrong + 1].1);
}

/// Every field of our own format that the reader knows is on the page.
#[test]
fn every_field_is_written_about() {
    for field in [
        "version",
        "service",
        "namespace",
        "labels",
        "window",
        "counting",
        "policy",
        "alerting",
        "slos",
        "name",
        "description",
        "objective",
        "availability",
        "latency",
        "throughput",
        "ratio",
        "probe",
        "time_slices",
        "group_by",
        "threshold",
        "istio",
        "histogram",
        "unit",
        "native",
        "floor",
        "slice",
        "empty",
        "workload",
        "reporter",
        "protocol",
        "http_errors",
        "grpc_errors",
        "client_gone",
        "target",
        "up",
        "target_labels",
        "data",
        "max_age",
        "min_coverage",
        "preset",
        "tiers",
        "min_bad_events",
        "confidence",
        "disabled",
        "annotations",
        "runbook_url",
        "page",
        "ticket",
        "exhausted",
        "missing",
    ] {
        assert!(PAGE.contains(&format!("`{field}`")), "{field}");
    }
}
