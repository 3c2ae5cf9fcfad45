//! Every format's example files, against what they are read as.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use slo_core::spec;

/// All files of a format together, as a person reads them.
fn golden(folder: &str) -> String {
    let files = support::files(folder);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    let loaded = spec::load_all(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let slos: Vec<String> = loaded.slos.iter().map(support::describe).collect();
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    format!("{}\nwarnings:\n{}", slos.join("\n"), warnings.join("\n"))
}

#[test]
fn own() {
    insta::assert_snapshot!(golden("own"));
}

#[test]
fn sloth() {
    insta::assert_snapshot!(golden("sloth"));
}

#[test]
fn pyrra() {
    insta::assert_snapshot!(golden("pyrra"));
}

#[test]
fn openslo() {
    insta::assert_snapshot!(golden("openslo"));
}

/// One snapshot for all: each wrong file with everything that is said of it.
#[test]
fn wrong() {
    let mut said = String::new();
    for (name, text) in support::files("wrong") {
        match spec::load(&name, &text) {
            Err(errors) => said.push_str(&format!("{errors}\n\n")),
            Ok(_) => panic!("{name} was read"),
        }
    }
    insta::assert_snapshot!(said);
}
