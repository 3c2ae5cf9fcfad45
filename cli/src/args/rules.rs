//! The arguments of `slo rules`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{SpecArgs, pair};

/// `slo rules`.
#[derive(Clone, Debug, Args)]
pub struct RulesArgs {
    /// Which SLOs.
    #[command(flatten)]
    pub specs: SpecArgs,
    /// A rule file for Prometheus, or a PrometheusRule resource for the operator.
    #[arg(long, value_name = "FORMAT", default_value = "prometheus")]
    pub format: RulesFormat,
    /// The resource's name (operator only).
    #[arg(long, value_name = "NAME", default_value = "meshobs-slos")]
    pub name: String,
    /// The resource's namespace (operator only).
    #[arg(long, value_name = "NS")]
    pub namespace: Option<String>,
    /// A label of all alerts, and of the resource. Repeatable.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = pair)]
    pub labels: Vec<(String, String)>,
    /// An annotation of all alerts, and of the resource. Repeatable.
    #[arg(long = "annotation", value_name = "NAME=VALUE", value_parser = pair)]
    pub annotations: Vec<(String, String)>,
    /// The runbook of alerts whose SLO has none of its own.
    #[arg(long, value_name = "URL")]
    pub runbook_url: Option<String>,
    /// Count with `anchored` ranges, which are exact across counter resets, too. Needs Prometheus
    /// 3.16, or 3.7 and later with --enable-feature=promql-extended-range-selectors.
    #[arg(long)]
    pub anchored: bool,
    /// Write to this file instead of stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A format of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// A rule file.
    Prometheus,
    /// A `PrometheusRule` resource (`monitoring.coreos.com/v1`).
    Operator,
}
