//! A user's own PromQL with a place for the window.

use std::time::Duration;

use promql_client::Expr;
use promql_client::expr::format_duration;

use crate::error::{Error, Result};
use crate::listed::quoted;

/// The placeholder's canonical spelling. Sloth's `{{.window}}` is read, too.
pub const WINDOW: &str = "$window";

/// A user's own query: PromQL in which `$window` (or `{{.window}}`) stands for a duration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template(String);

impl Template {
    /// Checks a query with five minutes in the placeholder's place.
    ///
    /// # Errors
    /// [`Error::Sli`] where it has no placeholder (a fixed range would answer the same for every
    /// window) or is no PromQL; the parser's own words are in the message.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let template = Self::unread(&text.into())?;
        template
            .render(Duration::from_secs(300))
            .map_err(|why| Error::Sli { why })?;
        Ok(template)
    }

    /// Only looks for the placeholder: for who reads the rest with a length of its own.
    pub(crate) fn unread(text: &str) -> Result<Self> {
        let template = Self(canonical(text.trim()));
        if !template.varies() {
            return Err(Error::Sli {
                why: format!(
                    "`{}` has no {WINDOW} where the range's length belongs",
                    quoted(text)
                ),
            });
        }
        Ok(template)
    }

    /// Whether there is a placeholder, and not in a comment only.
    fn varies(&self) -> bool {
        let with = |seconds| self.render(Duration::from_secs(seconds));
        self.0.contains(WINDOW)
            // Most queries have no comment, and reading them is most of the work on a spec.
            && (!self.0.contains('#') || with(60).is_err() || with(60) != with(120))
    }

    /// Its text with the canonical placeholder.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The query for one window.
    #[must_use]
    pub fn over(&self, window: Duration) -> Expr {
        // The template was checked with another length; a length cannot break the syntax.
        self.render(window)
            .unwrap_or_else(|_| Expr::Verbatim(self.substituted(window)))
    }

    fn substituted(&self, window: Duration) -> String {
        self.0.replace(WINDOW, &format_duration(window))
    }

    fn render(&self, window: Duration) -> Result<Expr, String> {
        Expr::parse_or_verbatim(&self.substituted(window)).map_err(|error| error.to_string())
    }
}

/// Replaces `{{.window}}`, with spaces in any place, by the canonical placeholder.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        out.push_str(before);
        match tail.split_once("}}") {
            Some((inside, after)) if inside.trim() == ".window" => {
                out.push_str(WINDOW);
                rest = after;
            }
            _ => {
                out.push_str("{{");
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_placeholders() {
        for text in [
            "sum(rate(x[$window]))",
            "sum(rate(x[{{.window}}]))",
            "sum(rate(x[{{ .window }}]))",
        ] {
            let template = Template::new(text).unwrap();
            assert_eq!(
                template.over(Duration::from_secs(3600)).to_string(),
                "sum(rate(x[1h]))"
            );
        }
    }

    #[test]
    fn refuses_what_cannot_vary_or_cannot_be_read() {
        assert!(
            Template::new("sum(rate(x[5m]))")
                .unwrap_err()
                .to_string()
                .contains("$window")
        );
        assert!(Template::new("sum(rate(x[$window])").is_err());
        assert!(Template::new("sum(rate(x[5m])) # not $window").is_err());
        assert!(Template::new("sum(rate(x[$window])) # errors").is_ok());
    }

    #[test]
    fn keeps_what_the_builder_does_not_know() {
        let template = Template::new("topk(1, rate(x[$window]))").unwrap();
        assert_eq!(
            template.over(Duration::from_secs(300)).to_string(),
            "(topk(1, rate(x[5m])))"
        );
    }

    #[test]
    fn a_comment_ends_before_what_follows() {
        let template = Template::new("topk(1, rate(x[$window])) # the worst").unwrap();
        let ratio = template.over(Duration::from_secs(300)) / Expr::Number(2.0);
        let text = ratio.to_string();
        assert_eq!(text, "(topk(1, rate(x[5m])) # the worst\n) / 2");
        assert!(Expr::parse_or_verbatim(&text).is_ok());
    }
}
