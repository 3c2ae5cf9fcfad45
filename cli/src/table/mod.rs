//! A report for people, as a table that fits its terminal.
//!
//! Where a table is too wide, titles, headers and pairs of numbers are wrapped, and where that isn't
//! enough, the columns come in blocks, one below the other. A number is never broken.

mod cells;
mod fit;
mod render;
#[cfg(test)]
mod tests;

pub use render::{Width, render};
