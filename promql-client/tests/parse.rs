//! What is read, what is refused, and the parser's corners that once looked doubtful.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use promql_client::Expr;
use promql_client::expr::{
    Function, MatchOp, ParseError, PromQlType, RangeModifier, Selector, call, check, escape_regex,
    rate, sum,
};

fn outside(query: &str) -> String {
    match Expr::parse(query) {
        Err(ParseError::Outside { construct }) => construct,
        other => panic!("{query}: {other:?}"),
    }
}

fn offset_of(query: &str) -> Option<usize> {
    match Expr::parse(query) {
        Err(ParseError::Syntax { offset, .. }) => offset,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn constructs_outside_of_the_language_are_named_and_still_valid() {
    for (query, named) in [
        ("topk(3, x)", "topk"),
        ("quantile(0.9, x)", "quantile"),
        ("x @ 100", "@"),
        ("rate(x[5m] @ end())", "@"),
        ("x offset -5m", "negative offset"),
        ("ceil(x)", "ceil"),
        ("x atan2 y", "atan2"),
        ("x + fill(0) y", "fill"),
    ] {
        assert!(outside(query).contains(named), "{query}");
        assert_eq!(check(query), Ok(PromQlType::Vector), "{query}");
    }
}

#[test]
fn a_comment_of_a_verbatim_query_takes_nothing_else_in() {
    let meaning = |text: &str| promql_parser::parser::parse(text).unwrap().prettify();
    for (text, bare) in [
        ("topk(1, x) # the worst", "topk(1, x)"),
        ("topk(1, x) # (\n# \"so\"", "topk(1, x)"),
        ("topk(1, x) # ended\n", "topk(1, x)"),
        ("topk(1, # the worst\n x)", "topk(1, x)"),
        (
            "topk(1, x{a=\"#\\\"#\", b='#'})",
            "topk(1, x{a=\"#\\\"#\", b='#'})",
        ),
        ("topk(1, x{a=\"it's\"}) # it's", "topk(1, x{a=\"it's\"})"),
        ("topk(1, x{a=\"`\"}) # `", "topk(1, x{a=\"`\"})"),
    ] {
        let read = Expr::parse_or_verbatim(text).unwrap();
        assert_eq!(read, Expr::Verbatim(text.to_owned()));
        let (half, all) = (read.clone() / Expr::Number(2.0), sum(read.clone()));
        for (expr, expected) in [
            (&read, format!("({bare})")),
            (&half, format!("({bare}) / 2")),
            (&all, format!("sum(({bare}))")),
        ] {
            let printed = expr.to_string();
            assert_eq!(meaning(&printed), meaning(&expected), "{printed}");
            let again = Expr::parse_or_verbatim(&printed).unwrap().to_string();
            assert_eq!(meaning(&again), meaning(&format!("({expected})")));
        }
    }
    // What needs no new line gets none.
    let raw = Expr::parse_or_verbatim("topk(1, x{a=`#`})").unwrap();
    assert_eq!(raw.to_string(), "(topk(1, x{a=`#`}))");
}

#[test]
fn the_metric_has_one_place() {
    let read = |text: &str| Selector::parse(text).unwrap();
    assert_eq!(read(r#"{__name__="up"}"#), Selector::metric("up"));
    assert_eq!(read(r#"{"up"}"#), Selector::metric("up"));
    assert_eq!(
        read(r#"{job="a", __name__="up"}"#),
        Selector::metric("up").eq("job", "a")
    );
    assert_eq!(Selector::any().eq("__name__", "up"), Selector::metric("up"));
    let two = Selector::metric("up").re("__name__", "u.");
    assert_eq!(two.to_string(), r#"{__name__="up",__name__=~"u."}"#);
    assert_eq!(read(&two.to_string()), two);
    assert!(Selector::parse(r#"up{__name__="down"}"#).is_err());
    assert!(Selector::parse("up offset 5m").is_err());
    assert!(Selector::parse("sum(up)").is_err());
}

#[test]
fn keywords_are_names_where_the_printer_puts_them() {
    for name in ["on", "sum", "inf", "bool", "anchored"] {
        let selector = Selector::metric(name);
        assert_eq!(selector.to_string(), format!("{{__name__=\"{name}\"}}"));
        assert_eq!(Selector::parse(&selector.to_string()), Ok(selector));
    }
}

#[test]
fn strings_of_all_three_kinds() {
    for text in [
        r#"x{a="\\d\"\n"}"#,
        r#"x{a='\\d"\n'}"#,
        "x{a=\"\\x5cd\\042\\u000a\"}",
    ] {
        let read = Selector::parse(text).unwrap();
        assert_eq!(read.matchers[0].value, "\\d\"\n", "{text}");
    }
    let raw = Selector::parse(r"x{a=~`5\.\d`}").unwrap();
    assert_eq!(
        (raw.matchers[0].op, raw.matchers[0].value.as_str()),
        (MatchOp::Regex, r"5\.\d")
    );
    let escaped = Selector::metric("x").re("a", escape_regex("a{1}\\b$"));
    assert_eq!(Selector::parse(&escaped.to_string()), Ok(escaped));
    // The quotes of one kind are text in another, and so are brackets and comments.
    assert!(check("x{a=\"]`'#[\"} # anchored ] \" `\n + y").is_ok());
}

#[test]
fn durations_mean_what_prometheus_means() {
    for (text, millis) in [
        ("x[1h30m]", 5_400_000),
        ("x[90]", 90_000),
        ("x[1.5]", 1_500),
        ("x[1y1w1d1h1m1s1ms]", 32_230_861_001),
        ("x[30d]", 2_592_000_000),
    ] {
        let Ok(Expr::Range(ref range)) = Expr::parse(text) else {
            panic!("{text}");
        };
        assert_eq!(range.range, Duration::from_millis(millis), "{text}");
    }
    for bad in [
        "x[0s]",
        "x[1e30]",
        "x[1m1h]",
        "x[5000000000ms]",
        "x offset 1e300",
        "x offset inf",
        "x[99999999999999999999999]",
        "x offset 99999999999999999999y",
        "x[5m:1e40]",
    ] {
        assert!(
            matches!(check(bad), Err(ParseError::Syntax { .. })),
            "{bad}"
        );
    }
}

#[test]
fn anchored_stays_with_its_own_range() {
    let anchored = |query: &str| {
        fn walk(expr: &Expr, found: &mut Vec<bool>) {
            match expr {
                Expr::Range(range) => found.push(range.modifier == Some(RangeModifier::Anchored)),
                Expr::Call { args, .. } => args.iter().for_each(|arg| walk(arg, found)),
                Expr::Binary { lhs, rhs, .. } => {
                    walk(lhs, found);
                    walk(rhs, found);
                }
                Expr::Subquery { expr, .. } | Expr::Aggregate { expr, .. } => walk(expr, found),
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk(&Expr::parse(query).unwrap(), &mut found);
        found
    };
    assert_eq!(
        anchored("rate(x[5m]) + increase(x[5m] anchored) + increase(x{a=\"[5m] anchored\"}[1m])"),
        [false, true, false]
    );
    assert_eq!(anchored("rate(x[5m] offset 1h anchored)"), [true]);
    assert_eq!(anchored("rate(x[5m] ANCHORED offset 1h)"), [true]);
    assert_eq!(
        anchored("max_over_time(rate(x[5m])[1h:1m]) + rate(x[1m] anchored)"),
        [false, true]
    );
    assert!(Expr::parse("anchored(x)").is_err());
}

#[test]
fn precedence_is_prometheus_own() {
    let x = || Selector::metric("x").instant();
    let number = |n: f64| Expr::Number(n);
    let binary = |l: Expr, op: &str, r: Expr| {
        let ops = promql_client::expr::BinaryOp::ALL;
        let op = ops.iter().find(|o| o.sign() == op).unwrap();
        l.binary(*op, Default::default(), r)
    };
    for (text, expected) in [
        (
            "-x ^ 2",
            Expr::Negate(Box::new(binary(x(), "^", number(2.0)))),
        ),
        (
            "2 ^ 3 ^ x",
            binary(number(2.0), "^", binary(number(3.0), "^", x())),
        ),
        (
            "x - 1 - 2",
            binary(binary(x(), "-", number(1.0)), "-", number(2.0)),
        ),
        ("x or x and x", binary(x(), "or", binary(x(), "and", x()))),
        ("+x", x()),
        ("((x))", x()),
        (
            "SUM(rate(x[5m]))",
            sum(rate(Selector::metric("x").range(Duration::from_secs(300)))),
        ),
        ("sum(x) by (a)", Expr::parse("sum by (a) (x)").unwrap()),
        ("time()", call(Function::Time, [])),
        ("0x1F", number(31.0)),
        ("1e3", number(1000.0)),
        ("1h", number(3600.0)),
    ] {
        assert_eq!(Expr::parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn errors_have_a_place_where_it_is_known() {
    assert_eq!(offset_of("sum(x"), Some(3));
    assert_eq!(offset_of("sum(x))"), Some(6));
    assert_eq!(offset_of("x{a=\"b}"), Some(4));
    assert_eq!(offset_of("x{a=\"b\""), Some(1));
    assert_eq!(offset_of("rate(x[5m)"), Some(6));
    assert_eq!(offset_of("sum(5 5)"), None);
    let message = Expr::parse("sum(x").unwrap_err().to_string();
    assert_eq!(message, "not PromQL: ( is never closed (at byte 3)");
}

#[test]
fn what_is_no_promql_is_refused() {
    for bad in [
        "",
        "x +",
        "rate(x)",
        "sum(1)",
        "{}",
        "x{a=~\"(\"}",
        "1 and 2",
        "x{a=\"b\" or c=\"d\"}",
        "{job=~\".*\"}",
        "x[5m][5m]",
        "sum(x[5m])",
        "group_left x",
        "1 > 2",
        "unknown(x)",
        "x[5m",
    ] {
        assert!(
            matches!(check(bad), Err(ParseError::Syntax { .. })),
            "{bad}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    let deepest = format!("{}x{}", "(".repeat(200), ")".repeat(200));
    assert!(Expr::parse(&deepest).is_ok());
    assert!(Expr::parse(&vec!["x"; 200].join(" or ")).is_ok());
    assert!(Expr::parse(&format!("{}x", "-".repeat(200))).is_ok());
    for many in [
        format!("{}x{}", "(".repeat(100_000), ")".repeat(100_000)),
        vec!["x"; 50_000].join(" or "),
        format!("{}x", "-".repeat(100_000)),
        format!("x{}", "[5m:1m]".repeat(50_000)),
    ] {
        assert!(outside(&many).contains("levels"));
    }
}

#[test]
fn types_are_told() {
    for (query, expected) in [
        ("1", PromQlType::Scalar),
        ("\"x\"", PromQlType::String),
        ("x", PromQlType::Vector),
        ("x[5m]", PromQlType::Matrix),
        ("scalar(x) * 2", PromQlType::Scalar),
        ("x[5m:]", PromQlType::Matrix),
    ] {
        assert_eq!(check(query), Ok(expected), "{query}");
    }
}

#[test]
fn patterns_stay_patterns_however_they_are_read() {
    for text in [
        r#"x{a=~"5..",b!~"1|2",c="5..",d!="1|2"}"#,
        r#"{a=~"api-.*"}"#,
        r#"x{a=~"(b)",c=~"d"}"#,
        r#"rate(x{a=~"5.."}[5m]) / rate(x{a!~"5.."}[5m])"#,
    ] {
        assert_eq!(Expr::parse(text).unwrap().to_string(), text);
    }
    // Whatever matches the empty text selects everything.
    for text in [r#"{a=~".*"}"#, r#"{a!~"b"}"#, r#"{a=~"b|"}"#] {
        let refused = Expr::parse(text).unwrap_err().to_string();
        assert!(refused.contains("non-empty matcher"), "{text}: {refused}");
    }
    for text in [r#"x{a!=~"b"}"#, r#"x{a=~"("}"#, r#"x{a=~"b" c="d"}"#] {
        assert!(Expr::parse(text).is_err(), "{text}");
    }
    // The words are about what was written.
    let refused = Expr::parse(r#"x{a=~"b",__name__="y"}"#).unwrap_err();
    assert!(refused.to_string().contains("set twice"), "{refused}");
}
