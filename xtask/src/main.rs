//! Chores of the project: layering, tidy, backends, e2e.
fn main() {}
