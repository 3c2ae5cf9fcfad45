//! YAML as a tree that knows its lines.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Location, Spanned};

use super::error::{Place, Problem, SpecError};

/// No spec nests deeper; readers recurse along the tree.
const MAX_DEPTH: usize = 48;
/// About 50,000 SLOs. What aliases stand for counts as often as it is used, so no bomb goes off.
const MAX_NODES: usize = 2_000_000;
/// What aliases may stand for in all: 20 values in each of 25,000 SLOs.
const MAX_REPEATED: usize = 500_000;
/// The most text that is read.
const MAX_BYTES: usize = 64 << 20;

/// A node with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) line: u64,
    pub(super) column: u64,
}

/// What a node is. Scalars keep the text that was written: `99.90` stays `99.90`.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool, String),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) line: u64,
    pub(super) column: u64,
}

/// The documents of a file; empty ones are left out.
pub(super) fn documents(file: &str, text: &str) -> Result<Vec<Node>, SpecError> {
    let options = serde_saphyr::options! {
        // Reported by us, beside whatever else is wrong.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        // What is in the file is not shown: it may be no spec at all.
        with_snippet: false,
        emit_comments: false,
        // Values are what is limited; how many documents, anchors and aliases make them is not.
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_documents: MAX_NODES,
            max_anchors: MAX_NODES,
            max_aliases: MAX_NODES,
            max_merge_keys: MAX_NODES,
            max_recorded_anchor_events: MAX_NODES,
            max_recorded_anchor_bytes: MAX_BYTES,
            max_total_scalar_bytes: MAX_BYTES,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_REPEATED,
        },
    };
    let raw: Vec<Spanned<Raw>> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
            let at = error.location().unwrap_or(Location::UNKNOWN);
            SpecError {
                place: Place {
                    file: file.to_owned(),
                    line: at.line().max(1),
                    column: at.column().max(1),
                    field: String::new(),
                },
                problem: Problem::Yaml(message(&error)),
            }
        })?;
    let nodes = raw.into_iter().map(|raw| raw.into_node(text));
    Ok(nodes
        .filter(|node| !matches!(node.kind, Kind::Null))
        .collect())
}

/// What is wrong, in words that repeat nothing of the file.
fn message(error: &Error) -> String {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => message(error),
        Error::Budget { breach, .. } => limit(breach),
        Error::AliasReplayLimitExceeded { .. } => REPEATED.to_owned(),
        Error::AliasReplayStackDepthExceeded { .. } => {
            "aliases stand for aliases too many times over: write out what they stand for"
                .to_owned()
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands for what it is in".to_owned()
        }
        Error::UnknownAnchor { .. } => "an alias stands for an anchor that is not there".to_owned(),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => {
            "`<<` takes a mapping, or a list of mappings".to_owned()
        }
        Error::SerdeInvalidType { .. } | Error::InvalidScalar { .. } => {
            "a key is not plain text, or a value is not what its tag says".to_owned()
        }
        // The scanner's words have no text of the file in them, but for this one's character.
        Error::ExternalMessage { msg, .. } if msg.starts_with("unexpected character") => {
            "a text begins with a character that means something in YAML: quote the text".to_owned()
        }
        Error::ExternalMessage { msg, .. } if msg.starts_with("recursion limit") => {
            limit(&BudgetBreach::Depth { depth: MAX_DEPTH })
        }
        Error::ExternalMessage { msg, .. } => msg.clone(),
        _ => "this cannot be read as YAML".to_owned(),
    }
}

const REPEATED: &str =
    "its aliases stand for more than 500,000 values in all: write out fewer, or split the file";

/// A limit in words.
fn limit(breach: &BudgetBreach) -> String {
    match breach {
        BudgetBreach::Depth { .. } => {
            format!("it nests deeper than {MAX_DEPTH} levels; no spec does")
        }
        BudgetBreach::ScalarBytes { .. } => {
            "it has more than 64 MiB of text: split the file".to_owned()
        }
        BudgetBreach::RecordedAnchorEvents { .. } | BudgetBreach::RecordedAnchorBytes { .. } => {
            REPEATED.to_owned()
        }
        _ => "it has more than 2,000,000 values: split the file".to_owned(),
    }
}

/// What serde hands over.
enum Raw {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

trait IntoNode {
    fn into_node(self, text: &str) -> Node;
}

impl IntoNode for Spanned<Raw> {
    fn into_node(self, text: &str) -> Node {
        let at = self.referenced;
        let written = |fallback: String| written(text, self.defined).unwrap_or(fallback);
        let kind = match self.value {
            Raw::Null => Kind::Null,
            Raw::Bool(value) => Kind::Bool(value, written(value.to_string())),
            Raw::Number(value) => Kind::Number(written(value)),
            Raw::Text(value) => Kind::Text(value),
            Raw::List(items) => {
                Kind::List(items.into_iter().map(|item| item.into_node(text)).collect())
            }
            Raw::Map(entries) => {
                let entry = |(key, value): (Spanned<String>, Self)| {
                    let (line, column) = (key.referenced.line(), key.referenced.column());
                    let name = key.value;
                    (Key { name, line, column }, value.into_node(text))
                };
                Kind::Map(entries.into_iter().map(entry).collect())
            }
        };
        Node {
            kind,
            line: at.line(),
            column: at.column(),
        }
    }
}

/// The text of a scalar as it stands in the file.
fn written(text: &str, at: Location) -> Option<String> {
    let start = usize::try_from(at.span().byte_offset()?).ok()?;
    let length = usize::try_from(at.span().byte_len()?).ok()?;
    let slice = text.get(start..start.checked_add(length)?)?.trim();
    (!slice.is_empty()).then(|| slice.to_owned())
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

macro_rules! numbers {
    ($($method:ident($type:ty)),+) => {$(
        fn $method<E>(self, value: $type) -> Result<Raw, E> {
            Ok(Raw::Number(value.to_string()))
        }
    )+};
}

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    numbers!(
        visit_u64(u64),
        visit_i64(i64),
        visit_u128(u128),
        visit_i128(i128),
        visit_f64(f64)
    );

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}
