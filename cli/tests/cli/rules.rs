//! `slo rules`: which alerts, and no file that Prometheus or Kubernetes refuses.

use crate::support::{Outcome, check, meshobs, start};

const OWN: &str = "\
version: meshobs/v1
service: checkout
namespace: shop
slos:
  - {name: availability, objective: 99.9, availability: istio}
";

const SLOTH: &str = "\
version: prometheus/v1
service: checkout
slos:
  - name: availability
    objective: 99.9
    sli: {events: {error_query: 'sum(rate(bad_total[{{.window}}]))', total_query: 'sum(rate(all_total[{{.window}}]))'}}
    alerting: {page_alert: {labels: {severity: pageteam}}}
";

fn rules(spec: &str, more: &[&str]) -> Outcome {
    meshobs(&[&["slo", "rules", "--spec", "-"], more].concat(), spec)
}

#[test]
fn recordings_end_as_long_before_their_evaluation_as_is_asked_for() {
    let rules = |more: &[&str]| rules(OWN, more).ends_with(0).out.clone();
    let usual = rules(&[]);
    assert!(usual.contains("[5m] offset 30s)"), "{usual}");
    let longer = rules(&["--recording-offset", "45s"]);
    assert!(longer.contains("[5m] offset 45s)") && !longer.contains("offset 30s"));
}

/// The names of a rule file's alerts.
fn alerts(outcome: &Outcome) -> Vec<String> {
    let name = |line: &str| line.trim().strip_prefix("- alert: ").map(str::to_owned);
    outcome.out.lines().filter_map(name).collect()
}

#[test]
fn alerts_are_those_of_the_format_unless_others_are_asked_for() {
    let all = [
        "SloBudgetBurnsFast",
        "SloBudgetBurns",
        "SloBudgetExhausted",
        "SloMetricsMissing",
    ];
    let of = |spec: &str, more: &[&str]| alerts(&rules(spec, more).ends_with(0));
    assert_eq!(of(OWN, &[]), all);
    assert_eq!(of(SLOTH, &[]), all[..2]);
    assert_eq!(of(SLOTH, &["--alerts", "format"]), all[..2]);
    assert_eq!(of(SLOTH, &["--alerts", "all"]), all);
    assert_eq!(of(OWN, &["--alerts", "none"]), [""; 0]);
    let off = SLOTH.replace(
        "{page_alert: {labels: {severity: pageteam}}}",
        "{page_alert: {disable: true}, ticket_alert: {disable: true}}",
    );
    assert_eq!(of(&off, &["--alerts", "all"]), [""; 0]);
    assert_eq!(rules(OWN, &["--alerts", "some"]).code, 2);
    // What is shown of a spec beforehand says it, too.
    let shown = meshobs(&["slo", "validate", "--spec", "-"], SLOTH).ends_with(0);
    assert!(shown.out.contains("  alerts: page, ticket\n"), "{shown:#?}");
    let shown = meshobs(&["slo", "validate", "--spec", "-"], &off).ends_with(0);
    assert!(
        shown.out.contains("  no alerts are generated\n"),
        "{shown:#?}"
    );
}

#[test]
fn what_prometheus_refuses_is_an_error_and_no_file() {
    for wrong in [
        ["--label", "severity=none"],
        ["--label", "service=other"],
        ["--label", "slo=other"],
        ["--label", "alertname=other"],
        ["--label", "__name__=x"],
        ["--label", "a-b=x"],
        ["--label", "1a=x"],
        ["--label", "team={{ $value"],
        ["--annotation", "a.b=x"],
        ["--annotation", "text={{ nope }}"],
        ["--annotation", "summary=mine"],
        ["--annotation", "description=mine"],
        ["--runbook-url", "https://r/{{ end }}"],
        ["--name", "My Rules"],
        ["--name", "rules-"],
        ["--namespace", "a.b"],
        ["--namespace", ""],
    ] {
        let outcome = rules(OWN, &wrong).ends_with(2);
        assert!(outcome.out.is_empty(), "{outcome:#?}");
        assert!(outcome.err.contains(wrong[0]), "{outcome:#?}");
    }
    let twice = ["--label", "team=a", "--label", "team=b"];
    assert!(rules(OWN, &twice).ends_with(2).err.contains("given twice"));
    let grouped = OWN.replace("istio}", "istio, group_by: [version]}");
    let outcome = rules(&grouped, &["--label", "version=1"]).ends_with(2);
    assert!(
        outcome
            .err
            .contains("checkout/availability is grouped by it"),
        "{outcome:#?}"
    );
    for (spec, place) in [
        (
            OWN.replace("slos:", "labels: {severity: x}\nslos:"),
            "stdin:4:20: labels.severity:",
        ),
        (
            OWN.replace("slos:", "labels: {team: '{{'}\nslos:"),
            "stdin:4:16: labels.team:",
        ),
        (
            OWN.replace("slos:", "alerting: {annotations: {run-book: x}}\nslos:"),
            "stdin:4:36: alerting.annotations.run-book:",
        ),
        (
            SLOTH.replace("service: checkout", "service: checkout\nlabels: {slo: x}"),
            "stdin:3:15: labels.slo:",
        ),
    ] {
        let outcome = rules(&spec, &[]).ends_with(2);
        assert!(
            outcome.err.contains(place) && outcome.out.is_empty(),
            "{outcome:#?}"
        );
    }
    // Labels of an alert are the user's word.
    let kept = rules(SLOTH, &["--label", "team=shop"]).ends_with(0).out;
    assert!(
        kept.contains("severity: pageteam") && kept.contains("team: shop"),
        "{kept}"
    );
}

#[test]
fn the_resource_has_what_kubernetes_takes() {
    let args = [
        "--format",
        "operator",
        "--label",
        "release=prometheus",
        "--label",
        "team=pay: ments",
        "--annotation",
        "_x=1",
        "--annotation",
        "dashboard=https://d",
    ];
    let outcome = rules(OWN, &args).ends_with(0);
    let (metadata, groups) = outcome.out.split_once("\nspec:\n").unwrap();
    assert!(
        metadata.contains("release: prometheus") && metadata.contains("dashboard"),
        "{metadata}"
    );
    assert!(
        !metadata.contains("team") && !metadata.contains("_x"),
        "{metadata}"
    );
    assert!(
        groups.contains("team: \"pay: ments\"") && groups.contains("\"_x\": \"1\""),
        "{groups}"
    );
    for left_off in ["label team", "annotation _x"] {
        assert!(outcome.err.contains(left_off), "{outcome:#?}");
    }
}

#[test]
fn a_ratio_for_an_objective_is_told_of_everywhere() {
    let spec = OWN.replace("99.9", "0.999");
    let words = "slos[0].objective: doubtful: an objective of 0.999 % allows 99.001 % to be bad; did you mean 99.9?";
    let outcome = rules(&spec, &[]).ends_with(0);
    assert!(outcome.err.contains(words), "{outcome:#?}");
    let outcome = meshobs(&["slo", "validate", "--spec", "-"], &spec).ends_with(0);
    assert!(
        outcome.out.contains(words) && outcome.out.contains("1 warning"),
        "{outcome:#?}"
    );
    let prometheus = start();
    let args = [
        "slo",
        "check",
        "--spec",
        "-",
        "--prometheus-url",
        &prometheus.url,
    ];
    assert!(meshobs(&args, &spec).err.contains(words));
    // Not so what the checks' own specs promise.
    assert!(!check(&prometheus, &["good"], &[]).err.contains("doubtful"));
}

/// A spec with one SLO for each query.
fn ratios(queries: &[&str]) -> String {
    let slos = queries.iter().enumerate();
    let slos = slos.map(|(i, q)| format!("  - {{name: n{i}, objective: 99, ratio: '{q}'}}\n"));
    let slos: String = slos.collect();
    format!("version: meshobs/v1\nservice: s\nslos:\n{slos}")
}

#[test]
fn thousands_of_slos_have_few_remarks() {
    let queries = vec!["first_over_time(x[$window])"; 1000];
    let spec = ratios(&queries).replace("objective: 99", "objective: 0.99");
    let outcome = rules(&spec, &[]).ends_with(0);
    let lines = |start: &str| outcome.err.lines().filter(|l| l.starts_with(start)).count();
    assert_eq!(lines("warning: "), 21, "{}", outcome.err);
    assert!(outcome.err.contains("warning: and 980 more\n"));
    assert!(lines("note: ") <= 21, "{}", outcome.err);
    assert!(
        outcome.err.contains("s/n0, s/n1, s/n2, and 997 more: "),
        "{}",
        outcome.err
    );
    let head = outcome.out.lines().take_while(|line| line.starts_with('#'));
    assert!(head.count() <= 22);
    // A spec's own texts end, too.
    let twice = [spec.as_str(), "---\n", &spec].concat();
    assert_eq!(rules(&twice, &[]).ends_with(2).err.lines().count(), 21);
}

#[test]
fn what_a_server_refuses_by_default_has_to_be_allowed() {
    for (query, name) in [
        ("mad_over_time(x[$window])", "mad_over_time"),
        ("limitk(1, avg_over_time(x[$window]))", "limitk"),
        ("limit_ratio(0.1, avg_over_time(x[$window]))", "limit_ratio"),
        ("info(avg_over_time(x[$window]))", "info"),
        (
            "sort_by_label(avg_over_time(x[$window]), \"a\")",
            "sort_by_label",
        ),
        (
            "double_exponential_smoothing(x[$window], 0.1, 0.1)",
            "double_exponential_smoothing",
        ),
        ("avg_over_time(x[$window]) + fill(0) y", "fill"),
    ] {
        let outcome = rules(&ratios(&[query]), &[]).ends_with(2);
        let why = format!("`{name}` is experimental: Prometheus refuses it by default");
        assert!(
            outcome.err.contains(&why) && outcome.out.is_empty(),
            "{outcome:#?}"
        );
        let outcome = rules(&ratios(&[query]), &["--experimental"]).ends_with(0);
        for text in [&outcome.err, &outcome.out] {
            let note = format!("s/n0: `{name}` is experimental: Prometheus takes these rules only");
            assert!(text.contains(&note), "{text}");
        }
    }
    for query in [
        "avg_over_time(x[$window]) + x @ 1e30",
        "avg_over_time(x[$window] @ -1e30)",
    ] {
        let outcome = rules(&ratios(&[query]), &["--experimental"]).ends_with(2);
        assert!(outcome.err.contains("stdin:4:"), "{outcome:#?}");
        assert!(
            outcome.err.contains("the time after `@` is out of bounds"),
            "{outcome:#?}"
        );
    }
}

#[test]
fn what_prometheus_2_lacks_is_told() {
    for (query, what) in [
        (
            "avg_over_time({\"a.b\"}[$window])",
            "the quoted name \"a.b\"",
        ),
        (
            "topk(1, avg_over_time(x{\"a.b\"=\"c\"}[$window]))",
            "the quoted name \"a.b\"",
        ),
        (
            "avg_over_time(x[$window]) + sum by (\"a.b\") (y)",
            "the quoted name \"a.b\"",
        ),
        ("histogram_avg(rate(x[$window]))", "histogram_avg"),
        ("first_over_time(x[$window])", "first_over_time"),
    ] {
        let outcome = rules(&ratios(&[query]), &[]).ends_with(0);
        let note = format!("s/n0: these rules need Prometheus 3: 2.x refuses {what}");
        assert!(
            outcome.err.contains(&format!("note: {note}")),
            "{outcome:#?}"
        );
        assert!(outcome.out.contains(&format!("# {note}")), "{outcome:#?}");
    }
    for function in ["now", "toDuration 5", "urlQueryEscape \"now\""] {
        let label = format!("x={{{{ {function} }}}}");
        let outcome = rules(OWN, &["--label", &label]).ends_with(0);
        let name = function.split(' ').next().unwrap();
        let note = format!("2.x refuses {name} in a template");
        assert!(outcome.err.contains(&note), "{outcome:#?}");
    }
    let outcome = rules(OWN, &["--label", "x={{ print \"now\" }} now"]).ends_with(0);
    assert!(!outcome.err.contains("Prometheus 3"), "{outcome:#?}");
    let outcome = rules(OWN, &["--anchored"]).ends_with(0);
    assert!(!outcome.err.contains("2.x refuses"), "{outcome:#?}");
}

#[test]
fn nothing_in_a_rule_file_hides() {
    let hostile = "a\u{202e}b\u{2066}\u{200b}\u{e0041}";
    let spec = format!(
        "version: meshobs/v1\nservice: s\nslos:\n  - name: n\n    objective: 99\n    description: \"{hostile}\"\n    \
         labels: {{team: \"{hostile}\"}}\n    alerting: {{runbook_url: \"{hostile}\", annotations: {{x: \"{hostile}\"}}}}\n    \
         availability: {{bad: 'b_total{{c=\"{hostile}\"}}', total: t_total}}\n"
    );
    let outcome = rules(&spec, &["--label", &format!("l={hostile}")]).ends_with(0);
    let shown = promql_client::text::neutralize_lines(&outcome.out);
    assert!(matches!(shown, std::borrow::Cow::Borrowed(_)), "{shown}");
    assert!(
        outcome.out.contains(r"a\u202eb\u2066\u200b\U000e0041"),
        "{shown}"
    );
}
