//! What cargo-mutants found out.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// One change of the code.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Mutant {
    /// With its place: `FILE:LINE:COLUMN: replace …`.
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) span: Span,
}

/// Where the changed text is; lines and columns from 1 on, the end behind the last character.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// How a mutant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A test failed.
    Caught,
    /// The tests did not end: noticed, too.
    Timeout,
    /// It does not compile.
    Unviable,
    /// All tests passed.
    Missed,
}

#[derive(Deserialize)]
struct File {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

/// How every mutant of a run ended, from its `outcomes.json`.
pub(crate) fn load(path: &Path) -> Result<Vec<(Kind, Mutant)>> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    read(&text).with_context(|| format!("reading {}", path.display()))
}

fn read(text: &str) -> Result<Vec<(Kind, Mutant)>> {
    let file: File = serde_json::from_str(text)?;
    let mut all = Vec::new();
    for outcome in file.outcomes {
        let Scenario::Mutant(mutant) = outcome.scenario else {
            continue;
        };
        let kind = match outcome.summary.as_str() {
            "CaughtMutant" => Kind::Caught,
            "Timeout" => Kind::Timeout,
            "Unviable" => Kind::Unviable,
            "MissedMutant" => Kind::Missed,
            other => bail!("{}: {other} is no outcome of a mutant", mutant.name),
        };
        all.push((kind, mutant));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_has_an_outcome() {
        let mutant = |name: &str, summary: &str| {
            format!(
                r#"{{"scenario": {{"Mutant": {{"name": "{name}", "package": "p", "file": "a.rs",
                 "span": {{"start": {{"line": 1, "column": 2}}, "end": {{"line": 1, "column": 3}}}}}}}},
                 "summary": "{summary}", "log_path": "x"}}"#
            )
        };
        let text = format!(
            r#"{{"outcomes": [{{"scenario": "Baseline", "summary": "Success"}}, {}, {}, {}, {}],
             "total_mutants": 4}}"#,
            mutant("a", "CaughtMutant"),
            mutant("b", "MissedMutant"),
            mutant("c", "Timeout"),
            mutant("d", "Unviable"),
        );
        let outcomes = read(&text).unwrap();
        let kinds: Vec<(Kind, &str)> = outcomes
            .iter()
            .map(|(kind, mutant)| (*kind, mutant.name.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                (Kind::Caught, "a"),
                (Kind::Missed, "b"),
                (Kind::Timeout, "c"),
                (Kind::Unviable, "d"),
            ]
        );
        assert_eq!(outcomes[0].1.span.start.column, 2);
        let unknown = format!(r#"{{"outcomes": [{}]}}"#, mutant("e", "Exploded"));
        assert!(read(&unknown).unwrap_err().to_string().contains("Exploded"));
    }
}
