//! What a query answers: scalars, strings, instant vectors and matrices, of floats and of native
//! histograms.

use crate::labels::Labels;
use crate::time::Timestamp;

/// The result of a query, in one of the API's four shapes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// One number without labels.
    Scalar(Point),
    /// One string without labels, and when it was evaluated.
    String(Timestamp, String),
    /// At most one sample per label set, all at the evaluation time.
    Vector(Vec<Sample>),
    /// Samples over time, per label set.
    Matrix(Vec<Series>),
}

impl Value {
    /// The shape's name in the API: `scalar`, `string`, `vector` or `matrix`.
    #[must_use]
    pub fn shape(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::String(..) => "string",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
        }
    }
}

/// A float at a time. The value may be `NaN` or infinite; it is exactly what the server said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub timestamp: Timestamp,
    /// How much.
    pub value: f64,
}

/// A native histogram at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPoint {
    /// When.
    pub timestamp: Timestamp,
    /// The distribution.
    pub histogram: NativeHistogram,
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which series.
    pub labels: Labels,
    /// When it was evaluated (not when it was scraped).
    pub timestamp: Timestamp,
    /// How much.
    pub value: SampleValue,
}

impl Sample {
    /// The value, where it is a float.
    #[must_use]
    pub fn float(&self) -> Option<f64> {
        match &self.value {
            SampleValue::Float(value) => Some(*value),
            SampleValue::Histogram(_) => None,
        }
    }
}

/// A sample's value: a float or a native histogram.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SampleValue {
    /// A float, `NaN` and the infinities included.
    Float(f64),
    /// A native histogram; boxed, because vectors are mostly floats.
    Histogram(Box<NativeHistogram>),
}

/// One element of a matrix: a label set with its floats and its native histograms, each in time
/// order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Which series.
    pub labels: Labels,
    /// Floats in time order.
    pub points: Vec<Point>,
    /// Native histograms in time order.
    pub histograms: Vec<HistogramPoint>,
}

impl Series {
    /// Whether there is anything in it.
    pub(crate) fn has_points(&self) -> bool {
        !(self.points.is_empty() && self.histograms.is_empty())
    }
}

/// A native histogram as the API shows it: absolute (not cumulative) bucket counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeHistogram {
    /// Number of observations; a float, because `rate` and `increase` make it one.
    pub count: f64,
    /// Sum of the observations.
    pub sum: f64,
    /// Populated buckets in ascending order.
    pub buckets: Vec<HistogramBucket>,
}

/// One bucket of a native histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistogramBucket {
    /// Which bounds belong to the bucket.
    pub bounds: BucketBounds,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Observations in this bucket alone.
    pub count: f64,
}

/// Which of its bounds a bucket contains (`boundary_rule` 0 to 3 in the API).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketBounds {
    /// Rule 0: `(lower, upper]`; the positive buckets.
    OpenLeft,
    /// Rule 1: `[lower, upper)`; the negative buckets.
    OpenRight,
    /// Rule 2: `(lower, upper)`.
    OpenBoth,
    /// Rule 3: `[lower, upper]`; the zero bucket.
    ClosedBoth,
}
