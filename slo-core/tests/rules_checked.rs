//! No rule file that Prometheus refuses: what is wrong is found where it is written.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::HashSet;

use slo_core::rules::{Alerts, Options, Rule, RuleSet, generate};
use slo_core::spec;

fn all() -> Options {
    let mut options = Options::default();
    options.alerts = Alerts::All;
    options
}

/// What is said of a wrong file, a line for each error.
fn errors(text: &str) -> Vec<String> {
    match spec::load("f.yaml", text) {
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
        Ok(_) => panic!("{text} was read"),
    }
}

fn is_name(name: &str, more: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || more.contains(c);
    name.starts_with(start) && name.chars().all(|c| start(c) || c.is_ascii_digit())
}

/// Written a second time, without the library's own check.
fn assert_loadable(set: &RuleSet) {
    let mut groups = HashSet::new();
    for group in &set.groups {
        assert!(groups.insert(&group.name), "{}", group.name);
        assert!(!group.rules.is_empty(), "{}", group.name);
        let mut alerts = HashSet::new();
        for rule in &group.rules {
            let (labels, annotations) = match rule {
                Rule::Record { metric, labels, .. } => {
                    assert!(is_name(metric, ":"), "{metric}");
                    (labels, None)
                }
                Rule::Alert {
                    name,
                    labels,
                    annotations,
                    ..
                } => {
                    assert!(!name.is_empty());
                    let identity = (name.clone(), labels.clone());
                    assert!(alerts.insert(identity), "{name} {labels:?}");
                    (labels, Some(annotations))
                }
                other => panic!("{other:?}"),
            };
            for name in labels.keys() {
                assert!(is_name(name, "") && !name.starts_with("__"), "{name}");
            }
            for name in annotations.into_iter().flatten().map(|(name, _)| name) {
                assert!(is_name(name, ""), "{name}");
            }
        }
    }
    set.check().unwrap_or_else(|refused| panic!("{refused:?}"));
}

#[test]
fn every_example_makes_rules_that_can_be_loaded() {
    let mut sets: Vec<Vec<(String, String)>> = ["own", "sloth", "openslo", "pyrra"]
        .into_iter()
        .map(support::files)
        .collect();
    let example = include_str!("../../examples/rules_from_spec.yaml");
    sets.push(vec![(
        "rules_from_spec.yaml".to_owned(),
        example.to_owned(),
    )]);
    let mut read = 0;
    for files in sets {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let loaded = spec::load_all(&files).unwrap_or_else(|errors| panic!("{errors}"));
        for slo in &loaded.slos {
            assert!(support::describe(slo).contains(slo.name.as_str()));
        }
        assert_loadable(&generate(&loaded.slos, &all()));
        assert_loadable(&generate(&loaded.slos, &Options::default()));
        read += loaded.slos.len();
    }
    assert!(read > 30);
}

const SLO: &str = "slos:\n  - {name: a, objective: 99, probe: up}\n";

#[test]
fn our_own_labels_and_annotations() {
    let text = format!(
        "version: meshobs/v1\nservice: s\nlabels:\n  team: x\n  severity: none\n  service: y\n  slo: z\n  \
         alertname: n\n  slo_alert: n\n  1a: x\n  a-b: x\n  __a: x\n  broken: '{{{{ $value'\n\
         alerting:\n  runbook_url: 'https://r/{{{{ end }}}}'\n  labels: {{severity: mine, slo: mine, alertname: n, __a: x}}\n  \
         annotations: {{a.b: x, ok: '{{{{ $labels.slo }}}}', wrong: '{{{{ $label }}}}'}}\n  \
         page: {{labels: {{é: x}}, annotations: {{x: '{{{{ nope }}}}'}}}}\n{SLO}"
    );
    let said = errors(&text);
    for (line, field) in [
        (
            5,
            "labels.severity: `severity` is set by the rules themselves",
        ),
        (6, "labels.service:"),
        (7, "labels.slo:"),
        (8, "labels.alertname:"),
        (9, "labels.slo_alert:"),
        (10, "labels.1a: `1a` is no label name"),
        (11, "labels.a-b:"),
        (12, "labels.__a:"),
        (13, "labels.broken: Prometheus refuses its template"),
        (15, "alerting.runbook_url: Prometheus refuses its template"),
        (16, "alerting.labels.alertname:"),
        (16, "alerting.labels.__a:"),
        (17, "alerting.annotations.a.b: `a.b` is no annotation name"),
        (
            17,
            "alerting.annotations.wrong: Prometheus refuses its template: there is no variable `$label`",
        ),
        (18, "alerting.page.labels.é:"),
        (
            18,
            "alerting.page.annotations.x: Prometheus refuses its template: there is no function `nope`",
        ),
    ] {
        let found =
            |said: &&String| said.starts_with(&format!("f.yaml:{line}:")) && said.contains(field);
        assert!(
            said.iter().any(|said| found(&said)),
            "{line} {field}: {said:#?}"
        );
    }
    assert_eq!(said.len(), 16, "{said:#?}");
}

#[test]
fn foreign_labels_and_annotations() {
    let sloth = "version: prometheus/v1\nservice: s\nlabels: {service: x}\nslos:\n  - name: a\n    objective: 99\n    \
        labels: {severity: x}\n    sli: {raw: {error_ratio_query: 'avg_over_time(x[{{.window}}])'}}\n    \
        alerting: {labels: {a-b: x}, annotations: {run-book: x}, page_alert: {labels: {severity: ok, alertname: x}, annotations: {x: '{{'}}}\n";
    let said = errors(sloth).join("\n");
    for place in [
        "f.yaml:3:19: labels.service:",
        "f.yaml:7:24: slos[0].labels.severity:",
        "slos[0].alerting.labels.a-b:",
        "slos[0].alerting.annotations.run-book:",
        "slos[0].alerting.page_alert.labels.alertname:",
        "slos[0].alerting.page_alert.annotations.x:",
    ] {
        assert!(said.contains(place), "{place}: {said}");
    }
    assert!(!said.contains("page_alert.labels.severity"), "{said}");

    let pyrra = "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n\
        metadata:\n  name: a\n  labels: {pyrra.dev/severity: x, severity: ok, pyrra.dev/service: shop, pyrra.dev/team: '{{'}\n  \
        annotations: {pyrra.dev/x: '{{ nope }}', other: '{{'}\n\
        spec: {target: '99', window: 4w, indicator: {bool_gauge: {metric: up}}}\n";
    let said = errors(pyrra);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(
        said[0].contains("5:32: metadata.labels.pyrra.dev/severity:"),
        "{said:#?}"
    );

    let openslo = "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: a\n  \
        labels: {service: x, severity: [y], 'a.b': x, 'a-b': x, '': x}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  \
        objectives: [{target: 0.9}]\n  indicator: {spec: {ratioMetric: {rawType: failure, raw: {metricSource: {type: Prometheus, spec: {query: x}}}}}}\n";
    let said = errors(openslo).join("\n");
    for what in [
        "metadata.labels.service:",
        "metadata.labels.severity:",
        "another label is called `a_b`",
        "`` is no label name",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
}

#[test]
fn a_group_has_no_label_of_the_slo_or_an_alert() {
    for (labels, alerting) in [
        ("{route: x}", "{}"),
        ("{}", "{labels: {route: x}}"),
        ("{}", "{ticket: {labels: {route: x}}}"),
    ] {
        let text = format!(
            "version: meshobs/v1\nservice: s\nlabels: {labels}\nalerting: {alerting}\nslos:\n  \
             - {{name: a, objective: 99, probe: up, group_by: [route]}}\n"
        );
        let said = errors(&text);
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("f.yaml:6:51: slos[0].group_by: cannot group by `route`"),
            "{said:?}"
        );
    }
}

#[test]
fn queries_without_series_are_refused() {
    for query in [
        "scalar(rate(x[$window]))",
        "x[$window]",
        "time() - scalar(rate(x[$window]))",
    ] {
        let ratio = format!(
            "version: meshobs/v1\nservice: s\nslos:\n  - {{name: a, objective: 99, ratio: '{query}'}}\n"
        );
        assert!(errors(&ratio)[0].contains("no series"), "{query}");
        let sloth = format!(
            "version: prometheus/v1\nservice: s\nslos:\n  - {{name: a, objective: 99, sli: {{events: {{error_query: '{query}', total_query: 'sum(rate(x[$window]))'}}}}}}\n"
        );
        assert!(errors(&sloth)[0].contains("no series"), "{query}");
    }
}

#[test]
fn what_was_made_by_hand_is_checked_in_the_end() {
    let slos = spec::load("f.yaml", &format!("version: meshobs/v1\nservice: s\n{SLO}"))
        .unwrap()
        .slos;
    let twice = [slos.clone(), slos.clone()].concat();
    let refused = generate(&twice, &all()).check().unwrap_err();
    assert!(refused[0].to_string().contains("two groups"), "{refused:?}");
    let mut wrong = all();
    wrong.labels.insert("a-b".to_owned(), "x".to_owned());
    wrong
        .annotations
        .insert("x".to_owned(), "{{ nope }}".to_owned());
    let refused = generate(&slos, &wrong).check().unwrap_err();
    let said: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 8, "{said:#?}");
    assert!(
        said[0].starts_with("slo:s:a:alerts: SloBudgetBurnsFast: "),
        "{said:#?}"
    );
}
