//! A user's own PromQL, understood where possible.

use super::ast::Expr;
use super::parse::{ParseError, check};

impl Expr {
    /// Reads PromQL: into the builder's language where it belongs to it, else as checked text.
    ///
    /// # Errors
    /// [`ParseError::Syntax`] where it is no PromQL at all.
    pub fn parse_or_verbatim(text: &str) -> Result<Self, ParseError> {
        match Self::parse(text) {
            Err(ParseError::Outside { .. }) => {
                check(text)?;
                Ok(Self::Verbatim(text.to_owned()))
            }
            parsed => parsed,
        }
    }
}
