//! What a server says in words: kept short, however much it says.

use std::mem::size_of;

use super::clean::Clean;
use super::cursor::{Cursor, Read};
use crate::backend::says_incomplete;
use crate::text::head;

/// The longest text that is kept of one message.
const LONGEST: usize = 1024;

/// How many warnings or infos are kept.
const MOST: usize = 20;

/// As much of a remark is looked at for whether it says that data are missing.
const LOOKED_AT: usize = 64 << 10;

/// A server's text as it is kept.
pub(crate) fn said(text: &str, clean: &dyn Clean) -> String {
    clean.words(text, LONGEST)
}

/// So many of a list, and how many there are besides.
pub(crate) fn few(mut all: Vec<String>, count: usize) -> Vec<String> {
    // A line in place of a single one would say less in as much room.
    if count > MOST + 1 {
        all.truncate(MOST);
        all.push(format!("and {} more", count - MOST));
    }
    all
}

/// Reads a list of warnings or infos; says whether one of them means that data is missing.
pub(super) fn read(cursor: &mut Cursor<'_>, clean: &dyn Clean) -> Read<(Vec<String>, bool)> {
    let (mut kept, mut count, mut incomplete) = (Vec::new(), 0usize, false);
    cursor.array_or_null(|c| {
        let text = c.string()?;
        count += 1;
        incomplete = incomplete || says_incomplete(head(&text, LOOKED_AT));
        if kept.len() <= MOST {
            let text = said(&text, clean);
            c.charge(2 * size_of::<String>() + text.len())?;
            kept.push(text);
        }
        Ok(())
    })?;
    Ok((few(kept, count), incomplete))
}
