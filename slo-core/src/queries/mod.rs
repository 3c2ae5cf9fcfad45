//! PromQL for what an SLO measures: each event counted once, nothing pasted together from strings.
//!
//! The same expressions serve the evaluator and the generated rules, so that both mean the same.

mod asked;
mod counted;
mod difference;
mod evidence;
mod histogram;
mod legs;
mod range;
mod recorded;
mod shift;

pub use asked::Queries;
pub use counted::{Extrapolation, LONGEST_GAP, LOOKBACK};
pub use recorded::Recorded;
