//! Which servers there are, and where their programs lie.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// A generation of Prometheus. They differ in ranges (closed, left-open), in how `le` is written and
/// in what they warn about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// Prometheus 2.42.
    Two,
    /// Prometheus 3.16.
    Three,
}

impl Generation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Two, Self::Three];

    /// The server's program.
    ///
    /// # Errors
    /// Where the variable that names it is not set or names no file.
    pub fn prometheus(self) -> Result<PathBuf> {
        from_variable(match self {
            Self::Two => "MESHOBS_PROMETHEUS_2",
            Self::Three => "MESHOBS_PROMETHEUS_3",
        })
    }

    /// The promtool beside it.
    ///
    /// # Errors
    /// Where the variable that names it is not set or names no file.
    pub fn promtool(self) -> Result<PathBuf> {
        from_variable(match self {
            Self::Two => "MESHOBS_PROMTOOL_2",
            Self::Three => "MESHOBS_PROMTOOL_3",
        })
    }
}

fn from_variable(name: &str) -> Result<PathBuf> {
    let path = env::var_os(name).map(PathBuf::from).with_context(|| {
        format!("{name} is not set: run `cargo xtask e2e`, which gets the servers and sets it")
    })?;
    if !path.is_file() {
        bail!("{name} names {}, which is no file", path.display());
    }
    Ok(path)
}
