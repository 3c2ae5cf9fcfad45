//! Where the metrics are.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use promql_client::expr::parse_duration;

/// Where the metrics are.
#[derive(Clone, Args)]
#[command(next_help_heading = "Prometheus")]
pub struct BackendArgs {
    /// Address of a Prometheus, Thanos, Mimir or VictoriaMetrics, with its path prefix.
    ///
    /// It is reached through the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names, except where
    /// NO_PROXY lists its host.
    // Its value may hold a password, so the help does not show what the environment says.
    #[arg(
        long,
        value_name = "URL",
        env = "PROMETHEUS_URL",
        hide_env_values = true
    )]
    pub prometheus_url: String,
    /// A header of every request, such as a tenant: 'X-Scope-OrgID: shop'. Repeatable; a name that is
    /// given twice is sent twice.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// A file that holds a bearer token, with or without the word Bearer; it is read once.
    #[arg(long, value_name = "FILE")]
    pub bearer_token_file: Option<PathBuf>,
    /// A file of PEM certificates that are trusted besides the system's.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// How long one attempt of a query may take.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub timeout: Duration,
    /// How often a query is tried again that may succeed later (HTTP 429 and 5xx, broken
    /// connections). What gets no answer in time is not.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub retries: usize,
    /// How much memory answers may take together, from their first byte until they are used; those of
    /// one SLO may take seven eighths of it. What does not fit waits.
    #[arg(long, value_name = "MIB", default_value = "256")]
    pub memory: NonZeroU64,
    /// How many requests are in flight at once.
    #[arg(long, value_name = "N", default_value = "8")]
    pub concurrency: NonZeroUsize,
}

/// Nothing that may be a secret.
impl std::fmt::Debug for BackendArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendArgs")
            .field("timeout", &self.timeout)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "expected a duration above zero, such as 30s or 2m".to_owned())
}
