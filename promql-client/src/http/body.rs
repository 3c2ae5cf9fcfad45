//! An answer as it came: status, headers, body, and what they mean.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::secrets::Secrets;
use crate::backend::Answer;
use crate::error::{Error, Result};
use crate::text::shorten;
use crate::time::Timestamp;
use crate::wire::{self, Clean, Payload, Reading};

/// A status, its headers and a whole body.
pub(super) struct Body<'b> {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
    /// Where it was asked for.
    pub(super) url: &'b Url,
    pub(super) secrets: &'b Secrets,
}

impl Body<'_> {
    /// The server's clock, where the answer has a `Date`.
    pub(super) fn date(&self) -> Option<Timestamp> {
        date(self.header(&DATE)?).map(Timestamp::from)
    }

    fn header(&self, name: &reqwest::header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The answer, of at most `room` bytes, and how many they are; or the error that this is.
    pub(super) fn decode<T: Payload>(&self, room: u64) -> Result<(Answer<T>, u64)> {
        let status = self.status.as_u16();
        match status {
            // A proxy's word, whatever it looks like.
            401 | 403 => return Err(Error::Unauthorized { status }),
            429 => {
                let (message, retry_after) = (self.message(), self.retry_after());
                return Err(Error::RateLimited {
                    message,
                    retry_after,
                });
            }
            301 | 302 | 303 | 307 | 308 => {
                if let Some(target) = self.target() {
                    return Err(Error::Redirected { status, target });
                }
            }
            _ => {}
        }
        match self.read(room) {
            Ok(answer) if self.status.is_success() => Ok(answer),
            Ok(_) => Err(self.not_prometheus()),
            Err(Error::Decode { .. }) if !self.looks_like_json() => Err(self.no_json()),
            Err(Error::Decode { .. }) if !self.status.is_success() => Err(self.no_json()),
            Err(Error::Decode { .. }) if wire::is_foreign(&self.bytes, room) => {
                Err(self.not_prometheus())
            }
            Err(Error::Unavailable {
                status, message, ..
            }) => Err(Error::Unavailable {
                status,
                message,
                retry_after: self.retry_after(),
            }),
            Err(error) => Err(error),
        }
    }

    fn read<T: Payload>(&self, room: u64) -> Result<(Answer<T>, u64)> {
        let reading = Reading {
            room,
            clean: self.secrets,
        };
        wire::decode_within(self.status.as_u16(), &self.bytes, &reading)
    }

    /// Where a redirect leads, without what may be secret.
    fn target(&self) -> Option<String> {
        let mut target = self.url.join(self.header(&LOCATION)?).ok()?;
        let _ = target.set_username("");
        let _ = target.set_password(None);
        target.set_query(None);
        target.set_fragment(None);
        Some(wire::said(target.as_str(), self.secrets))
    }

    fn no_json(&self) -> Error {
        if self.status.is_server_error() {
            return Error::Unavailable {
                status: self.status.as_u16(),
                message: self.message(),
                retry_after: self.retry_after(),
            };
        }
        self.not_prometheus()
    }

    fn not_prometheus(&self) -> Error {
        let content_type = self.header(&CONTENT_TYPE).unwrap_or("no content type");
        let content_type = self.secrets.cut_out(content_type);
        Error::NotPrometheus {
            status: self.status.as_u16(),
            content_type: shorten(&content_type, 100).into_owned(),
            snippet: self.snippet(),
        }
    }

    fn looks_like_json(&self) -> bool {
        self.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    }

    /// The API's own message where there is one, else the first words.
    fn message(&self) -> String {
        match self.read::<Vec<String>>(0) {
            Err(
                Error::Unavailable { message, .. }
                | Error::Api { message, .. }
                | Error::BadQuery { message }
                | Error::Execution { message }
                | Error::Timeout { message }
                | Error::Canceled { message },
            ) => message,
            _ => self.snippet(),
        }
    }

    /// `Retry-After` in seconds or as a date; a date is measured against the server's own clock.
    fn retry_after(&self) -> Option<Duration> {
        let asked = self.header(&RETRY_AFTER)?.trim();
        if let Ok(seconds) = asked.parse() {
            return Some(Duration::from_secs(seconds));
        }
        (date(asked)? - date(self.header(&DATE)?)?).to_std().ok()
    }

    /// The first words of a body that is nobody's JSON, in one line.
    fn snippet(&self) -> String {
        // A byte more, so that it is seen where this is not all.
        let most = self.secrets.looked_at() + 1;
        let start = self.bytes.get(..most).unwrap_or(&self.bytes);
        let clean = self.secrets.words(&String::from_utf8_lossy(start), 600);
        let words = clean
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|w| !w.is_empty());
        let line = words.collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(120).collect();
        match short.len() {
            0 => "an empty body".to_owned(),
            n if n < line.len() => format!("{short}…"),
            _ => short,
        }
    }
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.with_timezone(&Utc))
}
