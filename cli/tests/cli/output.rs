//! Where results go, and what happens where they cannot.

use std::process::{Command, Stdio};

use crate::support::{AT, FakePrometheus, Outcome, command, meshobs, spec, start};

fn report<'a>(prometheus: &'a FakePrometheus, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["slo", "report", "--spec", "-", "--at", AT];
    [&args[..], &["--prometheus-url", &prometheus.url], more].concat()
}

#[test]
fn a_path_is_tried_before_anything_is_asked() {
    let prometheus = start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let missing = format!("{folder}/missing/report.json");
    for wrong in [folder, &missing] {
        let args = report(&prometheus, &["--out", wrong]);
        let outcome = meshobs(&args, &spec(&["good"])).ends_with(2);
        assert!(outcome.err.contains("cannot write"), "{outcome:#?}");
        let args = ["slo", "rules", "--spec", "-", "--out", wrong];
        meshobs(&args, &spec(&["good"])).ends_with(2);
    }
    assert_eq!(prometheus.requests(), 0);
}

#[test]
fn a_dash_is_stdout() {
    let prometheus = start();
    let out = |more: &[&str]| {
        meshobs(&report(&prometheus, more), &spec(&["good"]))
            .ends_with(0)
            .out
    };
    let plain = out(&[]);
    assert!(!plain.is_empty());
    assert_eq!(out(&["--out", "-"]), plain);
    if cfg!(unix) {
        assert_eq!(out(&["--out", "/dev/stdout"]), plain);
    }
    assert!(!std::path::Path::new("-").exists());
    let rules = |more: &[&str]| {
        let args = ["slo", "rules", "--spec", "-"];
        let outcome = meshobs(&[&args[..], more].concat(), &spec(&["good"]));
        outcome.ends_with(0).out
    };
    assert_eq!(rules(&["--out", "-"]), rules(&[]));
}

/// Runs the program with its stdout at a device.
#[cfg(target_os = "linux")]
fn into(device: &str, args: &[&str], stdin: &str) -> Outcome {
    let mut command = command();
    let file = std::fs::OpenOptions::new().write(true).open(device);
    command.args(args).stdout(file.unwrap());
    Outcome::of(command, stdin)
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_4_whatever_it_is() {
    let prometheus = start();
    let url = ["--prometheus-url", &prometheus.url];
    let check = [&["slo", "check", "--spec", "-", "--at", AT][..], &url].concat();
    let service = ["check-slo", "--service", "good", "--at", AT];
    for args in [
        check,
        report(&prometheus, &[]),
        report(&prometheus, &["--out", "-"]),
        [&service[..], &url].concat(),
        vec!["slo", "rules", "--spec", "-"],
        vec!["slo", "validate", "--spec", "-"],
    ] {
        // Neither met nor broken: nobody has read the verdict.
        for services in [&["good"][..], &["good", "bad"]] {
            let outcome = into("/dev/full", &args, &spec(services)).ends_with(4);
            assert!(
                outcome
                    .err
                    .contains("error: cannot write to stdout: No space"),
                "{args:?}: {outcome:#?}"
            );
        }
    }
    let args = report(&prometheus, &["--out", "/dev/full"]);
    let outcome = meshobs(&args, &spec(&["good"])).ends_with(4);
    assert!(
        outcome.err.contains("cannot write /dev/full"),
        "{outcome:#?}"
    );
    for args in [&["--help"][..], &["--version"], &["slo", "rules", "--help"]] {
        let outcome = into("/dev/full", args, "").ends_with(4);
        assert!(outcome.err.contains("cannot write to stdout: No space"));
        into("/dev/null", args, "").ends_with(0);
    }
    into("/dev/null", &report(&prometheus, &[]), &spec(&["good"])).ends_with(0);
}

#[cfg(unix)]
#[test]
fn a_reader_that_is_gone_is_4_in_silence() {
    let prometheus = start();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command();
    command.args(report(&prometheus, &[])).stdout(writer);
    let outcome = Outcome::of(command, &spec(&["good"])).ends_with(4);
    assert_eq!(outcome.err, "");
}

/// Runs the program where no file may grow: as if the disk were full. `when` says what happens then.
#[cfg(target_os = "linux")]
fn on_a_full_disk(when: &str, args: &[&str], stdin: &str) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    let script = format!("{when}; ulimit -f 0; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_meshobs")]);
    command.args(args).stdout(Stdio::null());
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), err)
}

#[cfg(target_os = "linux")]
#[test]
fn an_old_report_survives_a_new_one_that_fails() {
    let prometheus = start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    std::fs::write(&path, "old").unwrap();
    let args = report(&prometheus, &["--out", path.to_str().unwrap()]);
    // The write fails.
    let (code, err) = on_a_full_disk("trap '' XFSZ", &args, &spec(&["good"]));
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("cannot write"), "{err}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    // The program is killed while it writes.
    let (code, err) = on_a_full_disk(":", &args, &spec(&["good"]));
    assert_eq!(code, None, "{err}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    // Without a limit it is replaced.
    meshobs(&args, &spec(&["good"])).ends_with(0);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with('{'));
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_reader_costs_the_deadline() {
    let prometheus = start();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let pipe = pipe.to_str().unwrap();
    let args = report(&prometheus, &["--out", pipe, "--deadline", "300ms"]);
    let outcome = meshobs(&args, &spec(&["good"])).ends_with(2);
    let why = "nobody has opened it for reading within the deadline of 300ms";
    assert!(outcome.err.contains(why), "{outcome:#?}");
    assert_eq!(prometheus.requests(), 0);
    // With a reader it is written.
    let reader = std::thread::spawn({
        let pipe = pipe.to_owned();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    let args = report(&prometheus, &["--out", pipe, "--deadline", "1m"]);
    meshobs(&args, &spec(&["good"])).ends_with(0);
    assert!(reader.join().unwrap().starts_with('{'));
}

#[test]
fn what_has_no_verdict_is_told_besides_the_file() {
    let prometheus = start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let url = "http://127.0.0.1:1";
    let services: Vec<String> = (0..25).map(|i| format!("service-{i}")).collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    let mut args = report(
        &prometheus,
        &["--retries", "0", "--out", path.to_str().unwrap()],
    );
    for arg in &mut args {
        if *arg == prometheus.url {
            *arg = url;
        }
    }
    let outcome = meshobs(&args, &spec(&services)).ends_with(3);
    assert!(
        outcome.err.starts_with("error: service-0/availability: "),
        "{outcome:#?}"
    );
    assert!(outcome.err.ends_with("\nand 5 more\n"), "{outcome:#?}");
}
