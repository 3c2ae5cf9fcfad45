//! Which of a histogram's bounds can judge a latency threshold.

use super::Failure;

/// Where a threshold lies among a histogram's bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Placed {
    /// On a bound: the answer is exact.
    Exact,
    /// Between two bounds: the answer lies between theirs.
    Between {
        /// The greatest bound under the threshold.
        lower: f64,
        /// The smallest bound over it; infinite above the last one.
        upper: f64,
    },
    /// There is no histogram.
    Unknown,
}

/// Places a threshold among bounds in ascending order.
///
/// # Errors
/// [`Failure::Threshold`] where every bound is above it: nothing could ever be good.
pub(super) fn place(threshold: f64, bounds: &[f64]) -> Result<Placed, Failure> {
    let Some(&smallest) = bounds.first() else {
        return Ok(Placed::Unknown);
    };
    if bounds.contains(&threshold) {
        return Ok(Placed::Exact);
    }
    let lower = bounds.iter().copied().rfind(|bound| *bound < threshold);
    let upper = bounds.iter().copied().find(|bound| *bound > threshold);
    match lower {
        None => Err(Failure::Threshold {
            threshold,
            smallest,
        }),
        Some(lower) => Ok(Placed::Between {
            lower,
            upper: upper.unwrap_or(f64::INFINITY),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_bound_or_lies_between_two() {
        let bounds = [50.0, 100.0, 250.0, f64::INFINITY];
        assert_eq!(place(100.0, &bounds).unwrap(), Placed::Exact);
        let between = Placed::Between {
            lower: 100.0,
            upper: 250.0,
        };
        assert_eq!(place(200.0, &bounds).unwrap(), between);
        let last = Placed::Between {
            lower: 250.0,
            upper: f64::INFINITY,
        };
        assert_eq!(place(300.0, &bounds).unwrap(), last);
        assert_eq!(place(1.0, &[]).unwrap(), Placed::Unknown);
        assert!(matches!(
            place(1.0, &bounds),
            Err(Failure::Threshold { smallest: 50.0, .. })
        ));
    }
}
