//! Reports: what evaluations look like to machines and to people.
//!
//! [`Report`] is the stable JSON (`meshobs/slo-report/v1`); [`markdown`] and [`csv`] are made from it,
//! [`burn_down_svg`] from the evaluations, whose buckets the JSON leaves out. All of them are values:
//! nothing is printed here, and nothing knows a terminal.
//!
//! ```
//! use promql_client::Timestamp;
//! use slo_core::report::Report;
//!
//! let report = Report::new(Timestamp::from_secs(1_800_000_000), &[]);
//! let json = serde_json::to_value(&report)?;
//! assert_eq!(json["schema"], "meshobs/slo-report/v1");
//! assert_eq!(json["summary"]["total_slos"], 0);
//! # Ok::<_, serde_json::Error>(())
//! ```

mod build;
mod burn_down;
mod csv;
mod markdown;
pub mod number;
mod schema;
mod svg;
#[cfg(test)]
mod tests;

pub use burn_down::BurnDown;
pub use csv::csv;
pub use markdown::markdown;
pub use schema::{
    BudgetReport, BurnRateReport, ErrorReport, Events, IntervalReport, ObservedReport,
    PeriodReport, PolicyReport, Report, ReportStatus, SCHEMA, SloReport, Summary, TierReport,
};
pub use svg::burn_down_svg;
