//! The arguments of `slo rules`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use slo_core::rules::{Alerts, check_annotation, check_label, check_text};

use super::backend::duration;
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
    /// Which alerts there are; what an SLO switches off is off in any case.
    #[arg(long, value_name = "WHICH", default_value = "format")]
    pub alerts: AlertsArg,
    /// The resource's name (operator only).
    #[arg(long, value_name = "NAME", default_value = "meshobs-slos", value_parser = subdomain)]
    pub name: String,
    /// The resource's namespace (operator only).
    #[arg(long, value_name = "NS", value_parser = domain_label)]
    pub namespace: Option<String>,
    /// A label of all alerts, and of the resource. Repeatable.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,
    /// An annotation of all alerts, and of the resource. Repeatable.
    #[arg(long = "annotation", value_name = "NAME=VALUE", value_parser = annotation)]
    pub annotations: Vec<(String, String)>,
    /// The runbook of alerts whose SLO has none of its own.
    #[arg(long, value_name = "URL", value_parser = template)]
    pub runbook_url: Option<String>,
    /// Count with `anchored` ranges, which are exact across counter resets, too. Needs Prometheus
    /// 3.16, or 3.7 and later with --enable-feature=promql-extended-range-selectors.
    #[arg(long)]
    pub anchored: bool,
    /// Let queries use what Prometheus refuses by default, such as limitk or mad_over_time. Needs a
    /// server with --enable-feature=promql-experimental-functions.
    #[arg(long)]
    pub experimental: bool,
    /// How long before their evaluation the recordings' buckets end. Scrapes that take longer are lost
    /// at each evaluation.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub recording_offset: Duration,
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

/// Which alerts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AlertsArg {
    /// All: on a burning budget, a spent one, and missing metrics.
    All,
    /// Those that an SLO's own format promises: all for meshobs/v1, page and ticket for Sloth.
    Format,
    /// None.
    None,
}

impl From<AlertsArg> for Alerts {
    fn from(alerts: AlertsArg) -> Self {
        match alerts {
            AlertsArg::All => Self::All,
            AlertsArg::Format => Self::Format,
            AlertsArg::None => Self::None,
        }
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = pair(text)?;
    check_label(&name, &value).map_err(|why| why.to_string())?;
    Ok((name, value))
}

fn annotation(text: &str) -> Result<(String, String), String> {
    let (name, value) = pair(text)?;
    if matches!(name.as_str(), "summary" | "description") {
        return Err(format!(
            "each alert has a {name} of its own; a spec can write another one for it"
        ));
    }
    check_annotation(&name, &value).map_err(|why| why.to_string())?;
    Ok((name, value))
}

fn template(text: &str) -> Result<String, String> {
    check_text(text).map_err(|why| why.to_string())?;
    Ok(text.to_owned())
}

/// A name of Kubernetes: labels of a domain, with dots between them.
fn subdomain(text: &str) -> Result<String, String> {
    if text.len() <= 253 && text.split('.').all(is_domain_label) {
        return Ok(text.to_owned());
    }
    Err("expected a name of Kubernetes: small letters, digits, `-` and `.`".to_owned())
}

fn domain_label(text: &str) -> Result<String, String> {
    if is_domain_label(text) {
        return Ok(text.to_owned());
    }
    Err("expected a namespace: up to 63 small letters, digits and `-`".to_owned())
}

fn is_domain_label(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
