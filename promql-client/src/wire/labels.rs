//! Label sets.

use super::cursor::{Cursor, Read, twice};
use super::envelope::write_list;
use super::text::write_string;
use crate::labels::Labels;

/// Room for the pairs of one label set, kept from one set to the next: the series of an answer mostly
/// have the same names in the same order, and a name that is expected is only compared.
#[derive(Default)]
pub(crate) struct Scratch<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    previous: Vec<(&'a str, &'a str)>,
    /// The most pairs of one set, whose room is counted once.
    most: usize,
}

impl<'a> Scratch<'a> {
    /// Reads an object of strings.
    #[inline]
    pub(crate) fn labels(&mut self, cursor: &mut Cursor<'a>) -> Read<Labels> {
        let start = cursor.offset();
        std::mem::swap(&mut self.pairs, &mut self.previous);
        self.pairs.clear();
        let labels = if self.plain_pairs(cursor)? {
            let Some(labels) = Labels::from_distinct(&mut self.pairs) else {
                return Err(twice(start));
            };
            labels
        } else {
            cursor.rewind(start);
            escaped(cursor)?
        };
        cursor.charge(labels.heap_bytes())?;
        Ok(labels.cleaned(cursor.clean()).unwrap_or(labels))
    }

    /// Borrows all names and values; `false` where one has an escape.
    fn plain_pairs(&mut self, cursor: &mut Cursor<'a>) -> Read<bool> {
        cursor.expect(b'{', "an object of labels")?;
        if cursor.eat(b'}') {
            return Ok(true);
        }
        loop {
            let expected = self.previous.get(self.pairs.len()).map(|(name, _)| *name);
            let name = match expected {
                Some(name) if cursor.eat_name(name) => name,
                _ => {
                    let Some(name) = cursor.plain_string()? else {
                        return Ok(false);
                    };
                    cursor.expect(b':', "`:`")?;
                    name
                }
            };
            let Some(value) = cursor.plain_string()? else {
                return Ok(false);
            };
            self.pairs.push((name, value));
            if self.pairs.len() > self.most {
                self.most = self.pairs.len();
                // Both lists, and the larger one that a full one is copied to.
                cursor.charge(4 * size_of::<(&str, &str)>())?;
            }
            if cursor.eat(b',') {
                continue;
            }
            cursor.expect(b'}', "`,` or `}`")?;
            return Ok(true);
        }
    }
}

#[cold]
fn escaped(cursor: &mut Cursor<'_>) -> Read<Labels> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    cursor.object(|c, name| {
        let value = c.string()?.into_owned();
        c.charge(
            2 * size_of::<(String, String)>() + size_of::<String>() + name.len() + value.len(),
        )?;
        pairs.push((name.to_owned(), value));
        Ok(())
    })?;
    Ok(Labels::from_pairs(pairs))
}

pub(crate) fn write(out: &mut String, labels: &Labels) {
    write_list(out, '{', '}', labels.iter(), |out, (name, value)| {
        write_string(out, name);
        out.push(':');
        write_string(out, value);
    });
}
