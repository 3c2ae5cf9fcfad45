//! `--spec`: whatever it names, nothing is shown of what is no spec, and nothing is read without end.

use std::process::Command;

use crate::support::meshobs;

const SPEC: &str =
    "version: meshobs/v1\nservice: a\nslos:\n  - {name: b, objective: 99, probe: up}\n";

fn validate(path: &std::path::Path) -> crate::support::Outcome {
    meshobs(&["slo", "validate", "--spec", path.to_str().unwrap()], "")
}

#[test]
fn what_is_no_spec_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "shadow",
            "root:$6$hunter2$abc:19000:0:99999:7:::\nbin:*:19000:0:99999:7:::\n",
        ),
        ("token", "hunter2\n"),
        ("secrets.env", "PASSWORD=hunter2\nTOKEN=hunter3\n"),
        (
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\ndata: {password: hunter2}\n",
        ),
        ("values.yaml", "password: hunter2\npassword: hunter3\n"),
        (
            "key.pem",
            "-----BEGIN KEY-----\nhunter2\n-----END KEY-----\n",
        ),
        ("broken.yaml", "password: \"hunter2\n"),
        ("latin1", "hunter2 \u{e9}"),
    ] {
        let path = folder.path().join(name);
        let bytes: Vec<u8> = match name {
            "latin1" => text.chars().map(|c| c as u8).collect(),
            _ => text.as_bytes().to_vec(),
        };
        std::fs::write(&path, bytes).unwrap();
        let outcome = validate(&path).ends_with(2);
        assert!(
            outcome.err.contains(name) && outcome.out.is_empty(),
            "{outcome:#?}"
        );
        for secret in ["hunter", "$6$", "password", "PASSWORD", "bin"] {
            let shown = outcome.err.replace(path.to_str().unwrap(), "");
            assert!(!shown.contains(secret), "{secret}: {outcome:#?}");
        }
    }
}

#[test]
fn nothing_is_read_without_end() {
    let outcome = validate(std::path::Path::new("/dev/zero")).ends_with(2);
    assert!(outcome.err.contains("larger than 32 MiB"), "{outcome:#?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.yaml");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((32 << 20) + 1).unwrap();
    let outcome = validate(&path).ends_with(2);
    assert!(outcome.err.contains("larger than 32 MiB"), "{outcome:#?}");
}

#[test]
fn a_folder_has_files_only() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), SPEC).unwrap();
    std::fs::create_dir(folder.path().join("b.yaml")).unwrap();
    validate(folder.path()).ends_with(0);
    let pipe = folder.path().join("c.yaml");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    // Nobody ever writes into it.
    let outcome = validate(folder.path()).ends_with(2);
    assert!(outcome.err.contains("c.yaml is no file"), "{outcome:#?}");
    std::fs::remove_file(&pipe).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("d.yaml")).unwrap();
    let outcome = validate(folder.path()).ends_with(2);
    assert!(outcome.err.contains("d.yaml is no file"), "{outcome:#?}");
}

#[test]
fn a_pipe_that_is_named_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, SPEC).unwrap()
    });
    assert!(validate(&pipe).ends_with(0).out.contains("1 SLO valid"));
    writer.join().unwrap();
}

#[test]
fn long_lists_of_errors_are_cut() {
    let slos: String = (0..50)
        .map(|i| format!("  - {{name: n{i}, objective: 100, probe: up}}\n"))
        .collect();
    let text = format!("version: meshobs/v1\nservice: a\nslos:\n{slos}");
    let outcome = meshobs(&["slo", "validate", "--spec", "-"], &text).ends_with(2);
    assert_eq!(outcome.err.lines().count(), 21, "{outcome:#?}");
    assert!(outcome.err.ends_with("and 30 more\n"), "{outcome:#?}");
}

#[test]
fn a_path_has_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x\nerror: forged\u{202e}.yaml");
    let shown = r"x\nerror: forged\u{202e}.yaml";
    let said = |args: &[&str], code| {
        let outcome = meshobs(args, "").ends_with(code);
        assert!(outcome.err.contains(shown), "{outcome:#?}");
        assert!(!outcome.err.contains("\nerror: forged"), "{outcome:#?}");
    };
    let spec = path.to_str().unwrap();
    // It is not there; then it is no spec, and then one with a warning.
    said(&["slo", "validate", "--spec", spec], 2);
    std::fs::write(&path, "nothing").unwrap();
    said(&["slo", "validate", "--spec", spec], 2);
    std::fs::write(&path, SPEC.replace("99", "100")).unwrap();
    said(&["slo", "validate", "--spec", spec], 2);
    std::fs::write(&path, SPEC.replace("99", "0.99")).unwrap();
    said(&["slo", "rules", "--spec", spec], 0);
    std::fs::remove_file(&path).unwrap();
    // Others are written, or hold secrets.
    let good = folder.path().join("good.yaml");
    std::fs::write(&good, SPEC).unwrap();
    let good = good.to_str().unwrap();
    let out = format!("{}/x", path.to_str().unwrap());
    said(&["slo", "rules", "--spec", good, "--out", &out], 2);
    let server = ["--prometheus-url", "http://127.0.0.1:1"];
    let token = ["--bearer-token-file", spec];
    said(
        &[&["slo", "check", "--spec", good][..], &server, &token].concat(),
        2,
    );
}

#[test]
fn a_long_query_is_not_quoted_as_a_whole() {
    let chain: Vec<String> = (0..20_000).map(|i| format!("a{i}{{b=\"c\"}}")).collect();
    for query in [
        chain.join(" or "),
        chain.join(","),
        format!("sum({}", chain.join("+")),
    ] {
        for sli in [
            format!("availability: {{bad: '{query}', total: b_total}}"),
            format!("ratio: '{query}'"),
            format!("probe: '{query}'"),
        ] {
            let text = SPEC.replace("probe: up", &sli);
            let outcome = meshobs(&["slo", "validate", "--spec", "-"], &text).ends_with(2);
            assert!(outcome.err.len() < 3000, "{}", outcome.err.len());
            assert!(outcome.err.contains("stdin:4:"), "{outcome:#?}");
        }
    }
}
