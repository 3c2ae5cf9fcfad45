//! What is evaluated, when, and from what.

use std::path::PathBuf;

use chrono::DateTime;
use clap::{Args, ValueEnum};
use promql_client::Timestamp;
use slo_core::evaluate::Source;

/// Which SLOs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "SLOs")]
pub struct SpecArgs {
    /// Spec files, folders of .yaml and .yml files, or - for stdin. Repeatable.
    ///
    /// Read are meshobs/v1, OpenSLO v1, Sloth (prometheus/v1 and PrometheusServiceLevel) and Pyrra.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub spec: Vec<PathBuf>,
    /// Only SLOs of this name, as NAME or SERVICE/NAME. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub slo: Vec<String>,
}

/// When, from what, and what counts as a failure.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Evaluation")]
pub struct RunArgs {
    /// Evaluate at this time instead of now, such as 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "RFC3339", value_parser = rfc3339)]
    pub at: Option<Timestamp>,
    /// What else ends with exit code 1, besides SLOs that are not met.
    #[arg(long, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,
}

/// What else counts as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// SLOs that are met, but whose alerts fire or of whose budget under a tenth is left.
    AtRisk,
}

/// Which series are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SourceArg {
    /// The scraped series.
    #[default]
    Raw,
    /// What the rules of `slo rules` recorded: far fewer samples.
    Recorded,
}

impl From<SourceArg> for Source {
    fn from(source: SourceArg) -> Self {
        match source {
            SourceArg::Raw => Self::Raw,
            SourceArg::Recorded => Self::Recorded,
        }
    }
}

/// How a check is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Table,
    /// For machines; schema `meshobs/slo-report/v1`.
    Json,
}

fn rfc3339(text: &str) -> Result<Timestamp, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc().into())
        .map_err(|error| format!("expected a time such as 2026-11-01T00:00:00Z: {error}"))
}
