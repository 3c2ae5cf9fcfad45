//! PromQL that a server takes with `--enable-feature` only is named where it is written.
#![allow(clippy::unwrap_used)]

use slo_core::spec;

/// What a file's warnings say, after their places.
fn assumed(text: &str) -> Vec<String> {
    let loaded = spec::load("f.yaml", text).unwrap();
    let warnings = loaded.warnings.iter().map(ToString::to_string);
    let of_server = warnings.filter(|w| w.contains("the server takes"));
    of_server.collect()
}

#[test]
fn in_every_format() {
    let own = |sli: &str| {
        format!(
            "version: meshobs/v1\nservice: s\nslos:\n  - name: a\n    objective: 99\n    {sli}\n"
        )
    };
    let place = "f.yaml:6:";
    let said = "assumed: the server takes the experimental `limitk`";
    assert_eq!(
        assumed(&own("ratio: 'sum(limitk(5, rate(bad_total[$window])))'")),
        [format!("{place}12: slos[0].ratio: {said}")]
    );
    assert_eq!(
        assumed(&own(
            "availability: {bad: 'sum(limitk(5, rate(bad_total[$window])))', total: 'sum(rate(all_total[$window]))'}"
        )),
        [format!("{place}25: slos[0].availability.bad: {said}")]
    );
    let sloth = "version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    objective: 99\n    sli: {raw: {error_ratio_query: 'sum(limitk(5, rate(x[{{.window}}])))'}}\n    alerting: {name: A}\n";
    assert_eq!(
        assumed(sloth),
        [format!(
            "f.yaml:6:36: slos[0].sli.raw.error_ratio_query: {said}"
        )]
    );
    let openslo = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  timeWindow: [{duration: 30d, isRolling: true}]\n  objectives: [{target: 0.99}]\n  indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: false, rawType: failure, raw: {metricSource: {type: Prometheus, spec: {query: 'limitk(5, x)'}}}}}}\n";
    let warnings = assumed(openslo);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings
            .iter()
            .all(|w| w.starts_with("f.yaml:9:") && w.ends_with(said)),
        "{warnings:?}"
    );
}

#[test]
fn names_in_strings_are_none() {
    let text = "version: meshobs/v1\nservice: s\nslos:\n  - {name: a, objective: 99, ratio: 'max(topk(1, rate(x_total{path=\"info(\"}[$window])))'}\n";
    assert_eq!(assumed(text), [""; 0]);
}
