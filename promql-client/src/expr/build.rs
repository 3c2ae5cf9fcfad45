//! The builder's words: functions, aggregations and operators as they read in PromQL.

use std::ops;
use std::time::Duration;

use super::ast::{Aggregation, BinaryOp, Expr, Grouping, Matching};
use super::function::Function;
use super::selector::{RangeSelector, Selector};

/// Escapes a value so that, in a regular expression, it only matches itself (RE2's rules).
#[must_use]
pub fn escape_regex(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Calls a function.
#[must_use]
pub fn call(function: Function, args: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::Call {
        function,
        args: args.into_iter().collect(),
    }
}

macro_rules! range_functions {
    ($($(#[$doc:meta])* $name:ident => $function:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(range: impl Into<Expr>) -> Expr {
            call(Function::$function, [range.into()])
        }
    )+};
}

range_functions! {
    /// `rate(x[w])`
    rate => Rate,
    /// `increase(x[w])`
    increase => Increase,
    /// `resets(x[w])`
    resets => Resets,
    /// `sum_over_time(x[w])`
    sum_over_time => SumOverTime,
    /// `avg_over_time(x[w])`
    avg_over_time => AvgOverTime,
    /// `min_over_time(x[w])`
    min_over_time => MinOverTime,
    /// `max_over_time(x[w])`
    max_over_time => MaxOverTime,
    /// `count_over_time(x[w])`
    count_over_time => CountOverTime,
    /// `last_over_time(x[w])`
    last_over_time => LastOverTime,
    /// `absent_over_time(x[w])`
    absent_over_time => AbsentOverTime,
    /// `absent(x)`
    absent => Absent,
    /// `histogram_count(h)`
    histogram_count => HistogramCount,
}

/// `sum(expr)`
#[must_use]
pub fn sum(expr: impl Into<Expr>) -> Expr {
    aggregate(Aggregation::Sum, Grouping::All, expr)
}

/// `sum by (labels) (expr)`; without labels, `sum(expr)`.
#[must_use]
pub fn sum_by<L: Into<String>>(labels: impl IntoIterator<Item = L>, expr: impl Into<Expr>) -> Expr {
    aggregate(Aggregation::Sum, by(labels), expr)
}

/// `max by (labels) (expr)`; without labels, `max(expr)`.
#[must_use]
pub fn max_by<L: Into<String>>(labels: impl IntoIterator<Item = L>, expr: impl Into<Expr>) -> Expr {
    aggregate(Aggregation::Max, by(labels), expr)
}

fn by<L: Into<String>>(labels: impl IntoIterator<Item = L>) -> Grouping {
    let labels: Vec<String> = labels.into_iter().map(Into::into).collect();
    if labels.is_empty() {
        Grouping::All
    } else {
        Grouping::By(labels)
    }
}

/// Any aggregation.
#[must_use]
pub fn aggregate(op: Aggregation, grouping: Grouping, expr: impl Into<Expr>) -> Expr {
    Expr::Aggregate {
        op,
        grouping,
        expr: Box::new(expr.into()),
    }
}

/// `histogram_quantile(q, expr)`; `expr` must keep the label `le` for classic histograms.
#[must_use]
pub fn histogram_quantile(q: f64, expr: impl Into<Expr>) -> Expr {
    call(Function::HistogramQuantile, [Expr::Number(q), expr.into()])
}

/// `histogram_fraction(lower, upper, expr)` of native histograms.
#[must_use]
pub fn histogram_fraction(lower: f64, upper: f64, expr: impl Into<Expr>) -> Expr {
    call(
        Function::HistogramFraction,
        [Expr::Number(lower), Expr::Number(upper), expr.into()],
    )
}

impl Expr {
    /// Any binary operator, with matching.
    #[must_use]
    pub fn binary(self, op: BinaryOp, matching: Matching, rhs: impl Into<Self>) -> Self {
        Self::Binary {
            op,
            lhs: Box::new(self),
            rhs: Box::new(rhs.into()),
            matching,
            return_bool: false,
        }
    }

    fn plain(self, op: BinaryOp, rhs: impl Into<Self>) -> Self {
        self.binary(op, Matching::default(), rhs)
    }

    /// `self or rhs`
    #[must_use]
    pub fn or(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::Or, rhs)
    }

    /// `self and rhs`
    #[must_use]
    pub fn and(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::And, rhs)
    }

    /// `self unless rhs`
    #[must_use]
    pub fn unless(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::Unless, rhs)
    }

    /// `self > rhs`: keeps the series for which it holds.
    #[must_use]
    pub fn gt(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::Greater, rhs)
    }

    /// `self >= rhs`: keeps the series for which it holds.
    #[must_use]
    pub fn ge(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::GreaterOrEqual, rhs)
    }

    /// `self < rhs`: keeps the series for which it holds.
    #[must_use]
    pub fn lt(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::Less, rhs)
    }

    /// `self == rhs`: keeps the series for which it holds.
    #[must_use]
    pub fn equal(self, rhs: impl Into<Self>) -> Self {
        self.plain(BinaryOp::Equal, rhs)
    }

    /// A comparison that answers 1 or 0 instead of filtering.
    #[must_use]
    pub fn as_bool(mut self) -> Self {
        if let Self::Binary {
            op, return_bool, ..
        } = &mut self
        {
            *return_bool |= op.is_comparison();
        }
        self
    }

    /// `self[range:step]`, for a function over time.
    #[must_use]
    pub fn subquery(self, range: Duration, step: Duration) -> Self {
        Self::Subquery {
            expr: Box::new(self),
            range,
            step: Some(step),
            offset: Duration::ZERO,
        }
    }
}

impl From<RangeSelector> for Expr {
    fn from(range: RangeSelector) -> Self {
        Self::Range(range)
    }
}

impl From<Selector> for Expr {
    fn from(selector: Selector) -> Self {
        selector.instant()
    }
}

impl From<f64> for Expr {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $op:ident),+) => {$(
        impl<R: Into<Expr>> ops::$trait<R> for Expr {
            type Output = Self;
            fn $method(self, rhs: R) -> Self {
                self.plain(BinaryOp::$op, rhs)
            }
        }
    )+};
}

operators!(Add add Add, Sub sub Sub, Mul mul Mul, Div div Div);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_only_where_they_are_needed() {
        let a = || Selector::metric("a").instant();
        let b = || Selector::metric("b").instant();
        let cases = [
            (a() - (b() - a()), "a - (b - a)"),
            (a() - b() - a(), "a - b - a"),
            ((a() + b()) * a(), "(a + b) * a"),
            (a().gt(b()).or(a()), "a > b or a"),
            (a().or(b()).unless(a()), "(a or b) unless a"),
            (Expr::Negate(Box::new(a() + b())), "-(a + b)"),
            (a().gt(0.001).as_bool(), "a > bool 0.001"),
            (
                a().binary(BinaryOp::And, Matching::on(["x", "y"]), b()),
                "a and on (x, y) b",
            ),
            (
                a().binary(BinaryOp::Div, Matching::on(["x"]).group_left(), b()),
                "a / on (x) group_left () b",
            ),
            (
                sum_by(["x"], a()).subquery(Duration::from_secs(60), Duration::from_secs(5)),
                "sum by (x) (a)[1m:5s]",
            ),
        ];
        for (expr, text) in cases {
            assert_eq!(expr.to_string(), text);
        }
    }

    #[test]
    fn values_cannot_break_out_of_their_quotes() {
        let selector = Selector::metric("m").eq("l", "a\"} or vector(1) #\\\n");
        assert_eq!(selector.to_string(), r#"m{l="a\"} or vector(1) #\\\n"}"#);
    }

    #[test]
    fn escaped_values_only_match_themselves() {
        assert_eq!(escape_regex("a.b|c"), r"a\.b\|c");
    }
}
