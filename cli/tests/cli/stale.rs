//! Data that are too old, or too few, for a verdict.

use promql_client::{Labels, MemoryBackend, Timestamp};

use crate::support::{AT, FakePrometheus, Fault, NOW, Outcome, meshobs, spec};

/// A service's counters over the hours from so long ago to so long ago.
fn service(backend: &MemoryBackend, name: &str, bad: f64, hours: (i64, i64)) {
    for (code, per_minute) in [("200", 100.0 - bad), ("500", bad)] {
        let labels = Labels::from_pairs([
            ("__name__", "istio_requests_total"),
            ("reporter", "destination"),
            ("destination_service_name", name),
            ("destination_service_namespace", "shop"),
            ("response_code", code),
            ("response_flags", "-"),
            ("job", "proxies"),
            ("instance", "10.0.0.1:15020"),
        ]);
        for minute in hours.1 * 60..=hours.0 * 60 {
            let age = hours.0 * 60 - minute + hours.1 * 60;
            let time = Timestamp::from_secs(NOW - age * 60);
            backend.push(&labels, time, per_minute * (minute - hours.1 * 60) as f64);
        }
    }
}

fn start() -> FakePrometheus {
    let backend = MemoryBackend::new();
    service(&backend, "old", 0.0, (40, 23));
    service(&backend, "old-and-bad", 50.0, (40, 23));
    service(&backend, "present", 0.0, (50, 0));
    service(&backend, "broken", 50.0, (50, 0));
    FakePrometheus::start(backend, Fault::None)
}

fn run(prometheus: &FakePrometheus, command: &[&str], services: &[&str]) -> Outcome {
    let common = [
        "--spec",
        "-",
        "--at",
        AT,
        "--prometheus-url",
        &prometheus.url,
    ];
    let spec = spec(services).replace("window: 1h", "window: 2d");
    meshobs(&[&["slo"], command, &common].concat(), &spec)
}

#[test]
fn old_data_are_no_verdict_whatever_they_say() {
    let prometheus = start();
    for (services, code) in [
        (&["old"][..], 3),
        (&["old-and-bad"], 3),
        (&["old", "present"], 3),
        (&["old", "broken"], 1),
        (&["present"], 0),
    ] {
        for more in [&["check"][..], &["check", "--fail-on", "at-risk"]] {
            let outcome = run(&prometheus, more, services);
            assert_eq!(outcome.code, code, "{services:?} {more:?}: {outcome:#?}");
        }
    }
    let services = ["old", "old-and-bad", "present"];
    let json = run(&prometheus, &["check", "-o", "json"], &services).json();
    let summary = serde_json::json!({
        "total_slos": 3, "compliant": 1, "non_compliant": 0, "stale": 2, "no_data": 0,
        "failed": 0, "at_risk": 0,
    });
    assert_eq!(json["summary"], summary);
    for slo in &json["slos"].as_array().unwrap()[..2] {
        assert_eq!(
            (&slo["status"], &slo["compliant"]),
            (&"stale".into(), &().into())
        );
        let age = slo["data_age_seconds"].as_u64().unwrap();
        assert!(age == 82_800, "{age}");
        assert!(slo["current"].is_number(), "{slo:#}");
        let tiers = slo["policy"]["tiers"].as_array().unwrap();
        assert!(tiers.iter().any(|tier| tier["firing"].is_null()), "{slo:#}");
    }
    assert_eq!(json["slos"][2]["status"], "ok");
    assert!(json["slos"][2]["data_age_seconds"].as_u64().unwrap() < 3600);
}

#[test]
fn every_format_says_how_old_the_figures_are() {
    let prometheus = start();
    for (command, words) in [
        (&["check"][..], "stale (23h ago)"),
        (&["check"], "the figures are as of 23h"),
        (&["check"], "undecided old-and-bad/availability: page over"),
        (&["check"], "1 SLO at 2026-11-23T12:00:00Z: 1 stale"),
        (&["report", "-o", "markdown"], "| **stale** (as of 23h ago)"),
        (
            &["report", "-o", "markdown"],
            "0 non-compliant, 1 stale, 0 without data",
        ),
        (&["report", "-o", "csv"], ",stale,,50,"),
        (&["report", "-o", "svg"], ": stale, 50 % as of 23h"),
    ] {
        let outcome = run(&prometheus, command, &["old-and-bad"]).ends_with(3);
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
}

#[test]
fn how_old_they_may_be_is_the_users_word() {
    let prometheus = start();
    for (age, code) in [("1h", 3), ("22h", 3), ("24h", 0)] {
        run(&prometheus, &["check", "--max-age", age], &["old"]).ends_with(code);
    }
    run(
        &prometheus,
        &["check", "--max-age", "24h"],
        &["old-and-bad"],
    )
    .ends_with(1);
    let args = [
        "check-slo",
        "--service",
        "old",
        "--namespace",
        "shop",
        "--at",
        AT,
    ];
    let args = [
        &args[..],
        &["--prometheus-url", &prometheus.url, "-o", "json"],
    ]
    .concat();
    let json = meshobs(&args, "").ends_with(3).json();
    assert_eq!(json["slos"][0]["status"], "stale", "{json:#}");
    let json = meshobs(&[&args[..], &["--max-age", "2d"]].concat(), "").json();
    assert_eq!(json["slos"][0]["status"], "ok", "{json:#}");
}

#[test]
fn too_few_data_are_a_failure_with_its_reason() {
    let prometheus = start();
    let command = ["check", "-o", "json", "--max-age", "24h", "--min-coverage"];
    for (percent, code) in [("30", 0), ("50%", 3), ("100", 3)] {
        let command = [&command[..], &[percent]].concat();
        let json = run(&prometheus, &command, &["old"]).ends_with(code).json();
        if code == 3 {
            let slo = &json["slos"][0];
            assert_eq!(slo["status"], "failed");
            assert_eq!(slo["error"]["kind"], "coverage");
            assert!(slo["compliant"].is_null() && slo["current"].is_null());
            let message = slo["error"]["message"].as_str().unwrap();
            assert!(message.contains("of the window has data"), "{message}");
        }
    }
}

#[test]
fn a_coverage_that_looks_like_a_ratio_is_doubted() {
    let prometheus = start();
    let doubt = "warning: --min-coverage: doubtful: a coverage of 0.95 % is hardly any data; did you mean 95?";
    for (command, coverage, said) in [
        (&["check"][..], "0.95", true),
        (&["report"], "0.95", true),
        (&["check"], "95", false),
    ] {
        let arguments = [command, &["--min-coverage", coverage]].concat();
        let outcome = run(&prometheus, &arguments, &["present"]).ends_with(0);
        assert_eq!(outcome.err.contains(doubt), said, "{outcome:#?}");
    }
    let url = ["--prometheus-url", prometheus.url.as_str(), "--at", AT];
    let service = [
        "check-slo",
        "--service",
        "present",
        "--min-coverage",
        "0.95",
    ];
    let outcome = meshobs(&[&service[..], &url].concat(), "");
    assert!(outcome.err.contains(doubt), "{outcome:#?}");
}
