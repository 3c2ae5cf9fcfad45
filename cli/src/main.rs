//! The `meshobs` command.
fn main() {}
