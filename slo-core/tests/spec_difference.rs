//! Good events that are a difference: what is not good is what was taken away from them.
#![allow(clippy::unwrap_used, clippy::panic)]

use promql_client::Selector;
use slo_core::Sli;
use slo_core::sli::{EventSli, Leg};
use slo_core::spec;

fn sli(text: &str) -> EventSli {
    let loaded = spec::load("f.yaml", text).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    match loaded.slos.into_iter().next().unwrap().sli {
        Sli::Events(sli) => sli,
        other => panic!("{other:?}"),
    }
}

#[test]
fn in_every_format() {
    let own = "version: meshobs/v1\nservice: s\nslos:\n  - {name: a, objective: 99, availability: {good: 't_total - e_total', total: t_total}}\n";
    let openslo = |counter: bool, good: &str, total: &str| {
        format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  \
             timeWindow: [{{duration: 30d, isRolling: true}}]\n  objectives: [{{target: 0.99}}]\n  indicator: {{metadata: {{name: i}}, \
             spec: {{ratioMetric: {{counter: {counter}, good: {{metricSource: {{type: Prometheus, spec: {{query: '{good}'}}}}}}, \
             total: {{metricSource: {{type: Prometheus, spec: {{query: '{total}'}}}}}}}}}}}}\n"
        )
    };
    let sloth = "version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    objective: 99\n    alerting: {name: A}\n    sli: {raw: {error_ratio_query: \
                 '1 - (sum(rate(t_total[{{.window}}])) - sum(rate(e_total[{{.window}}]))) / sum(rate(t_total[{{.window}}]))'}}\n";
    for text in [
        own,
        &openslo(true, "sum(t_total) - sum(e_total)", "sum(t_total)"),
        &openslo(
            false,
            "sum(rate(t_total[5m])) - sum(rate(e_total[5m]))",
            "sum(rate(t_total[5m]))",
        ),
        sloth,
    ] {
        let sli = sli(text);
        let Leg::Counters(bad) = &sli.bad else {
            panic!("{text}: {:?}", sli.bad);
        };
        let bad: Vec<&Selector> = bad.iter().map(|counter| &counter.selector).collect();
        assert_eq!(bad, [&Selector::metric("e_total")], "{text}");
        assert_eq!(
            sli.total,
            Leg::counter(Selector::metric("t_total")),
            "{text}"
        );
    }
}
