//! `slo check`: figures, exit codes, and backends that do not answer.

use promql_client::{Labels, MemoryBackend, Timestamp};

use crate::support::{AT, FakePrometheus, Fault, NOW, check, mesh, meshobs, spec, start};

#[test]
fn exit_codes_say_what_the_worst_is() {
    let prometheus = start();
    for (services, more, code) in [
        (&["good"][..], &[][..], 0),
        (&["good", "tight"], &[], 0),
        (&["good", "tight"], &["--fail-on", "at-risk"], 1),
        (&["good", "bad"], &[], 1),
        (&["good", "idle"], &[], 3),
        (&["good", "unheard-of"], &[], 3),
        (&["bad", "unheard-of"], &[], 1),
        (&["tight", "unheard-of"], &[], 3),
        (&["tight", "unheard-of"], &["--fail-on", "at-risk"], 1),
        (&["bad", "good"], &["--slo", "good/availability"], 0),
    ] {
        let outcome = check(&prometheus, services, more);
        assert_eq!(outcome.code, code, "{services:?} {more:?}: {outcome:#?}");
    }
}

#[test]
fn the_table_names_every_slo_and_has_no_colour_in_a_pipe() {
    let outcome = check(&start(), &["good", "bad", "idle"], &[]).ends_with(1);
    for text in [
        "good/availability",
        "bad/availability",
        "breached",
        "no data",
        "90 %",
        "3 SLOs at",
    ] {
        assert!(outcome.out.contains(text), "{text}: {}", outcome.out);
    }
    assert!(
        !outcome.out.contains('\u{1b}') && outcome.err.is_empty(),
        "{outcome:#?}"
    );
}

#[test]
fn the_json_has_the_promised_fields() {
    let outcome = check(&start(), &["good", "bad", "idle"], &["--output", "json"]).ends_with(1);
    let json = outcome.json();
    assert_eq!(json["schema"], "meshobs/slo-report/v1");
    assert_eq!(json["report_time"], AT);
    let slo = |i: usize| &json["slos"][i];
    assert_eq!(slo(0)["status"], "ok");
    assert_eq!(slo(0)["source"], "raw");
    assert_eq!(slo(0)["compliant"], true);
    assert_eq!(slo(0)["current"], 100.0);
    assert_eq!(slo(0)["error_budget_remaining"], 0.1);
    assert_eq!(slo(1)["status"], "breached");
    assert_eq!(slo(1)["current"], 90.0);
    assert_eq!(slo(1)["target"], 99.9);
    assert_eq!(slo(1)["events"]["bad"], 600.0);
    assert_eq!(slo(1)["errors_per_hour"], 600.0);
    assert_eq!(slo(1)["error_budget"]["remaining_ratio"], -99.0);
    assert_eq!(slo(1)["time_to_exhaustion_seconds"], 0);
    assert_eq!(slo(2)["status"], "no_data");
    for field in [
        "compliant",
        "current",
        "error_budget_remaining",
        "events",
        "error",
    ] {
        assert!(slo(2)[field].is_null(), "{field}");
    }
    let summary = serde_json::json!({
        "total_slos": 3, "compliant": 1, "non_compliant": 1, "stale": 0, "no_data": 1, "failed": 0, "at_risk": 0,
    });
    assert_eq!(json["summary"], summary);
}

#[test]
fn a_backend_that_does_not_answer_is_never_a_pass() {
    for (fault, kind) in [
        (Fault::Unavailable, "unavailable"),
        (Fault::Html, "not_prometheus"),
        (Fault::Garbage, "decode"),
        (Fault::Hang, "timeout"),
        (Fault::NoRanges, "execution"),
    ] {
        let prometheus = FakePrometheus::start(mesh(), fault);
        let timeout = if fault == Fault::Hang { "500ms" } else { "30s" };
        let more = ["-o", "json", "--timeout", timeout];
        let outcome = check(&prometheus, &["good", "bad"], &more);
        let json = outcome.ends_with(3).json();
        assert_eq!(json["summary"]["failed"], 2, "{fault:?}");
        for slo in json["slos"].as_array().unwrap() {
            assert_eq!(slo["error"]["kind"], kind, "{fault:?}");
            assert!(slo["compliant"].is_null() && slo["current"].is_null());
        }
    }
}

#[test]
fn nobody_at_the_address_is_never_a_pass() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let args = [
        "slo",
        "check",
        "--spec",
        "-",
        "--at",
        AT,
        "--retries",
        "0",
        "--prometheus-url",
        &url,
    ];
    let outcome = meshobs(&args, &spec(&["good"])).ends_with(3);
    assert!(
        outcome.out.contains("failed") && outcome.out.contains("could not be reached"),
        "{outcome:#?}"
    );
    let args = [
        "check-slo",
        "--service",
        "good",
        "--retries",
        "0",
        "--prometheus-url",
        &url,
        "--output",
        "json",
    ];
    let json = meshobs(&args, "").ends_with(3).json();
    assert_eq!(json["summary"]["failed"], 2);
    assert_eq!(json["slos"][0]["error"]["kind"], "transport", "{json}");
    assert_eq!(json["slos"][0]["compliant"], serde_json::Value::Null);
}

#[test]
fn a_slow_server_costs_its_timeout_and_not_more() {
    // Many SLOs and one that hangs: the whole run still ends.
    let prometheus = FakePrometheus::start(MemoryBackend::new(), Fault::Hang);
    let services: Vec<String> = (0..20).map(|i| format!("service-{i}")).collect();
    let names: Vec<&str> = services.iter().map(String::as_str).collect();
    let more = ["--timeout", "200ms", "--concurrency", "20", "-o", "json"];
    let json = check(&prometheus, &names, &more).ends_with(3).json();
    assert_eq!(json["summary"]["failed"], 20);
}

#[test]
fn the_time_is_pinned() {
    let prometheus = start();
    let long_ago = ["--at", "2020-01-01T00:00:00Z"];
    let args = [
        "slo",
        "check",
        "--spec",
        "-",
        "--prometheus-url",
        &prometheus.url,
    ];
    let spec = spec(&["good"]);
    meshobs(&[&args[..], &long_ago].concat(), &spec).ends_with(3);
    meshobs(&[&args[..], &["--at", AT]].concat(), &spec).ends_with(0);
}

#[test]
fn what_was_recorded_is_asked_for() {
    let backend = mesh();
    for (leg, value) in [("bad", 0.0), ("total", 500.0)] {
        let metric = format!("slo:{leg}:increase5m");
        let labels = Labels::from_pairs([
            ("__name__", metric.as_str()),
            ("service", "recorded"),
            ("slo", "availability"),
        ]);
        for bucket in 0..=24 {
            backend.push(&labels, Timestamp::from_secs(NOW - bucket * 300), value);
        }
    }
    let prometheus = FakePrometheus::start(backend, Fault::None);
    check(&prometheus, &["recorded"], &["--source", "recorded"]).ends_with(0);
    check(&prometheus, &["recorded"], &[]).ends_with(3);
}
