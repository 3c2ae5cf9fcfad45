//! Burn rates.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How fast a budget is spent, relative to the speed that would spend exactly all of it in exactly
/// the SLO's window. Dimensionless: 1 lasts the window, 2 half of it. See chapter 5 of the SRE
/// Workbook.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BurnRate(f64);

impl BurnRate {
    /// A burn rate; `error ratio / (1 - objective)`.
    #[must_use]
    pub const fn new(value: f64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl fmt::Display for BurnRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
