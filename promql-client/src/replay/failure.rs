//! Errors in a recording.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::request::millis;
use crate::error::Error;
use crate::time::Timestamp;

/// An [`Error`] in plain data; `kind` is [`Error::kind`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Failure {
    BadQuery {
        message: String,
    },
    Execution {
        message: String,
    },
    NoAnswer {
        message: String,
    },
    Timeout {
        message: String,
    },
    Canceled {
        message: String,
    },
    Unavailable {
        status: u16,
        message: String,
        retry_after_ms: Option<u64>,
    },
    RateLimited {
        message: String,
        retry_after_ms: Option<u64>,
    },
    Unauthorized {
        status: u16,
    },
    Api {
        error_type: String,
        status: u16,
        message: String,
    },
    NotPrometheus {
        status: u16,
        content_type: String,
        snippet: String,
    },
    Redirected {
        status: u16,
        target: String,
    },
    Decode {
        offset: usize,
        message: String,
    },
    WrongTime {
        asked: String,
        got_ms: i64,
    },
    TooLarge {
        limit_bytes: u64,
    },
    Transport {
        message: String,
    },
    Tls {
        message: String,
    },
    NoRuntime {
        message: String,
    },
    Partial {
        warnings: Vec<String>,
    },
    Unsplittable {
        steps: u64,
    },
    InvalidRequest {
        message: String,
    },
    Unsupported {
        what: String,
    },
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let kind = error.kind();
        match error {
            Error::BadQuery { message } => Self::BadQuery {
                message: message.clone(),
            },
            Error::Execution { message } => Self::Execution {
                message: message.clone(),
            },
            Error::NoAnswer { message } => Self::NoAnswer {
                message: message.clone(),
            },
            Error::Timeout { message } => Self::Timeout {
                message: message.clone(),
            },
            Error::Canceled { message } => Self::Canceled {
                message: message.clone(),
            },
            Error::Unavailable {
                status,
                message,
                retry_after,
            } => Self::Unavailable {
                status: *status,
                message: message.clone(),
                retry_after_ms: retry_after.map(millis),
            },
            Error::RateLimited {
                message,
                retry_after,
            } => Self::RateLimited {
                message: message.clone(),
                retry_after_ms: retry_after.map(millis),
            },
            Error::Unauthorized { status } => Self::Unauthorized { status: *status },
            Error::Api {
                error_type,
                status,
                message,
            } => Self::Api {
                error_type: error_type.clone(),
                status: *status,
                message: message.clone(),
            },
            Error::NotPrometheus {
                status,
                content_type,
                snippet,
            } => Self::NotPrometheus {
                status: *status,
                content_type: content_type.clone(),
                snippet: snippet.clone(),
            },
            Error::Redirected { status, target } => Self::Redirected {
                status: *status,
                target: target.clone(),
            },
            Error::WrongTime { asked, got } => Self::WrongTime {
                asked: asked.clone(),
                got_ms: got.as_millis(),
            },
            Error::Tls { message } => Self::Tls {
                message: message.clone(),
            },
            Error::NoRuntime { message } => Self::NoRuntime {
                message: message.clone(),
            },
            Error::Decode { offset, message } => Self::Decode {
                offset: *offset,
                message: message.clone(),
            },
            Error::TooLarge { limit_bytes } => Self::TooLarge {
                limit_bytes: *limit_bytes,
            },
            Error::Transport { message, .. } => Self::Transport {
                message: message.clone(),
            },
            Error::Partial { warnings } => Self::Partial {
                warnings: warnings.clone(),
            },
            Error::Unsplittable { steps } => Self::Unsplittable { steps: *steps },
            Error::InvalidRequest { message } => Self::InvalidRequest {
                message: message.clone(),
            },
            Error::Unsupported { what } => Self::Unsupported { what: what.clone() },
            // Made by the extension trait from an answer, never by a backend.
            Error::Shape { .. } => Self::Api {
                error_type: kind.to_owned(),
                status: 0,
                message: error.to_string(),
            },
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BadQuery { message } => Self::BadQuery { message },
            Failure::Execution { message } => Self::Execution { message },
            Failure::NoAnswer { message } => Self::NoAnswer { message },
            Failure::Timeout { message } => Self::Timeout { message },
            Failure::Canceled { message } => Self::Canceled { message },
            Failure::Unavailable {
                status,
                message,
                retry_after_ms,
            } => Self::Unavailable {
                status,
                message,
                retry_after: retry_after_ms.map(Duration::from_millis),
            },
            Failure::RateLimited {
                message,
                retry_after_ms,
            } => Self::RateLimited {
                message,
                retry_after: retry_after_ms.map(Duration::from_millis),
            },
            Failure::Unauthorized { status } => Self::Unauthorized { status },
            Failure::Api {
                error_type,
                status,
                message,
            } => Self::Api {
                error_type,
                status,
                message,
            },
            Failure::NotPrometheus {
                status,
                content_type,
                snippet,
            } => Self::NotPrometheus {
                status,
                content_type,
                snippet,
            },
            Failure::Redirected { status, target } => Self::Redirected { status, target },
            Failure::WrongTime { asked, got_ms } => Self::WrongTime {
                asked,
                got: Timestamp::from_millis(got_ms),
            },
            Failure::Tls { message } => Self::Tls { message },
            Failure::NoRuntime { message } => Self::NoRuntime { message },
            Failure::Decode { offset, message } => Self::Decode { offset, message },
            Failure::TooLarge { limit_bytes } => Self::TooLarge { limit_bytes },
            Failure::Transport { message } => Self::Transport {
                source: message.clone().into(),
                message,
            },
            Failure::Partial { warnings } => Self::Partial { warnings },
            Failure::Unsplittable { steps } => Self::Unsplittable { steps },
            Failure::InvalidRequest { message } => Self::InvalidRequest { message },
            Failure::Unsupported { what } => Self::Unsupported { what },
        }
    }
}
