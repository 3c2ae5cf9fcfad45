//! Expressions that can be built here, but that Prometheus refuses when it loads a rule.

use std::time::Duration;

use promql_client::Selector;
use promql_client::expr::{Expr, Function, MatchOp, ParseError, PromQlType, check, check_pattern};

use crate::listed::quoted;

/// No duration of Prometheus is longer: about 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// Why Prometheus refuses an expression.
pub(crate) fn refused(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Instant { selector, offset } => of_selector(selector).or_else(|| long(*offset)),
        Expr::Range(range) => of_selector(&range.selector)
            .or_else(|| long(range.range))
            .or_else(|| long(range.offset)),
        Expr::Subquery {
            expr,
            range,
            step,
            offset,
        } => of_vector(expr)
            .or_else(|| long(*range))
            .or_else(|| long(*offset))
            .or_else(|| step.and_then(long)),
        Expr::Call { args, .. } => args.iter().find_map(refused),
        Expr::Aggregate { expr, .. } => of_vector(expr),
        Expr::Negate(expr) => refused(expr),
        Expr::Binary {
            op,
            lhs,
            rhs,
            return_bool,
            ..
        } => {
            let vectors = [lhs, rhs].map(|side| is_vector(side));
            if op.is_set() && vectors != [true, true] {
                return Some(format!("`{}` needs series on both sides", op.sign()));
            }
            if op.is_comparison() && !return_bool && vectors == [false, false] {
                return Some(format!("`{}` compares two numbers", op.sign()));
            }
            refused(lhs).or_else(|| refused(rhs))
        }
        Expr::Verbatim(text) => match check(text) {
            Ok(PromQlType::Vector) | Err(ParseError::Outside { .. }) => None,
            Ok(_) => Some(format!("`{}` has no series", quoted(text))),
            Err(error) => Some(error.to_string()),
        },
        _ => None,
    }
}

/// Whether an expression's value is an instant vector.
pub(crate) fn is_vector(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Text(_) | Expr::Range(_) | Expr::Subquery { .. } => false,
        Expr::Call { function, .. } => !matches!(function, Function::Scalar | Function::Time),
        Expr::Negate(inner) => is_vector(inner),
        Expr::Binary { lhs, rhs, .. } => is_vector(lhs) || is_vector(rhs),
        _ => true,
    }
}

fn of_vector(expr: &Expr) -> Option<String> {
    if !is_vector(expr) {
        return Some("a number stands where series are needed".to_owned());
    }
    refused(expr)
}

fn long(duration: Duration) -> Option<String> {
    (duration > LONGEST).then(|| "a duration is longer than 292 years".to_owned())
}

fn of_selector(selector: &Selector) -> Option<String> {
    let is_regex = |op| matches!(op, MatchOp::Regex | MatchOp::NotRegex);
    let patterns = selector.matchers.iter().filter(|m| is_regex(m.op));
    let mut refused = patterns.filter_map(|m| check_pattern(&m.value).err());
    refused.next().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use promql_client::expr::{rate, sum_by};

    use super::*;

    #[test]
    fn looks_everywhere_in_an_expression() {
        for (query, words) in [
            ("-x offset 300y", "292 years"),
            ("rate(x[5m] offset 300y)", "292 years"),
            ("sum_over_time(x[300y])", "292 years"),
            ("sum_over_time(x[300y:1m])", "292 years"),
        ] {
            let why = refused(&Expr::parse(query).unwrap()).unwrap();
            assert!(why.contains(words), "{query}: {why}");
        }
        let minutes = Duration::from_secs(300);
        let wrong = |pattern| Selector::metric("x").re("a", pattern);
        for (query, words) in [
            (wrong("b**").instant(), "`b**`"),
            (
                sum_by(["a"], rate(wrong("b{2000}").range(minutes))),
                "1000 times",
            ),
            (rate(wrong("(?x)").range(minutes)), "flags"),
        ] {
            let why = refused(&query).unwrap();
            assert!(why.contains(words), "{query}: {why}");
        }
        let fine = "sum(rate(x{a=~\"b.*\"}[5m] offset 1y)) / on (a) y{b!~\"c|d\"}";
        assert_eq!(refused(&Expr::parse(fine).unwrap()), None);
    }

    #[test]
    fn numbers_are_no_series() {
        let number = || Expr::from(1.0);
        let series = || rate(Selector::metric("x").range(Duration::from_secs(300)));
        let refused = |expr: Expr| refused(&expr).is_some();
        assert!(refused(sum_by(["a"], number())));
        assert!(refused(number().gt(0.0)));
        assert!(refused(series().or(number())));
        assert!(refused(series() + sum_by(["a"], number() - 1.0)));
        assert!(refused(Expr::Verbatim("topk(1, x".to_owned())));
        assert!(refused(Expr::Verbatim("x[5m] @ 5".to_owned())));
        for fine in [
            sum_by(["a"], series()) / 2.0,
            series().gt(0.0).or(series()),
            number() - series(),
            number().gt(0.0).as_bool(),
            Expr::Verbatim("topk(1, x)".to_owned()),
        ] {
            assert!(!refused(fine.clone()), "{fine}");
        }
    }
}
