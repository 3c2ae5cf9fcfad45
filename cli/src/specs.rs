//! Specs from files, folders and stdin.

use std::collections::HashSet;
use std::fmt::Display;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

use promql_client::text::{neutralize, shorten};
use slo_core::Slo;
use slo_core::spec::{Loaded, load_all};

use crate::args::SpecArgs;
use crate::deadline::Limit;
use crate::exit::Stop;

/// The most that is read of one file: some 50,000 SLOs.
const FILE: u64 = 32 << 20;
/// The most that is read in all.
const ALL: u64 = 128 << 20;
/// How many files a run may have.
const FILES: usize = 10_000;
/// How many of a list's lines are shown.
const SHOWN: usize = 20;
/// How many bytes are shown of one of them.
const LONGEST: usize = 1024;

/// Reads the specs, in time, and keeps the SLOs that are asked for.
pub(crate) fn load(args: &SpecArgs, limit: Option<Limit>) -> Result<Loaded, Stop> {
    let mut texts = Vec::new();
    let mut seen = HashSet::new();
    let mut left = ALL;
    for given in &args.spec {
        for path in expand(given)? {
            // A file that is named twice, or named and in a folder, is read once.
            let identity = path.canonicalize().unwrap_or_else(|_| path.clone());
            if !seen.insert(identity) {
                continue;
            }
            if texts.len() == FILES {
                return Err(Stop::usage(format!(
                    "more than {FILES} spec files: give fewer at a time"
                )));
            }
            let text = read_by(&path, left, limit)?;
            left = left.saturating_sub(text.len() as u64);
            texts.push((path.display().to_string(), text));
        }
    }
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (if name == "-" { "stdin" } else { name }, text.as_str()))
        .collect();
    let loaded = load_all(&files);
    let mut loaded = loaded.map_err(|errors| Stop::usage(listed(errors.iter(), "\n")))?;
    loaded.slos = only(loaded.slos, &args.slo)?;
    Ok(loaded)
}

/// The first of a list, one a line, and how many more there are. Texts of others have no lines of
/// their own, and end before they fill a screen.
pub(crate) fn listed<T: Display>(items: impl ExactSizeIterator<Item = T>, before: &str) -> String {
    let more = items.len().saturating_sub(SHOWN);
    let shown = |item: T| neutralize(&shorten(&item.to_string(), LONGEST)).into_owned();
    let mut lines: Vec<String> = items.take(SHOWN).map(shown).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join(before)
}

/// A path as messages have it: on one line.
pub(crate) fn shown(path: &Path) -> String {
    neutralize(&path.display().to_string()).into_owned()
}

/// The files of a folder, in the order of their names; a file itself.
fn expand(given: &Path) -> Result<Vec<PathBuf>, Stop> {
    if !given.is_dir() {
        return Ok(vec![given.to_owned()]);
    }
    let unreadable = |error| Stop::usage(format!("cannot read {}: {error}", shown(given)));
    let mut files = Vec::new();
    for entry in given.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if !is_yaml || path.is_dir() {
            continue;
        }
        // Nobody knows when a pipe in a folder ends, and a link to nowhere was meant to be a file.
        if !path.is_file() {
            let why = format!("{} is no file, but has the name of one", shown(&path));
            return Err(Stop::usage(why));
        }
        files.push(path);
    }
    if files.is_empty() {
        return Err(Stop::usage(format!(
            "no .yaml or .yml file in the folder {}",
            shown(given)
        )));
    }
    files.sort();
    Ok(files)
}

/// Reads a file, until the limit: nobody knows when a pipe ends.
fn read_by(path: &Path, left: u64, limit: Option<Limit>) -> Result<String, Stop> {
    let Some(limit) = limit else {
        return read(path, left);
    };
    let file = path.to_owned();
    limit.wait(move || read(&file, left)).unwrap_or_else(|| {
        let why = format!("the {limit} for the whole run was reached");
        Err(Stop::usage(format!("cannot read {}: {why}", shown(path))))
    })
}

/// A pipe that is named is read until its writer closes it, as any program does; a device without an
/// end is not.
fn read(path: &Path, left: u64) -> Result<String, Stop> {
    let text = if path == Path::new("-") {
        limited(std::io::stdin().lock(), left)
    } else {
        File::open(path).and_then(|file| limited(file, left))
    };
    text.map_err(|error| Stop::usage(format!("cannot read {}: {error}", shown(path))))
}

fn limited(source: impl Read, left: u64) -> std::io::Result<String> {
    let limit = FILE.min(left);
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let why = match limit {
            FILE => "it is larger than 32 MiB; split it",
            _ => "all specs together are larger than 128 MiB; give fewer at a time",
        };
        return Err(Error::new(ErrorKind::FileTooLarge, why));
    }
    // The library's own words would repeat bytes of what may be no spec.
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "it is no text in UTF-8"))
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
                .map(|slo| format!("{}/{}", slo.service, slo.name));
            return Err(Stop::usage(format!(
                "no SLO is named {}; there are:\n  {}",
                neutralize(filter),
                listed(all, "\n  ")
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

    #[test]
    fn what_has_no_end_is_read_up_to_a_limit() {
        let error = limited(std::io::repeat(b'a'), ALL).unwrap_err();
        assert!(error.to_string().contains("32 MiB"), "{error}");
        let error = limited(std::io::repeat(b'a'), 10).unwrap_err();
        assert!(error.to_string().contains("128 MiB"), "{error}");
        assert_eq!(limited(&b"0123456789"[..], 10).unwrap(), "0123456789");
        let error = limited(&b"secret\xff"[..], 10).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed(["a", "b"].iter(), ", "), "a, b");
        let many: Vec<usize> = (1..=23).collect();
        let text = listed(many.iter(), " ");
        assert!(text.ends_with("20 and 3 more"), "{text}");
    }
}
