//! The HTTP backend against servers on loopback ports.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod auth;
mod conform;
mod limits;
mod memory;
mod methods;
mod proxy;
mod ranges;
mod retries;
mod support;
mod times;
mod tls;
