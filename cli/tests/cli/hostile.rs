//! Texts of others: of servers, and of spec files.

use std::borrow::Cow;

use promql_client::text::neutralize_lines;
use promql_client::{Labels, Timestamp};

use crate::support::{AT, FakePrometheus, Fault, NOW, mesh, meshobs};

/// Colours, a cleared screen, a line that lies, a turned reading direction, a formula.
const HOSTILE: &str = "=1+\u{1b}[31m\u{9b}2J\r\nerror: all is lost\u{202e}\u{2066}\u{7f}\u{200b}";

/// A server with such a label value.
fn hostile() -> FakePrometheus {
    let backend = mesh();
    for (code, per_minute) in [("200", 90.0), ("500", 10.0)] {
        let labels = Labels::from_pairs([
            ("__name__", "requests_total"),
            ("code", code),
            ("tenant", HOSTILE),
            ("job", "app"),
            ("instance", "10.0.0.1:80"),
        ]);
        for minute in 0..=120 {
            let time = Timestamp::from_secs(NOW - (120 - minute) * 60);
            backend.push(&labels, time, per_minute * minute as f64);
        }
    }
    // Namespaces, too: more than anybody wants to read.
    for i in 0..30 {
        let namespace = format!("{HOSTILE}-{i:02}");
        let labels = Labels::from_pairs([
            ("__name__", "istio_requests_total"),
            ("destination_service_name", "everywhere"),
            ("destination_service_namespace", &namespace),
        ]);
        backend.push(&labels, Timestamp::from_secs(NOW - 60), 1.0);
    }
    FakePrometheus::start(backend, Fault::None)
}

const SPEC: &str = "
version: meshobs/v1
service: shop
window: 1h
slos:
  - name: tenants
    objective: 99.9
    group_by: [tenant]
    availability:
      total: requests_total
      bad: requests_total{code=\"500\"}
";

fn assert_safe(text: &str) {
    let lines = text.replace("\r\n", "\n");
    assert!(
        matches!(neutralize_lines(&lines), Cow::Borrowed(_)),
        "{text:?}"
    );
    assert!(!text.contains("\nerror: all is lost"), "{text}");
}

#[test]
fn no_format_passes_them_on() {
    let prometheus = hostile();
    let common = [
        "--spec",
        "-",
        "--at",
        AT,
        "--prometheus-url",
        &prometheus.url,
    ];
    for (command, format) in [
        ("check", "table"),
        ("check", "json"),
        ("report", "json"),
        ("report", "markdown"),
        ("report", "csv"),
        ("report", "svg"),
    ] {
        let args = [&["slo", command, "-o", format][..], &common].concat();
        let outcome = meshobs(&args, SPEC).ends_with(1);
        assert!(outcome.out.contains("31m"), "{outcome:#?}");
        assert_safe(&outcome.out);
        assert_safe(&outcome.err);
        if format == "json" {
            // A machine reads what was there.
            assert_eq!(outcome.json()["slos"][0]["group"]["tenant"], HOSTILE);
        }
        if format == "csv" {
            assert!(outcome.out.contains(",tenant==1+"), "{outcome:#?}");
            assert_eq!(outcome.out.lines().count(), 2, "{outcome:#?}");
        }
    }
}

#[test]
fn names_that_a_server_knows_are_few_and_safe() {
    let prometheus = hostile();
    let args = ["check-slo", "--service", "everywhere", "--at", AT];
    let args = [&args[..], &["--prometheus-url", &prometheus.url]].concat();
    let outcome = meshobs(&args, "").ends_with(2);
    assert_safe(&outcome.err);
    assert_eq!(outcome.err.lines().count(), 1, "{outcome:#?}");
    assert!(outcome.err.contains("-19, and 10 more;"), "{outcome:#?}");
}

#[test]
fn a_spec_cannot_talk_to_the_terminal() {
    let spec = "
version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total{code=\"500\"}[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting:
      \"a\\e[2Jb\\nerror: all is lost\\u202e\": true
      page_alert: {disable: true}
      ticket_alert: {disable: true}
";
    let outcome = meshobs(&["slo", "validate", "--spec", "-"], spec);
    assert!(
        [&outcome.out, &outcome.err]
            .iter()
            .any(|text| text.contains("all is lost")),
        "{outcome:#?}"
    );
    assert_safe(&outcome.out);
    assert_safe(&outcome.err);
}

#[test]
fn arguments_that_are_refused_act_on_no_terminal() {
    let hostile = "x\u{1b}[2J\nerror: all fine\u{202e}\u{9b}\r";
    let shown = r"x\u{1b}[2J\nerror: all fine\u{202e}\u{9b}\r";
    for args in [
        ["--max-age", hostile],
        ["--fail-on", hostile],
        [&format!("--at={hostile}"), "--no-such"],
        [&format!("--{hostile}"), "x"],
    ] {
        let outcome = meshobs(&[&["slo", "check"][..], &args].concat(), "").ends_with(2);
        assert!(outcome.err.contains(shown), "{outcome:#?}");
        assert!(!outcome.err.contains("\nerror: all"), "{outcome:#?}");
        assert!(
            !outcome.err.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\r']),
            "{outcome:#?}"
        );
    }
    let outcome = meshobs(&["slo", "check", "--max-age", "often"], "").ends_with(2);
    assert!(
        outcome.err.starts_with("error: invalid value 'often'"),
        "{outcome:#?}"
    );
    assert!(outcome.err.contains("--help"), "{outcome:#?}");
}
