//! The bound of a classic histogram's bucket. The label `le` is text, and each client and server
//! spells a number in its own way.

use std::sync::Arc;

use promql_client::Selector;
use promql_client::expr::{Expr, MatchOp, Matcher, escape_regex, float_spellings};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::{Extractor, Literal};

use super::promql::parts;

/// The one bound that a selector asks for, and the selector without it.
pub(super) fn without_bound(bucket: &Selector) -> Option<(f64, Selector)> {
    let mut rest = bucket.clone();
    let at = rest.matchers.iter().position(|m| m.name == "le")?;
    let (bound, _) = bound(&rest.matchers.remove(at))?;
    let only = rest.matchers.iter().all(|m| m.name != "le");
    only.then_some((bound, rest))
}

/// A selector in an expression that asks for the bucket of one finite bound.
pub(super) fn bucket_in(query: &Expr) -> Option<&Selector> {
    let mut selectors = parts(query).filter_map(|part| match part {
        Expr::Instant { selector, .. } => Some(selector),
        Expr::Range(range) => Some(&*range.selector),
        _ => None,
    });
    selectors.find(|selector| is_bucket(selector))
}

/// Whether a selector asks for the bucket of one finite bound, which a histogram may lack.
pub(super) fn is_bucket(selector: &Selector) -> bool {
    without_bound(selector).is_some_and(|(bound, _)| bound.is_finite())
}

/// Makes every selector that asks for one bound take it in all spellings; whether that changes one.
pub(super) fn spell_all(query: &mut Expr) -> bool {
    let (mut left, mut changed) = (vec![query], false);
    while let Some(expr) = left.pop() {
        match expr {
            Expr::Instant { selector, .. } => changed |= spell(selector),
            Expr::Range(range) if is_bound(&range.selector) => {
                changed |= spell(Arc::make_mut(&mut range.selector));
            }
            Expr::Call { args, .. } => left.extend(args),
            Expr::Aggregate { expr, .. } | Expr::Subquery { expr, .. } | Expr::Negate(expr) => {
                left.push(expr);
            }
            Expr::Binary { lhs, rhs, .. } => left.extend([&mut **lhs, &mut **rhs]),
            _ => {}
        }
    }
    changed
}

fn is_bound(selector: &Selector) -> bool {
    selector.matchers.iter().any(|m| m.name == "le")
}

fn spell(selector: &mut Selector) -> bool {
    let mut changed = false;
    for matcher in selector.matchers.iter_mut().filter(|m| m.name == "le") {
        let Some((bound, mut texts)) = bound(matcher) else {
            continue;
        };
        // What the user wrote stays: it may be how an unusual client writes it.
        texts.extend(float_spellings(bound));
        let mut all: Vec<String> = Vec::new();
        for text in texts {
            let text = escape_regex(&text);
            if !all.contains(&text) {
                all.push(text);
            }
        }
        if all.len() > 1 {
            let pattern = all.join("|");
            changed |= (matcher.op, &matcher.value) != (MatchOp::Regex, &pattern);
            (matcher.op, matcher.value) = (MatchOp::Regex, pattern);
        }
    }
    changed
}

/// The bound that a matcher of `le` asks for, where it is one, with the texts that the matcher takes.
fn bound(le: &Matcher) -> Option<(f64, Vec<String>)> {
    let texts = match le.op {
        MatchOp::Equal => vec![le.value.clone()],
        MatchOp::Regex => texts(&le.value)?,
        _ => return None,
    };
    let bounds: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
    let bounds = bounds?;
    let bound = *bounds.first()?;
    // Not a number is no bound, and not equal to itself.
    bounds.iter().all(|b| *b == bound).then_some((bound, texts))
}

/// All texts that a pattern matches, where they are few: `1|1\.0`, `1(\.0)?`.
fn texts(pattern: &str) -> Option<Vec<String>> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    let pattern = parser.parse(&with_points(pattern)).ok()?;
    let all = Extractor::new().extract(&pattern);
    let all = all.literals().filter(|_| all.is_exact())?;
    let text = |literal: &Literal| String::from_utf8(literal.as_bytes().to_vec()).ok();
    all.iter().map(text).collect()
}

/// People do not escape the decimal point: `1|1.0`.
fn with_points(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 2);
    let mut chars = pattern.chars().peekable();
    let mut escaped = false;
    while let Some(c) = chars.next() {
        let is_point = c == '.' && chars.peek().is_some_and(char::is_ascii_digit);
        out.push_str(if is_point && !escaped { "\\" } else { "" });
        out.push(c);
        escaped = c == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        Selector::parse(text).unwrap()
    }

    #[test]
    fn bounds_in_all_spellings() {
        for (text, wanted) in [
            (r#"b{le="1",a="b"}"#, 1.0),
            (r#"b{a="b",le=~"1|1.0"}"#, 1.0),
            (r#"b{a="b",le=~"1|1\\.0"}"#, 1.0),
            (r#"b{a="b",le=~"1(\\.0)?"}"#, 1.0),
            (r#"b{a="b",le=~"(0.3|0[.]30)"}"#, 0.3),
            (r#"b{a="b",le=~"1e-0?5|0.00001"}"#, 1e-5),
            (r#"b{a="b",le="-2.5"}"#, -2.5),
            (r#"b{a="b",le="+Inf"}"#, f64::INFINITY),
            (r#"b{a="b",le=~"inf|\\+Inf"}"#, f64::INFINITY),
        ] {
            let read = without_bound(&selector(text)).unwrap();
            assert_eq!(read, (wanted, selector(r#"b{a="b"}"#)), "{text}");
        }
        for text in [
            "b",
            r#"b{le!="1"}"#,
            r#"b{le=~"1|2"}"#,
            r#"b{le=~"1.*"}"#,
            r#"b{le=~"1|1.0+"}"#,
            r#"b{le=~"1|"}"#,
            r#"b{le="NaN"}"#,
            r#"b{le="fast"}"#,
            r#"b{le="1",le="1.0"}"#,
        ] {
            assert!(without_bound(&selector(text)).is_none(), "{text}");
        }
    }

    #[test]
    fn selectors_take_their_bound_in_all_spellings() {
        let spelled = |text: &str| {
            let mut query = Expr::parse(text).unwrap();
            let changed = spell_all(&mut query);
            changed.then(|| query.to_string())
        };
        for (text, all) in [
            (r#"x{le="1"}"#, r#"x{le=~"1|1\\.0"}"#),
            (
                r#"1 - sum(rate(x{le="0.30"}[5m])) - max_over_time(y{le="1.0"}[5m:1m])"#,
                r#"1 - sum(rate(x{le=~"0\\.30|0\\.3"}[5m])) - max_over_time(y{le=~"1\\.0|1"}[5m:1m])"#,
            ),
            (r#"x{le="Inf"}"#, r#"x{le=~"Inf|\\+Inf"}"#),
        ] {
            assert_eq!(spelled(text).as_deref(), Some(all), "{text}");
            assert_eq!(spelled(all), None, "{all}");
        }
        for text in [
            "sum(x)",
            r#"x{le="0.3"}"#,
            r#"x{le="+Inf"}"#,
            r#"x{le=~".*"}"#,
            r#"x{version="1"}"#,
        ] {
            assert_eq!(spelled(text), None, "{text}");
        }
    }
}
