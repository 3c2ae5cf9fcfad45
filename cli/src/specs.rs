//! Specs from files, folders and stdin.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use slo_core::Slo;
use slo_core::spec::{Loaded, load_all};

use crate::args::SpecArgs;
use crate::exit::Stop;

/// Reads the specs and keeps the SLOs that are asked for.
pub(crate) fn load(args: &SpecArgs) -> Result<Loaded, Stop> {
    let mut texts = Vec::new();
    let mut seen = HashSet::new();
    for given in &args.spec {
        for path in expand(given)? {
            // A file that is named twice, or named and in a folder, is read once.
            let identity = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.insert(identity) {
                texts.push((path.display().to_string(), read(&path)?));
            }
        }
    }
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (if name == "-" { "stdin" } else { name }, text.as_str()))
        .collect();
    let mut loaded = load_all(&files).map_err(Stop::usage)?;
    loaded.slos = only(loaded.slos, &args.slo)?;
    Ok(loaded)
}

/// The files of a folder, in the order of their names; a file itself.
fn expand(given: &Path) -> Result<Vec<PathBuf>, Stop> {
    if !given.is_dir() {
        return Ok(vec![given.to_owned()]);
    }
    let unreadable = |error| Stop::usage(format!("cannot read {}: {error}", given.display()));
    let mut files = Vec::new();
    for entry in given.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if is_yaml && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Stop::usage(format!(
            "no .yaml or .yml file in the folder {}",
            given.display()
        )));
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String, Stop> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Stop::usage(format!("cannot read {}: {error}", path.display())))
}

/// The SLOs that the filters name; all of them where there is no filter.
fn only(slos: Vec<Slo>, filters: &[String]) -> Result<Vec<Slo>, Stop> {
    let names = |slo: &Slo, filter: &str| {
        filter == slo.name.as_str() || filter == format!("{}/{}", slo.service, slo.name)
    };
    for filter in filters {
        if !slos.iter().any(|slo| names(slo, filter)) {
            let all = slos
                .iter()
                .map(|slo| format!("\n  {}/{}", slo.service, slo.name));
            return Err(Stop::usage(format!(
                "no SLO is named {filter}; there are:{}",
                all.collect::<String>()
            )));
        }
    }
    let wanted = |slo: &Slo| filters.is_empty() || filters.iter().any(|f| names(slo, f));
    Ok(slos.into_iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slos() -> Vec<Slo> {
        let text = "version: meshobs/v1\nservice: cart\nnamespace: shop\nslos:\n  \
            - {name: availability, objective: 99.9, availability: istio}\n  \
            - {name: latency, latency: p95 < 100ms}\n";
        slo_core::spec::load("x.yaml", text).unwrap().slos
    }

    fn filtered(filters: &[&str]) -> Result<Vec<String>, String> {
        let filters: Vec<String> = filters.iter().map(|f| (*f).to_owned()).collect();
        let slos = only(slos(), &filters).map_err(|stop| stop.to_string())?;
        Ok(slos.iter().map(|slo| slo.name.to_string()).collect())
    }

    #[test]
    fn filters_name_slos_with_or_without_their_service() {
        assert_eq!(filtered(&[]).unwrap().len(), 2);
        assert_eq!(filtered(&["latency"]).unwrap(), ["latency"]);
        assert_eq!(filtered(&["cart/latency"]).unwrap(), ["latency"]);
        let error = filtered(&["latency", "latencies"]).unwrap_err();
        assert!(
            error.contains("latencies") && error.contains("cart/availability"),
            "{error}"
        );
    }
}
