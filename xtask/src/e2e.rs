//! `cargo xtask e2e`: the end-to-end suite with real servers.

use std::fs;

use anyhow::Result;

use crate::backends;
use crate::process::{cargo, show};
use crate::workspace::Workspace;

/// Gets the servers and runs the suite; arguments go to `cargo test`.
///
/// Servers end with the test process that started them, whatever ends it (they hang on a pipe of
/// it), so there is nothing to clean up but files.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let workspace = Workspace::load()?;
    let programs = backends::all()?;
    let dir = workspace.target_directory.join("e2e");
    fs::create_dir_all(&dir)?;
    let tested = show(
        cargo(&workspace.workspace_root)
            .args(["test", "--package", "e2e", "--features", "servers"])
            .args(args)
            .envs(programs)
            .env("MESHOBS_E2E_DIR", &dir),
    );
    // Folders of servers that were killed with their process; the history's blocks stay.
    for entry in fs::read_dir(&dir)?.flatten() {
        if entry.file_name() != "histories" {
            fs::remove_dir_all(entry.path())?;
        }
    }
    tested
}
