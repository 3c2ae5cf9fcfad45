//! What is evaluated, when, and from what.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use chrono::DateTime;
use clap::{Args, ValueEnum};
use promql_client::Timestamp;
use slo_core::Coverage;
use slo_core::evaluate::Source;

use super::backend::duration;

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
    /// How old the newest data of an SLO may be for a verdict, where its spec does not say. Where they
    /// are older it is stale: there are figures, and exit code 3.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub max_age: Duration,
    /// How much of its window an SLO must have data of, where its spec does not say. Where there are
    /// less it could not be evaluated: exit code 3. Without this nothing is asked for.
    #[arg(long, value_name = "PERCENT", value_parser = coverage)]
    pub min_coverage: Option<Coverage>,
    /// How many groups an SLO may have; one with more has failed. Each answer of a group of 30 days takes
    /// 0.1 MB of --memory until the SLO is judged.
    #[arg(long, value_name = "N", default_value = "500")]
    pub max_groups: NonZeroUsize,
    /// How long the whole run may take. What is not answered by then is reported as failed, besides
    /// what is known; exit code 3. Without this only --timeout and --retries limit it.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
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

fn coverage(text: &str) -> Result<Coverage, String> {
    let percent = text.strip_suffix('%').unwrap_or(text).trim();
    let percent: f64 = percent
        .parse()
        .map_err(|_| "expected a percentage, such as 95".to_owned())?;
    Coverage::from_percent(percent).map_err(|error| error.to_string())
}

fn rfc3339(text: &str) -> Result<Timestamp, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc().into())
        .map_err(|error| format!("expected a time such as 2026-11-01T00:00:00Z: {error}"))
}
