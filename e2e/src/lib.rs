//! End-to-end tests with real servers, run by `cargo xtask e2e`.
