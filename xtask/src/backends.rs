//! `cargo xtask backends`: gets the servers of the end-to-end suite, once, into the user's cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::show;
use crate::servers::{PROMETHEUS_2, PROMETHEUS_3, Server, cache_dir, version_of};

/// The Go module's version of Prometheus 3.16.
const PROMETHEUS_3_MODULE: &str = "v0.316.0";

/// Gets what is missing and says where everything is.
pub(crate) fn run() -> Result<()> {
    for (variable, path) in all()? {
        println!("{variable}={}", path.display());
    }
    Ok(())
}

/// All programs by the variables that name them; gets those that are missing.
pub(crate) fn all() -> Result<Vec<(&'static str, PathBuf)>> {
    let cache = cache_dir()?;
    let mut programs = Vec::new();
    for (server, get) in [
        (
            &PROMETHEUS_2,
            from_debian as fn(&Server, &Path) -> Result<()>,
        ),
        (&PROMETHEUS_3, from_go),
    ] {
        let found = match server.find(&cache)? {
            Some(found) => Some(found),
            None => {
                install(server, &cache, get)?;
                server.find(&cache)?
            }
        };
        programs.extend(found.with_context(|| format!("{} is not complete", server.name))?);
    }
    Ok(programs)
}

/// Lets `get` fill a folder beside the real one, which takes its place when complete.
fn install(server: &Server, cache: &Path, get: fn(&Server, &Path) -> Result<()>) -> Result<()> {
    let bin = server.bin(cache);
    let home = bin.parent().context("the cache has no folders")?;
    fs::create_dir_all(home).with_context(|| format!("making {}", home.display()))?;
    let work = tempfile::tempdir_in(home)?;
    get(server, work.path()).with_context(|| {
        let variables = server.variables();
        format!(
            "getting {} (or name programs of your own with {variables})",
            server.name
        )
    })?;
    // An older, incomplete one; nothing uses it, because it was not found.
    if bin.exists() {
        fs::remove_dir_all(&bin)?;
    }
    fs::rename(work.path().join("bin"), &bin)
        .with_context(|| format!("completing {}", bin.display()))?;
    eprintln!("{}: in {}", server.name, bin.display());
    Ok(())
}

/// The distribution's package, unpacked beside the system; nothing is installed.
fn from_debian(server: &Server, work: &Path) -> Result<()> {
    need(
        "apt-get",
        "it downloads Debian's package of Prometheus 2.42",
    )?;
    need("dpkg", "it unpacks Debian's package of Prometheus 2.42")?;
    eprintln!("{}: downloading the distribution's package", server.name);
    let download = || {
        show(
            Command::new("apt-get")
                .args(["download", "-q", "prometheus"])
                .current_dir(work),
        )
    };
    if download().is_err() {
        eprintln!("{}: reading the package lists first", server.name);
        show(Command::new("apt-get").args(["update", "-q"]))?;
        download()?;
    }
    let package = fs::read_dir(work)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "deb"))
        .context("apt-get downloaded no package")?;
    show(
        Command::new("dpkg")
            .arg("-x")
            .args([package.as_path(), &work.join("tree")]),
    )?;
    let bin = work.join("bin");
    fs::create_dir(&bin)?;
    for (program, _) in server.programs {
        fs::rename(work.join("tree/usr/bin").join(program), bin.join(program))
            .with_context(|| format!("the package has no {program}"))?;
    }
    let version = version_of(&bin.join("prometheus"))?;
    if !version.starts_with(server.version) {
        bail!("the distribution's package is version {version}");
    }
    Ok(())
}

/// Built from its Go module; what the build downloads is deleted with `work`.
fn from_go(server: &Server, work: &Path) -> Result<()> {
    need("go", "it builds Prometheus 3.16 from its module")?;
    eprintln!("{}: building, about 3 minutes", server.name);
    let module = "github.com/prometheus/prometheus/cmd";
    let packages = server
        .programs
        .map(|(program, _)| format!("{module}/{program}@{PROMETHEUS_3_MODULE}"));
    show(
        Command::new("go")
            .args(["install", "-v", "-ldflags", "-s -w"])
            // The clouds' service discoveries are most of the build, and the tests name their targets.
            .args(["-tags", "remove_all_sd"])
            .args(packages)
            .env("GOBIN", work.join("bin"))
            .env("GOCACHE", work.join("build"))
            .env("GOMODCACHE", work.join("modules"))
            // Else the modules could not be deleted.
            .env("GOFLAGS", "-modcacherw")
            .env("CGO_ENABLED", "0"),
    )
}

fn need(program: &str, why: &str) -> Result<()> {
    let there = Command::new(program)
        .arg(if program == "go" {
            "version"
        } else {
            "--version"
        })
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        bail!("{program} is missing: {why}");
    }
    Ok(())
}
