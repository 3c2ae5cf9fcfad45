//! Long lists, as people see them.

use std::borrow::Cow;

use promql_client::text::{neutralize, shorten};

/// So many of a list's texts are shown to people.
pub const MOST: usize = 20;

/// The first texts, neutralized, and how many more there are: a server may send 100,000.
pub fn listed<'a>(
    texts: impl ExactSizeIterator<Item = &'a str>,
) -> impl Iterator<Item = Cow<'a, str>> {
    listed_of(texts, 0)
}

/// As [`listed`], of a list that lacks some of its texts already.
pub(crate) fn listed_of<'a>(
    texts: impl ExactSizeIterator<Item = &'a str>,
    lacks: usize,
) -> impl Iterator<Item = Cow<'a, str>> {
    let more = lacks.saturating_add(texts.len().saturating_sub(MOST));
    let rest = (more > 0).then(|| Cow::Owned(format!("and {more} more")));
    texts.take(MOST).map(neutralize).chain(rest)
}

/// What is shown of a query or a pattern, in bytes: enough to know it again.
const QUOTED: usize = 200;

/// A query as a message quotes it: cut where it is long.
pub(crate) fn quoted(query: &str) -> Cow<'_, str> {
    shorten(query, QUOTED)
}
