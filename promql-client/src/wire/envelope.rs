//! What every answer is wrapped in: status, remarks, error.

use super::Payload;
use super::clean::{AsItIs, Clean};
use super::cursor::{Cursor, Fault, ROOM, Read};
use super::remarks::{self, said};
use super::text::write_string;
use crate::backend::{Answer, Completeness};
use crate::error::{Error, Result};

/// Not of the API: how many remarks a recorded answer had besides those that were kept.
const REMARKS_LEFT_OUT: &str = "remarksLeftOut";

/// Reads a body.
///
/// # Errors
/// The API's own error, typed, where the body is an error envelope; `status` is the HTTP status it
/// came with. [`Error::Decode`] with the byte offset where the body cannot be read,
/// [`Error::TooLarge`] from 4 GiB on.
pub fn decode<T: Payload>(status: u16, body: &[u8]) -> Result<Answer<T>> {
    decode_within(status, body, &Reading::default()).map(|(answer, _)| answer)
}

/// How a body is read.
pub(crate) struct Reading<'r> {
    /// How many bytes the answer may take.
    pub(crate) room: u64,
    /// Takes out of the answer what must not be shown.
    pub(crate) clean: &'r dyn Clean,
}

impl Default for Reading<'_> {
    fn default() -> Self {
        Self {
            room: u64::MAX,
            clean: &AsItIs,
        }
    }
}

/// As [`decode`], within limits; says how many bytes the answer takes now that it is decoded.
///
/// # Errors
/// Besides those of [`decode`], [`Error::TooLarge`] where the answer takes more than its room.
pub(crate) fn decode_within<T: Payload>(
    status: u16,
    body: &[u8],
    reading: &Reading<'_>,
) -> Result<(Answer<T>, u64)> {
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
    let unreadable = |fault: Fault| match fault.expected {
        ROOM => Error::TooLarge {
            limit_bytes: reading.room,
        },
        expected => Error::Decode {
            offset: fault.offset,
            message: format!("expected {expected}"),
        },
    };
    let envelope = Envelope::read(text, reading).map_err(unreadable)?;
    let offset = envelope.end.offset();
    match envelope.status.as_deref() {
        Some("success") if envelope.is_contradictory() => Err(Error::Decode {
            offset,
            message: format!(
                "expected no error beside a `status` of `success`, got {}",
                envelope.words()
            ),
        }),
        Some("success") => envelope.answer(reading.room).map_err(unreadable),
        Some("error") => Err(super::error::typed(
            status,
            envelope.error_type.unwrap_or_default(),
            envelope.error.unwrap_or_default(),
        )),
        _ => Err(Error::Decode {
            offset,
            message: "expected a `status` of `success` or `error`".to_owned(),
        }),
    }
}

/// Whether a body is a JSON object from its start to its end, but of another service: without a
/// `status` that the API knows. What takes more than `room` to find out is taken for none.
#[cfg(feature = "http")]
pub(crate) fn is_foreign(body: &[u8], room: u64) -> bool {
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    let mut cursor = Cursor::with_room(text, room);
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

struct Envelope<'a, T> {
    status: Option<String>,
    data: Data<'a, T>,
    error_type: Option<String>,
    error: Option<String>,
    warnings: Vec<String>,
    infos: Vec<String>,
    remarks_left_out: usize,
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
    fn read(text: &'a str, reading: &'a Reading<'_>) -> Read<Self> {
        let mut cursor = Cursor::with_room(text, reading.room).cleaned_by(reading.clean);
        let mut envelope = Self {
            status: None,
            data: Data::Missing,
            error_type: None,
            error: None,
            warnings: Vec::new(),
            infos: Vec::new(),
            remarks_left_out: 0,
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
                "errorType" => envelope.error_type = words(c, reading.clean)?,
                "error" => envelope.error = words(c, reading.clean)?,
                "warnings" => {
                    let warnings = remarks::read(c, reading.clean)?;
                    envelope.warnings = warnings.kept;
                    envelope.more(warnings.more);
                    envelope.partial |= warnings.incomplete;
                }
                "infos" => {
                    let infos = remarks::read(c, reading.clean)?;
                    envelope.infos = infos.kept;
                    envelope.more(infos.more);
                }
                REMARKS_LEFT_OUT => envelope.more(c.count()?),
                "isPartial" if !c.null() => envelope.partial |= c.boolean()?,
                "isPartial" => {}
                _ => c.skip()?,
            }
            Ok(())
        })?;
        cursor.end()?;
        envelope.end = cursor;
        Ok(envelope)
    }

    fn more(&mut self, remarks: usize) {
        self.remarks_left_out = self.remarks_left_out.saturating_add(remarks);
    }

    /// Whether an error comes with a success.
    fn is_contradictory(&self) -> bool {
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        given(&self.error_type) || given(&self.error)
    }

    /// The error's type and message.
    fn words(&self) -> String {
        let words = [&self.error_type, &self.error].into_iter().flatten();
        let words = words.filter(|word| !word.is_empty()).map(String::as_str);
        words.collect::<Vec<_>>().join(": ")
    }

    /// The answer, and the part of its room that it takes.
    fn answer(self, room: u64) -> Read<(Answer<T>, u64)> {
        let mut end = self.end;
        let data = match self.data {
            Data::Read(data) => data,
            Data::Later(mut cursor) => {
                let data = T::read(&mut cursor)?;
                end = cursor;
                data
            }
            Data::Missing => return end.fault("a `data` field"),
        };
        let mut answer = Answer::with_remarks(data, self.warnings, self.infos);
        answer.remarks_left_out = self.remarks_left_out;
        if self.partial {
            answer.completeness = Completeness::Partial;
        }
        Ok((answer, room - end.room()))
    }
}

fn words(cursor: &mut Cursor<'_>, clean: &dyn Clean) -> Read<Option<String>> {
    if cursor.null() {
        return Ok(None);
    }
    Ok(Some(said(&cursor.string()?, clean)))
}

pub(super) fn optional_string(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    if cursor.null() {
        return Ok(None);
    }
    cursor.owned_string().map(Some)
}

/// Writes an answer as the body that [`decode`] reads back to the same answer. Series without points
/// are left out of a matrix, as servers do.
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
    if answer.remarks_left_out > 0 {
        out.push_str(&format!(
            ",\"{REMARKS_LEFT_OUT}\":{}",
            answer.remarks_left_out
        ));
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
