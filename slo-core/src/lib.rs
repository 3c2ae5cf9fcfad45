//! Prove a service level objective: how much of the error budget is left, how fast it burns, when it
//! is gone.
//!
//! The crate is pure: metrics come in through the [`promql_client::PromQl`] trait, time comes in as a
//! value, and nothing here knows HTTP, a clock or a runtime.
//!
//! | room | what it holds |
//! |---|---|
//! | [`objective`], [`window`], [`sli`], [`slo`], [`alerting`] | the promise: what is measured, over which time |
//! | [`queries`] | PromQL for a leg, a window, a bucket: each request counted once |
//! | [`evaluate`] | asks a backend, at one pinned time, many SLOs at once |
//! | [`counts`], [`history`], [`budget`], [`burn_rate`], [`forecast`], [`interval`] | the maths |
//! | [`policy`] | multi-window, multi-burn-rate alerts: derived, repaired, decided |
//! | [`report`] | JSON, Markdown, CSV and a burn-down chart |
//! | `rules` | Prometheus recording and alert rules with the same meaning |
//! | `spec` (feature `spec`) | SLOs from YAML: our own, OpenSLO, Sloth, Pyrra |
//!
//! What every figure means is written down in `docs/slo-math.md`.

pub mod alerting;
pub mod budget;
pub mod burn_rate;
pub mod counts;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod forecast;
pub mod history;
pub mod interval;
mod listed;
pub mod objective;
pub mod policy;
pub mod queries;
pub mod report;
pub mod rules;
pub mod sli;
pub mod slo;
#[cfg(feature = "spec")]
pub mod spec;
pub mod window;

pub use alerting::{Alert, AlertSet, Alerting};
pub use budget::ErrorBudget;
pub use burn_rate::BurnRate;
pub use counts::{Counts, Measured};
pub use data::{Coverage, DataRequirements, Required};
pub use error::{Error, Result};
pub use forecast::Forecast;
pub use history::{Bucket, History};
pub use objective::Objective;
pub use sli::Sli;
pub use slo::{Counting, Name, Slo};
pub use window::{CalendarUnit, CalendarWindow, Period, RollingWindow, Window};
