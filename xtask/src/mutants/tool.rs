//! cargo-mutants itself, of a pinned version, in the user's cache.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::process::{cargo, show};
use crate::servers::cache_dir;

const VERSION: &str = "27.1.0";

/// The program; built where it is missing.
pub(crate) fn get() -> Result<PathBuf> {
    let home = cache_dir()?
        .join("tools")
        .join(format!("cargo-mutants-{VERSION}"));
    let program = home.join("bin/cargo-mutants");
    if !program.is_file() {
        eprintln!("cargo-mutants {VERSION}: building, about 3 minutes");
        show(
            cargo(Path::new("."))
                .args(["install", "cargo-mutants", "--locked", "--debug"])
                .args(["--version", VERSION, "--root"])
                .arg(&home),
        )?;
    }
    Ok(program)
}
