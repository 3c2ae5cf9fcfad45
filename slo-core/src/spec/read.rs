//! Reading a tree without stopping at the first thing that is wrong.

use std::collections::HashSet;

use super::error::{Finding, Place, Problem, SpecError, Warning};
use super::yaml::{Key, Kind, Node};

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) errors: Vec<SpecError>,
    pub(super) warnings: Vec<Warning>,
}

/// A value with the path that leads to it.
#[derive(Clone)]
pub(super) struct Value<'a> {
    file: &'a str,
    node: &'a Node,
    path: String,
}

/// A mapping; remembers what it was asked for, so that the rest is known to be unknown.
pub(super) struct Map<'a> {
    pub(super) at: Value<'a>,
    entries: &'a [(Key, Node)],
    asked: Vec<&'static str>,
}

impl<'a> Value<'a> {
    pub(super) fn root(file: &'a str, node: &'a Node) -> Self {
        Self {
            file,
            node,
            path: String::new(),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            file: self.file.to_owned(),
            line: self.node.line,
            column: self.node.column,
            field: self.path.clone(),
        }
    }

    pub(super) fn error(&self, findings: &mut Findings, problem: impl Into<Problem>) {
        findings.errors.push(SpecError {
            place: self.place(),
            problem: problem.into(),
        });
    }

    pub(super) fn invalid(&self, findings: &mut Findings, why: impl Into<String>) {
        self.error(findings, Problem::Invalid(why.into()));
    }

    pub(super) fn expected(&self, findings: &mut Findings, expected: &str) {
        let found = match &self.node.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Bool(_, text) | Kind::Number(text) | Kind::Text(text) => {
                let short: String = text.chars().take(60).collect();
                format!("`{short}`")
            }
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        };
        let expected = expected.to_owned();
        self.error(findings, Problem::Expected { expected, found });
    }

    pub(super) fn warn(&self, findings: &mut Findings, finding: Finding) {
        let place = self.place();
        findings.warnings.push(Warning { place, finding });
    }

    pub(super) fn not_honoured(&self, findings: &mut Findings, why: &str) {
        self.warn(
            findings,
            Finding::NotHonoured {
                why: why.to_owned(),
            },
        );
    }

    pub(super) fn assumed(&self, findings: &mut Findings, what: impl Into<String>) {
        self.warn(findings, Finding::Assumed { what: what.into() });
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.node.kind, Kind::Null)
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.kind, Kind::Map(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::List(_))
    }

    /// The text of any scalar, without a complaint.
    pub(super) fn scalar(&self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Bool(_, text) | Kind::Number(text) | Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of any scalar.
    pub(super) fn text(&self, findings: &mut Findings, expected: &str) -> Option<&'a str> {
        let text = self.scalar().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.expected(findings, expected);
        }
        text
    }

    pub(super) fn boolean(&self, findings: &mut Findings) -> Option<bool> {
        if let Kind::Bool(value, _) = self.node.kind {
            return Some(value);
        }
        self.expected(findings, "true or false");
        None
    }

    /// A scalar that something is made of; what refuses it says why.
    pub(super) fn parse<T, P: Into<Problem>>(
        &self,
        findings: &mut Findings,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, P>,
    ) -> Option<T> {
        match parse(self.text(findings, expected)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.error(findings, problem);
                None
            }
        }
    }

    /// A scalar that something is made of, if it looks like what is expected.
    pub(super) fn read<T>(
        &self,
        findings: &mut Findings,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.scalar().and_then(|text| read(text.trim()));
        if value.is_none() {
            self.expected(findings, expected);
        }
        value
    }

    pub(super) fn list(&self, findings: &mut Findings, expected: &str) -> Option<Vec<Self>> {
        let Kind::List(items) = &self.node.kind else {
            self.expected(findings, expected);
            return None;
        };
        let item = |(i, node)| Self {
            file: self.file,
            node,
            path: format!("{}[{i}]", self.path),
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    pub(super) fn map(&self, findings: &mut Findings, expected: &str) -> Option<Map<'a>> {
        let map = self.map_quietly();
        match &map {
            Some(map) => map.deny_twice(findings),
            None => self.expected(findings, expected),
        }
        map
    }

    /// A mapping, without a complaint about it.
    pub(super) fn map_quietly(&self) -> Option<Map<'a>> {
        let Kind::Map(entries) = &self.node.kind else {
            return None;
        };
        Some(Map {
            at: self.clone(),
            entries,
            asked: Vec::new(),
        })
    }

    /// A mapping of scalars, such as labels: each with its name.
    pub(super) fn texts(&self, findings: &mut Findings) -> Vec<(&'a str, Self)> {
        let map = self.map(findings, "a mapping of names to texts");
        let mut texts = Vec::new();
        for (name, value) in map.iter().flat_map(Map::values) {
            if value.scalar().is_some() {
                texts.push((name, value));
            } else if !value.is_null() {
                value.expected(findings, "a text");
            }
        }
        texts
    }
}

impl<'a> Map<'a> {
    /// Keys that occur twice are errors.
    pub(super) fn deny_twice(&self, findings: &mut Findings) {
        let mut seen = HashSet::new();
        for (key, _) in self.entries {
            if !seen.insert(key.name.as_str()) {
                let place = self.key_place(key);
                let problem = Problem::Twice;
                findings.errors.push(SpecError { place, problem });
            }
        }
    }

    fn key_place(&self, key: &Key) -> Place {
        Place {
            file: self.at.file.to_owned(),
            line: key.line,
            column: key.column,
            field: self.path_of(&key.name),
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.at.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at.path)
        }
    }

    /// All entries, with their paths.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.entries.iter().map(|(key, node)| {
            let path = self.path_of(&key.name);
            let file = self.at.file;
            (key.name.as_str(), Value { file, node, path })
        })
    }

    /// A field, even where it says nothing (`istio:`).
    pub(super) fn present(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.asked.push(name);
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        Some(Value {
            file: self.at.file,
            node,
            path: self.path_of(name),
        })
    }

    /// A field that says something.
    pub(super) fn get(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.present(name).filter(|value| !value.is_null())
    }

    /// A field that must be there.
    pub(super) fn need(
        &mut self,
        findings: &mut Findings,
        name: &'static str,
        expected: &str,
    ) -> Option<Value<'a>> {
        let value = self.get(name);
        if value.is_none() {
            self.missing(findings, name, expected);
        }
        value
    }

    pub(super) fn missing(&self, findings: &mut Findings, field: &str, expected: &str) {
        let place = Place {
            field: self.path_of(field),
            ..self.at.place()
        };
        let expected = expected.to_owned();
        let problem = Problem::Missing { expected };
        findings.errors.push(SpecError { place, problem });
    }

    fn unknown(&self) -> impl Iterator<Item = &'a Key> {
        let unknown = |key: &&Key| !self.asked.contains(&key.name.as_str());
        self.entries.iter().map(|(key, _)| key).filter(unknown)
    }

    /// Ends the reading: what was never asked for is an error.
    pub(super) fn deny_unknown(self, findings: &mut Findings) {
        for key in self.unknown() {
            let suggestion = super::similar::nearest(&key.name, &self.asked);
            findings.errors.push(SpecError {
                place: self.key_place(key),
                problem: Problem::Unknown { suggestion },
            });
        }
    }

    /// Ends the reading: what was never asked for has no effect, and that is said.
    pub(super) fn warn_unknown(self, findings: &mut Findings) {
        for key in self.unknown() {
            let why = match super::similar::nearest(&key.name, &self.asked) {
                Some(name) => format!("the field is not known here; did you mean `{name}`?"),
                None => "the field is not known here".to_owned(),
            };
            findings.warnings.push(Warning {
                place: self.key_place(key),
                finding: Finding::NotHonoured { why },
            });
        }
    }
}
