//! `cargo xtask examples`: runs every example without arguments, as a reader would first.

use anyhow::{Context, Result, bail};

use crate::process::{cargo, show};
use crate::workspace::Workspace;

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
        show(
            cargo(&workspace.workspace_root)
                .args(["run", "--quiet", "--package", "examples"])
                .args(["--example", example]),
        )?;
    }
    println!("examples: {} ran", examples.len());
    Ok(())
}
