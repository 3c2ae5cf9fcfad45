//! A ratio where a percentage is meant.
#![allow(clippy::unwrap_used)]

use slo_core::spec;

fn warnings(fields: &str) -> Vec<String> {
    let text = format!(
        "version: meshobs/v1\nservice: s\nslos:\n- {{name: a, objective: 99, probe: up, {fields}}}\n"
    );
    let loaded = spec::load("f.yaml", &text).unwrap();
    loaded.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn shares_under_one_percent_are_doubted() {
    let coverage = |given: &str| warnings(&format!("data: {{min_coverage: {given}}}"));
    let tier = |given: &str| {
        warnings(&format!(
            "policy: {{tiers: [{{severity: page, budget: {given}, within: 1h}}]}}"
        ))
    };
    assert_eq!(
        coverage("0.95"),
        [
            "f.yaml:4:60: slos[0].data.min_coverage: doubtful: a coverage of 0.95 % is hardly any data; did you mean 95?"
        ]
    );
    assert_eq!(
        tier("0.02"),
        [
            "f.yaml:4:81: slos[0].policy.tiers[0].budget: doubtful: a tier of 0.02 % of the budget; did you mean 2?"
        ]
    );
    for fine in [
        coverage("95"),
        coverage("1.5"),
        tier("2"),
        tier("1"),
        tier("0.5%"),
    ] {
        assert_eq!(fine, [""; 0]);
    }
}
