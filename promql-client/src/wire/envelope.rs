//! What every answer is wrapped in: status, remarks, error.

use super::Payload;
use super::cursor::{Cursor, Fault, Read};
use super::text::write_string;
use crate::backend::{Answer, Completeness};
use crate::error::{Error, Result};

/// Reads a body.
///
/// # Errors
/// The API's own error, typed, where the body is an error envelope; `status` is the HTTP status it
/// came with. [`Error::Decode`] with the byte offset where the body cannot be read,
/// [`Error::TooLarge`] from 4 GiB on.
pub fn decode<T: Payload>(status: u16, body: &[u8]) -> Result<Answer<T>> {
    // Label sets index their text with 32 bits.
    if u32::try_from(body.len()).is_err() {
        return Err(Error::TooLarge {
            limit_bytes: u64::from(u32::MAX),
        });
    }
    let text = std::str::from_utf8(body).map_err(|error| Error::Decode {
        offset: error.valid_up_to(),
        message: "expected UTF-8".to_owned(),
    })?;
    let envelope = Envelope::read(text).map_err(unreadable)?;
    match envelope.status.as_deref() {
        Some("success") => envelope.answer().map_err(unreadable),
        Some("error") => Err(super::error::typed(
            status,
            envelope.error_type.unwrap_or_default(),
            envelope.error.unwrap_or_default(),
        )),
        _ => Err(Error::Decode {
            offset: envelope.end.offset(),
            message: "expected a `status` of `success` or `error`".to_owned(),
        }),
    }
}

/// Whether a body is a JSON object from its start to its end, but of another service: without a
/// `status` that the API knows.
#[cfg(feature = "http")]
pub(crate) fn is_foreign(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    let mut cursor = Cursor::new(text);
    let mut known = false;
    let read = cursor.object(|c, name| {
        if name == "status" && c.peek() == Some(b'"') {
            known |= matches!(c.string()?.as_ref(), "success" | "error");
            return Ok(());
        }
        c.skip()
    });
    read.and_then(|()| cursor.end()).is_ok() && !known
}

fn unreadable(fault: Fault) -> Error {
    Error::Decode {
        offset: fault.offset,
        message: format!("expected {}", fault.expected),
    }
}

struct Envelope<'a, T> {
    status: Option<String>,
    data: Data<'a, T>,
    error_type: Option<String>,
    error: Option<String>,
    warnings: Vec<String>,
    infos: Vec<String>,
    partial: bool,
    end: Cursor<'a>,
}

enum Data<'a, T> {
    Missing,
    Read(T),
    /// Came before the status: may be anything, so it is read once the status is known.
    Later(Cursor<'a>),
}

impl<'a, T: Payload> Envelope<'a, T> {
    fn read(text: &'a str) -> Read<Self> {
        let mut cursor = Cursor::new(text);
        let mut envelope = Self {
            status: None,
            data: Data::Missing,
            error_type: None,
            error: None,
            warnings: Vec::new(),
            infos: Vec::new(),
            partial: false,
            end: cursor.clone(),
        };
        cursor.object(|c, name| {
            match name {
                "status" => envelope.status = Some(c.string()?.into_owned()),
                "data" if envelope.status.as_deref() == Some("success") => {
                    envelope.data = Data::Read(T::read(c)?);
                }
                "data" => {
                    envelope.data = Data::Later(c.clone());
                    c.skip()?;
                }
                "errorType" => envelope.error_type = optional_string(c)?,
                "error" => envelope.error = optional_string(c)?,
                "warnings" => envelope.warnings = remarks(c)?,
                "infos" => envelope.infos = remarks(c)?,
                "isPartial" if !c.null() => envelope.partial = c.boolean()?,
                "isPartial" => {}
                _ => c.skip()?,
            }
            Ok(())
        })?;
        cursor.end()?;
        envelope.end = cursor;
        Ok(envelope)
    }

    fn answer(self) -> Read<Answer<T>> {
        let data = match self.data {
            Data::Read(data) => data,
            Data::Later(mut cursor) => T::read(&mut cursor)?,
            Data::Missing => return self.end.fault("a `data` field"),
        };
        let mut answer = Answer::with_remarks(data, self.warnings, self.infos);
        if self.partial {
            answer.completeness = Completeness::Partial;
        }
        Ok(answer)
    }
}

pub(super) fn optional_string(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    if cursor.null() {
        return Ok(None);
    }
    Ok(Some(cursor.string()?.into_owned()))
}

fn remarks(cursor: &mut Cursor<'_>) -> Read<Vec<String>> {
    let mut all = Vec::new();
    cursor.array_or_null(|c| {
        all.push(c.string()?.into_owned());
        Ok(())
    })?;
    Ok(all)
}

/// Writes an answer as the body that [`decode`] reads back to the same answer.
#[must_use]
pub fn encode<T: Payload>(answer: &Answer<T>) -> String {
    let mut out = String::from(r#"{"status":"success","data":"#);
    answer.data.write(&mut out);
    for (name, remarks) in [("warnings", &answer.warnings), ("infos", &answer.infos)] {
        if !remarks.is_empty() {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            write_list(&mut out, '[', ']', remarks, |out, text| {
                write_string(out, text);
            });
        }
    }
    if answer.completeness == Completeness::Partial {
        out.push_str(",\"isPartial\":true");
    }
    out.push('}');
    out
}

/// Writes the items between brackets, with commas.
pub(super) fn write_list<I: IntoIterator>(
    out: &mut String,
    open: char,
    close: char,
    items: I,
    mut write: impl FnMut(&mut String, I::Item),
) {
    out.push(open);
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}
