//! Labels that no SLO can be split by are refused in every format, where they are written.
#![allow(clippy::unwrap_used, clippy::panic)]

use slo_core::spec;

const RULES: &str = "the rules use this label for the SLO's own; group by another one, or write an \
                     SLO for each value";

/// What is wrong with a file, one line for each error.
fn errors(text: &str) -> Vec<String> {
    let errors = spec::load("f.yaml", text).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn own_field() {
    let text = "
version: meshobs/v1
service: shop
slos:
  - name: a
    objective: 99
    probe: up
    group_by: [job, service, slo, severity, __name__, le]
";
    let at = "f.yaml:8:15: slos[0].group_by: cannot group by";
    assert_eq!(
        errors(text),
        [
            format!("{at} `service`: {RULES}"),
            format!("{at} `slo`: {RULES}"),
            format!("{at} `severity`: {RULES}"),
            format!(
                "{at} `__name__`: the rules' series have names of their own; write an SLO for each metric"
            ),
            format!(
                "{at} `le`: it is the bound of a histogram's bucket; group by what tells services apart"
            ),
        ]
    );
}

#[test]
fn own_queries() {
    let text = "
version: meshobs/v1
service: shop
slos:
  - name: a
    objective: 99
    availability:
      bad: sum by (service) (rate(bad_total[$window]))
      total: sum by (service) (rate(all_total[$window]))
  - name: b
    objective: 99
    ratio: avg by (slo) (avg_over_time(x[$window]))
";
    assert_eq!(
        errors(text),
        [
            format!("f.yaml:8:7: slos[0].availability: cannot group by `service`: {RULES}"),
            format!("f.yaml:12:12: slos[1].ratio: cannot group by `slo`: {RULES}"),
        ]
    );
    // A field that says other groups stands above the queries.
    let other = text
        .replace("slos:\n", "labels: {}\nslos:\n")
        .replace("by (slo)", "by (job)")
        .replace(
            "    objective: 99\n    avail",
            "    objective: 99\n    group_by: [job]\n    avail",
        );
    assert_eq!(spec::load("f.yaml", &other).unwrap().slos.len(), 2);
}

#[test]
fn sloth() {
    let text = r#"
version: prometheus/v1
service: shop
slos:
  - name: a
    objective: 99
    sli:
      events:
        error_query: sum by (severity) (rate(bad_total[{{.window}}]))
        total_query: sum by (severity) (rate(all_total[{{.window}}]))
  - name: b
    objective: 99
    sli:
      raw:
        error_ratio_query: sum by (le) (rate(x[{{.window}}]))
"#;
    assert_eq!(
        errors(text),
        [
            format!("f.yaml:9:9: slos[0].sli.events: cannot group by `severity`: {RULES}"),
            "f.yaml:15:28: slos[1].sli.raw.error_ratio_query: cannot group by `le`: it is the bound \
             of a histogram's bucket; group by what tells services apart"
                .to_owned(),
        ]
    );
}

#[test]
fn pyrra() {
    let text = "
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: a, namespace: shop}
spec:
  target: '99'
  window: 4w
  indicator:
    ratio:
      errors: {metric: bad_total}
      total: {metric: all_total}
      grouping: [job, slo]
";
    assert_eq!(
        errors(text),
        [format!(
            "f.yaml:12:17: spec.indicator.ratio.grouping: cannot group by `slo`: {RULES}"
        )]
    );
}

#[test]
fn openslo() {
    let text = "
apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec:
  service: shop
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'sum by (service) (bad_total)'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'sum by (service) (all_total)'}}}
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}, {target: 0.99}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: b}
spec:
  service: shop
  indicator:
    spec:
      thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'avg by (slo) (x)'}}}
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9, op: lte, value: 1}]
";
    let metric = "spec.indicator.spec";
    assert_eq!(
        errors(text),
        [
            format!("f.yaml:10:9: {metric}.ratioMetric: cannot group by `service`: {RULES}"),
            format!(
                "f.yaml:24:72: {metric}.thresholdMetric.metricSource.spec.query: cannot group by \
                 `slo`: {RULES}"
            ),
        ]
    );
}
