//! What is printed reads back as the same expression, whatever the expression.

use std::time::Duration;

use promql_client::Expr;
use promql_client::expr::{
    Aggregation, BinaryOp, Function, Grouping, MatchOp, Matcher, Matching, RangeModifier,
    RangeSelector, Selector, Side,
};
use proptest::prelude::*;

/// Names, keywords among them, in more than one case.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z_][a-zA-Z0-9_]{0,6}",
        prop::sample::select(vec![
            "on",
            "by",
            "or",
            "and",
            "sum",
            "offset",
            "bool",
            "inf",
            "NaN",
            "group_left",
            "start",
            "anchored",
            "le",
            "unless",
            "OR",
            "o",
            "order",
            "fill",
            "ignoring",
            "topk",
            "atan2",
            "without",
            "rate",
            "time",
        ])
        .prop_map(str::to_owned),
    ]
}

fn metric() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => name(),
        1 => "[a-z_:][a-z0-9_:]{0,6}",
        1 => "[a-zé.\\-\"\\\\ ]{1,6}",
    ]
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![5 => name(), 1 => "[a-zé.\\-\"\\\\ ]{1,6}"]
        .prop_filter("the name has a field of its own", |n| n != "__name__")
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z{}\"'`\\\\#\\[\\]\n\t]{0,8}"]
}

fn matcher() -> impl Strategy<Value = Matcher> {
    let plain = (label(), value(), any::<bool>()).prop_map(|(name, value, equal)| Matcher {
        name,
        op: if equal {
            MatchOp::Equal
        } else {
            MatchOp::NotEqual
        },
        value,
    });
    let patterns = vec!["5..", "a|b", ".*", "[^x]+\\d", "x{2}", "\\.\\{", ""];
    let regex = (label(), prop::sample::select(patterns), any::<bool>());
    let regex = regex.prop_map(|(name, value, matches)| Matcher {
        name,
        op: if matches {
            MatchOp::Regex
        } else {
            MatchOp::NotRegex
        },
        value: value.to_owned(),
    });
    prop_oneof![plain, regex]
}

fn selector() -> impl Strategy<Value = Selector> {
    let on_name =
        (metric(), prop::collection::vec(matcher(), 0..2)).prop_map(|(name, mut more)| {
            more.push(Matcher {
                name: "__name__".to_owned(),
                op: MatchOp::Regex,
                value: "a.*".to_owned(),
            });
            Selector {
                metric: Some(name),
                matchers: more,
            }
        });
    let with_name =
        (metric(), prop::collection::vec(matcher(), 0..3)).prop_map(|(m, matchers)| Selector {
            metric: Some(m),
            matchers,
        });
    let without = (label(), prop::collection::vec(matcher(), 0..2)).prop_map(|(name, matchers)| {
        Selector {
            metric: None,
            matchers,
        }
        .eq(name, "something")
    });
    prop_oneof![6 => with_name, 1 => on_name, 2 => without]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (1u64..500_000_000_000).prop_map(Duration::from_millis),
        prop::sample::select(vec![
            1u64, 30, 300, 3600, 86_400, 604_800, 2_592_000, 31_536_000
        ])
        .prop_map(Duration::from_secs),
    ]
}

fn offset() -> impl Strategy<Value = Duration> {
    prop_oneof![3 => Just(Duration::ZERO), 1 => duration()]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("NaN equals nothing", |n| !n.is_nan()),
        (-1000i32..1000).prop_map(|n| f64::from(n) / 8.0),
        prop::sample::select(vec![
            0.0,
            8.0,
            0.999,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e22,
            1e-9
        ]),
    ]
}

fn labels() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(label(), 0..3)
}

/// A scalar, a vector and a range vector of some depth.
fn typed() -> impl Strategy<Value = (Expr, Expr, Expr)> {
    let leaf_scalar = prop_oneof![
        number().prop_map(Expr::Number),
        Just(Expr::Call {
            function: Function::Time,
            args: vec![]
        }),
    ];
    let leaf_vector =
        (selector(), offset()).prop_map(|(selector, offset)| Expr::Instant { selector, offset });
    let leaf_range = (selector(), duration(), offset(), any::<bool>()).prop_map(
        |(selector, range, offset, anchored)| {
            Expr::Range(RangeSelector {
                selector: selector.into(),
                range,
                offset,
                modifier: anchored.then_some(RangeModifier::Anchored),
            })
        },
    );
    let leaf = (leaf_scalar, leaf_vector, leaf_range);
    leaf.prop_recursive(5, 60, 3, |inner| {
        (
            (inner.clone(), inner.clone()).prop_flat_map(|(a, b)| scalar(a, b)),
            (inner.clone(), inner.clone()).prop_flat_map(|(a, b)| vector(a, b)),
            (inner, duration(), prop::option::of(duration()), offset()).prop_map(
                |((_, vector, _), range, step, offset)| Expr::Subquery {
                    expr: Box::new(vector),
                    range,
                    step,
                    offset,
                },
            ),
        )
    })
}

type Typed = (Expr, Expr, Expr);

/// `-1` is a number and no negation, so that `Negate` never stands on a number's own sign.
fn negate(expr: Expr) -> Expr {
    Expr::Negate(Box::new(expr))
}

fn operator(compare: bool) -> impl Strategy<Value = BinaryOp> {
    let ops = BinaryOp::ALL.iter().copied();
    let ops: Vec<BinaryOp> = ops
        .filter(|op| !op.is_set() && (compare || !op.is_comparison()))
        .collect();
    prop::sample::select(ops)
}

fn scalar(a: Typed, b: Typed) -> BoxedStrategy<Expr> {
    let (x, y) = (a.0.clone(), b.0.clone());
    let binary = operator(true).prop_map(move |op| Expr::Binary {
        op,
        lhs: Box::new(x.clone()),
        rhs: Box::new(y.clone()),
        matching: Matching::default(),
        return_bool: op.is_comparison(),
    });
    prop_oneof![
        binary,
        Just(Expr::Call {
            function: Function::Scalar,
            args: vec![b.1]
        }),
        Just(negate(a.0)),
    ]
    .boxed()
}

fn matching() -> impl Strategy<Value = Matching> {
    let side = prop_oneof![Just(Side::Left), Just(Side::Right)];
    let group = prop::option::of((side, prop::collection::vec("g[a-z]{1,3}", 0..2)));
    // A label must not be matched on and taken over at once.
    let label = || prop::collection::vec("[a-f][a-z]{0,3}|on|by|bool", 0..3);
    (prop::option::of(label()), label(), group).prop_map(|(on, ignoring, group)| Matching {
        ignoring: if on.is_some() { Vec::new() } else { ignoring },
        on,
        group,
    })
}

fn grouping() -> impl Strategy<Value = Grouping> {
    prop_oneof![
        Just(Grouping::All),
        labels().prop_map(Grouping::By),
        labels().prop_map(Grouping::Without),
    ]
}

fn vector(a: Typed, b: Typed) -> BoxedStrategy<Expr> {
    let aggregations = vec![
        Aggregation::Sum,
        Aggregation::Avg,
        Aggregation::Min,
        Aggregation::Max,
        Aggregation::Count,
        Aggregation::Group,
    ];
    let x = a.1.clone();
    let aggregate =
        (prop::sample::select(aggregations), grouping()).prop_map(move |(op, grouping)| {
            Expr::Aggregate {
                op,
                grouping,
                expr: Box::new(x.clone()),
            }
        });
    let (x, y) = (a.1.clone(), b.1.clone());
    let vectors =
        (operator(true), matching(), any::<bool>()).prop_map(move |(op, matching, bool)| {
            Expr::Binary {
                op,
                lhs: Box::new(x.clone()),
                rhs: Box::new(y.clone()),
                matching,
                return_bool: bool && op.is_comparison(),
            }
        });
    let (x, y) = (a.1.clone(), b.1.clone());
    let sets = prop::sample::select(vec![BinaryOp::Or, BinaryOp::And, BinaryOp::Unless]);
    let sets = (sets, matching()).prop_map(move |(op, matching)| Expr::Binary {
        op,
        lhs: Box::new(x.clone()),
        rhs: Box::new(y.clone()),
        matching: Matching {
            group: None,
            ..matching
        },
        return_bool: false,
    });
    let (x, y) = (a.1.clone(), b.0.clone());
    let mixed = (operator(true), any::<bool>()).prop_map(move |(op, swap)| {
        let (lhs, rhs) = if swap {
            (y.clone(), x.clone())
        } else {
            (x.clone(), y.clone())
        };
        Expr::Binary {
            op,
            lhs: Box::new(lhs),
            rhs: Box::new(rhs),
            matching: Matching::default(),
            return_bool: false,
        }
    });
    let over_range = Function::ALL.iter().copied().filter(|f| {
        f.name().ends_with("_over_time")
            || matches!(
                f,
                Function::Rate
                    | Function::Increase
                    | Function::Delta
                    | Function::Irate
                    | Function::Resets
                    | Function::Changes
            )
    });
    let range = a.2.clone();
    let over_range =
        prop::sample::select(over_range.collect::<Vec<_>>()).prop_map(move |function| Expr::Call {
            function,
            args: vec![range.clone()],
        });
    let call = |function, args| Just(Expr::Call { function, args });
    let (x, n) = (a.1.clone(), b.0.clone());
    let replace = prop::collection::vec(value(), 3..=3).prop_map(move |texts| {
        let mut args = vec![x.clone()];
        args.extend(texts.into_iter().map(Expr::Text));
        args.push(Expr::Text("(.*)".to_owned()));
        Expr::Call {
            function: Function::LabelReplace,
            args,
        }
    });
    prop_oneof![
        2 => aggregate,
        3 => vectors,
        2 => sets,
        2 => mixed,
        3 => over_range,
        1 => replace,
        1 => Just(negate(a.1.clone())),
        1 => call(Function::Abs, vec![a.1.clone()]),
        1 => call(Function::Round, vec![a.1.clone(), n.clone()]),
        1 => call(Function::ClampMin, vec![a.1.clone(), n.clone()]),
        1 => call(Function::HistogramQuantile, vec![n.clone(), a.1.clone()]),
        1 => call(Function::HistogramFraction, vec![n.clone(), a.0.clone(), a.1.clone()]),
        1 => call(Function::Absent, vec![a.1.clone()]),
        1 => call(Function::Timestamp, vec![a.1]),
        1 => call(Function::Vector, vec![n]),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn reading_undoes_printing((scalar, vector, range) in typed()) {
        for expr in [scalar, vector, range] {
            let text = expr.to_string();
            let read = Expr::parse(&text);
            prop_assert_eq!(read.as_ref(), Ok(&expr), "{}", text);
            prop_assert!(promql_client::expr::check(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[ -~\n]{0,40}|(sum|offset|[5mse@.]|\\[|\\]|x|-|inf|\\{|\\}|\"|`){0,14}") {
        let _ = Expr::parse(&text);
        let _ = promql_client::expr::check(&text);
    }
}
