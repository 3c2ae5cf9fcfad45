//! Reading an answer: with a limit, and only believing what is the API's.

use std::io::ErrorKind;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use crate::backend::Answer;
use crate::error::{Error, Result};
use crate::wire::{self, Payload};

/// A status, its headers and a whole body.
pub(super) struct Body {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Body {
    /// Reads a response to its end, or to the limit.
    pub(super) async fn read(mut response: Response, limit_bytes: u64) -> Result<Self> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if bytes.len() as u64 + chunk.len() as u64 > limit_bytes {
                return Err(Error::TooLarge { limit_bytes });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            headers,
            bytes,
        })
    }

    /// The answer, or the error that this is.
    pub(super) fn decode<T: Payload>(&self) -> Result<Answer<T>> {
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
            _ => {}
        }
        match wire::decode(status, &self.bytes) {
            Ok(answer) if self.status.is_success() => Ok(answer),
            Ok(_) => Err(self.not_prometheus()),
            Err(Error::Decode { .. }) if !self.looks_like_json() => Err(self.no_json()),
            Err(Error::Decode { .. }) if !self.status.is_success() => Err(self.no_json()),
            Err(Error::Decode { .. }) if wire::is_foreign(&self.bytes) => {
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
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
        Error::NotPrometheus {
            status: self.status.as_u16(),
            content_type: content_type.unwrap_or("no content type").to_owned(),
            snippet: snippet(&self.bytes),
        }
    }

    fn looks_like_json(&self) -> bool {
        self.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    }

    /// The API's own message where there is one, else the first words.
    fn message(&self) -> String {
        match wire::decode::<Vec<String>>(self.status.as_u16(), &self.bytes) {
            Err(
                Error::Unavailable { message, .. }
                | Error::Api { message, .. }
                | Error::BadQuery { message }
                | Error::Execution { message }
                | Error::Timeout { message }
                | Error::Canceled { message },
            ) => message,
            _ => snippet(&self.bytes),
        }
    }

    /// `Retry-After` in seconds or as a date; a date is measured against the server's own clock.
    fn retry_after(&self) -> Option<Duration> {
        let text = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let asked = text(RETRY_AFTER)?.trim();
        if let Ok(seconds) = asked.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = |text: &str| {
            DateTime::parse_from_rfc2822(text)
                .ok()
                .map(|d| d.with_timezone(&Utc))
        };
        (date(asked)? - date(text(DATE)?)?).to_std().ok()
    }
}

/// The first words of a body that is nobody's JSON, in one line.
fn snippet(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(bytes.get(..600).unwrap_or(bytes)).into_owned();
    let words = head
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

/// A broken connection or a time-out, without the address, which may hold secrets in its query.
pub(super) fn transport(error: reqwest::Error) -> Error {
    let error = error.without_url();
    if error.is_timeout() {
        return Error::Timeout {
            message: "no answer within the client's own limit".to_owned(),
        };
    }
    // reqwest's own words say little; the last cause says most.
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    // reqwest calls a body that breaks off undecodable, too; that one may come whole next time.
    let unpacking = [ErrorKind::InvalidData, ErrorKind::InvalidInput];
    let kind = cause.downcast_ref().map(std::io::Error::kind);
    if error.is_decode() && kind.is_some_and(|kind| unpacking.contains(&kind)) {
        return Error::Decode {
            offset: 0,
            message: "expected a body as its encoding says".to_owned(),
        };
    }
    Error::Transport {
        message: cause.to_string(),
        source: error.into(),
    }
}
