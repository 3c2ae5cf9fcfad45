//! Expressions of any depth and length neither overflow the stack nor take for ever.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::{Duration, Instant};

use promql_client::Expr;
use promql_client::expr::{Aggregation, BinaryOp, Function, Grouping, ParseError, Selector, check};

const DEPTH: usize = 100_000;

/// A stack on which a recursion over a thousand levels would not do.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(192 << 10);
    thread.spawn(test).unwrap().join().unwrap();
}

fn x() -> Expr {
    Selector::metric("x").instant()
}

fn times(step: impl Fn(Expr) -> Expr) -> Expr {
    (0..DEPTH).fold(x(), |expr, _| step(expr))
}

#[test]
fn chains_of_every_kind_are_built_cloned_compared_printed_and_dropped() {
    type Step = fn(Expr) -> Expr;
    let kinds: [(Step, &str, &str); 9] = [
        (|e| e + x(), "x + x + x", " + x"),
        (|e| x() - e, "x - (x - (x", ")))"),
        (|e| x().or(e), "x or (x or", "))"),
        (|e| e.gt(1.0).as_bool(), "x > bool 1 > bool 1", "> bool 1"),
        (|e| Expr::Negate(Box::new(e)), "-(-(-(", ")))"),
        (
            |e| Expr::Call {
                function: Function::Abs,
                args: vec![e],
            },
            "abs(abs(",
            "))",
        ),
        (
            |e| Expr::Call {
                function: Function::HistogramQuantile,
                args: vec![Expr::Number(0.5), e],
            },
            "histogram_quantile(0.5, histogram_quantile(0.5, ",
            "))",
        ),
        (
            |e| Expr::Aggregate {
                op: Aggregation::Sum,
                grouping: Grouping::All,
                expr: Box::new(e),
            },
            "sum(sum(",
            "))",
        ),
        (
            |e| e.subquery(Duration::from_secs(60), Duration::from_secs(5)),
            "x[1m:5s][1m:5s]",
            "[1m:5s]",
        ),
    ];
    for (step, start, end) in kinds {
        on_a_small_stack(move || {
            let expr = times(step);
            let clone = expr.clone();
            assert!(expr == clone);
            assert!(expr != step(clone));
            let text = expr.to_string();
            assert!(text.starts_with(start), "{}", &text[..80]);
            assert!(text.ends_with(end));
            assert_eq!(format!("{expr:?}"), format!("Expr({text})"));
            let refused = Expr::parse(&text);
            assert!(matches!(refused, Err(ParseError::Outside { .. })));
            assert!(check(&text).is_err());
            let verbatim = Expr::parse_or_verbatim(&text);
            assert!(matches!(verbatim, Err(ParseError::Outside { .. })));
        });
    }
}

#[test]
fn a_deep_difference_is_found_and_a_nan_is_not_itself() {
    on_a_small_stack(|| {
        let chain = |first: &str| {
            let start = Selector::metric(first).instant();
            (0..DEPTH).fold(start, |expr, _| {
                expr.binary(BinaryOp::Mul, Default::default(), x())
            })
        };
        assert!(chain("a") == chain("a"));
        assert!(chain("a") != chain("b"));
        assert!(Expr::Number(f64::NAN) != Expr::Number(f64::NAN));
    });
}

#[test]
fn what_is_cut_out_of_a_deep_expression_is_whole() {
    on_a_small_stack(|| {
        let mut expr = times(|e| e + 1.0);
        if let Expr::Binary { lhs, .. } = &mut expr {
            let inner = std::mem::replace(&mut **lhs, x());
            assert!(inner.to_string().len() > DEPTH);
        }
        assert_eq!(expr.to_string(), "x + 1");
    });
}

#[test]
fn long_selectors_take_time_in_proportion() {
    let start = Instant::now();
    let many = (0..DEPTH).fold(Selector::metric("x"), |s, i| s.ne(format!("l{i}"), "\"v\""));
    let text = many.to_string();
    assert!(Selector::parse(&text).unwrap() == many);
    let braces = format!("x{{{}", "{".repeat(DEPTH));
    assert!(Expr::parse(&braces).is_err());
    let brackets = format!("x{}", "[".repeat(DEPTH));
    assert!(Expr::parse(&brackets).is_err());
    // Generous: what grows with the square takes minutes.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}
