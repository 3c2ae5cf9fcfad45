//! A comment in a user's query ends with it, whatever the query is put into.
#![allow(clippy::unwrap_used, clippy::panic)]

use slo_core::spec;

fn reads(text: &str) {
    if let Err(errors) = spec::load("f.yaml", text) {
        panic!("{errors}");
    }
}

#[test]
fn sloth() {
    for queries in [
        "{error_query: 'sum(avg_over_time(errs[{{.window}}])) # bad', total_query: 'sum(avg_over_time(all[{{.window}}])) # all'}",
        "{error_query: 'sum(rate(errs[{{.window}}])) # bad', total_query: 'sum(rate(all[{{.window}}])) # all'}",
    ] {
        reads(&format!(
            "version: prometheus/v1\nservice: a\nslos:\n  - name: b\n    objective: 99\n    \
             sli: {{events: {queries}}}\n    alerting: {{name: x}}\n"
        ));
    }
}

#[test]
fn openslo() {
    let metric =
        |query: &str| format!("metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}");
    let indicators = [
        format!("rawType: success, raw: {{{}}}", metric("up # now")),
        format!("rawType: failure, raw: {{{}}}", metric("1 - up # now")),
        format!(
            "rawType: success, raw: {{{}}}",
            metric("avg_over_time(up[$window]) # now")
        ),
    ];
    for ratio in indicators {
        reads(&openslo_of(&format!("ratioMetric: {{{ratio}}}"), ""));
    }
    for [bad, total] in [
        ["sum(broken) # bad", "sum(all) # all"],
        [
            "sum(rate(broken_total[5m])) # bad",
            "sum(rate(all_total[5m])) # all",
        ],
        [
            "avg_over_time(broken[$window]) # bad",
            "avg_over_time(all[$window]) # all",
        ],
    ] {
        let ratio = format!(
            "counter: false, bad: {{{}}}, total: {{{}}}",
            metric(bad),
            metric(total)
        );
        reads(&openslo_of(&format!("ratioMetric: {{{ratio}}}"), ""));
    }
    let threshold = format!("thresholdMetric: {{{}}}", metric("queue_length # now"));
    reads(&openslo_of(&threshold, ", op: lte, value: 5"));
}

fn openslo_of(indicator: &str, more: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  service: b\n  \
         budgetingMethod: Occurrences\n  timeWindow: [{{duration: 30d, isRolling: true}}]\n  \
         indicator: {{metadata: {{name: i}}, spec: {{{indicator}}}}}\n  \
         objectives: [{{target: 0.99{more}}}]\n"
    )
}
