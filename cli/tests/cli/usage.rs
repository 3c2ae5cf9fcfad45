//! Wrong usage, and secrets.

use crate::support::{
    AT, FakePrometheus, Fault, Outcome, check, command, mesh, meshobs, spec, start,
};

#[test]
fn secrets_reach_the_server_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "hunter2\n").unwrap();
    let secrets = [
        "--header",
        "X-Scope-OrgID: hunter3",
        "--bearer-token-file",
        token.to_str().unwrap(),
    ];
    for fault in [Fault::None, Fault::Unavailable, Fault::Html] {
        let prometheus = FakePrometheus::start(mesh(), fault);
        let outcome = check(&prometheus, &["good"], &secrets);
        assert!(prometheus.saw("authorization: bearer hunter2"));
        assert!(prometheus.saw("x-scope-orgid: hunter3"));
        assert!(!format!("{outcome:?}").contains("hunter"), "{outcome:#?}");
    }
    for wrong in [
        "hunter4",
        "Bad Name: hunter4",
        "X: hunter4\nY: z",
        ": hunter4",
    ] {
        let outcome = check(&start(), &["good"], &["--header", wrong]).ends_with(2);
        assert!(!format!("{outcome:?}").contains("hunter"), "{outcome:#?}");
    }
    let unreachable = "http://user:hunter5@127.0.0.1:1/";
    let args = [
        "check-slo",
        "--service",
        "x",
        "--retries",
        "0",
        "--prometheus-url",
        unreachable,
    ];
    let outcome = meshobs(&args, "").ends_with(3);
    assert!(!format!("{outcome:?}").contains("hunter"), "{outcome:#?}");
}

#[test]
fn wrong_usage_ends_before_anything_is_asked() {
    let prometheus = start();
    let missing = check(&prometheus, &["good"], &["--slo", "goood"]).ends_with(2);
    assert!(missing.err.contains("goood") && missing.err.contains("good/availability"));
    check(
        &prometheus,
        &["good"],
        &["--bearer-token-file", "/nonexistent"],
    )
    .ends_with(2);
    check(&prometheus, &["good"], &["--ca-file", "/nonexistent"]).ends_with(2);
    // A path without an end, or one that is something else.
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large");
    std::fs::write(&large, vec![b'a'; (1 << 20) + 1]).unwrap();
    for flag in ["--bearer-token-file", "--ca-file"] {
        let outcome = check(&prometheus, &["good"], &[flag, large.to_str().unwrap()]);
        assert!(outcome.ends_with(2).err.contains("larger than 1 MiB"));
        let folder = folder.path().to_str().unwrap();
        let outcome = check(&prometheus, &["good"], &[flag, folder]).ends_with(2);
        assert!(outcome.err.contains("cannot read"), "{outcome:#?}");
    }
    check(
        &prometheus,
        &["good"],
        &["--bearer-token-file", "/dev/zero"],
    )
    .ends_with(2);
    check(&prometheus, &["good"], &["--ca-file", "/dev/zero"]).ends_with(2);
    check(
        &prometheus,
        &["good"],
        &["--bearer-token-file", "/dev/null"],
    )
    .ends_with(2);
    check(&prometheus, &["good"], &["--memory", "0"]).ends_with(2);
    check(&prometheus, &["good"], &["--fail-on", "rain"]).ends_with(2);
    let args = [
        "slo",
        "check",
        "--spec",
        "-",
        "--prometheus-url",
        "not a url",
    ];
    meshobs(&args, &spec(&["good"])).ends_with(2);
    meshobs(&["slo", "check", "--spec", "-"], &spec(&["good"])).ends_with(2);
    assert_eq!(prometheus.requests(), 0);
}

#[test]
fn the_environment_may_name_the_server() {
    let prometheus = start();
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_meshobs"))
        .args(["check-slo", "--service", "unheard-of", "--at", AT])
        .env("PROMETHEUS_URL", &prometheus.url)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    assert!(prometheus.requests() > 0);
    // The help shows that there is such a variable, not what is in it.
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_meshobs"))
        .args(["check-slo", "--help"])
        .env("PROMETHEUS_URL", "http://user:hunter2@prometheus")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.contains("PROMETHEUS_URL") && !help.contains("hunter2"),
        "{help}"
    );
}

#[test]
fn proxies_are_used_as_the_help_says() {
    let proxy = start();
    let run = |no_proxy: &str| {
        let mut command = command();
        let args = [
            "check-slo",
            "--service",
            "x",
            "--retries",
            "0",
            "--timeout",
            "5s",
        ];
        command
            .args(args)
            .args(["--prometheus-url", "http://127.0.0.1:1"])
            .env("HTTP_PROXY", &proxy.url)
            .env("NO_PROXY", no_proxy);
        command.stdout(std::process::Stdio::piped());
        Outcome::of(command, "").ends_with(3)
    };
    run("127.0.0.1");
    assert_eq!(proxy.requests(), 0);
    run("");
    assert!(proxy.saw("host: 127.0.0.1:1"));
}
