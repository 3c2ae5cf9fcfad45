//! `meshobs` against real servers: figures as JSON, exit codes, and servers that fail.

use std::process::{Command, Output};

use e2e::{Fault, FaultServer, Generation, Options, Prometheus, shop, shop_data};
use serde_json::Value;

const AT: &str = "2025-06-21T10:00:00Z";
const SPEC: &str = "
version: meshobs/v1
service: post-processing
namespace: shop
window: 30d
slos:
  - name: availability
    objective: 99.9
    availability: istio
";

/// Runs the program; cargo builds it where it is not built yet.
fn meshobs(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--package", "meshobs", "--"])
        .args(args);
    command.env_remove("PROMETHEUS_URL").output().unwrap()
}

fn check(url: &str, more: &[&str]) -> (Option<i32>, Value) {
    let dir = tempfile::tempdir().unwrap();
    let spec = dir.path().join("slo.yaml");
    std::fs::write(&spec, SPEC).unwrap();
    let mut args = vec![
        "slo",
        "check",
        "--prometheus-url",
        url,
        "--at",
        AT,
        "--output",
        "json",
        "--spec",
    ];
    args.push(spec.to_str().unwrap());
    args.extend(more);
    let output = meshobs(&args);
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code(), json)
}

#[test]
fn a_kept_promise_is_0_and_a_broken_one_is_1() {
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        let (code, json) = check(&server.url(), &[]);
        assert_eq!(code, Some(0), "{json}");
        let slo = &json["slos"][0];
        assert_eq!(slo["status"], "ok", "{json}");
        assert_eq!(slo["current"], 100.0, "{json}");
        assert_eq!(slo["events"]["bad"], 0.0, "{json}");
        let truth = shop()
            .truth("post-processing")
            .visible_window(shop().start(), e2e::END);
        let total = slo["events"]["total"].as_f64().unwrap();
        assert!(
            (total / truth.total as f64 - 1.0).abs() < 0.002,
            "{total} {}",
            truth.total
        );

        let output = meshobs(&[
            "check-slo",
            "--service",
            "dead-service",
            "--prometheus-url",
            &server.url(),
            "--at",
            AT,
        ]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
}

#[test]
fn a_server_that_fails_is_3_and_never_compliant() {
    let server = Prometheus::shared(Generation::Three);
    let faults = [
        (Fault::Html, "not_prometheus"),
        (Fault::Garbage, "not_prometheus"),
        (Fault::Status(503, "down".to_owned()), "unavailable"),
        (Fault::Hang, "timeout"),
        (Fault::Close, "transport"),
        // Gone in the middle of a run: some answers came.
        (
            Fault::ProxyThen(server.address().to_owned(), 1, Box::new(Fault::Close)),
            "transport",
        ),
    ];
    for (fault, kind) in faults {
        let name = format!("{fault:?}");
        let broken = FaultServer::start(fault).unwrap();
        let (code, json) = check(&broken.url(), &["--timeout", "1s", "--retries", "0"]);
        assert_eq!(code, Some(3), "{name}: {json}");
        let slo = &json["slos"][0];
        assert_eq!(slo["status"], "failed", "{name}");
        assert_eq!(slo["compliant"], Value::Null, "{name}");
        let said = slo["error"]["kind"].as_str().unwrap();
        assert!(
            said == kind || (kind == "not_prometheus" && said == "decode"),
            "{name}: {said}"
        );
    }
    // A server that was killed.
    let options = Options {
        data: Some(shop_data().to_owned()),
        ..Options::default()
    };
    let mut mortal = Prometheus::start(Generation::Three, &options).unwrap();
    let url = mortal.url();
    mortal.kill();
    let (code, json) = check(&url, &["--timeout", "5s", "--retries", "0"]);
    assert_eq!(code, Some(3), "{json}");
    assert_eq!(json["slos"][0]["status"], "failed");
}

#[test]
fn the_live_example_reports_on_every_service() {
    let server = Prometheus::shared(Generation::Three);
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--package",
            "examples",
            "--example",
            "live_report",
            "--",
        ])
        .args([server.url().as_str(), AT])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for service in shop().services() {
        assert!(said.contains(service), "{service} is not in {said}");
    }
}
