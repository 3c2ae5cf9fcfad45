//! `cargo xtask examples`: runs every example without arguments, as a reader would first.

use anyhow::{Context, Result, bail};

use crate::process::{cargo, show};
use crate::workspace::Workspace;

/// Examples that need a server, and end with usage and code 2 where they are not given one. The
/// end-to-end suite runs them for good.
const NEED_A_SERVER: &[&str] = &["live_report"];

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
        show(&mut run)?;
    }
    println!("examples: {} ran", examples.len());
    Ok(())
}
