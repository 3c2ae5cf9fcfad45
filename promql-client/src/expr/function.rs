//! The functions of the builder's language.

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A function of the builder's language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Function {
            $($(#[$doc])* $variant),+
        }

        impl Function {
            /// Every function, in a fixed order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// PromQL's name for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The function of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

functions! {
    /// Per-second increase of a counter, extrapolated to the range's ends.
    Rate = "rate",
    /// Increase of a counter, extrapolated to the range's ends.
    Increase = "increase",
    /// Difference of a gauge, extrapolated to the range's ends.
    Delta = "delta",
    /// Per-second increase between a counter's last two samples.
    Irate = "irate",
    /// How often a counter was reset.
    Resets = "resets",
    /// How often the value changed.
    Changes = "changes",
    /// Average of a range's samples.
    AvgOverTime = "avg_over_time",
    /// Number of a range's samples.
    CountOverTime = "count_over_time",
    /// Last sample of a range; staleness does not hide it.
    LastOverTime = "last_over_time",
    /// Largest sample of a range.
    MaxOverTime = "max_over_time",
    /// Smallest sample of a range.
    MinOverTime = "min_over_time",
    /// 1 where a range has a sample.
    PresentOverTime = "present_over_time",
    /// Sum of a range's samples.
    SumOverTime = "sum_over_time",
    /// 1 where an instant vector is empty.
    Absent = "absent",
    /// 1 where a range has no sample.
    AbsentOverTime = "absent_over_time",
    /// Absolute value.
    Abs = "abs",
    /// The nearest integer.
    Round = "round",
    /// Not below a bound.
    ClampMin = "clamp_min",
    /// Not above a bound.
    ClampMax = "clamp_max",
    /// When the sample was taken, in seconds.
    Timestamp = "timestamp",
    /// A scalar as a vector without labels.
    Vector = "vector",
    /// A one-element vector as a scalar, else `NaN`.
    Scalar = "scalar",
    /// The evaluation time in seconds.
    Time = "time",
    /// Sets a label from another one through a regular expression.
    LabelReplace = "label_replace",
    /// Quantile from classic buckets or native histograms.
    HistogramQuantile = "histogram_quantile",
    /// Share of a native histogram's observations between two bounds.
    HistogramFraction = "histogram_fraction",
    /// Number of a native histogram's observations.
    HistogramCount = "histogram_count",
    /// Sum of a native histogram's observations.
    HistogramSum = "histogram_sum",
}
