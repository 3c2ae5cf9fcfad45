//! What a user's PromQL selects.

use std::time::Duration;

use promql_client::Selector;
use promql_client::expr::{MatchOp, escape_regex};
use promql_parser::label::{MatchOp as Op, Matcher};
use promql_parser::parser::{self, Expr, VectorSelector};

use crate::sli::{Template, WINDOW};

/// Stands for the window while a template is a tree. No person writes this duration.
pub(super) const SENTINEL: Duration = Duration::from_millis(7_261_007);
const SENTINEL_TEXT: &str = "2h1m1s7ms";

/// Recursion follows the tree, so trees stay shallow enough for a small thread's stack.
const MAX_LENGTH: usize = 16 * 1024;
const MAX_NESTING: usize = 64;
const MAX_OPERATORS: usize = 400;

/// A checked template: the window stands as [`WINDOW`] in it.
pub(super) fn template(text: &str) -> Result<Template, String> {
    guard(text)?;
    Template::new(text).map_err(|error| error.to_string())
}

/// A template's tree, with [`SENTINEL`] in the window's place.
pub(super) fn tree(template: &Template) -> Option<Expr> {
    if template.text().contains(SENTINEL_TEXT) {
        return None;
    }
    parser::parse(&template.text().replace(WINDOW, SENTINEL_TEXT)).ok()
}

/// A tree as a template again.
pub(super) fn from_tree(tree: &Expr) -> Option<Template> {
    Template::new(tree.to_string().replace(SENTINEL_TEXT, WINDOW)).ok()
}

/// PromQL without a placeholder, as a tree.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    guard(text)?;
    parser::parse(text).map_err(|why| format!("`{text}` is no PromQL: {why}"))
}

/// Whether a text has a place for the window.
pub(super) fn has_window(text: &str) -> bool {
    text.contains(WINDOW) || text.contains("{{")
}

/// A plain selector, such as `up{job="api"}`.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    let mut tree = parse(text)?;
    while let Expr::Paren(paren) = tree {
        tree = *paren.expr;
    }
    let found = match &tree {
        Expr::VectorSelector(vector) => to_selector(vector),
        _ => None,
    };
    found.ok_or_else(|| {
        format!("`{text}` is no plain selector: expected a metric with matchers, without range or offset")
    })
}

/// The same selector in the builder's words. None where it has an offset, `@` or alternatives.
pub(super) fn to_selector(vector: &VectorSelector) -> Option<Selector> {
    if vector.offset.is_some() || vector.at.is_some() || !vector.matchers.or_matchers.is_empty() {
        return None;
    }
    let mut selector = Selector {
        metric: vector.name.clone(),
        matchers: Vec::new(),
    };
    for Matcher { op, name, value } in &vector.matchers.matchers {
        let op = match op {
            Op::Equal => MatchOp::Equal,
            Op::NotEqual => MatchOp::NotEqual,
            Op::Re(_) => MatchOp::Regex,
            Op::NotRe(_) => MatchOp::NotRegex,
        };
        if name == "__name__" && op == MatchOp::Equal && selector.metric.is_none() {
            selector.metric = Some(value.clone());
        } else {
            selector = selector.matching(name, op, value);
        }
    }
    Some(selector)
}

/// The bound of a classic bucket's selector, and the selector without it.
pub(super) fn without_bound(bucket: &Selector) -> Option<(f64, Selector)> {
    let mut rest = bucket.clone();
    let at = rest.matchers.iter().position(|m| m.name == "le")?;
    let le = rest.matchers.remove(at);
    if rest.matchers.iter().any(|m| m.name == "le") {
        return None;
    }
    let text = match le.op {
        MatchOp::Equal => le.value,
        // `1|1.0`, as people write it for both generations of Prometheus.
        MatchOp::Regex => {
            let short = le.value.split('|').next()?.to_owned();
            let both = [
                format!("{short}|{}", escape_regex(&format!("{short}.0"))),
                format!("{short}|{short}.0"),
            ];
            both.contains(&le.value).then_some(short)?
        }
        _ => return None,
    };
    let bound: f64 = text.parse().ok()?;
    (bound > 0.0 && bound.is_finite()).then_some((bound, rest))
}

fn guard(text: &str) -> Result<(), String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("a query of more than {MAX_LENGTH} bytes"));
    }
    let (mut nesting, mut operators) = (0usize, 0usize);
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        operators += usize::from(is_operator(&word));
        word.clear();
        match c {
            '"' | '\'' => {
                while let Some(inner) = chars.next().filter(|&inner| inner != c) {
                    if inner == '\\' {
                        chars.next();
                    }
                }
            }
            '`' => while chars.next().is_some_and(|inner| inner != '`') {},
            '#' => while chars.next().is_some_and(|inner| inner != '\n') {},
            '(' | '[' | '{' => nesting += 1,
            ')' | ']' | '}' => nesting = nesting.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '^' | '<' | '>' | '=' | '!' => operators += 1,
            _ => {}
        }
        if nesting > MAX_NESTING || operators > MAX_OPERATORS {
            return Err("a query that is nested too deep or has too many operators".to_owned());
        }
    }
    Ok(())
}

fn is_operator(word: &str) -> bool {
    matches!(word, "and" | "or" | "unless" | "atan2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentinel_is_what_it_prints() {
        let tree = tree(&template("sum(rate(x[{{.window}}]))").unwrap()).unwrap();
        assert!(tree.to_string().contains(SENTINEL_TEXT));
        assert_eq!(from_tree(&tree).unwrap().text(), "sum(rate(x[$window]))");
        assert_eq!(
            promql_client::expr::parse_duration(SENTINEL_TEXT),
            Some(SENTINEL)
        );
    }

    #[test]
    fn selectors_keep_what_they_say() {
        let text = r#"x_total{a="b",c!="d",e=~"f|\\d",g!~"h"}"#;
        assert_eq!(selector(text).unwrap().to_string(), text);
        assert_eq!(
            selector(r#"({__name__="x"})"#).unwrap(),
            Selector::metric("x")
        );
        for text in ["x[5m]", "sum(x)", "x offset 5m", "x @ 3", "x{", "1"] {
            assert!(selector(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_in_both_spellings() {
        for text in [
            r#"b{le="1",a="b"}"#,
            r#"b{a="b",le=~"1|1.0"}"#,
            r#"b{a="b",le=~"1|1\\.0"}"#,
        ] {
            let (bound, rest) = without_bound(&selector(text).unwrap()).unwrap();
            assert_eq!(
                (bound, rest.to_string().as_str()),
                (1.0, r#"b{a="b"}"#),
                "{text}"
            );
        }
        for text in [r#"b{le="+Inf"}"#, "b", r#"b{le=~"1|2"}"#, r#"b{le!="1"}"#] {
            assert!(without_bound(&selector(text).unwrap()).is_none(), "{text}");
        }
    }

    #[test]
    fn refuses_towers() {
        for tower in [
            "(".repeat(5000),
            "-".repeat(5000),
            "a or ".repeat(2000),
            format!("#'\n{}1", "-".repeat(5000)),
            "1".repeat(20_000),
        ] {
            assert!(parse(&tower).is_err());
        }
        assert!(parse(r#"sum(rate(x{a=~"((((((-----+++++"}[5m])) / 2"#).is_ok());
    }
}
