//! What servers really answer, what must not be accepted, and the round trip of everything.

mod bodies;
mod refusals;
mod remarks;
mod round_trip;

use super::envelope::{Reading, decode_within};
use super::{Payload, encode};
use crate::backend::Answer;
use crate::error::Error;

/// How much memory is counted for data. With one byte less it is refused.
fn taken<T: Payload + Clone>(data: &T) -> u64 {
    let body = encode(&Answer::new(data.clone()));
    let within = |room| {
        let reading = Reading {
            room,
            ..Reading::default()
        };
        decode_within::<T>(200, body.as_bytes(), &reading)
    };
    let (_, taken) = within(u64::MAX).unwrap();
    if let Some(less) = taken.checked_sub(1) {
        let error = within(less).err().unwrap();
        assert!(matches!(error, Error::TooLarge { limit_bytes } if limit_bytes == less));
    }
    taken
}
