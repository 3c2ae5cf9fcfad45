//! Error envelopes: the API's `errorType`, both ways.

use super::text::write_string;
use crate::error::Error;

/// The typed error of an envelope.
pub(super) fn typed(status: u16, error_type: String, message: String) -> Error {
    match error_type.as_str() {
        "bad_data" => Error::BadQuery { message },
        "execution" => Error::Execution { message },
        "timeout" => Error::Timeout { message },
        "canceled" => Error::Canceled { message },
        "internal" | "unavailable" => Error::Unavailable {
            status,
            message,
            retry_after: None,
        },
        // What the type says is unknown; what the status says is not.
        _ if status >= 500 => Error::Unavailable {
            status,
            message: [error_type, message]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": "),
            retry_after: None,
        },
        _ => Error::Api {
            error_type,
            status,
            message,
        },
    }
}

/// Writes an error as a server would: the HTTP status and the error envelope. Errors that no server
/// answers (a broken connection, an unreadable body) become `internal`.
#[must_use]
pub fn encode_error(error: &Error) -> (u16, String) {
    let (status, error_type, message) = match error {
        Error::BadQuery { message } => (400, "bad_data", message),
        Error::Execution { message } => (422, "execution", message),
        Error::Timeout { message } => (503, "timeout", message),
        Error::Canceled { message } => (499, "canceled", message),
        Error::Unavailable {
            status, message, ..
        } => (*status, "unavailable", message),
        Error::RateLimited { message, .. } => (429, "too_many_requests", message),
        Error::Unauthorized { status } => (*status, "unauthorized", &String::new()),
        Error::Api {
            error_type,
            status,
            message,
        } => (*status, error_type.as_str(), message),
        other => (500, "internal", &other.to_string()),
    };
    let mut out = String::from(r#"{"status":"error","errorType":"#);
    write_string(&mut out, error_type);
    out.push_str(",\"error\":");
    write_string(&mut out, message);
    out.push('}');
    (status, out)
}
