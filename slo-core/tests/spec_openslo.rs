//! What OpenSLO's alert conditions become.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use slo_core::policy::Tiers;
use slo_core::spec::{self, Errors, Loaded};

/// An SLO with one burn rate condition, which has this besides.
fn load(more: &str) -> Result<Loaded, Errors> {
    let text = format!(
        "apiVersion: openslo/v1
kind: SLO
metadata: {{name: a}}
spec:
  service: s
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{target: 0.999}}]
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: Prometheus, spec: {{query: b_total}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: t_total}}}}}}
  alertPolicies:
    - kind: AlertPolicy
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            spec:
              severity: page
              condition: {{kind: burnrate, threshold: 14.4, lookbackWindow: 1h, alertAfter: 0m, {more}}}
"
    );
    spec::load("f.yaml", &text)
}

#[test]
fn a_condition_is_on_a_burn_rate_above_its_threshold() {
    let at = "f.yaml:23:100: spec.alertPolicies[0].spec.conditions[0].spec.condition.op";
    for (op, said) in [
        ("", None),
        ("op: gt", None),
        ("op: gte", None),
        (
            "op: lt",
            Some("has no effect: an alert fires above its burn rate"),
        ),
        (
            "op: lte",
            Some("has no effect: an alert fires above its burn rate"),
        ),
    ] {
        let loaded = load(op).unwrap();
        let Tiers::Exactly(tiers) = &loaded.slos[0].policy.tiers else {
            panic!("{:?}", loaded.slos[0].policy)
        };
        assert_eq!(tiers.len(), 1, "{op}");
        assert_eq!(tiers[0].long, Duration::from_secs(3600));
        let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        let said: Vec<String> = said.iter().map(|said| format!("{at}: {said}")).collect();
        assert_eq!(warnings, said, "{op}");
    }
    let errors = load("op: eq").unwrap_err().to_string();
    assert_eq!(
        errors,
        format!("{at}: expected gt or gte (lt and lte have no effect), found `eq`")
    );
}
