//! A single-pass reader of JSON text: borrows from the body, never panics, knows its byte offset.

mod numbers;

use std::borrow::Cow;

use super::clean::{AsItIs, Clean};
use super::names::Names;

/// What was expected where; becomes [`crate::Error::Decode`] at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub expected: &'static str,
}

pub(crate) type Read<T> = Result<T, Fault>;

/// The fault of a name that comes a second time in an object.
#[cold]
pub(super) fn twice(offset: usize) -> Fault {
    Fault {
        offset,
        expected: "each name once in an object",
    }
}

/// Deeper than any answer of the API; bounds the recursion over values that are skipped.
const MAX_DEPTH: u8 = 64;

/// What is expected where an answer needs more memory than it may; told apart from other faults by
/// its text.
pub(super) const ROOM: &str = "an answer that fits in memory";

/// A position in the body.
#[derive(Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// How many bytes the answer may still take.
    room: u64,
    clean: &'a dyn Clean,
}

impl<'a> Cursor<'a> {
    /// A cursor whose answer may take so many bytes.
    pub(crate) fn with_room(text: &'a str, room: u64) -> Self {
        Self {
            text,
            at: 0,
            room,
            clean: &AsItIs,
        }
    }

    /// Takes out of the answer's texts what must not be shown.
    pub(super) fn cleaned_by(self, clean: &'a dyn Clean) -> Self {
        Self { clean, ..self }
    }

    pub(super) fn clean(&self) -> &'a dyn Clean {
        self.clean
    }

    pub(crate) fn room(&self) -> u64 {
        self.room
    }

    /// Counts memory that the answer takes.
    #[inline]
    pub(crate) fn charge(&mut self, bytes: usize) -> Read<()> {
        match self.room.checked_sub(bytes as u64) {
            Some(left) => {
                self.room = left;
                Ok(())
            }
            None => self.fault(ROOM),
        }
    }

    /// No longer counts memory that was only needed on the way.
    pub(super) fn refund(&mut self, bytes: usize) {
        self.room = self.room.saturating_add(bytes as u64);
    }

    /// Counts a value that goes into a growing list, whose room may be twice what it holds.
    #[inline]
    pub(crate) fn charge_element<T>(&mut self, heap_bytes: usize) -> Read<()> {
        self.charge(2 * size_of::<T>() + heap_bytes)
    }

    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Goes to an offset that this cursor has been at.
    pub(crate) fn rewind(&mut self, offset: usize) {
        self.at = offset;
    }

    pub(crate) fn fault<T>(&self, expected: &'static str) -> Read<T> {
        Err(Fault {
            offset: self.at,
            expected,
        })
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.byte() {
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(crate) fn expect(&mut self, byte: u8, expected: &'static str) -> Read<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            self.fault(expected)
        }
    }

    pub(crate) fn end(&mut self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.fault("the end of the answer"),
        }
    }

    /// `null`, where it is next.
    pub(crate) fn null(&mut self) -> bool {
        let found = self.peek() == Some(b'n') && self.rest().starts_with(b"null");
        self.at += if found { 4 } else { 0 };
        found
    }

    /// A boolean, where one is next.
    pub(crate) fn boolean(&mut self) -> Read<bool> {
        self.peek();
        for (word, value) in [("true", true), ("false", false)] {
            if self.rest().starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fault("true or false")
    }

    /// Calls `element` at each element of an array.
    #[inline]
    pub(crate) fn array(&mut self, mut element: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.expect(b'[', "an array")?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if self.eat(b',') {
                continue;
            }
            return self.expect(b']', "`,` or `]`");
        }
    }

    /// As [`Self::array`]; `null` is an empty one, as Go servers write it.
    pub(crate) fn array_or_null(&mut self, element: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        if self.null() {
            return Ok(());
        }
        self.array(element)
    }

    /// Calls `field` at the value of each field of an object; it must read or skip the value. A name
    /// that comes twice is a fault, whoever would have read it: either value could be the true one.
    #[inline]
    pub(crate) fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, &str) -> Read<()>,
    ) -> Read<()> {
        self.expect(b'{', "an object")?;
        if self.eat(b'}') {
            return Ok(());
        }
        let mut names = Names::default();
        loop {
            self.peek();
            let start = self.at;
            let name = self.string()?;
            match names.add(name.clone()) {
                None => return Err(twice(start)),
                Some(bytes) => self.charge(bytes)?,
            }
            self.expect(b':', "`:`")?;
            field(self, &name)?;
            if self.eat(b',') {
                continue;
            }
            return self.expect(b'}', "`,` or `}`");
        }
    }

    /// A string; borrowed where nothing in it is escaped.
    #[inline]
    pub(crate) fn string(&mut self) -> Read<Cow<'a, str>> {
        match self.plain_string()? {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.escaped_string().map(Cow::Owned),
        }
    }

    /// A string of the answer's own.
    pub(crate) fn owned_string(&mut self) -> Read<String> {
        let text = self.string()?;
        self.charge(size_of::<String>() + text.len())?;
        Ok(match self.clean.data(&text) {
            Cow::Borrowed(_) => text.into_owned(),
            Cow::Owned(cleaned) => cleaned,
        })
    }

    /// A string without escapes. `None` where it has one; the cursor then stays before it.
    #[inline]
    pub(crate) fn plain_string(&mut self) -> Read<Option<&'a str>> {
        if self.peek() != Some(b'"') {
            return self.fault("a string");
        }
        let start = self.at + 1;
        let body = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = super::text::plain_length(body);
        match body.get(length) {
            Some(b'"') => {
                let text = self.text.get(start..start + length);
                self.at = start + length + 1;
                Ok(text)
            }
            Some(b'\\') => Ok(None),
            Some(_) => {
                self.at = start + length;
                self.fault("no raw control character in a string")
            }
            None => {
                self.at = start + length;
                self.fault("the end of the string")
            }
        }
    }

    /// This name and its colon, where they are next and written without space between.
    #[inline]
    pub(crate) fn eat_name(&mut self, name: &str) -> bool {
        let rest = self.rest();
        let end = name.len() + 1;
        let found = rest.first() == Some(&b'"')
            && rest.get(end..end + 2) == Some(b"\":".as_slice())
            && rest.get(1..end) == Some(name.as_bytes());
        self.at += if found { end + 2 } else { 0 };
        found
    }

    #[cold]
    fn escaped_string(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            self.at += super::text::plain_length(self.rest());
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => match super::text::unescape(self.rest()) {
                    Some((c, length)) => {
                        text.push(c);
                        self.at += length;
                    }
                    None => return self.fault("a valid escape"),
                },
                Some(_) => return self.fault("no raw control character in a string"),
                None => return self.fault("the end of the string"),
            }
        }
    }

    /// Reads a value of any kind and forgets it.
    pub(crate) fn skip(&mut self) -> Read<()> {
        self.skip_nested(MAX_DEPTH)
    }

    fn skip_nested(&mut self, depth: u8) -> Read<()> {
        let Some(deeper) = depth.checked_sub(1) else {
            return self.fault("less nesting");
        };
        match self.peek() {
            Some(b'{') => self.object(|c, _| c.skip_nested(deeper)),
            Some(b'[') => self.array(|c| c.skip_nested(deeper)),
            Some(b'"') => self.string().map(drop),
            Some(b't' | b'f') => self.boolean().map(drop),
            Some(b'n') if self.null() => Ok(()),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            _ => self.fault("a value"),
        }
    }
}
