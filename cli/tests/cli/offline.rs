//! `slo rules` and `slo validate`: no server is needed.

use crate::support::meshobs;

const GOOD: &str = "\
version: meshobs/v1
service: checkout
namespace: shop
slos:
  - {name: availability, objective: 99.9, availability: istio}
  - {name: latency, latency: p95 < 100ms}
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn validate_shows_the_policy_and_what_it_costs() {
    let outcome = meshobs(&["slo", "validate", "--spec", "-"], GOOD).ends_with(0);
    for text in [
        "checkout/availability: availability, 99.9 % over 30d",
        "page   above burn rate  14.4 over 1h and 5m",
        "a total outage is noticed within 1m22s, with 3.16 % of the budget spent",
        "2 SLOs valid, 0 warnings",
    ] {
        assert!(outcome.out.contains(text), "{text}: {}", outcome.out);
    }
}

#[test]
fn validate_tells_of_tiers_that_cannot_fire() {
    let low = GOOD.replace("99.9", "90");
    let outcome = meshobs(&["slo", "validate", "--spec", "-"], &low).ends_with(0);
    assert!(
        outcome.out.contains("repaired: page tier"),
        "{}",
        outcome.out
    );
}

#[test]
fn every_problem_has_its_place() {
    let bad = folder(&[
        ("a.yaml", GOOD),
        (
            "b.yml",
            "version: meshobs/v1\nservice: cart\nnamespace: shop\nslos:\n  - {name: a, objective: 100, availability: istio}\n  - {name: b, objektive: 99, availability: istio}\n",
        ),
        ("notes.txt", "not a spec"),
    ]);
    let path = bad.path().to_str().unwrap();
    let outcome = meshobs(&["slo", "validate", "--spec", path], "").ends_with(2);
    for text in ["b.yml:5:", "b.yml:6:", "objektive", "slos[0].objective"] {
        assert!(outcome.err.contains(text), "{text}: {}", outcome.err);
    }
    assert!(
        !outcome.err.contains("a.yaml") && outcome.out.is_empty(),
        "{outcome:#?}"
    );
}

#[test]
fn specs_come_from_files_folders_and_stdin() {
    let specs = folder(&[
        ("a.yaml", GOOD),
        ("b.yml", &GOOD.replace("checkout", "cart")),
    ]);
    let path = specs.path().to_str().unwrap();
    let file = specs.path().join("a.yaml");
    let more = GOOD.replace("checkout", "search");
    // The file that is named is in the folder, too: it is read once.
    let args = [
        "slo",
        "validate",
        "--spec",
        path,
        "-",
        "--spec",
        file.to_str().unwrap(),
    ];
    let outcome = meshobs(&args, &more).ends_with(0);
    assert!(outcome.out.contains("6 SLOs valid"), "{}", outcome.out);
    let filtered = meshobs(&[&args[..], &["--slo", "cart/latency"]].concat(), &more).ends_with(0);
    assert!(filtered.out.contains("1 SLO valid"), "{}", filtered.out);
    let empty = folder(&[("notes.txt", "")]);
    for wrong in [empty.path().to_str().unwrap(), "/nonexistent"] {
        let outcome = meshobs(&["slo", "validate", "--spec", wrong], "").ends_with(2);
        assert!(outcome.err.contains(wrong), "{outcome:#?}");
    }
}

#[test]
fn rules_come_in_both_formats() {
    let common = [
        "slo",
        "rules",
        "--spec",
        "-",
        "--label",
        "team=pay: ments",
        "--annotation",
    ];
    let common = [
        &common[..],
        &["dashboard=https://d", "--runbook-url", "https://r"],
    ]
    .concat();
    let file = meshobs(&common, GOOD).ends_with(0).out;
    assert!(file.contains("\ngroups:\n"), "{file}");
    for text in ["slo:bad:increase5m", "pay: ments", "https://d", "https://r"] {
        assert!(file.contains(text), "{text}: {file}");
    }
    let operator = [
        "--format",
        "operator",
        "--namespace",
        "monitoring",
        "--name",
        "slos",
    ];
    let resource = meshobs(&[&common[..], &operator].concat(), GOOD)
        .ends_with(0)
        .out;
    for text in [
        "kind: PrometheusRule",
        "monitoring",
        "slos",
        "spec:\n  groups:",
    ] {
        assert!(resource.contains(text), "{text}: {resource}");
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rules.yaml");
    let to_file = ["--out", out.to_str().unwrap()];
    assert_eq!(
        meshobs(&[&common[..], &to_file].concat(), GOOD)
            .ends_with(0)
            .out,
        ""
    );
    assert_eq!(std::fs::read_to_string(out).unwrap(), file);
}
