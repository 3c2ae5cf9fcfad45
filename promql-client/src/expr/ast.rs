//! The expression tree.

use std::time::Duration;

use super::function::Function;
use super::selector::{RangeSelector, Selector};

/// A PromQL expression. `Display` and `Debug` print it in canonical form.
///
/// An expression may be of any depth: building, cloning, comparing, printing and dropping it take no
/// more of the stack for a hundred thousand operators than for one. Only [`Expr::parse`] has a limit,
/// of 200 levels.
///
/// Because it drops itself, its fields cannot be moved out of a pattern: match on a reference, or take
/// them with [`std::mem::replace`].
#[non_exhaustive]
pub enum Expr {
    /// A number, `NaN` and the infinities included.
    Number(f64),
    /// A string, only as a function's argument.
    Text(String),
    /// The last sample of each series.
    Instant {
        /// Which series.
        selector: Selector,
        /// How long before the evaluation time.
        offset: Duration,
    },
    /// A stretch of samples, only as a function's argument.
    Range(RangeSelector),
    /// An expression evaluated again and again over a stretch, only as a function's argument.
    Subquery {
        /// The expression.
        expr: Box<Expr>,
        /// How long the stretch is.
        range: Duration,
        /// Time between evaluations, which fall on multiples of it; `None` is the server's default.
        step: Option<Duration>,
        /// How long before the evaluation time the stretch ends.
        offset: Duration,
    },
    /// A function's value.
    Call {
        /// Which function.
        function: Function,
        /// Its arguments, in PromQL's order.
        args: Vec<Expr>,
    },
    /// An aggregation over series.
    Aggregate {
        /// Which.
        op: Aggregation,
        /// Over which labels.
        grouping: Grouping,
        /// What is aggregated.
        expr: Box<Expr>,
    },
    /// A binary operator.
    Binary {
        /// Which.
        op: BinaryOp,
        /// Left operand.
        lhs: Box<Expr>,
        /// Right operand.
        rhs: Box<Expr>,
        /// Which series of the two sides belong together.
        matching: Matching,
        /// `bool`: a comparison answers 0 or 1 instead of filtering.
        return_bool: bool,
    },
    /// `-expr`.
    Negate(Box<Expr>),
    /// A user's own PromQL that is valid but outside the builder's language: printed in parentheses,
    /// never looked into. [`crate::MemoryBackend`] refuses it.
    Verbatim(String),
}

/// How the ends of a range are treated (Prometheus calls these extended range selectors).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RangeModifier {
    /// The last sample before the range is its start; no extrapolation.
    Anchored,
}

/// An aggregation operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aggregation {
    /// `sum`
    Sum,
    /// `avg`
    Avg,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `count`
    Count,
    /// `group`: 1 for each group.
    Group,
}

impl Aggregation {
    /// PromQL's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "count",
            Self::Group => "group",
        }
    }
}

/// Which labels an aggregation keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// None: one series comes out.
    #[default]
    All,
    /// `by (…)`: these.
    By(Vec<String>),
    /// `without (…)`: all but these.
    Without(Vec<String>),
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `unless`
    Unless,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
}

impl BinaryOp {
    /// Every operator, in a fixed order.
    pub const ALL: &'static [Self] = &[
        Self::Or,
        Self::And,
        Self::Unless,
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Mod,
        Self::Pow,
    ];

    /// PromQL's sign for it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Unless => "unless",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
        }
    }

    /// Binding strength: a higher one binds tighter.
    #[must_use]
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => 3,
            Self::Add | Self::Sub => 4,
            Self::Mul | Self::Div | Self::Mod => 5,
            Self::Pow => 6,
        }
    }

    /// Whether it compares.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        self.precedence() == 3
    }

    /// Whether it combines whole series: `or`, `and`, `unless`.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.precedence() < 3
    }
}

/// Which series of a binary operator's two sides belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Matching {
    /// `on (…)`: only these labels must agree. `None` with an empty `ignoring` is the default, where
    /// all must.
    pub on: Option<Vec<String>>,
    /// `ignoring (…)`: all but these must agree; unused where `on` is there.
    pub ignoring: Vec<String>,
    /// Which side may have many series for one of the other, and which labels it takes over.
    pub group: Option<(Side, Vec<String>)>,
}

/// A side of a binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// `group_left`: many on the left.
    Left,
    /// `group_right`: many on the right.
    Right,
}

impl Matching {
    /// `on (labels)`.
    #[must_use]
    pub fn on<L: Into<String>>(labels: impl IntoIterator<Item = L>) -> Self {
        Self {
            on: Some(labels.into_iter().map(Into::into).collect()),
            ..Self::default()
        }
    }

    /// `… group_left ()`.
    #[must_use]
    pub fn group_left(mut self) -> Self {
        self.group = Some((Side::Left, Vec::new()));
        self
    }
}
