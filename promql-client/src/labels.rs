//! Label sets.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::text::head;
use crate::wire::Clean;

/// The label that holds the metric's name.
pub const METRIC_NAME: &str = "__name__";

/// A label set: names and values, ordered by name, each name once.
///
/// All text of one set lives in one buffer, so a decoded series costs two allocations however many
/// labels it has. An empty value means that the label is absent, as in Prometheus.
#[derive(Clone, Default)]
pub struct Labels {
    text: Box<str>,
    /// Ends of name, value, name, value, … in `text`.
    ends: Box<[u32]>,
}

impl Labels {
    /// The empty label set.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Builds a set from pairs in any order. Of a name that comes twice, the last value stays; pairs
    /// with an empty value are dropped, because to Prometheus they are no labels.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let pairs: Vec<(N, V)> = pairs.into_iter().collect();
        let mut refs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(n, v)| (n.as_ref(), v.as_ref()))
            .collect();
        Self::from_refs(&mut refs)
    }

    /// Builds a set from borrowed pairs, sorting them in place; the decoder's path. `None` where a name
    /// comes twice.
    pub(crate) fn from_distinct(pairs: &mut Vec<(&str, &str)>) -> Option<Self> {
        if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            pairs.sort_unstable_by(|a, b| a.0.cmp(b.0));
            if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
                return None;
            }
        }
        Some(Self::from_refs(pairs))
    }

    /// How many bytes the set takes besides itself.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.ends)
    }

    /// The same set without what must not be shown; `None` where nothing of it is in the set. Mostly one
    /// look at all of its text is enough.
    pub(crate) fn cleaned(&self, clean: &dyn Clean) -> Option<Self> {
        if let Cow::Borrowed(_) = clean.data(&self.text) {
            return None;
        }
        let pairs = self.iter().map(|(n, v)| (clean.data(n), clean.data(v)));
        Some(pairs.collect())
    }

    fn from_refs(pairs: &mut Vec<(&str, &str)>) -> Self {
        if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            // Stable, so that of equal names the last is behind.
            pairs.sort_by(|a, b| a.0.cmp(b.0));
            pairs.reverse();
            pairs.dedup_by(|a, b| a.0 == b.0);
            pairs.reverse();
        }
        pairs.retain(|(_, value)| !value.is_empty());
        let mut text = String::with_capacity(pairs.iter().map(|(n, v)| n.len() + v.len()).sum());
        let mut ends = Vec::with_capacity(pairs.len() * 2);
        for (name, value) in pairs.iter() {
            text.push_str(name);
            ends.push(text.len() as u32);
            text.push_str(value);
            ends.push(text.len() as u32);
        }
        Self {
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
    }

    /// Names and values, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0usize;
        self.ends.chunks_exact(2).filter_map(move |ends| {
            let [name_end, value_end] = *ends else {
                return None;
            };
            let name = self.text.get(start..name_end as usize)?;
            let value = self.text.get(name_end as usize..value_end as usize)?;
            start = value_end as usize;
            Some((name, value))
        })
    }

    /// The value of a label; `None` where the set has no such label.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The metric's name, where there is one.
    #[must_use]
    pub fn metric_name(&self) -> Option<&str> {
        self.get(METRIC_NAME)
    }

    /// How many labels there are, the metric's name included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The same set with one label set or replaced; an empty value removes it.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self::from_pairs(
            self.iter()
                .filter(|(n, _)| *n != name)
                .chain(std::iter::once((name, value))),
        )
    }

    /// The same set with only the labels that `keep` says yes to.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        Self::from_pairs(self.iter().filter(|(n, _)| keep(n)))
    }

    /// The same set where it has at most so many bytes of text; else with its long values cut, each to
    /// an equal part of them or a little more. What is cut says so, with its length and a checksum.
    ///
    /// ```
    /// let labels = promql_client::Labels::from_pairs([("path", "/".repeat(5000))]);
    /// let path = labels.shortened(100).get("path").unwrap().to_owned();
    /// assert!(path.starts_with("////") && path.contains("… (5000 bytes, ") && path.len() <= 100);
    /// ```
    #[must_use]
    pub fn shortened(&self, bytes: usize) -> Self {
        if self.text.len() <= bytes {
            return self.clone();
        }
        let most = (bytes / self.len().max(1)).max(LEAST);
        let short = |value: &str| match value.len() > most {
            true => cut(value, most),
            false => value.to_owned(),
        };
        Self::from_pairs(self.iter().map(|(name, value)| (name, short(value))))
    }
}

/// A value that is cut keeps so much, however many labels there are.
const LEAST: usize = 64;

/// Beginning, length and checksum (FNV-1a) of a value, so that two long ones stay two.
fn cut(value: &str, most: usize) -> String {
    let hash = value.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    let sign = format!("… ({} bytes, {hash:016x})", value.len());
    format!("{}{sign}", head(value, most.saturating_sub(sign.len())))
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text == other.text
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
        self.ends.hash(state);
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self::from_pairs(pairs)
    }
}

impl fmt::Display for Labels {
    /// As Prometheus shows a series: `up{instance="a",job="b"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.metric_name().unwrap_or_default())?;
        f.write_str("{")?;
        let others = self.iter().filter(|(n, _)| *n != METRIC_NAME);
        for (i, (name, value)) in others.enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{name}={}", crate::expr::quoted(value))?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_of_two_and_drops_empty_values() {
        let labels = Labels::from_pairs([("b", "1"), ("a", "x"), ("b", "2"), ("c", "")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "x"), ("b", "2")]);
        assert_eq!(labels.get("c"), None);
        assert_eq!(labels.with("a", ""), Labels::from_pairs([("b", "2")]));
    }

    #[test]
    fn equality_does_not_confuse_where_texts_are_cut() {
        assert_ne!(
            Labels::from_pairs([("ab", "c")]),
            Labels::from_pairs([("a", "bc")])
        );
    }

    #[test]
    fn long_values_are_cut_and_stay_apart() {
        let long =
            |end: &str| Labels::from_pairs([("a", "short"), ("b", &("é".repeat(9000) + end))]);
        let (one, other) = (long("1").shortened(1000), long("2").shortened(1000));
        assert_ne!(one, other);
        assert_eq!(one.get("a"), Some("short"));
        assert!(one.to_string().len() < 600, "{one}");
        assert_eq!(one.shortened(1000), one);
        let many = Labels::from_pairs((0..50).map(|i| (format!("l{i}"), "x".repeat(5000))));
        let short = many.shortened(1000);
        assert!(short.iter().all(|(_, value)| value.len() <= 64), "{short}");
        assert_eq!(short.shortened(1000), short);
    }

    #[test]
    fn shows_itself_as_prometheus_does() {
        let labels = Labels::from_pairs([("__name__", "up"), ("job", "a\"b")]);
        assert_eq!(labels.to_string(), r#"up{job="a\"b"}"#);
    }
}
