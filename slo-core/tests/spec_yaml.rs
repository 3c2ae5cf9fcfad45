//! Large files are read, bombs don't go off, and a file that is no spec stays unseen.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use slo_core::spec;

/// What is said of a wrong file.
fn said(text: &str) -> String {
    spec::load("f.yaml", text).unwrap_err().to_string()
}

/// A document with so many SLOs, of which each is `slo` with its number.
fn document(head: &str, slos: usize, slo: impl Fn(usize) -> String) -> String {
    let mut text = format!("version: meshobs/v1\nservice: a\n{head}slos:\n");
    for i in 0..slos {
        writeln!(text, "  - {}", slo(i)).unwrap();
    }
    text
}

#[test]
fn one_anchor_for_many_slos() {
    let text = document("alerting: &a {labels: {x: y}}\n", 500, |i| {
        format!("{{name: n{i}, objective: 99, probe: up, alerting: *a}}")
    });
    let loaded = spec::load("f.yaml", &text).unwrap();
    assert_eq!(loaded.slos.len(), 500);
    assert!(
        loaded
            .slos
            .iter()
            .all(|slo| slo.alerting.labels.contains_key("x"))
    );
    let text = "version: meshobs/v1\nservice: a\nslos:\n  \
        - &one {name: n, objective: 99, probe: up, labels: {a: b, c: d}}\n"
        .to_owned()
        + &(0..10_100).fold(String::new(), |mut text, i| {
            writeln!(text, "  - {{<<: *one, name: n{i}}}").unwrap();
            text
        });
    assert_eq!(spec::load("f.yaml", &text).unwrap().slos.len(), 10_101);
}

#[test]
fn many_documents_and_long_comments() {
    let one = |i: usize| {
        document("", 1, |_| {
            format!("{{name: n{i}, objective: 99, probe: up}}")
        })
    };
    let text: Vec<String> = (0..3_000).map(one).collect();
    let loaded = spec::load("f.yaml", &text.join("---\n")).unwrap();
    assert_eq!(loaded.slos.len(), 3_000);
    let comments = "# a comment\n".repeat(500);
    let text = one(1)
        .replace("  - ", &format!("{comments}  - "))
        .replace("\nslos:", &format!("\n{comments}slos:"));
    let text = format!("{comments}{text}{comments}");
    assert_eq!(spec::load("f.yaml", &text).unwrap().slos.len(), 1);
}

fn bomb(width: usize, height: usize) -> String {
    let mut text = format!(
        "version: meshobs/v1\na0: &a0 [{}]\n",
        vec!["x"; width].join(", ")
    );
    for i in 1..height {
        let items = vec![format!("*a{}", i - 1); width].join(", ");
        writeln!(text, "a{i}: &a{i} [{items}]").unwrap();
    }
    text
}

#[test]
fn bombs_are_told_of_in_words() {
    let start = Instant::now();
    for (text, words) in [
        (bomb(10, 12), "aliases stand for more than 500,000 values"),
        (bomb(2, 40), "aliases stand for"),
        (
            format!("version: {}\n", "[".repeat(10_000)),
            "nests deeper than 48 levels",
        ),
        (
            format!("version:\n  {}1\n", "- ".repeat(10_000)),
            "nests deeper than 48 levels",
        ),
        (
            "version: &a [*a]\n".to_owned(),
            "an alias stands for what it is in",
        ),
        ("version: *a\n".to_owned(), "an anchor that is not there"),
    ] {
        let said = said(&text);
        assert!(said.contains(words), "{said}");
        assert!(
            !said.contains("breach") && !said.contains("event"),
            "{said}"
        );
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn what_is_no_spec_is_not_shown() {
    let shadow = "root:$6$SECRET.1$abcdefgh/:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n";
    let key = "-----BEGIN PRIVATE KEY-----\nMIIESECRET2+abc==\n-----END PRIVATE KEY-----\n";
    for text in [
        shadow,
        key,
        "password: SECRET\npassword: SECRET\n",
        "SECRET: 1\nSECRET: 2\n",
        "SECRET",
        "- SECRET\n- [SECRET]\n",
        "{SECRET: [}",
        "\"SECRET\\q\"",
        "@SECRET",
        "%SECRET\n",
        "!SECRET x\n",
        "!!binary SECRET\n",
        "&SECRET a\n*SECRETS\n",
        "? [SECRET]\n: 1\n",
        "? {SECRET: 1}\n: 1\n",
        "<<: SECRET\n",
        "a: *SECRET\n",
        "version: SECRET\n",
        "apiVersion: v1\nkind: Secret\ndata: {token: SECRET}\n",
        "apiVersion: v1\nkind: List\nitems: SECRET\n",
        "apiVersion: v1\nkind: List\nitems: [SECRET, {token: SECRET, token: SECRET}]\n",
        "SECRET: \"unclosed\n",
        "a: b: SECRET\n",
        "\tSECRET: 1\n",
        "[]: SECRET\n---\nSECRET\n...\nSECRET\n",
    ] {
        let said = said(text);
        for secret in ["SECRET", "$6$", "MII", "daemon", "password", "token"] {
            assert!(!said.contains(secret), "{text}: {said}");
        }
        assert!(said.starts_with("f.yaml:"), "{said}");
    }
    // What says that it is a spec is told what is wrong with it.
    let said = said("version: meshobs/v1\nservice: a b\nslos: 5\n");
    assert!(
        said.contains("`a b`") && said.contains("found `5`"),
        "{said}"
    );
}
