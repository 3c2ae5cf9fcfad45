//! A run that may not take longer than it is told.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{
    AT, FakePrometheus, Fault, command, mesh, meshobs, silent_about, spec, start,
};

#[test]
fn what_is_known_by_the_deadline_is_shown() {
    let prometheus = start();
    let url = silent_about(&prometheus, "unanswered");
    let args = [
        "slo",
        "check",
        "--spec",
        "-",
        "--at",
        AT,
        "--prometheus-url",
        &url,
        "--deadline",
        "3s",
        "-o",
        "json",
    ];
    // The one that hangs is not the last one, and has all of its retries.
    let specs = spec(&["good", "unanswered", "tight"]);
    let began = Instant::now();
    let outcome = meshobs(&args, &specs).ends_with(3);
    assert!(began.elapsed() < Duration::from_secs(10), "{outcome:#?}");
    assert!(
        outcome
            .err
            .contains("error: the deadline of 3s for the whole run was reached"),
        "{outcome:#?}"
    );
    let json = outcome.json();
    let statuses: Vec<_> = (0..3).map(|i| &json["slos"][i]["status"]).collect();
    assert_eq!(statuses, ["ok", "failed", "at_risk"], "{json:#}");
    assert_eq!(json["slos"][0]["current"], 100.0);
    let error = &json["slos"][1]["error"];
    assert_eq!(error["kind"], "timeout");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("deadline of 3s")
    );
}

#[test]
fn a_server_that_hangs_costs_the_deadline_and_not_more() {
    let prometheus = FakePrometheus::start(mesh(), Fault::Hang);
    let services: Vec<String> = (0..200).map(|i| format!("service-{i}")).collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    for command in [
        &["slo", "check", "--spec", "-", "-o", "json"][..],
        &["slo", "report", "--spec", "-", "-o", "json"],
        &["check-slo", "--service", "good", "-o", "json"],
    ] {
        let began = Instant::now();
        let more = ["--prometheus-url", &prometheus.url, "--deadline", "500ms"];
        let outcome = meshobs(&[command, &more].concat(), &spec(&services)).ends_with(3);
        assert!(began.elapsed() < Duration::from_secs(10), "{command:?}");
        assert!(
            outcome.err.contains("the deadline of 500ms"),
            "{outcome:#?}"
        );
        let json = outcome.json();
        assert_eq!(json["summary"]["failed"], json["summary"]["total_slos"]);
    }
}

#[test]
fn a_deadline_that_is_kept_changes_nothing() {
    let prometheus = start();
    let args = ["slo", "check", "--spec", "-", "--at", AT];
    let args = [&args[..], &["--prometheus-url", &prometheus.url]].concat();
    let free = meshobs(&args, &spec(&["good"])).ends_with(0);
    let timed = meshobs(
        &[&args[..], &["--deadline", "5m"]].concat(),
        &spec(&["good"]),
    );
    assert_eq!(
        (timed.code, timed.out, timed.err),
        (0, free.out, String::new())
    );
}

/// Four requests without an answer, and the rest is not asked for.
#[test]
fn a_server_that_is_not_there_or_hangs_is_given_up_soon() {
    let services: Vec<String> = (0..1000).map(|i| format!("service-{i}")).collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    let specs = spec(&services);
    let given_up = |url: &str, concurrency: &str| {
        let args = ["slo", "check", "--spec", "-", "--at", AT, "--timeout", "2s"];
        let more = ["--prometheus-url", url, "--concurrency", concurrency];
        let began = Instant::now();
        let outcome = meshobs(&[&args[..], &more].concat(), &specs).ends_with(3);
        let said = "not asked, because the last requests got no answer";
        assert!(outcome.out.contains("1000 SLOs"), "{url}");
        assert!(outcome.out.contains(said), "{url}");
        began.elapsed()
    };
    // Reading a thousand specs takes some time, too.
    let reading = Duration::from_secs(4);
    // Nothing listens on port 1.
    let took = given_up("http://127.0.0.1:1", "8");
    assert!(took < Duration::from_secs(5) + reading, "{took:?}");
    // At most four time-outs long, each with so many requests at once.
    for (concurrency, most) in [("1", 4), ("8", 32)] {
        let hanging = FakePrometheus::start(mesh(), Fault::Hang);
        let took = given_up(&hanging.url, concurrency);
        assert!(took < Duration::from_secs(8) + reading, "{took:?}");
        let requests = hanging.requests();
        assert!((4..=most).contains(&requests), "{concurrency}: {requests}");
    }
}

/// Whoever never writes the specs costs the deadline.
#[test]
fn specs_that_do_not_come_cost_the_deadline() {
    for how in ["check", "report"] {
        let mut command = command();
        command.args(["slo", how, "--spec", "-", "--deadline", "300ms"]);
        command.args(["--prometheus-url", "http://127.0.0.1:1"]);
        let pipes = command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let silent = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(silent);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        let why = "cannot read -: the deadline of 300ms for the whole run was reached";
        assert!(said.contains(why), "{said}");
    }
}
