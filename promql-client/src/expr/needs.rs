//! Which Prometheus takes an expression.

use promql_parser::label::{MatchOp as TheirOp, Matchers};
use promql_parser::parser::Expr as Tree;

use super::ast::{Expr, Grouping, RangeModifier};
use super::parse::tree;
use super::print::is_plain_name;
use super::re2;
use super::scan::pieces;
use super::selector::{MatchOp, Selector};

/// Functions that Prometheus 2.42 does not know.
const NEW: [&str; 4] = [
    "first_over_time",
    "histogram_avg",
    "histogram_stddev",
    "histogram_stdvar",
];
const EXPERIMENTAL_AGGREGATIONS: [&str; 2] = ["limitk", "limit_ratio"];
/// Words before a list of labels.
const LISTED: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// What an expression uses that not every Prometheus takes: one of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// What every version refuses unless it was started with `--enable-feature`, such as `limitk`.
    pub experimental: Option<String>,
    /// What Prometheus 3 takes and 2.x does not, or not all of them, such as `histogram_avg`.
    pub prometheus_3: Option<String>,
}

impl Needs {
    /// What an expression needs, as far as its text tells.
    ///
    /// ```
    /// use promql_client::expr::{Expr, Needs};
    ///
    /// let of = |text| Needs::of(&Expr::parse_or_verbatim(text).unwrap());
    /// assert_eq!(of("topk(1, x)"), Needs::default());
    /// assert_eq!(of("limitk(1, x)").experimental.unwrap(), "limitk");
    /// assert_eq!(of(r#"{"a.b"}"#).prometheus_3.unwrap(), "the quoted name \"a.b\"");
    /// ```
    #[must_use]
    pub fn of(expr: &Expr) -> Self {
        let mut needs = Self::default();
        let mut rest = vec![expr];
        while let Some(expr) = rest.pop() {
            needs.node(expr);
            rest.extend(expr.children());
        }
        needs
    }

    fn node(&mut self, expr: &Expr) {
        match expr {
            Expr::Instant { selector, .. } => self.selector(selector),
            Expr::Range(range) => {
                if range.modifier == Some(RangeModifier::Anchored) {
                    self.newer("anchored".to_owned());
                }
                self.selector(&range.selector);
            }
            Expr::Aggregate { grouping, .. } => match grouping {
                Grouping::All => {}
                Grouping::By(labels) | Grouping::Without(labels) => self.labels(labels),
            },
            Expr::Binary { matching, .. } => {
                let group = matching.group.iter().flat_map(|(_, labels)| labels);
                let on = matching.on.iter().flatten();
                self.labels(on.chain(&matching.ignoring).chain(group));
            }
            Expr::Verbatim(text) => self.text(text),
            _ => {}
        }
    }

    fn selector(&mut self, selector: &Selector) {
        for matcher in &selector.matchers {
            if matches!(matcher.op, MatchOp::Regex | MatchOp::NotRegex) {
                self.pattern(&matcher.value);
            }
        }
        let metric = selector.metric.iter();
        let unusual = metric.filter(|name| !is_plain_name(name, true));
        for name in unusual {
            self.quoted(name);
        }
        self.labels(selector.matchers.iter().map(|matcher| &matcher.name));
    }

    fn labels<'l>(&mut self, labels: impl IntoIterator<Item = &'l String>) {
        for label in labels {
            if !is_plain_name(label, false) {
                self.quoted(label);
            }
        }
    }

    /// A text that is no tree of ours.
    fn text(&mut self, text: &str) {
        if let Some(name) = quoted_name(text) {
            self.quoted(name.trim_matches(['"', '\'', '`']));
        }
        // What is no PromQL is another's finding.
        let Ok((whole, anchored)) = tree(text) else {
            return;
        };
        if !anchored.is_empty() {
            self.newer("anchored".to_owned());
        }
        let mut rest = vec![&whole];
        while let Some(tree) = rest.pop() {
            match tree {
                Tree::VectorSelector(vs) => self.patterns(&vs.matchers),
                Tree::MatrixSelector(ms) => self.patterns(&ms.vs.matchers),
                Tree::Paren(e) => rest.push(&e.expr),
                Tree::Unary(e) => rest.push(&e.expr),
                Tree::Subquery(e) => rest.push(&e.expr),
                Tree::Aggregate(e) => {
                    let name = e.op.to_string();
                    if EXPERIMENTAL_AGGREGATIONS.contains(&name.as_str()) {
                        self.experiment(&name);
                    }
                    rest.extend(e.param.as_deref());
                    rest.push(&e.expr);
                }
                Tree::Binary(e) => {
                    let fill = e.modifier.as_ref().map(|modifier| &modifier.fill_values);
                    if fill.is_some_and(|fill| fill.lhs.is_some() || fill.rhs.is_some()) {
                        self.experiment("fill");
                    }
                    rest.extend([&*e.lhs, &*e.rhs]);
                }
                Tree::Call(e) => {
                    if e.func.experimental {
                        self.experiment(e.func.name);
                    } else if NEW.contains(&e.func.name) {
                        self.newer(e.func.name.to_owned());
                    }
                    rest.extend(e.args.args.iter().map(|arg| &**arg));
                }
                _ => {}
            }
        }
    }

    fn patterns(&mut self, matchers: &Matchers) {
        for matcher in &matchers.matchers {
            if matches!(matcher.op, TheirOp::Re(_) | TheirOp::NotRe(_)) {
                self.pattern(&matcher.value);
            }
        }
    }

    fn pattern(&mut self, pattern: &str) {
        if let Some(what) = re2::newer(pattern) {
            self.newer(format!("{what} in a pattern"));
        }
    }

    fn experiment(&mut self, name: &str) {
        self.experimental.get_or_insert_with(|| name.to_owned());
    }

    fn quoted(&mut self, name: &str) {
        self.newer(format!("the quoted name \"{name}\""));
    }

    fn newer(&mut self, what: String) {
        self.prometheus_3.get_or_insert(what);
    }
}

/// A string where a name stands: first between braces or in a list of labels, or after a comma there.
/// Values stand after an operator.
fn quoted_name(query: &str) -> Option<&str> {
    let (mut word, mut before) = (String::new(), String::new());
    let mut last = ' ';
    // Which bracket a name may stand in, and whether it does in the innermost ones.
    let mut open: Vec<bool> = Vec::new();
    for piece in pieces(query) {
        let piece = piece.ok()?;
        let mut chars = piece.chars();
        let c = chars.next()?;
        match c {
            '"' | '\'' | '`' => {
                let is_first = matches!(last, '{' | '(' | ',');
                if is_first && open.last() == Some(&true) {
                    return Some(piece);
                }
            }
            '#' => continue,
            '{' => open.push(true),
            '(' => {
                let listed = if word.is_empty() { &before } else { &word };
                open.push(LISTED.iter().any(|name| listed.eq_ignore_ascii_case(name)));
            }
            '}' | ')' => {
                open.pop();
            }
            c if c.is_whitespace() => {
                if !word.is_empty() {
                    before = std::mem::take(&mut word);
                }
                continue;
            }
            _ => {}
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else {
            word.clear();
            before.clear();
        }
        last = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (String, String) {
        let needs = Needs::of(&Expr::parse_or_verbatim(text).unwrap());
        let [experimental, newer] =
            [needs.experimental, needs.prometheus_3].map(Option::unwrap_or_default);
        (experimental, newer)
    }

    #[test]
    fn experiments_are_found_wherever_they_stand() {
        for (text, name) in [
            ("mad_over_time(x[5m])", "mad_over_time"),
            ("limitk(1, x)", "limitk"),
            ("1 - sum(limit_ratio by (a) (0.1, x))", "limit_ratio"),
            ("info(x)", "info"),
            ("sort_by_label(x, \"a\")", "sort_by_label"),
            ("sort_by_label_desc(x, \"a\")", "sort_by_label_desc"),
            (
                "double_exponential_smoothing(x[5m], 0.1, 0.1)",
                "double_exponential_smoothing",
            ),
            ("ts_of_max_over_time(x[5m])", "ts_of_max_over_time"),
            ("a + fill(0) b", "fill"),
            ("x > bool min_of(1, 2)", "min_of"),
            ("x * step()", "step"),
        ] {
            assert_eq!(of(text), (name.to_owned(), String::new()), "{text}");
        }
        for text in [
            "topk(1, x{a=\"info(\"}) # limitk(1, x)",
            "topk by (info, limitk) (1, fill)",
            "x @ start()",
            "stddev_over_time(x[5m])",
        ] {
            assert_eq!(of(text), Default::default(), "{text}");
        }
    }

    #[test]
    fn what_only_prometheus_3_takes_is_found() {
        for (text, what) in [
            ("first_over_time(x[5m])", "first_over_time"),
            ("sum(histogram_avg(x)) / 2", "histogram_avg"),
            ("histogram_stddev(x)", "histogram_stddev"),
            ("histogram_stdvar(x)", "histogram_stdvar"),
            ("rate(x[5m] anchored)", "anchored"),
            ("topk(1, rate(x[5m] anchored))", "anchored"),
            ("{\"a.b\"}", "the quoted name \"a.b\""),
            ("x{\"a.b\"=\"c\"}", "the quoted name \"a.b\""),
            ("sum by (\"a.b\") (x)", "the quoted name \"a.b\""),
            ("x and on (\"a.b\") y", "the quoted name \"a.b\""),
            (
                "topk(1, x{c=\"d\", \"a.b\"=\"c\"})",
                "the quoted name \"a.b\"",
            ),
            (
                "x{a=~\"(?<b>c)\"}",
                "(?<b>...) instead of (?P<b>...) in a pattern",
            ),
            (
                "topk(1, rate(x{a!~\"\\\\p{LC}\"}[5m]))",
                "the class \\p{LC} in a pattern",
            ),
            ("topk(1, {\"a\"})", "the quoted name \"a\""),
            ("topk by (c, \"a\") (1, x)", "the quoted name \"a\""),
            ("topk by(\"a\")(1, x)", "the quoted name \"a\""),
        ] {
            assert_eq!(of(text), (String::new(), what.to_owned()), "{text}");
        }
        for text in [
            "{\"x\"}",
            "topk(1, x{a=\"b\", c=~\"d\"})",
            "count_values(\"a.b\", x)",
            "label_join(x, \"a\", \",\", \"c\")",
            "topk(1, x) # {\"a\"}",
        ] {
            assert_eq!(of(text), Default::default(), "{text}");
        }
    }

    #[test]
    fn times_after_at_have_bounds() {
        for text in ["x @ 1e30", "x @ -1e30", "sum(x[5m:1m] @ 1e30)", "x @ Inf"] {
            assert!(Expr::parse_or_verbatim(text).is_err(), "{text}");
        }
        for text in ["x @ 0", "x @ -1e9", "x @ 1e15", "x @ end()"] {
            assert!(Expr::parse_or_verbatim(text).is_ok(), "{text}");
        }
    }
}
