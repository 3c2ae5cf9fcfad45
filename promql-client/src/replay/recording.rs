//! The recording itself, in memory and as JSON lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::request::Request;
use crate::backend::Answer;
use crate::error::{Error, Result};
use crate::wire::{self, Payload};

/// Requests with their outcomes, ordered by request, so that the same run makes the same file
/// whatever the order its answers came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    pub(super) outcomes: BTreeMap<Request, Vec<Outcome>>,
}

/// An answer as the API's JSON, or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answer(String),
    Error(Failure),
}

/// Why a recording cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file itself.
    #[error("the recording {} cannot be opened", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// One of its lines.
    #[error("line {line} of the recording cannot be read: {message}")]
    Line {
        /// Counted from one.
        line: usize,
        /// What was expected.
        message: String,
    },
}

/// A line of the file: a request with either an answer or an error.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    request: Request,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    answer: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Recording {
    /// How many outcomes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.values().map(Vec::len).sum()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// Keeps an outcome; one that only repeats the last is not kept twice.
    pub(super) fn push<T: Payload>(&mut self, request: Request, result: &Result<Answer<T>>) {
        let outcome = match result {
            Ok(answer) => Outcome::Answer(wire::encode(answer)),
            Err(error) => Outcome::Error(error.into()),
        };
        let outcomes = self.outcomes.entry(request).or_default();
        if outcomes.last() != Some(&outcome) {
            outcomes.push(outcome);
        }
    }

    /// One JSON object a line: the request, and the answer as the API's body or the error.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let mut lines = String::new();
        for (request, outcomes) in &self.outcomes {
            for outcome in outcomes {
                let request = serde_json::to_string(request).unwrap_or_default();
                let (name, value) = match outcome {
                    Outcome::Answer(body) => ("answer", body.clone()),
                    Outcome::Error(error) => {
                        ("error", serde_json::to_string(error).unwrap_or_default())
                    }
                };
                // Writing to a String cannot fail.
                let _ = writeln!(lines, "{{\"request\":{request},\"{name}\":{value}}}");
            }
        }
        lines
    }

    /// Reads what [`Self::to_json_lines`] writes; empty lines are skipped.
    ///
    /// # Errors
    /// [`RecordingError::Line`] with the line's number.
    pub fn from_json_lines(text: &str) -> Result<Self, RecordingError> {
        let mut recording = Self::default();
        for (i, text) in text.lines().enumerate() {
            if text.trim().is_empty() {
                continue;
            }
            let refused = |message: String| RecordingError::Line {
                line: i + 1,
                message,
            };
            let line: Line<'_> =
                serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
            let outcome = match (line.answer, line.error) {
                (Some(body), None) => Outcome::Answer(body.get().to_owned()),
                (None, Some(error)) => Outcome::Error(error),
                _ => return Err(refused("expected either `answer` or `error`".to_owned())),
            };
            let outcomes = recording.outcomes.entry(line.request).or_default();
            outcomes.push(outcome);
        }
        Ok(recording)
    }

    /// Writes the recording to a file, replacing it.
    ///
    /// # Errors
    /// [`RecordingError::File`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), RecordingError> {
        let path = path.as_ref();
        std::fs::write(path, self.to_json_lines()).map_err(|source| RecordingError::File {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    /// [`RecordingError`], by file or line.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| RecordingError::File {
            path: path.to_owned(),
            source,
        })?;
        Self::from_json_lines(&text)
    }
}

impl Outcome {
    /// The outcome as a backend answers it.
    pub(super) fn replay<T: Payload>(&self) -> Result<Answer<T>> {
        match self {
            Self::Answer(body) => wire::decode(200, body.as_bytes()),
            Self::Error(error) => Err(Error::from(error.clone())),
        }
    }
}
