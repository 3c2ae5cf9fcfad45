//! The same expression, some time ago.

use std::time::Duration;

use promql_client::Expr;

/// Moves everything that an expression looks at so much further into the past. Text outside of the
/// builder's language stays where it is.
pub(super) fn shifted(expr: Expr, by: Duration) -> Expr {
    let boxed = |expr: Box<Expr>| Box::new(shifted(*expr, by));
    match expr {
        Expr::Instant { selector, offset } => Expr::Instant {
            selector,
            offset: offset + by,
        },
        Expr::Range(range) => {
            let offset = range.offset + by;
            Expr::Range(range.offset(offset))
        }
        // Its own offset moves all that is inside.
        Expr::Subquery {
            expr,
            range,
            step,
            offset,
        } => Expr::Subquery {
            expr,
            range,
            step,
            offset: offset + by,
        },
        Expr::Call { function, args } => Expr::Call {
            function,
            args: args.into_iter().map(|arg| shifted(arg, by)).collect(),
        },
        Expr::Aggregate { op, grouping, expr } => Expr::Aggregate {
            op,
            grouping,
            expr: boxed(expr),
        },
        Expr::Binary {
            op,
            lhs,
            rhs,
            matching,
            return_bool,
        } => Expr::Binary {
            op,
            lhs: boxed(lhs),
            rhs: boxed(rhs),
            matching,
            return_bool,
        },
        Expr::Negate(expr) => Expr::Negate(boxed(expr)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_each_selector_once() {
        let shift = |text: &str| {
            let expr = Expr::parse_or_verbatim(text).unwrap();
            shifted(expr, Duration::from_secs(30)).to_string()
        };
        assert_eq!(
            shift("sum(rate(a[5m])) / b offset 1m"),
            "sum(rate(a[5m] offset 30s)) / b offset 1m30s"
        );
        assert_eq!(
            shift("max_over_time(rate(a[5m] offset 10s)[1h:1m])"),
            "max_over_time(rate(a[5m] offset 10s)[1h:1m] offset 30s)"
        );
    }
}
