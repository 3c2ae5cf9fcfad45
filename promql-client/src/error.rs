//! Errors, by what the caller can do about them.

use std::time::Duration;

use crate::text::neutralize;
use crate::time::Timestamp;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. [`Error::class`] says what can be done about it.
///
/// No variant ever holds a credential: addresses are shown without user info and query string, and what
/// a server or proxy echoes of a token, a header or a password is cut out of its words.
///
/// Fields hold a server's words as they came, of at most 1 kB; `Display` makes them safe to show
/// ([`crate::text::neutralize`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server (or the in-memory backend) does not understand the query: `bad_data`.
    #[error("the query was refused: {}", neutralize(message))]
    BadQuery {
        /// The server's own words, its position included.
        message: String,
    },
    /// The query is understood but cannot be executed: `execution` (too many samples, many-to-many
    /// matching).
    #[error("the query could not be executed: {}", neutralize(message))]
    Execution {
        /// The server's own words.
        message: String,
    },
    /// The query took longer than the server allows: `timeout`. The server is there.
    #[error("the query timed out: {}", neutralize(message))]
    Timeout {
        /// The server's own words.
        message: String,
    },
    /// No answer, or not all of it, within the client's own limit.
    #[error("the query timed out: {}", neutralize(message))]
    NoAnswer {
        /// Which limit, of which step, with which host.
        message: String,
    },
    /// The server gave the query up: `canceled`.
    #[error("the query was cancelled: {}", neutralize(message))]
    Canceled {
        /// The server's own words.
        message: String,
    },
    /// The server is there but cannot answer now: `unavailable`, `internal`, or an HTTP 5xx.
    #[error(
        "the server cannot answer now (HTTP {status}): {}",
        neutralize(message)
    )]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
        /// How long the server asks to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// Too many requests: HTTP 429.
    #[error("the server asks for fewer requests: {}", neutralize(message))]
    RateLimited {
        /// The server's own words.
        message: String,
        /// How long the server asks to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// The credentials are missing, wrong or not enough: HTTP 401 or 403.
    #[error("access was refused (HTTP {status}): check the token, the user or the tenant header")]
    Unauthorized {
        /// The HTTP status.
        status: u16,
    },
    /// The API answered an error of another type (`not_found`, `not_acceptable`, or one that is not
    /// known to this version) and a status below 500; kept as it came.
    #[error(
        "the server answered {} (HTTP {status}): {}",
        neutralize(error_type),
        neutralize(message)
    )]
    Api {
        /// `errorType` as it came.
        error_type: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        message: String,
    },
    /// The answer is not the Prometheus API's: a proxy's page, another service, a wrong path.
    #[error(
        "this is not a Prometheus API (HTTP {status}, {}): {}; check the address and its path prefix",
        neutralize(content_type),
        neutralize(snippet)
    )]
    NotPrometheus {
        /// The HTTP status.
        status: u16,
        /// The answer's content type, or `no content type`.
        content_type: String,
        /// The first words of the answer.
        snippet: String,
    },
    /// The server points to another address, which is not followed: credentials might go elsewhere,
    /// and a POST would become a GET.
    #[error(
        "the server points elsewhere (HTTP {status}): to {}; if that is the right one, give it as the address",
        neutralize(target)
    )]
    Redirected {
        /// The HTTP status.
        status: u16,
        /// Where it points, without user info and query string.
        target: String,
    },
    /// The answer looks like the API's but cannot be read.
    #[error("the answer cannot be read at byte {offset}: {}", neutralize(message))]
    Decode {
        /// Where in the body.
        offset: usize,
        /// What was expected.
        message: String,
    },
    /// The answer has samples of other times than were asked for: a cache or a proxy between answered
    /// with old data, or rounded the times.
    #[error(
        "the answer has a sample of {got}, but asked for was {asked}: a cache answers with old data, or a query frontend rounds times"
    )]
    WrongTime {
        /// Which times were asked for.
        asked: String,
        /// The first time that is none of them.
        got: Timestamp,
    },
    /// The answer is larger than a configured limit; nothing of it was kept.
    #[error("the answer does not fit in {limit_bytes} bytes: narrow the query or raise the limit")]
    TooLarge {
        /// The limit: of an answer's body, or of the memory that one answer may take while it is read,
        /// beside those that are held with it.
        limit_bytes: u64,
    },
    /// The server could not be reached, or the connection broke.
    #[error("the server could not be reached: {}", neutralize(message))]
    Transport {
        /// What failed at which step (resolving, connecting, sending, reading) with which host, without
        /// credentials.
        message: String,
        /// The HTTP stack's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No TLS connection that can be trusted: the certificate, or TLS itself.
    #[error("no TLS connection that can be trusted: {}", neutralize(message))]
    Tls {
        /// What is wrong, with which host.
        message: String,
    },
    /// The backend was asked outside of the runtime that it needs.
    #[error("there is no runtime here: {}", neutralize(message))]
    NoRuntime {
        /// Which one it needs.
        message: String,
    },
    /// The answer is incomplete and the caller asked for complete ones.
    #[error("the answer is incomplete: {}", neutralize(&warnings.join("; ")))]
    Partial {
        /// The server's warnings.
        warnings: Vec<String>,
    },
    /// The answer has another shape than the caller asked for.
    #[error("expected {expected}, got {}", neutralize(got))]
    Shape {
        /// What the caller asked for.
        expected: &'static str,
        /// What came, with the series that are too many.
        got: String,
    },
    /// A range of more steps than the server allows cannot be split, because its meaning depends on
    /// the range's ends.
    #[error(
        "a range of {steps} steps must be split, but the query uses `start()`, `end()` or `range()`, whose meaning would change: ask with a longer step"
    )]
    Unsplittable {
        /// Steps asked for.
        steps: u64,
    },
    /// The request's own values make no sense (an end before its start, a step of zero).
    #[error("invalid request: {}", neutralize(message))]
    InvalidRequest {
        /// What and why.
        message: String,
    },
    /// This backend cannot do what was asked.
    #[error("not supported by this backend: {}", neutralize(what))]
    Unsupported {
        /// What.
        what: String,
    },
}

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Ask again later: the same request may succeed.
    Retry,
    /// Change the request: the same one will fail again.
    Request,
    /// Change the configuration: address, credentials, limits.
    Configuration,
    /// The backend answered something unusable.
    Response,
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Timeout { .. }
            | Self::NoAnswer { .. }
            | Self::Canceled { .. }
            | Self::Unavailable { .. }
            | Self::RateLimited { .. }
            | Self::Transport { .. } => ErrorClass::Retry,
            Self::BadQuery { .. }
            | Self::Execution { .. }
            | Self::Unsplittable { .. }
            | Self::InvalidRequest { .. }
            | Self::Unsupported { .. } => ErrorClass::Request,
            Self::Unauthorized { .. }
            | Self::NotPrometheus { .. }
            | Self::Redirected { .. }
            | Self::TooLarge { .. }
            | Self::Tls { .. }
            | Self::NoRuntime { .. } => ErrorClass::Configuration,
            Self::Api { .. }
            | Self::Decode { .. }
            | Self::WrongTime { .. }
            | Self::Partial { .. }
            | Self::Shape { .. } => ErrorClass::Response,
        }
    }

    /// How long the server asks to be left alone, where it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::RateLimited { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// A short, stable name for machines: `bad_query`, `timeout`, `unavailable`, …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadQuery { .. } => "bad_query",
            Self::Execution { .. } => "execution",
            Self::Timeout { .. } | Self::NoAnswer { .. } => "timeout",
            Self::Canceled { .. } => "canceled",
            Self::Unavailable { .. } => "unavailable",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Api { .. } => "api",
            Self::NotPrometheus { .. } => "not_prometheus",
            Self::Redirected { .. } => "redirected",
            Self::Decode { .. } => "decode",
            Self::WrongTime { .. } => "wrong_time",
            Self::TooLarge { .. } => "too_large",
            Self::Transport { .. } => "transport",
            Self::Tls { .. } => "tls",
            Self::NoRuntime { .. } => "no_runtime",
            Self::Partial { .. } => "partial",
            Self::Shape { .. } => "shape",
            Self::Unsplittable { .. } => "unsplittable",
            Self::InvalidRequest { .. } => "invalid_request",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}
