//! What is new, respelled or only half known on one side of a difference is no bad event.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod buckets;
mod play;
mod sides;
