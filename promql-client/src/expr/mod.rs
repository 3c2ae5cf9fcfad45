//! A typed PromQL builder: an expression is a value, and its text is made in one place.
//!
//! ```
//! use std::time::Duration;
//! use promql_client::expr::{Expr, Selector, sum_by, rate};
//!
//! let requests = Selector::metric("http_requests_total").eq("job", "api").re("code", "5..");
//! let rate = sum_by(["code"], rate(requests.range(Duration::from_secs(300))));
//! assert_eq!(
//!     rate.to_string(),
//!     r#"sum by (code) (rate(http_requests_total{job="api",code=~"5.."}[5m]))"#
//! );
//! assert_eq!(Expr::parse(&rate.to_string()).unwrap(), rate);
//! ```
//!
//! The language is the part of PromQL that reliability work needs: selectors with offsets, the
//! counter and `_over_time` functions, histogram functions, aggregation, arithmetic, comparison and
//! set operators with matching, subqueries. [`crate::MemoryBackend`] evaluates exactly this.

mod ast;
mod build;
mod duration;
mod float;
mod function;
mod needs;
mod parse;
mod plain_regex;
mod print;
mod print_tree;
mod re2;
mod refused;
mod scan;
mod selector;
mod tree;
mod verbatim;

pub use ast::{Aggregation, BinaryOp, Expr, Grouping, Matching, RangeModifier, Side};
pub use build::*;
pub use duration::{format_duration, parse_duration};
pub use float::float_spellings;
pub use function::Function;
pub use needs::Needs;
pub use parse::{ParseError, PromQlType, check};
pub use print::quoted;
pub use re2::check_pattern;
pub use selector::{MatchOp, Matcher, RangeSelector, Selector};
