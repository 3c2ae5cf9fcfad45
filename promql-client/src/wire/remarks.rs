//! What a server says in words: kept short, however much it says.

use std::mem::size_of;

use super::clean::Clean;
use super::cursor::{Cursor, Read};
use crate::backend::says_incomplete;
use crate::text::head;

/// The longest text that is kept of one message.
const LONGEST: usize = 1024;

/// How many warnings, and how many infos, are kept of an answer.
pub(crate) const MOST: usize = 20;

/// As much of a remark is looked at for whether it says that data are missing.
const LOOKED_AT: usize = 64 << 10;

/// A server's text as it is kept.
pub(crate) fn said(text: &str, clean: &dyn Clean) -> String {
    clean.words(text, LONGEST)
}

/// Remarks of one kind that came with an answer.
#[derive(Default)]
pub(super) struct Said {
    /// The first ones.
    pub(super) kept: Vec<String>,
    /// How many there were besides.
    pub(super) more: usize,
    /// Whether one of them means that data is missing.
    pub(super) incomplete: bool,
}

/// Reads a list of warnings or infos.
pub(super) fn read(cursor: &mut Cursor<'_>, clean: &dyn Clean) -> Read<Said> {
    let mut all = Said::default();
    cursor.array_or_null(|c| {
        let text = c.string()?;
        all.incomplete = all.incomplete || says_incomplete(head(&text, LOOKED_AT));
        if all.kept.len() < MOST {
            let text = said(&text, clean);
            c.charge(2 * size_of::<String>() + text.len())?;
            all.kept.push(text);
        } else {
            all.more += 1;
        }
        Ok(())
    })?;
    Ok(all)
}
