//! Which servers the end-to-end suite needs, and where their programs may already be.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A server of a pinned version: its programs lie in `CACHE/backends/NAME/bin`.
#[derive(Debug)]
pub(crate) struct Server {
    /// Folder in the cache.
    pub(crate) name: &'static str,
    /// What `--version` begins its version with.
    pub(crate) version: &'static str,
    /// Programs, each with the variable that names another one.
    pub(crate) programs: [(&'static str, &'static str); 2],
}

/// Prometheus 2.x.
pub(crate) const PROMETHEUS_2: Server = Server {
    name: "prometheus-2.42",
    version: "2.42.",
    programs: [
        ("prometheus", "MESHOBS_PROMETHEUS_2"),
        ("promtool", "MESHOBS_PROMTOOL_2"),
    ],
};

/// Prometheus 3.x.
pub(crate) const PROMETHEUS_3: Server = Server {
    name: "prometheus-3.16",
    version: "3.16.",
    programs: [
        ("prometheus", "MESHOBS_PROMETHEUS_3"),
        ("promtool", "MESHOBS_PROMTOOL_3"),
    ],
};

impl Server {
    /// Where its programs are in a cache.
    pub(crate) fn bin(&self, cache: &Path) -> PathBuf {
        cache.join("backends").join(self.name).join("bin")
    }

    /// Its variables.
    pub(crate) fn variables(&self) -> String {
        self.programs.map(|(_, variable)| variable).join(" and ")
    }

    /// Its programs, by variable, where they are already: named by the variables, in the cache, or
    /// on `PATH` in the right version.
    pub(crate) fn find(&self, cache: &Path) -> Result<Option<Vec<(&'static str, PathBuf)>>> {
        let mut found = Vec::new();
        for (program, variable) in self.programs {
            let cached = self.bin(cache).join(program);
            let path = match env::var_os(variable).map(PathBuf::from) {
                Some(named) if named.is_file() => Some(named),
                Some(named) => bail!("{variable} names {}, which is no file", named.display()),
                None if cached.is_file() => Some(cached),
                None => on_path(program, self.version),
            };
            match path {
                Some(path) => found.push((variable, path)),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }
}

fn on_path(program: &str, version: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file() && version_of(file).is_ok_and(|v| v.starts_with(version)))
}

/// The version a program says it has; empty where it was built without one.
pub(crate) fn version_of(program: &Path) -> Result<String> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("running {}", program.display()))?;
    // 2.x prints it on standard error.
    let text = [output.stdout, output.stderr].concat();
    Ok(version_in(&String::from_utf8_lossy(&text)).to_owned())
}

fn version_in(text: &str) -> &str {
    text.split_once(", version ")
        .and_then(|(_, rest)| rest.split([' ', '\n']).next())
        .unwrap_or_default()
}

/// The user's cache folder for this project.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    variable("MESHOBS_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("meshobs")))
        .or_else(|| Some(variable("HOME")?.join(".cache/meshobs")))
        .context("no cache folder: set MESHOBS_CACHE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_print() {
        let debian = "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0)\n";
        assert!(version_in(debian).starts_with(PROMETHEUS_2.version));
        assert_eq!(
            version_in("prometheus, version  (branch: , revision: x)"),
            ""
        );
        assert_eq!(version_in("something else"), "");
    }

    #[test]
    fn programs_in_the_cache_are_found_only_when_all_are_there() {
        let cache = tempfile::tempdir().unwrap();
        let server = Server {
            programs: [
                ("meshobs-test-a", "MESHOBS_TEST_A"),
                ("meshobs-test-b", "MESHOBS_TEST_B"),
            ],
            ..PROMETHEUS_2
        };
        let bin = server.bin(cache.path());
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("meshobs-test-a"), "").unwrap();
        assert_eq!(server.find(cache.path()).unwrap(), None);
        std::fs::write(bin.join("meshobs-test-b"), "").unwrap();
        let found = server.find(cache.path()).unwrap().unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ("MESHOBS_TEST_A", bin.join("meshobs-test-a")));
    }
}
