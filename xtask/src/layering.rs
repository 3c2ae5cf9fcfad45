//! `cargo xtask layering`: a promise of layering is a test, not a sentence.

use std::fmt;

use anyhow::{Result, bail};

use crate::process::{cargo, output};
use crate::table::{BANNED, Layer, Row, TABLE, find};
use crate::workspace::{Package, Workspace, lookup, toml_file};

/// Something that is not as the architecture has it.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// The crate, or the file.
    place: String,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

fn violation(place: &str, what: impl Into<String>) -> Violation {
    Violation {
        place: place.to_owned(),
        what: what.into(),
    }
}

/// Checks the workspace and prints every violation.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let root = &workspace.workspace_root;
    let mut found = edges(&workspace.packages);
    for package in &workspace.packages {
        let manifest = toml_file(&package.manifest_path)?;
        found.extend(inherits_msrv(&package.name, &manifest));
        if find(&package.name).is_some_and(Row::is_limited) {
            let mut tree = cargo(root);
            tree.args(["tree", "--package", &package.name, "--edges", "normal"])
                .args(["--target", "all", "--prefix", "depth", "--format", "{p}"]);
            found.extend(banned(&package.name, &output(&mut tree)?));
        }
    }
    found.extend(clients_without_defaults(&toml_file(
        &root.join("Cargo.toml"),
    )?));
    found.extend(one_k8s(&toml_file(&root.join("Cargo.lock"))?));
    if !found.is_empty() {
        found.iter().for_each(|v| eprintln!("layering: {v}"));
        bail!("{} violations of the layering", found.len());
    }
    println!(
        "layering: {} crates as they should be",
        workspace.packages.len()
    );
    Ok(())
}

/// Who declares which workspace crate; optional dependencies count, dev-dependencies don't.
fn edges(packages: &[Package]) -> Vec<Violation> {
    let members: Vec<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        let Some(row) = find(&package.name) else {
            found.push(violation(
                &package.name,
                "not in the table of layers (xtask/src/table.rs)",
            ));
            continue;
        };
        if !row.is_limited() {
            continue;
        }
        let inner = package.dependencies.iter().filter(|dependency| {
            dependency.kind.as_deref() != Some("dev")
                && members.contains(&dependency.name.as_str())
                && !row.may_use.contains(&dependency.name.as_str())
        });
        found.extend(inner.map(|dependency| {
            let allowed = match row.may_use {
                [] => "no workspace crate".to_owned(),
                some => format!("only {}", some.join(", ")),
            };
            violation(
                &package.name,
                format!(
                    "{} -> {}; it may depend on {allowed}",
                    package.name, dependency.name
                ),
            )
        }));
    }
    found
}

/// Banned crates in the output of `cargo tree --prefix depth`, each with the path to it.
fn banned(package: &str, tree: &str) -> Vec<Violation> {
    let mut path: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let name_at = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let (depth, rest) = line.split_at(name_at);
        let (Ok(depth), Some(name)) = (depth.parse::<usize>(), rest.split(' ').next()) else {
            continue;
        };
        path.truncate(depth);
        path.push(name);
        if BANNED.contains(&name) {
            let what = format!("{name} in the default tree: {}", path.join(" -> "));
            found.push(violation(package, what));
        }
    }
    found.dedup();
    found
}

fn inherits_msrv(package: &str, manifest: &toml::Table) -> Option<Violation> {
    let inherited = lookup(manifest, &["package", "rust-version", "workspace"]);
    (inherited.and_then(toml::Value::as_bool) != Some(true))
        .then(|| violation(package, "does not say `rust-version.workspace = true`"))
}

fn clients_without_defaults(root: &toml::Table) -> Vec<Violation> {
    let clients = TABLE.iter().filter(|row| row.layer == Layer::Client);
    clients
        .filter_map(|row| {
            let declared = lookup(root, &["workspace", "dependencies", row.name])?;
            let off = declared
                .get("default-features")
                .and_then(toml::Value::as_bool);
            (off != Some(false)).then(|| {
                let what = format!("{} without `default-features = false`", row.name);
                violation("[workspace.dependencies]", what)
            })
        })
        .collect()
}

fn one_k8s(lock: &toml::Table) -> Option<Violation> {
    let packages = lookup(lock, &["package"]).and_then(toml::Value::as_array)?;
    let versions: Vec<&str> = packages
        .iter()
        .filter(|p| p.get("name").and_then(toml::Value::as_str) == Some("k8s-openapi"))
        .filter_map(|p| p.get("version").and_then(toml::Value::as_str))
        .collect();
    (versions.len() > 1).then(|| {
        violation(
            "Cargo.lock",
            format!("k8s-openapi {}", versions.join(" and ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        Package {
            name: name.to_owned(),
            manifest_path: "Cargo.toml".into(),
            targets: Vec::new(),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).to_owned(),
                    kind: kind.map(str::to_owned),
                })
                .collect(),
        }
    }

    fn shown(found: impl IntoIterator<Item = Violation>) -> Vec<String> {
        found.into_iter().map(|v| v.to_string()).collect()
    }

    #[test]
    fn arrows_that_point_up_or_sideways_are_found() {
        let found = edges(&[
            package("promql-client", &[("slo-core", None)]),
            package("slo-core", &[("promql-client", None), ("serde", None)]),
            package("canary-core", &[("slo-core", Some("build"))]),
            package("meshobs", &[("slo-core", None)]),
        ]);
        assert_eq!(
            shown(found),
            [
                "promql-client: promql-client -> slo-core; it may depend on no workspace crate",
                "canary-core: canary-core -> slo-core; it may depend on only promql-client, istio-client",
            ]
        );
    }

    #[test]
    fn tests_may_depend_on_anything_but_libraries_not_on_test_support() {
        let dev = [
            package("slo-core", &[("testkit", Some("dev"))]),
            package("testkit", &[]),
        ];
        assert_eq!(edges(&dev), []);
        let normal = [
            package("slo-core", &[("testkit", None)]),
            package("testkit", &[]),
        ];
        assert_eq!(edges(&normal).len(), 1);
    }

    #[test]
    fn crates_that_the_table_does_not_know_are_found() {
        let found = shown(edges(&[package("surprise", &[])]));
        assert!(found[0].starts_with("surprise: not in the table"));
    }

    #[test]
    fn banned_crates_are_found_with_their_path() {
        let tree = "0slo-core v0.1.0 (path)\n1chrono v0.4.45\n2libc v0.2.1\n1statrs v0.19.1\n\
                    2rand v0.9.0\n3getrandom v0.3.0\n1serde v1.0.0 (*)\n";
        assert_eq!(
            shown(banned("slo-core", tree)),
            [
                "slo-core: rand in the default tree: slo-core -> statrs -> rand",
                "slo-core: getrandom in the default tree: slo-core -> statrs -> rand -> getrandom",
            ]
        );
        // A name that only begins like a banned one is another crate.
        assert_eq!(
            banned("a", "0a v1.0.0\n1rand_core v0.9.0\n1tokio-util v0.7.0"),
            []
        );
    }

    #[test]
    fn manifests_and_the_lock_file_are_read() {
        let table = |text: &str| text.parse::<toml::Table>().unwrap();
        let inherits = table("[package]\nrust-version.workspace = true");
        assert_eq!(inherits_msrv("a", &inherits), None);
        let own = table("[package]\nrust-version = '1.70'");
        assert!(inherits_msrv("a", &own).is_some());

        let plain = table("[workspace.dependencies]\npromql-client = { path = 'p' }");
        assert_eq!(clients_without_defaults(&plain).len(), 1);
        let off =
            "[workspace.dependencies]\npromql-client = { path = 'p', default-features = false }";
        assert_eq!(clients_without_defaults(&table(off)), []);

        let two = "[[package]]\nname = 'k8s-openapi'\nversion = '1'\n\
                   [[package]]\nname = 'k8s-openapi'\nversion = '2'";
        let found = one_k8s(&table(two)).unwrap();
        assert_eq!(found.to_string(), "Cargo.lock: k8s-openapi 1 and 2");
        assert_eq!(
            one_k8s(&table("[[package]]\nname = 'serde'\nversion = '1'")),
            None
        );
    }
}
