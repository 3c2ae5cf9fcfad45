//! Everyday shapes on top of the trait: typed queries, exactly one number, a ratio, one series.

use async_trait::async_trait;

use crate::backend::{Answer, InstantOptions, PromQl, RangeOptions};
use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::labels::Labels;
use crate::text::shorten;
use crate::value::{Sample, SampleValue, Series, Value};

/// How many series an error names at most.
const NAMED: usize = 5;
/// So many bytes of each are said.
const SAID: usize = 1000;

/// Convenience for every backend; nothing to implement.
#[async_trait]
pub trait PromQlExt: PromQl {
    /// [`PromQl::instant`] for a typed expression.
    async fn instant_expr(&self, expr: &Expr, options: &InstantOptions) -> Result<Answer<Value>> {
        self.instant(&expr.to_string(), options).await
    }

    /// [`PromQl::range`] for a typed expression.
    async fn range_expr(&self, expr: &Expr, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.range(&expr.to_string(), options).await
    }

    /// Exactly one number: a scalar, or the only element of a vector. `None` where the vector is
    /// empty: there is no data, which is not zero.
    ///
    /// # Errors
    /// [`Error::Shape`] where there are several series (it names them), a native histogram, or
    /// another shape; else those of [`PromQl::instant`].
    async fn number(&self, expr: &Expr, options: &InstantOptions) -> Result<Answer<Option<f64>>> {
        self.instant_expr(expr, options).await?.try_map(one_number)
    }

    /// Part of a whole, both asked for at the same time.
    ///
    /// An empty part beside a whole that has a value is a part of zero: a counter that never
    /// counted has no series. An empty or zero whole is [`Ratio::NoData`].
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] without `options.time`: two answers of different times have no
    /// ratio; else those of [`PromQlExt::number`].
    async fn ratio(
        &self,
        part: &Expr,
        whole: &Expr,
        options: &InstantOptions,
    ) -> Result<Answer<Ratio>> {
        if options.time.is_none() {
            return Err(Error::InvalidRequest {
                message: "a ratio needs a pinned time".to_owned(),
            });
        }
        let whole = self.number(whole, options).await?;
        let part = self.number(part, options).await?;
        let ratio = Ratio::new(part.data, whole.data);
        let mut answer = whole.map(|_| ratio);
        answer.warnings.extend(part.warnings);
        answer.infos.extend(part.infos);
        answer.remarks_left_out = answer
            .remarks_left_out
            .saturating_add(part.remarks_left_out);
        if part.completeness != crate::Completeness::Complete {
            answer.completeness = part.completeness;
        }
        Ok(answer)
    }

    /// The only series of a range query; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Shape`] where there are several (it names them); else those of [`PromQl::range`].
    async fn one_series(
        &self,
        expr: &Expr,
        options: &RangeOptions,
    ) -> Result<Answer<Option<Series>>> {
        self.range_expr(expr, options).await?.try_map(|series| {
            if series.len() > 1 {
                return Err(too_many(
                    "one series",
                    series.len(),
                    series.iter().map(|s| &s.labels),
                ));
            }
            Ok(series.into_iter().next())
        })
    }
}

impl<T: PromQl + ?Sized> PromQlExt for T {}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ratio {
    /// There is no whole, or it is zero: nothing can be said.
    NoData,
    /// Both legs have values.
    Value {
        /// The part.
        part: f64,
        /// The whole, not zero.
        whole: f64,
    },
}

impl Ratio {
    /// From the two legs' values; see [`PromQlExt::ratio`].
    #[must_use]
    pub fn new(part: Option<f64>, whole: Option<f64>) -> Self {
        match whole {
            Some(whole) if whole != 0.0 => Self::Value {
                part: part.unwrap_or(0.0),
                whole,
            },
            _ => Self::NoData,
        }
    }

    /// The quotient; `None` without data.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self {
            Self::NoData => None,
            Self::Value { part, whole } => Some(part / whole),
        }
    }
}

fn one_number(value: Value) -> Result<Option<f64>> {
    const EXPECTED: &str = "one number";
    match value {
        Value::Scalar(point) => Ok(Some(point.value)),
        Value::Vector(samples) => match samples.as_slice() {
            [] => Ok(None),
            [
                Sample {
                    value: SampleValue::Float(value),
                    ..
                },
            ] => Ok(Some(*value)),
            [sample] => Err(Error::Shape {
                expected: EXPECTED,
                got: format!("a native histogram: {}", named(&sample.labels)),
            }),
            several => Err(too_many(
                EXPECTED,
                several.len(),
                several.iter().map(|s| &s.labels),
            )),
        },
        other => Err(Error::Shape {
            expected: EXPECTED,
            got: format!("a {}", other.shape()),
        }),
    }
}

/// A label set, of which not more is said than is of use.
fn named(labels: &Labels) -> String {
    shorten(&labels.to_string(), SAID).into_owned()
}

fn too_many<'l>(
    expected: &'static str,
    count: usize,
    labels: impl Iterator<Item = &'l Labels>,
) -> Error {
    let named: Vec<String> = labels.take(NAMED).map(named).collect();
    let more = if count > NAMED { ", …" } else { "" };
    Error::Shape {
        expected,
        got: format!("{count} series: {}{more}", named.join(", ")),
    }
}
