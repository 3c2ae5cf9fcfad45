//! The same expression, some time ago.

use std::time::Duration;

use promql_client::Expr;

/// Moves everything that an expression looks at so much further into the past. Text outside of the
/// builder's language stays where it is.
pub(super) fn shifted(mut expr: Expr, by: Duration) -> Expr {
    let mut left = vec![&mut expr];
    while let Some(expr) = left.pop() {
        match expr {
            // A subquery's own offset moves all that is inside.
            Expr::Instant { offset, .. } | Expr::Subquery { offset, .. } => *offset += by,
            Expr::Range(range) => range.offset += by,
            Expr::Call { args, .. } => left.extend(args),
            Expr::Aggregate { expr, .. } | Expr::Negate(expr) => left.push(expr),
            Expr::Binary { lhs, rhs, .. } => left.extend([&mut **lhs, &mut **rhs]),
            _ => {}
        }
    }
    expr
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
