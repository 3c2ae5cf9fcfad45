//! From PromQL text to an expression.

use std::sync::Arc;
use std::time::Duration;

use promql_parser::label::{MatchOp as TheirOp, Matchers};
use promql_parser::parser::{
    self, AggregateExpr, BinaryExpr, Expr as Tree, LabelModifier, Offset, SubqueryExpr,
    VectorMatchCardinality, VectorSelector, value::ValueType,
};

use super::ast::{Aggregation, BinaryOp, Expr, Grouping, Matching, RangeModifier, Side};
use super::function::Function;
use super::plain_regex;
use super::refused::refuse;
use super::scan::scan;
use super::selector::{MatchOp, Matcher, RangeSelector, Selector};
use crate::labels::METRIC_NAME;
use crate::text::neutralize;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The text is no PromQL: correct it.
    #[error("not PromQL: {}{}", neutralize(message), at(*offset))]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where, in bytes from the start, where that is known.
        offset: Option<usize>,
    },
    /// The text is PromQL, but more than the builder's language has; a server may still take it.
    #[error("{} is outside of the supported part of PromQL", neutralize(construct))]
    Outside {
        /// Which construct.
        construct: String,
    },
}

fn at(offset: Option<usize>) -> String {
    offset
        .map(|o| format!(" (at byte {o})"))
        .unwrap_or_default()
}

/// The type of a query's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PromQlType {
    /// One number without labels.
    Scalar,
    /// A string.
    String,
    /// An instant vector.
    Vector,
    /// A range vector: samples over time.
    Matrix,
}

/// Checks PromQL without asking a server: any construct, also those [`Expr`] cannot hold.
///
/// The grammar is Prometheus 3's as far as the `promql-parser` crate knows it; duration arithmetic
/// (`[5m + 1m]`) is not in it.
///
/// # Errors
/// [`ParseError::Syntax`] where the text is no PromQL.
///
/// ```
/// use promql_client::expr::{PromQlType, check};
/// assert_eq!(check("topk(3, rate(x[5m]))"), Ok(PromQlType::Vector));
/// assert!(check("rate(x)").is_err());
/// ```
pub fn check(query: &str) -> Result<PromQlType, ParseError> {
    let tree = tree(query)?.0;
    Ok(match tree.value_type() {
        ValueType::Scalar => PromQlType::Scalar,
        ValueType::String => PromQlType::String,
        ValueType::Vector => PromQlType::Vector,
        ValueType::Matrix => PromQlType::Matrix,
    })
}

impl Expr {
    /// Reads PromQL. The inverse of `Display`.
    ///
    /// # Errors
    /// [`ParseError::Syntax`] where the text is no PromQL, [`ParseError::Outside`] where it is more
    /// than this language has (`topk`, `@`, negative offsets, …).
    pub fn parse(query: &str) -> Result<Self, ParseError> {
        let (tree, anchored) = tree(query)?;
        Reader {
            anchored,
            ranges: 0,
        }
        .expr(&tree)
    }
}

impl Selector {
    /// Reads a selector such as `up{job="api"}`.
    ///
    /// # Errors
    /// Those of [`Expr::parse`], and [`ParseError::Syntax`] where the text is another expression.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        match &mut Expr::parse(text)? {
            Expr::Instant { selector, offset } if offset.is_zero() => Ok(std::mem::take(selector)),
            _ => Err(ParseError::Syntax {
                message: "expected a selector such as up{job=\"api\"}".to_owned(),
                offset: None,
            }),
        }
    }
}

pub(super) fn tree(query: &str) -> Result<(Tree, Vec<usize>), ParseError> {
    let scanned = scan(query)?;
    let hidden = plain_regex::hide(&scanned.text);
    let tree = match hidden.and_then(|text| parser::parse(&text).ok()) {
        Some(tree) => tree,
        // What is wrong is said of the text as it was written.
        None => parser::parse(&scanned.text).map_err(|message| ParseError::Syntax {
            message,
            offset: None,
        })?,
    };
    refuse(&tree)?;
    Ok((tree, scanned.anchored))
}

fn outside<T>(construct: impl Into<String>) -> Result<T, ParseError> {
    Err(ParseError::Outside {
        construct: construct.into(),
    })
}

fn offset(offset: Option<&Offset>) -> Result<Duration, ParseError> {
    match offset {
        None => Ok(Duration::ZERO),
        Some(Offset::Pos(duration)) => Ok(*duration),
        Some(Offset::Neg(_)) => outside("a negative offset"),
    }
}

/// Turns the parser's tree into ours, range selectors counted from the left.
struct Reader {
    anchored: Vec<usize>,
    ranges: usize,
}

impl Reader {
    fn expr(&mut self, tree: &Tree) -> Result<Expr, ParseError> {
        let mut tree = tree;
        while let Tree::Paren(paren) = tree {
            tree = &paren.expr;
        }
        match tree {
            Tree::NumberLiteral(number) => Ok(Expr::Number(number.val)),
            Tree::StringLiteral(text) => Ok(Expr::Text(text.val.clone())),
            Tree::VectorSelector(vs) => Ok(Expr::Instant {
                selector: selector(vs)?,
                offset: offset(vs.offset.as_ref())?,
            }),
            Tree::MatrixSelector(ms) => {
                let modifier = self
                    .anchored
                    .contains(&self.ranges)
                    .then_some(RangeModifier::Anchored);
                self.ranges += 1;
                Ok(Expr::Range(RangeSelector {
                    selector: Arc::new(selector(&ms.vs)?),
                    range: ms.range,
                    offset: offset(ms.vs.offset.as_ref())?,
                    modifier,
                }))
            }
            Tree::Unary(unary) => Ok(Expr::Negate(Box::new(self.expr(&unary.expr)?))),
            Tree::Subquery(subquery) => self.subquery(subquery),
            Tree::Aggregate(aggregate) => self.aggregate(aggregate),
            Tree::Binary(binary) => self.binary(binary),
            Tree::Call(call) => {
                let Some(function) = Function::from_name(call.func.name) else {
                    return outside(format!("the function {}", call.func.name));
                };
                let args = call.args.args.iter().map(|arg| self.expr(arg));
                Ok(Expr::Call {
                    function,
                    args: args.collect::<Result<_, _>>()?,
                })
            }
            Tree::Paren(_) | Tree::Extension(_) => outside("an extension"),
        }
    }

    fn subquery(&mut self, subquery: &SubqueryExpr) -> Result<Expr, ParseError> {
        if subquery.at.is_some() {
            return outside("the modifier @");
        }
        Ok(Expr::Subquery {
            expr: Box::new(self.expr(&subquery.expr)?),
            range: subquery.range,
            step: subquery.step,
            offset: offset(subquery.offset.as_ref())?,
        })
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Result<Expr, ParseError> {
        let name = aggregate.op.to_string();
        let op = match name.as_str() {
            "sum" => Aggregation::Sum,
            "avg" => Aggregation::Avg,
            "min" => Aggregation::Min,
            "max" => Aggregation::Max,
            "count" => Aggregation::Count,
            "group" => Aggregation::Group,
            _ => return outside(format!("the aggregation {name}")),
        };
        let grouping = match &aggregate.modifier {
            None => Grouping::All,
            Some(LabelModifier::Include(labels)) => Grouping::By(labels.labels.clone()),
            Some(LabelModifier::Exclude(labels)) => Grouping::Without(labels.labels.clone()),
        };
        Ok(Expr::Aggregate {
            op,
            grouping,
            expr: Box::new(self.expr(&aggregate.expr)?),
        })
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Result<Expr, ParseError> {
        let sign = binary.op.to_string();
        let Some(op) = BinaryOp::ALL.iter().find(|op| op.sign() == sign) else {
            return outside(format!("the operator {sign}"));
        };
        let mut matching = Matching::default();
        let mut return_bool = false;
        if let Some(modifier) = &binary.modifier {
            if modifier.fill_values.lhs.is_some() || modifier.fill_values.rhs.is_some() {
                return outside("the modifier fill");
            }
            return_bool = modifier.return_bool;
            match &modifier.matching {
                None => {}
                Some(LabelModifier::Include(labels)) => matching.on = Some(labels.labels.clone()),
                Some(LabelModifier::Exclude(labels)) => {
                    matching.ignoring.clone_from(&labels.labels);
                }
            }
            matching.group = match &modifier.card {
                VectorMatchCardinality::ManyToOne(l) => Some((Side::Left, l.labels.clone())),
                VectorMatchCardinality::OneToMany(l) => Some((Side::Right, l.labels.clone())),
                _ => None,
            };
        }
        let lhs = Box::new(self.expr(&binary.lhs)?);
        let rhs = Box::new(self.expr(&binary.rhs)?);
        Ok(Expr::Binary {
            op: *op,
            lhs,
            rhs,
            matching,
            return_bool,
        })
    }
}

fn selector(vs: &VectorSelector) -> Result<Selector, ParseError> {
    if vs.at.is_some() {
        return outside("the modifier @");
    }
    let mut selector = Selector {
        metric: vs.name.clone(),
        matchers: matchers(&vs.matchers),
    };
    // `{__name__="x"}` and `x` are the same; the second is the canonical one.
    if selector.metric.is_none()
        && let Some(name) = selector
            .matchers
            .iter()
            .position(|m| m.name == METRIC_NAME && m.op == MatchOp::Equal)
    {
        selector.metric = Some(selector.matchers.remove(name).value);
    }
    Ok(selector)
}

fn matchers(matchers: &Matchers) -> Vec<Matcher> {
    let each = matchers.matchers.iter().map(|m| {
        let op = match m.op {
            TheirOp::Equal => MatchOp::Equal,
            TheirOp::NotEqual => MatchOp::NotEqual,
            TheirOp::Re(_) => MatchOp::Regex,
            TheirOp::NotRe(_) => MatchOp::NotRegex,
        };
        let (op, value) = plain_regex::reveal(op, &m.value);
        Matcher {
            name: m.name.clone(),
            op,
            value: value.to_owned(),
        }
    });
    each.collect()
}
