//! The arguments.

mod backend;
mod commands;
mod rules;
mod run;

use clap::{Parser, Subcommand};

pub use backend::BackendArgs;
pub use commands::{CheckArgs, CheckServiceArgs, ReportArgs, ReportFormat, ValidateArgs};
pub use rules::{AlertsArg, RulesArgs, RulesFormat};
pub use run::{CheckFormat, FailOn, RunArgs, SourceArg, SpecArgs};

/// The text, for `concat!`.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0  every SLO is met
  1  at least one SLO is not met (with --fail-on at-risk: or at risk)
  2  wrong arguments or specs, or --out cannot be written; nothing was evaluated
  3  of at least one SLO there is no verdict (no data, data that are too old, no backend), and none
     is known to be broken
  4  the result could not be written (full disk, closed pipe), whatever it was"
    };
}

/// Prove service level objectives against a Prometheus: met or not, how much error budget is left,
/// how fast it burns, when it is gone.
#[derive(Debug, Parser)]
#[command(name = "meshobs", version, after_help = exit_codes!())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work with SLOs that are defined in spec files.
    #[command(subcommand)]
    Slo(SloCommand),
    /// Check one service of an Istio mesh without a spec: 99.9 % availability and p95 < 100 ms over
    /// 30 days.
    #[command(after_help = concat!(
        "Examples:\n",
        "  meshobs check-slo --service checkout --prometheus-url http://localhost:9090\n",
        "  meshobs check-slo --service checkout --namespace shop --prometheus-url http://localhost:9090 --output json\n\n",
        exit_codes!(),
    ))]
    CheckSlo(CheckServiceArgs),
}

/// What to do with SLOs.
#[derive(Debug, Subcommand)]
pub enum SloCommand {
    /// Evaluate SLOs and say whether they are met.
    #[command(after_help = concat!(
        "Examples:\n",
        "  meshobs slo check --spec slos.yaml --prometheus-url http://localhost:9090\n",
        "  meshobs slo check --spec slos/ --slo checkout/availability --fail-on at-risk\n",
        "  kubectl get slo -A -o yaml | meshobs slo check --spec - --output json\n",
        "  meshobs slo check --spec slos.yaml --at 2026-11-01T00:00:00Z --source recorded\n",
        "  meshobs slo check --spec slos.yaml --max-age 15m --min-coverage 95 --deadline 1m\n\n",
        exit_codes!(),
    ))]
    Check(CheckArgs),
    /// Evaluate SLOs and write a report.
    #[command(after_help = concat!(
        "Examples:\n",
        "  meshobs slo report --spec slos.yaml --output markdown --out report.md\n",
        "  meshobs slo report --spec slos.yaml --output svg --out burn-down.svg\n",
        "  meshobs slo report --spec slos.yaml --output csv --at 2026-11-01T00:00:00Z\n\n",
        exit_codes!(),
    ))]
    Report(ReportArgs),
    /// Generate Prometheus recording and alert rules; no server is needed.
    #[command(after_help = concat!(
        "Examples:\n",
        "  meshobs slo rules --spec slos.yaml --out slo-rules.yaml\n",
        "  meshobs slo rules --spec slos.yaml --format operator --namespace monitoring --label team=shop\n",
        "  meshobs slo rules --spec slos.yaml --runbook-url https://runbooks.example.com/slo\n",
        "  meshobs slo rules --spec sloth/ --alerts all",
    ))]
    Rules(RulesArgs),
    /// Check spec files, and show the alerting policy that follows from each SLO; no server is needed.
    #[command(after_help = concat!(
        "Examples:\n",
        "  meshobs slo validate --spec slos.yaml\n",
        "  meshobs slo validate --spec slos/ more-slos/",
    ))]
    Validate(ValidateArgs),
}

/// `name=value`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected name=value".to_owned()),
    }
}

#[cfg(test)]
mod tests;
