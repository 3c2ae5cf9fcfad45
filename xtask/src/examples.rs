//! `cargo xtask examples`: runs every example without arguments, as a reader would first.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, output};
use crate::workspace::Workspace;

/// Examples that need a server, and end with usage and code 2 where they are not given one. The
/// end-to-end suite runs them for good.
const NEED_A_SERVER: &[&str] = &["live_report"];

/// The one whose output, shortened, is the first block of text in the README.
const IN_README: &str = "quickstart";

/// Runs them all; the first that fails ends it.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let package = workspace
        .packages
        .iter()
        .find(|package| package.name == "examples")
        .context("no package `examples`")?;
    let examples: Vec<&str> = package
        .targets
        .iter()
        .filter(|target| target.kind.iter().any(|kind| kind == "example"))
        .map(|target| target.name.as_str())
        .collect();
    if examples.is_empty() {
        bail!("the package `examples` has no example");
    }
    for example in &examples {
        println!("--- example {example}");
        let mut run = cargo(&workspace.workspace_root);
        run.args(["run", "--quiet", "--package", "examples"])
            .args(["--example", example]);
        if NEED_A_SERVER.contains(example) {
            let code = run.env_remove("PROMETHEUS_URL").status()?.code();
            if code != Some(2) {
                bail!("{example} ended with {code:?} without a server, not with its usage");
            }
            continue;
        }
        let printed = output(&mut run)?;
        print!("{printed}");
        if *example == IN_README {
            let readme = fs::read_to_string(workspace.workspace_root.join("README.md"))?;
            shows(&readme, &printed)?;
        }
    }
    println!("examples: {} ran", examples.len());
    Ok(())
}

/// Whether what the README shows is what is printed: its lines may be cut, and some may be left out.
fn shows(readme: &str, printed: &str) -> Result<()> {
    let block = readme.split("```text\n").nth(1);
    let block = block.and_then(|rest| rest.split("```").next());
    let block = block.context("the README has no block of text")?;
    for line in block.lines().map(str::trim_end) {
        if !printed.lines().any(|printed| printed.starts_with(line)) {
            bail!("the README shows what {IN_README} does not print:\n{line}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_what_is_printed() {
        let readme = "```sh\nrun\n```\n\n```text\n a  b\n\n1  2\n```\n\n```text\nother\n```\n";
        assert!(shows(readme, " a  b  c\nmore\n\n1  2  3\n").is_ok());
        for wrong in [" a  b\n\n1  3\n", " a  b\n", ""] {
            assert!(shows(readme, wrong).is_err(), "{wrong}");
        }
        assert!(shows("no block", "x").is_err());
    }
}
