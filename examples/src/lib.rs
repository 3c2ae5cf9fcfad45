//! Short programs, one idea each; `examples/README.md` is their index.

/// The README's own code compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
