//! What a user's PromQL selects.

use std::time::Duration;

use promql_client::Selector;
use promql_client::expr::{Expr, Needs, ParseError, PromQlType, check};

use super::bound::spell_all;
use crate::listed::quoted;
use crate::rules::{is_vector, refused};
use crate::sli::{Template, WINDOW};

/// Stands for the window while a template is a tree. No person writes this duration.
pub(super) const SENTINEL: Duration = Duration::from_millis(7_261_007);
const SENTINEL_TEXT: &str = "2h1m1s7ms";

/// A template and its tree, read once.
#[derive(Clone)]
pub(super) struct Query {
    /// Checked; the window stands as [`WINDOW`] in it.
    pub(super) template: Template,
    /// With [`SENTINEL`] in the window's place; or why there is none.
    pub(super) tree: Result<Expr, String>,
}

/// A checked template. Buckets are taken in all spellings of their bounds.
pub(super) fn template(text: &str) -> Result<Query, String> {
    let unread = Template::unread(text).map_err(|error| error.to_string())?;
    let text = unread.text().to_owned();
    let checked = || Template::new(text.as_str()).map_err(|error| error.to_string());
    if text.contains(SENTINEL_TEXT) {
        let why = format!("it uses {SENTINEL_TEXT}, which stands for the window here");
        return Ok(Query {
            template: typed(checked()?)?,
            tree: Err(why),
        });
    }
    let mut tree = Expr::parse(&text.replace(WINDOW, SENTINEL_TEXT));
    // What can be read with one length is not read again with another.
    let mut template = match &tree {
        Ok(tree) if is_vector(tree) => loadable(tree).map(|()| unread)?,
        Ok(_) => return Err(no_vector(&text)),
        Err(ParseError::Outside { .. }) => typed(unread)?,
        Err(_) => typed(checked()?)?,
    };
    if let Ok(tree) = &mut tree
        && spell_all(tree)
    {
        template = from_tree(tree).unwrap_or(template);
    }
    let tree = tree.map_err(|error| error.to_string());
    Ok(Query { template, tree })
}

/// The template, where its value is an instant vector.
fn typed(template: Template) -> Result<Template, String> {
    match check(&template.text().replace(WINDOW, "5m")) {
        Ok(PromQlType::Scalar | PromQlType::String | PromQlType::Matrix) => {
            Err(no_vector(template.text()))
        }
        _ => Ok(template),
    }
}

fn no_vector(text: &str) -> String {
    let text = quoted(text);
    format!("`{text}` has no series: expected an instant vector, such as sum(…)")
}

/// A tree as a template again.
pub(super) fn from_tree(tree: &Expr) -> Option<Template> {
    Template::new(tree.to_string().replace(SENTINEL_TEXT, WINDOW)).ok()
}

/// The tree of a template that was read; none where it is outside of the builder's language.
pub(super) fn tree_of(template: &Template) -> Option<Expr> {
    Expr::parse(&template.text().replace(WINDOW, SENTINEL_TEXT)).ok()
}

/// An expression and all that it is made of.
pub(super) fn parts(query: &Expr) -> impl Iterator<Item = &Expr> {
    let mut left = vec![query];
    std::iter::from_fn(move || {
        let part = left.pop()?;
        match part {
            Expr::Call { args, .. } => left.extend(args),
            Expr::Aggregate { expr, .. } | Expr::Subquery { expr, .. } | Expr::Negate(expr) => {
                left.push(expr);
            }
            Expr::Binary { lhs, rhs, .. } => left.extend([&**lhs, rhs]),
            _ => {}
        }
        Some(part)
    })
}

/// What a server takes with `--enable-feature` only: one of those that a query uses.
pub(super) fn experimental(text: &str) -> Option<String> {
    let tree = match Template::unread(text) {
        Ok(template) => template.over(SENTINEL),
        Err(_) => Expr::parse_or_verbatim(text).ok()?,
    };
    Needs::of(&tree).experimental
}

/// PromQL without a placeholder, as a tree. Buckets are taken in all spellings of their bounds.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let mut tree = Expr::parse(text).map_err(|error| format!("`{}`: {error}", quoted(text)))?;
    loadable(&tree)?;
    spell_all(&mut tree);
    Ok(tree)
}

/// What is read here may still be refused where rules are loaded.
fn loadable(tree: &Expr) -> Result<(), String> {
    refused(tree).map_or(Ok(()), Err)
}

/// A query as an operand. A comment at its end must not take in what follows.
pub(super) fn enclosed(text: &str) -> String {
    let end = if text.contains('#') { "\n" } else { "" };
    format!("({text}{end})")
}

/// Whether a text has a place for the window.
pub(super) fn has_window(text: &str) -> bool {
    text.contains(WINDOW) || text.contains("{{")
}

/// A plain selector, such as `up{job="api"}`.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    match &mut parse(text)? {
        Expr::Instant { selector, offset } if offset.is_zero() => Ok(std::mem::take(selector)),
        _ => Err(format!(
            "`{}` is no plain selector: expected a metric with matchers, without range, offset or function",
            quoted(text)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentinel_is_what_it_prints() {
        let query = template("sum(rate(x[{{.window}}]))").unwrap();
        assert_eq!(query.template.text(), "sum(rate(x[$window]))");
        let tree = query.tree.unwrap();
        assert!(tree.to_string().contains(SENTINEL_TEXT));
        assert_eq!(from_tree(&tree).unwrap().text(), "sum(rate(x[$window]))");
        assert_eq!(
            promql_client::expr::parse_duration(SENTINEL_TEXT),
            Some(SENTINEL)
        );
    }

    #[test]
    fn templates_are_refused_in_the_same_words_as_elsewhere() {
        for text in [
            "sum(x[$window]",
            "sum(rate(x[5m]))",
            "rate(x[$window]) or y{a=~\"(\"}",
        ] {
            let said = template(text).err().unwrap();
            assert_eq!(said, Template::new(text).unwrap_err().to_string());
        }
        for text in [
            "x[$window]",
            "scalar(sum(rate(x[$window])))",
            "-scalar(rate(x[$window])) + 1",
            "x[$window] @ 5",
            "scalar(topk(1, rate(x[$window])))",
        ] {
            let said = template(text).err().unwrap();
            assert!(said.contains("no series"), "{text}: {said}");
        }
        let pattern = r#"rate(x{a=~"(?x)b"}[$window])"#;
        assert!(
            template(pattern)
                .err()
                .unwrap()
                .contains("refuses the pattern")
        );
        // No tree, but a server may take it.
        for text in [
            "topk(1, rate(x[$window]))",
            "max_over_time(x[1d3h$window] @ 5)",
            "rate(x[$window]) > rate(x[2h1m1s7ms])",
        ] {
            assert!(template(text).unwrap().tree.is_err(), "{text}");
        }
    }

    #[test]
    fn experiments_are_known() {
        for (text, name) in [
            ("sum(mad_over_time(x[$window]))", Some("mad_over_time")),
            (
                "sum(mad_over_time(x[{{ .window }}]))",
                Some("mad_over_time"),
            ),
            ("a / fill (0) b", Some("fill")),
            ("info(rate(x[$window]))", Some("info")),
            ("sort_by_label(x, \"a\")", Some("sort_by_label")),
            ("x * max_of(1, 2)", Some("max_of")),
            ("sum(my_info) + my_info(x)", None),
            ("info + limitk:x", None),
            ("topk(1, x{a=\"info(\"})", None),
            ("topk(1, x) # limitk(1, x)", None),
            ("topk(1, rate(x{a=\"info(\"}[$window]))", None),
        ] {
            assert_eq!(experimental(text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn selectors_keep_what_they_say() {
        let text = r#"x_total{a="b",c!="d",e=~"f|\\d",g!~"h"}"#;
        assert_eq!(selector(text).unwrap().to_string(), text);
        assert_eq!(
            selector(r#"({__name__="x"})"#).unwrap(),
            Selector::metric("x")
        );
        for text in [
            r#"x{a=~"b**"}"#,
            "x[5m]",
            "sum(x)",
            "x offset 5m",
            "x @ 3",
            "x{",
            "1",
        ] {
            assert!(selector(text).is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_towers() {
        for tower in [
            "(".repeat(5000),
            "-".repeat(5000),
            "a or ".repeat(2000),
            format!("#'\n{}1", "-".repeat(5000)),
            format!("1{}", "+1".repeat(5000)),
        ] {
            assert!(parse(&tower).is_err());
        }
        assert!(parse(r#"sum(rate(x{a="((((((-----+++++"}[5m])) / 2"#).is_ok());
    }
}
