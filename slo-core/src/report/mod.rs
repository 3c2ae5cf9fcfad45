//! Reports: what evaluations look like to machines and to people.
//!
//! [`Report`] is the stable JSON (`meshobs/slo-report/v1`), which [`json()`] writes; [`markdown`] and
//! [`csv`] are made from it, [`burn_down_svg`] from the evaluations, whose buckets the JSON leaves out.
//! All of them are values: nothing is printed here, and nothing knows a terminal.
//!
//! Names, label values, warnings and errors come from spec files and servers. Every writer neutralizes
//! in them what a terminal would obey or a reader would not see ([`promql_client::text`]): the JSON as
//! `\u` escapes, which a machine reads as the original, the others as visible text.
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
mod json;
mod markdown;
pub mod number;
mod schema;
mod svg;
#[cfg(test)]
mod tests;
pub mod words;

pub use burn_down::BurnDown;
pub use csv::csv;
pub use json::json;
pub use markdown::markdown;
pub use schema::{
    BudgetReport, BurnRateReport, ErrorReport, Events, IntervalReport, ObservedReport,
    PeriodReport, PolicyReport, Report, ReportStatus, SCHEMA, SloReport, Summary, TierReport,
};
pub use svg::burn_down_svg;
