//! What must not be shown is taken out of an answer while it is read.

use std::borrow::Cow;

use crate::text::shorten;

/// Takes out of a server's text what must not be shown.
pub(crate) trait Clean: Sync {
    /// The start of what a server says in words, of so many bytes at most.
    fn words(&self, text: &str, bytes: usize) -> String;

    /// A label's name or value, or another text of an answer's data; borrowed where there is nothing
    /// to take out.
    fn data<'t>(&self, text: &'t str) -> Cow<'t, str>;
}

/// Takes nothing out.
pub(crate) struct AsItIs;

impl Clean for AsItIs {
    fn words(&self, text: &str, bytes: usize) -> String {
        shorten(text, bytes).into_owned()
    }

    fn data<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }
}
