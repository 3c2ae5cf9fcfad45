//! The arguments of each command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{BackendArgs, CheckFormat, RunArgs, SourceArg, SpecArgs};

/// `slo check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Which SLOs.
    #[command(flatten)]
    pub specs: SpecArgs,
    /// Where the metrics are.
    #[command(flatten)]
    pub backend: BackendArgs,
    /// When.
    #[command(flatten)]
    pub run: RunArgs,
    /// Which series are asked.
    #[arg(
        long,
        value_name = "SOURCE",
        default_value = "raw",
        help_heading = "Evaluation"
    )]
    pub source: SourceArg,
    /// How the result is shown.
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    pub output: CheckFormat,
}

/// `slo report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Which SLOs.
    #[command(flatten)]
    pub specs: SpecArgs,
    /// Where the metrics are.
    #[command(flatten)]
    pub backend: BackendArgs,
    /// When.
    #[command(flatten)]
    pub run: RunArgs,
    /// Which series are asked.
    #[arg(
        long,
        value_name = "SOURCE",
        default_value = "raw",
        help_heading = "Evaluation"
    )]
    pub source: SourceArg,
    /// The report's format.
    #[arg(long, short, value_name = "FORMAT", default_value = "json")]
    pub output: ReportFormat,
    /// Write to this file instead of stdout (-).
    ///
    /// Whether it can be written is tried before anything is asked. It is replaced as a whole when the
    /// report is ready, and keeps its mode; a link stays a link. Pipes and devices are written directly,
    /// and so is a file that is mounted by itself. A pipe waits for its reader until the --deadline.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A report's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Schema `meshobs/slo-report/v1`.
    Json,
    /// A summary and a table.
    Markdown,
    /// One row per SLO.
    Csv,
    /// Burn-down charts of the error budgets.
    Svg,
}

/// `slo validate`.
#[derive(Clone, Debug, Args)]
pub struct ValidateArgs {
    /// Which SLOs.
    #[command(flatten)]
    pub specs: SpecArgs,
}

/// `check-slo`.
#[derive(Clone, Debug, Args)]
pub struct CheckServiceArgs {
    /// The service's name in the mesh (destination_service_name).
    #[arg(long, value_name = "NAME")]
    pub service: String,
    /// Its namespace. Without it, the service must exist in exactly one.
    #[arg(long, value_name = "NS")]
    pub namespace: Option<String>,
    /// Where the metrics are.
    #[command(flatten)]
    pub backend: BackendArgs,
    /// When.
    #[command(flatten)]
    pub run: RunArgs,
    /// How the result is shown.
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    pub output: CheckFormat,
}
