//! SLOs from YAML: our own short format, OpenSLO v1, Sloth and Pyrra.
//!
//! [`load`] reads one file, [`load_all`] several that may refer to one another. The format of every
//! YAML document is detected by itself:
//!
//! | says | is |
//! |---|---|
//! | `version: meshobs/v1` | our own |
//! | `version: prometheus/v1` | Sloth |
//! | `apiVersion: sloth.slok.dev/v1` | Sloth's `PrometheusServiceLevel` |
//! | `apiVersion: openslo/v1` | OpenSLO |
//! | `apiVersion: pyrra.dev/v1alpha1` | Pyrra's `ServiceLevelObjective` |
//!
//! All errors of all files are reported at once, each with file, line, column and field. What a
//! foreign format says that has no or another meaning here is a [`Warning`]. The formats, field by
//! field: `docs/slo-definitions.md`.
//!
//! ```
//! let loaded = slo_core::spec::load("slos.yaml", "
//! version: meshobs/v1
//! service: checkout
//! namespace: shop
//! slos:
//!   - name: availability
//!     objective: 99.9
//!     availability: istio
//!   - name: latency
//!     latency: p95 < 100ms
//! ").unwrap();
//! assert_eq!(loaded.slos[1].objective.to_string(), "95");
//!
//! let errors = slo_core::spec::load("slos.yaml", "version: meshobs/v1\nslo: []\n").unwrap_err();
//! assert_eq!(
//!     errors.to_string(),
//!     "slos.yaml:1:1: service: missing; expected the name of the service that promises\n\
//!      slos.yaml:1:1: slos: missing; expected a list of SLOs\n\
//!      slos.yaml:2:1: slo: unknown field; did you mean `slos`?"
//! );
//! ```

mod bound;
mod carried;
mod common;
mod doubt;
mod error;
mod events;
mod fill;
mod histogram;
mod openslo;
mod own;
mod pair;
mod promql;
mod pyrra;
mod quotient;
mod read;
mod scalar;
mod similar;
mod sloth;
mod yaml;

use std::collections::{HashMap, HashSet};

pub use error::{Errors, Finding, Place, Problem, SpecError, Warning};
use read::{Findings, Map, Value};
use yaml::Node;

use crate::slo::Slo;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Loaded {
    /// The SLOs, in the files' order.
    pub slos: Vec<Slo>,
    /// What has no or another meaning here.
    pub warnings: Vec<Warning>,
}

/// An SLO and where it was defined.
type Defined = (Place, Slo);

/// Reads the SLOs of one file, which may hold several documents. `file_name` is only used in errors.
///
/// # Errors
/// Everything that is wrong with the file: no YAML, an unknown format, wrong, missing or (in our own
/// format) unknown fields, queries that are no PromQL, two SLOs of one name, no SLO at all.
pub fn load(file_name: &str, text: &str) -> Result<Loaded, Errors> {
    load_all(&[(file_name, text)])
}

/// Reads the SLOs of several files, given as names and texts. OpenSLO's references are resolved
/// among all of them, and no two SLOs of a service may share a name.
///
/// # Errors
/// As [`load`]: everything that is wrong with any of them.
pub fn load_all(files: &[(&str, &str)]) -> Result<Loaded, Errors> {
    let mut findings = Findings::default();
    let mut documents: Vec<(&str, Node)> = Vec::new();
    for (file, text) in files {
        match yaml::documents(file, text) {
            Ok(nodes) => documents.extend(nodes.into_iter().map(|node| (*file, node))),
            Err(error) => findings.errors.push(error),
        }
    }
    let mut slos: Vec<Defined> = Vec::new();
    let mut openslo = openslo::Objects::default();
    for (file, node) in &documents {
        document(
            Value::root(file, node),
            &mut openslo,
            &mut slos,
            &mut findings,
        );
    }
    openslo::slos(openslo, &mut slos, &mut findings);
    refuse_duplicates(&slos, &mut findings);
    // An object that several refer to is read for each of them.
    let mut seen = HashSet::new();
    findings
        .errors
        .retain(|error| seen.insert(error.to_string()));
    findings
        .warnings
        .retain(|warning| seen.insert(warning.to_string()));
    if slos.is_empty() && findings.errors.is_empty() {
        findings.errors.push(SpecError {
            place: Place {
                file: files.first().map_or("", |(name, _)| name).to_owned(),
                line: 1,
                column: 1,
                field: String::new(),
            },
            problem: Problem::Invalid("no SLO is defined here".to_owned()),
        });
    }
    if !findings.errors.is_empty() {
        let order = |file: &str| files.iter().position(|(name, _)| *name == file);
        let key = |e: &SpecError| (order(&e.place.file), e.place.line, e.place.column);
        findings.errors.sort_by_key(key);
        return Err(Errors::new(findings.errors));
    }
    Ok(Loaded {
        slos: slos.into_iter().map(|(_, slo)| slo).collect(),
        warnings: findings.warnings,
    })
}

/// Reads a document, or keeps it until all files are known.
fn document<'a>(
    document: Value<'a>,
    openslo: &mut openslo::Objects<'a>,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    // Until a document says that it is a spec, nothing of it is repeated: it may be anything.
    let Some(mut map) = document.map_quietly() else {
        return document.error(findings, Problem::Format);
    };
    let version = map.get("version").and_then(|value| value.scalar());
    let api = map.get("apiVersion").and_then(|value| value.scalar());
    let known = matches!(version, Some("meshobs/v1" | "prometheus/v1"))
        || matches!(
            api,
            Some("openslo/v1" | "sloth.slok.dev/v1" | "pyrra.dev/v1alpha1")
        );
    if known {
        map.deny_twice(findings);
    }
    match (version, api) {
        (Some("meshobs/v1"), _) => own::read(map, slos, findings),
        (Some("prometheus/v1"), _) => sloth::read(map, sloth::SPEC, slos, findings),
        (_, Some("openslo/v1")) => openslo.keep(map, findings),
        (_, Some("sloth.slok.dev/v1")) => sloth::read_resource(map, slos, findings),
        (_, Some("pyrra.dev/v1alpha1")) => pyrra::read(map, slos, findings),
        (_, Some("v1")) if map.get("items").is_some() => items(map, openslo, slos, findings),
        _ => document.error(findings, Problem::Format),
    }
}

/// A Kubernetes list: as if its items were documents. A list has no lists in it.
fn items<'a>(
    mut list: Map<'a>,
    openslo: &mut openslo::Objects<'a>,
    slos: &mut Vec<Defined>,
    findings: &mut Findings,
) {
    let Some(items) = list.get("items").filter(Value::is_list) else {
        return list.at.error(findings, Problem::Format);
    };
    for item in items
        .list(findings, "a list of objects")
        .unwrap_or_default()
    {
        document(item, openslo, slos, findings);
    }
}

fn refuse_duplicates(slos: &[Defined], findings: &mut Findings) {
    let mut first: HashMap<(&str, &str), &Place> = HashMap::new();
    for (place, slo) in slos {
        let key = (slo.service.as_str(), slo.name.as_str());
        if let Some(first) = first.get(&key) {
            findings.errors.push(SpecError {
                place: place.clone(),
                problem: Problem::Duplicate {
                    service: slo.service.to_string(),
                    name: slo.name.to_string(),
                    first: Box::new((*first).clone()),
                },
            });
        } else {
            first.insert(key, place);
        }
    }
}
