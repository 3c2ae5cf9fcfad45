//! What servers really answer, what must not be accepted, and the round trip of everything.

mod bodies;
mod round_trip;
