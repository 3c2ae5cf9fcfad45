//! The JSON of the Prometheus HTTP API, both ways: [`decode`] for clients, [`encode`] for recordings
//! and for fake servers in your own tests.
//!
//! Decoding reads a complete body once, front to back, and borrows from it: nothing is kept but the
//! answer itself. What other servers do differently is accepted: keys in any order (where `data`
//! comes before `status`, or `result` before `resultType`, those bytes are read twice), unknown
//! fields anywhere, `null` for an empty list, VictoriaMetrics' `isPartial`.
//!
//! What could be read in two ways is refused, not guessed: an object with one name twice, a label set
//! that comes twice in one vector or matrix, a sample with both a float and a histogram, times out of
//! order, a `status` of `success` beside an error, series without a single point, which servers leave out.
//!
//! What the server says in words is kept short: messages, warnings and infos to 1 kB each, 20
//! warnings and 20 infos, and of the others their number ([`Answer::remarks_left_out`](crate::Answer);
//! recordings have it in a field of their own, `remarksLeftOut`).
//!
//! ```
//! use promql_client::{Value, wire};
//!
//! let body = br#"{"status":"success","data":{"resultType":"scalar","result":[1700000000.500,"NaN"]}}"#;
//! let answer = wire::decode::<Value>(200, body)?;
//! assert!(matches!(answer.data, Value::Scalar(point) if point.value.is_nan()));
//! assert_eq!(wire::encode(&answer).as_bytes(), body);
//! # Ok::<(), promql_client::Error>(())
//! ```

mod clean;
mod cursor;
mod distinct;
mod envelope;
mod error;
mod labels;
mod lists;
mod names;
mod number;
mod query;
mod remarks;
mod rules;
mod sample;
mod seconds;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use clean::Clean;
#[cfg(feature = "http")]
pub(crate) use envelope::{Reading, decode_within, is_foreign};
pub use envelope::{decode, encode};
pub use error::encode_error;
#[cfg(feature = "http")]
pub(crate) use remarks::{MOST as MOST_REMARKS, said};

/// What the API answers in `data`: [`Value`](crate::Value) (instant queries), `Vec<Series>` (range
/// queries), `Vec<Labels>` (series), `Vec<String>` (label names and values), metadata by metric,
/// `Vec<RuleGroup>`, and `BTreeMap<String, String>` (the status pages; only their string fields).
pub trait Payload: payload::Codec {}

impl<T: payload::Codec> Payload for T {}

mod payload {
    use super::cursor::{Cursor, Read};

    /// How a payload is read and written; private, so that the set of payloads stays ours.
    pub trait Codec: Sized {
        fn read(cursor: &mut Cursor<'_>) -> Read<Self>;
        fn write(&self, out: &mut String);
    }
}
