//! `cargo xtask mutants`: would the tests notice if the code were wrong?
//!
//! cargo-mutants breaks the code in one place at a time and runs the tests of the package it broke. What
//! no test notices (a survivor) fails the command, unless `xtask/mutants-equivalent.txt` says why it
//! changes nothing.

mod equivalent;
mod modules;
mod options;
mod outcome;
mod sample;
mod table;
mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::mutants::equivalent::{Equivalents, Place};
use crate::mutants::modules::Module;
use crate::mutants::options::{Options, Set};
use crate::mutants::outcome::{Kind, Mutant};
use crate::mutants::table::Table;
use crate::process::output as output_of;
use crate::workspace::Workspace;

/// Doctests are left out: they take a third of the time and show how to call, not what comes out.
const TESTS: &[&str] = &["--tests"];
/// Seconds that the tests of a mutant always have, however quick the unbroken ones are.
const LEAST_TIMEOUT: &str = "60";

/// Runs the sets that the arguments name; every set is run before survivors fail the command.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let options = Options::parse(args)?;
    let workspace = Workspace::load()?;
    let root = &workspace.workspace_root;
    let equivalents = Equivalents::load(root)?;
    let tool = tool::get()?;
    let mut survivors = 0;
    for set in &options.sets {
        let output = workspace
            .target_directory
            .join("mutants")
            .join(options.folder(set));
        let outcomes = run_set(&tool, root, set, &options, &output)?;
        survivors += report(root, &outcomes, &equivalents)?;
        println!("mutants: {} (logs in {})", set.name(), output.display());
    }
    if survivors > 0 {
        bail!(
            "{survivors} mutants survived: kill them with a test of behaviour, or say in \
             xtask/mutants-equivalent.txt why they change nothing"
        );
    }
    Ok(())
}

fn run_set(
    tool: &Path,
    root: &Path,
    set: &Set,
    options: &Options,
    output: &Path,
) -> Result<Vec<(Kind, Mutant)>> {
    let modules = set.modules(options.only.as_deref());
    if modules.is_empty() {
        bail!(
            "no module of {} has {:?} in its path",
            set.name(),
            options.only
        );
    }
    let listed = list(tool, root, &modules)?;
    let mut command = mutants(tool, root, &modules);
    if let Set::Sample { seed, size } = set {
        // cargo-mutants 27 does not filter the few that delete a field by name: they are tried besides.
        let drawn = sample::draw(&listed, *seed, *size);
        println!(
            "mutants: {} of {} by seed {seed}",
            drawn.len(),
            listed.len()
        );
        for mutant in drawn {
            command.arg("--re").arg(sample::pattern(&mutant.name));
        }
    }
    if let Some(shard) = &options.shard {
        command.args(["--shard", shard]);
    }
    fs::create_dir_all(output).with_context(|| format!("making {}", output.display()))?;
    command
        .arg("--output")
        .arg(output)
        .args(["--no-shuffle", "--minimum-test-timeout", LEAST_TIMEOUT])
        .arg("--")
        .args(TESTS)
        // Snapshots are compared, never written.
        .env("INSTA_UPDATE", "no");
    let status = command.status().context("running cargo-mutants")?;
    // 2 and 3: survivors and timeouts, which the outcomes tell apart.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        bail!(
            "cargo-mutants failed: {status}; its logs are in {}",
            output.display()
        );
    }
    outcome::load(&output.join("mutants.out/outcomes.json"))
}

/// All mutants of the modules; fails where one has none, because then it is somewhere else now.
fn list(tool: &Path, root: &Path, modules: &[Module]) -> Result<Vec<Mutant>> {
    let mut command = mutants(tool, root, modules);
    command.args(["--list", "--json"]);
    let text = output_of(&mut command)?;
    let listed: Vec<Mutant> = serde_json::from_str(&text).context("reading the list of mutants")?;
    let gone: Vec<&str> = modules
        .iter()
        .filter(|module| !listed.iter().any(|mutant| module.holds(&mutant.file)))
        .map(|module| module.path)
        .collect();
    if !gone.is_empty() {
        bail!(
            "no mutants in {}: say in xtask/src/mutants/modules.rs where that code is now",
            gone.join(", ")
        );
    }
    Ok(listed)
}

fn mutants(tool: &Path, root: &Path, modules: &[Module]) -> Command {
    let mut command = Command::new(tool);
    command.arg("mutants").arg("--dir").arg(root);
    let packages: BTreeSet<&str> = modules.iter().map(Module::package).collect();
    for package in packages {
        command.args(["--package", package]);
    }
    for glob in modules.iter().flat_map(Module::globs) {
        command.args(["--file", &glob]);
    }
    command
}

/// Prints the survivors and the table; answers how many survived.
fn report(root: &Path, outcomes: &[(Kind, Mutant)], equivalents: &Equivalents) -> Result<usize> {
    let mut table = Table::default();
    for (kind, mutant) in outcomes {
        let mut is_known = false;
        match kind {
            Kind::Missed => {
                let source = fs::read_to_string(root.join(&mutant.file))
                    .with_context(|| format!("reading {}", mutant.file))?;
                let place = Place::of(mutant, &source);
                is_known = equivalents.explain(&place);
                if !is_known {
                    println!("survived: {}\n\n{place}\n", mutant.name);
                }
            }
            Kind::Timeout => println!("timed out: {}", mutant.name),
            Kind::Caught | Kind::Unviable => {}
        }
        table.count(&mutant.file, *kind, is_known);
    }
    println!("{table}");
    Ok(table.survived())
}
