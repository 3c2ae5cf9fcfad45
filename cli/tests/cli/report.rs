//! `slo report` and `check-slo`.

use crate::support::{AT, FakePrometheus, Fault, latencies, mesh, meshobs, spec, start};

#[test]
fn reports_have_four_formats_and_may_be_files() {
    let prometheus = start();
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "slo",
        "report",
        "--spec",
        "-",
        "--at",
        AT,
        "--prometheus-url",
        &prometheus.url,
    ];
    let spec = spec(&["good", "bad"]);
    for (format, start) in [
        ("json", "{\n  \"schema\": \"meshobs/slo-report/v1\""),
        ("markdown", "# SLO report"),
        ("csv", "report_time,service,name"),
        ("svg", "<svg "),
    ] {
        let out = meshobs(&[&args[..], &["--output", format]].concat(), &spec)
            .ends_with(1)
            .out;
        assert!(out.starts_with(start), "{out}");
        if format == "svg" {
            // Each with its chart.
            assert_eq!(out.matches(r#"class="l"/>"#).count(), 2, "{out}");
        }
        let file = folder.path().join(format);
        let to_file = ["--output", format, "--out", file.to_str().unwrap()];
        let nothing = meshobs(&[&args[..], &to_file].concat(), &spec)
            .ends_with(1)
            .out;
        assert_eq!(nothing, "");
        assert_eq!(std::fs::read_to_string(file).unwrap(), out);
    }
    let nowhere = ["--out", "/nonexistent/report"];
    meshobs(&[&args[..], &nowhere].concat(), &spec).ends_with(2);
}

#[test]
fn check_slo_needs_no_spec() {
    let backend = mesh();
    latencies(&backend, "good", 99.0, 100.0);
    latencies(&backend, "bad", 50.0, 100.0);
    let prometheus = FakePrometheus::start(backend, Fault::None);
    let run = |more: &[&str]| {
        let args = [
            "check-slo",
            "--at",
            AT,
            "--prometheus-url",
            &prometheus.url,
            "--service",
        ];
        meshobs(&[&args[..], more].concat(), "")
    };
    let good = run(&["good", "--output", "json"]).ends_with(0).json();
    let slo = |i: usize| &good["slos"][i];
    assert_eq!(
        (&slo(0)["name"], &slo(0)["target"]),
        (&"availability".into(), &99.9.into())
    );
    assert_eq!(
        (&slo(1)["name"], &slo(1)["target"]),
        (&"latency".into(), &95.0.into())
    );
    assert_eq!(
        (&slo(1)["current"], &slo(1)["window"]),
        (&99.0.into(), &"30d".into())
    );
    assert_eq!(slo(0)["labels"]["namespace"], "shop");
    let bad = run(&["bad", "--namespace", "shop"]).ends_with(1);
    assert!(bad.out.contains("bad/latency"), "{bad:#?}");
    assert!(bad.out.contains("the server keeps 15d"), "{bad:#?}");
    // No latency is known of this one.
    run(&["twice", "--namespace", "test"]).ends_with(3);
    let twice = run(&["twice"]).ends_with(2);
    assert!(twice.err.contains("shop, test"), "{twice:#?}");
    let unknown = run(&["unheard-of"]).ends_with(3);
    let said = "no requests to a service named unheard-of";
    assert!(unknown.out.contains(said), "{unknown:#?}");
    run(&["bad name"]).ends_with(2);
}
