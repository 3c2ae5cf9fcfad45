//! `cargo xtask tidy`: what no lint sees.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::output;
use crate::workspace::{Workspace, lookup, toml_file};

/// A source file may have so many lines.
const HARD_LIMIT: usize = 400;
/// Beyond this a file probably holds two ideas.
const SOFT_LIMIT: usize = 300;

/// Words of unfinished work; put together here, so that this file does not hold them.
const LEFTOVERS: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ig", "nore"),
];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/t", "mp/"),
];

/// Checks every file that git knows or would take, and every member's manifest.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let root = &workspace.workspace_root;
    let mut errors = Vec::new();
    let files = files(root)?;
    for name in &files {
        // Binary files have no lines; files removed but not yet staged are gone.
        let Ok(text) = fs::read_to_string(root.join(name)) else {
            continue;
        };
        let findings = findings(name, &text);
        errors.extend(findings.errors);
        findings
            .notes
            .iter()
            .for_each(|n| println!("tidy: note: {n}"));
    }
    for package in &workspace.packages {
        let manifest = toml_file(&package.manifest_path)?;
        let lints = lookup(&manifest, &["lints", "workspace"]).and_then(toml::Value::as_bool);
        if lints != Some(true) {
            errors.push(format!(
                "{}: does not say `[lints] workspace = true`",
                package.name
            ));
        }
    }
    if !errors.is_empty() {
        errors.iter().for_each(|e| eprintln!("tidy: {e}"));
        bail!("{} things are not tidy", errors.len());
    }
    println!("tidy: {} files", files.len());
    Ok(())
}

fn files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    Ok(output(&mut git)?.lines().map(str::to_owned).collect())
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Findings {
    errors: Vec<String>,
    notes: Vec<String>,
}

fn findings(name: &str, text: &str) -> Findings {
    let mut findings = Findings::default();
    let is_rust = name.ends_with(".rs");
    let lines = text.lines().count();
    if is_rust && lines > HARD_LIMIT {
        let error = format!("{name}: {lines} lines, at most {HARD_LIMIT}: which idea moves out?");
        findings.errors.push(error);
    } else if is_rust && lines > SOFT_LIMIT {
        findings.notes.push(format!("{name}: {lines} lines"));
    }
    for (line, number) in text.lines().zip(1..) {
        for word in LEFTOVERS.iter().filter(|word| holds_word(line, word)) {
            findings.errors.push(format!("{name}:{number}: {word}"));
        }
        for path in MACHINE_PATHS.iter().filter(|path| begins_path(line, path)) {
            let error = format!("{name}:{number}: a path of one machine: {path}");
            findings.errors.push(error);
        }
    }
    findings
}

/// Whether the word stands alone: not inside another word.
fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|s| s.chars().next());
        // Macros and attributes end with punctuation: what follows is theirs.
        let open_ended = !word.ends_with(|c: char| c.is_ascii_uppercase());
        !before.is_some_and(part_of_word) && (open_ended || !after.is_some_and(part_of_word))
    })
}

/// Whether an absolute path begins so: not the middle of an address or of a relative path.
fn begins_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || "._-~/}$*)".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_found() {
        let lines = |n: usize| "// a line\n".repeat(n);
        assert_eq!(findings("a.rs", &lines(300)), Findings::default());
        assert_eq!(findings("a.rs", &lines(301)).notes, ["a.rs: 301 lines"]);
        assert_eq!(findings("a.rs", &lines(401)).errors.len(), 1);
        assert_eq!(findings("a.md", &lines(401)), Findings::default());
    }

    #[test]
    fn leftovers_are_found_as_words() {
        for word in LEFTOVERS {
            let text = format!("fn a() {{}}\n    {word}\n");
            let expected = format!("a.rs:2: {word}");
            assert_eq!(findings("a.rs", &text).errors, [expected]);
        }
        assert!(!holds_word("a MASTODON", LEFTOVERS[0]));
        assert!(!holds_word(&format!("{}S", LEFTOVERS[0]), LEFTOVERS[0]));
    }

    #[test]
    fn machine_paths_are_told_from_addresses() {
        let path = format!("open(\"{}me/x\")", MACHINE_PATHS[0]);
        assert_eq!(findings("a.rs", &path).errors.len(), 1);
        let address = format!("see https://example.com{}", MACHINE_PATHS[0]);
        assert_eq!(findings("a.md", &address), Findings::default());
    }
}
