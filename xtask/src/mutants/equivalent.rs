//! Mutants that change nothing, each with the reason.
//!
//! A paragraph of `xtask/mutants-equivalent.txt` is one of them: its file and what is replaced, the
//! source line with the replaced text in `«»`, and why. Line numbers are not part of it, so that it
//! outlives changes elsewhere in the file.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::mutants::outcome::Mutant;

const FILE: &str = "xtask/mutants-equivalent.txt";

/// What a mutant replaces, without line numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// `FILE: replace …`.
    what: String,
    /// The first line of what is replaced.
    line: String,
}

/// The list.
#[derive(Debug, Default)]
pub(crate) struct Equivalents(BTreeSet<Place>);

impl Place {
    pub(crate) fn of(mutant: &Mutant, source: &str) -> Self {
        let (start, end) = (mutant.span.start, mutant.span.end);
        // `FILE:LINE:COLUMN: replace …`
        let description = mutant.name.splitn(4, ':').last().unwrap_or_default();
        let line = source
            .lines()
            .nth(start.line.saturating_sub(1))
            .unwrap_or_default();
        let mut marked = String::new();
        for (column, c) in line
            .chars()
            .chain([' '])
            .enumerate()
            .map(|(i, c)| (i + 1, c))
        {
            if column == start.column {
                marked.push('«');
            }
            if end.line == start.line && column == end.column {
                marked.push('»');
            }
            marked.push(c);
        }
        Self {
            what: format!("{}:{description}", mutant.file),
            line: marked.trim().to_owned(),
        }
    }
}

impl fmt::Display for Place {
    /// As the list has it, but for the reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    {}", self.what, self.line)
    }
}

impl Equivalents {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(root.join(FILE)).with_context(|| format!("reading {FILE}"))?;
        Self::read(&text)
    }

    fn read(text: &str) -> Result<Self> {
        let mut places = BTreeSet::new();
        for paragraph in text.split("\n\n") {
            let mut lines = paragraph
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            let Some(what) = lines.next() else { continue };
            let (Some(line), Some(_why)) = (lines.next(), lines.next()) else {
                bail!("{FILE}: {what}: a source line and a reason must follow");
            };
            let place = Place {
                what: what.to_owned(),
                line: line.to_owned(),
            };
            if !places.insert(place) {
                bail!("{FILE}: {what}: it is there twice");
            }
        }
        Ok(Self(places))
    }

    /// Whether the list has it.
    pub(crate) fn explain(&self, place: &Place) -> bool {
        self.0.contains(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::outcome::{Position, Span};

    fn mutant(start: (usize, usize), end: (usize, usize)) -> Mutant {
        let position = |(line, column)| Position { line, column };
        Mutant {
            name: "a.rs:2:7: replace < with <= in a::<b>".to_owned(),
            file: "a.rs".to_owned(),
            span: Span {
                start: position(start),
                end: position(end),
            },
        }
    }

    const SOURCE: &str = "fn a() {\n    a < b < c\n}\n";

    #[test]
    fn a_place_is_known_by_its_text_and_not_by_its_number() {
        let place = Place::of(&mutant((2, 7), (2, 8)), SOURCE);
        let shown = "a.rs: replace < with <= in a::<b>\n    a «<» b < c";
        assert_eq!(place.to_string(), shown);
        let list = format!("# Words.\n\n{shown}\n    It is never equal.\n");
        let list = Equivalents::read(&list).unwrap();
        assert!(list.explain(&place));
        let later = Place::of(&mutant((3, 7), (3, 8)), &format!("\n{SOURCE}"));
        assert!(list.explain(&later));
        let other = Place::of(&mutant((2, 11), (2, 12)), SOURCE);
        assert!(!list.explain(&other), "{other}");
    }

    #[test]
    fn a_place_of_several_lines_is_known_by_its_first() {
        let place = Place::of(&mutant((2, 5), (3, 2)), SOURCE);
        assert!(place.to_string().ends_with("\n    «a < b < c"));
        let end = Place::of(&mutant((2, 13), (2, 14)), SOURCE);
        assert!(end.to_string().ends_with("\n    a < b < «c»"));
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        let error = Equivalents::read("a.rs: replace x\n    line\n").unwrap_err();
        assert!(error.to_string().contains("a reason must follow"));
        let twice = "a.rs: replace x\n l\n why\n";
        let error = Equivalents::read(&format!("{twice}\n{twice}")).unwrap_err();
        assert!(error.to_string().contains("twice"));
    }

    #[test]
    fn the_list_can_be_read() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        Equivalents::load(root).unwrap();
    }
}
