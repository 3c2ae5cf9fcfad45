//! What is wrong with a spec, and what could not be taken over from one: with its place.

use std::fmt;

use promql_client::text::neutralize;

/// Where in which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// The field's path, such as `slos[2].objective`; empty for the document itself.
    pub field: String,
}

impl fmt::Display for Place {
    /// `file:line:column`, and the field where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = neutralize(&self.file);
        write!(f, "{file}:{}:{}", self.line, self.column)?;
        if self.field.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.field)
    }
}

/// One thing that is wrong with a spec.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{place}: {problem}")]
#[non_exhaustive]
pub struct SpecError {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file is no YAML, or too much of it.
    #[error("{0}")]
    Yaml(String),
    /// No format that is read here.
    #[error(
        "no known format: expected `version: meshobs/v1`, `version: prometheus/v1` (Sloth), or `apiVersion:` `openslo/v1`, `sloth.slok.dev/v1` or `pyrra.dev/v1alpha1`"
    )]
    Format,
    /// A field is missing.
    #[error("missing; expected {expected}")]
    Missing {
        /// What belongs there.
        expected: String,
    },
    /// Something else belongs there.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A field that the format doesn't have.
    #[error("unknown field{}", suggested(.suggestion.as_deref()))]
    Unknown {
        /// The field that was probably meant.
        suggestion: Option<String>,
    },
    /// A key that occurs twice in one mapping.
    #[error("this field was given already")]
    Twice,
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// A reference to an object that no given file has.
    #[error("no {kind} named `{name}` in the given files")]
    Unresolved {
        /// The object's kind.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Two SLOs of one name within one service.
    #[error("service `{service}` already has an SLO `{name}`, at {first}")]
    Duplicate {
        /// The service.
        service: String,
        /// The SLO.
        name: String,
        /// Where the first one is.
        first: Box<Place>,
    },
}

fn suggested(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// Everything that is wrong with the given files, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors(Vec<SpecError>);

impl Errors {
    pub(super) fn new(errors: Vec<SpecError>) -> Self {
        Self(errors)
    }

    /// The errors; at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, SpecError> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Errors {
    /// One line for each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let newline = if i == 0 { "" } else { "\n" };
            write!(f, "{newline}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

impl IntoIterator for Errors {
    type Item = SpecError;
    type IntoIter = std::vec::IntoIter<SpecError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Something in a spec that has no or another meaning here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What.
    pub finding: Finding,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.finding)
    }
}

/// What a spec says that has no or another meaning here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// It has no effect.
    NotHonoured {
        /// Why, or what happens instead.
        why: String,
    },
    /// Events cannot be counted: the SLI is kept as a ratio, in which every stretch of time weighs
    /// the same.
    NoEvents {
        /// Why.
        why: String,
    },
    /// Something was taken for granted.
    Assumed {
        /// What.
        what: String,
    },
    /// It is read as it is written, but something else was probably meant.
    Doubtful {
        /// What.
        what: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHonoured { why } => write!(f, "has no effect: {why}"),
            Self::NoEvents { why } => {
                write!(
                    f,
                    "kept as a ratio, time-weighted and without event counts: {why}"
                )
            }
            Self::Assumed { what } => write!(f, "assumed: {what}"),
            Self::Doubtful { what } => write!(f, "doubtful: {what}"),
        }
    }
}
