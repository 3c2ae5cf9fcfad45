//! The stable JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The schema's name. Fields may be added under it; none changes its meaning or goes away.
pub const SCHEMA: &str = "meshobs/slo-report/v1";

/// A run's results.
///
/// Floats have twelve significant digits, so that 99.95 is not 99.95000000000001; they are always
/// finite. What could not be measured is `null`, never 0 and never 100.
///
/// Texts are the originals. Some of them come from servers and spec files, so whoever shows one should
/// [neutralize](promql_client::text::neutralize) it first, as everything in this module does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The pinned time of the evaluation, RFC 3339 in UTC.
    pub report_time: String,
    /// One entry per SLO, of grouped ones one per group, in the order of the run.
    pub slos: Vec<SloReport>,
    /// How many of them are what.
    pub summary: Summary,
}

/// One SLO, or one group of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SloReport {
    /// Its name, unique within its service.
    pub name: String,
    /// The service that promises.
    pub service: String,
    /// In words.
    pub description: Option<String>,
    /// `availability`, `latency`, `throughput`, `ratio` or `probe`.
    pub kind: String,
    /// The SLO's own labels, and those of its group.
    pub labels: BTreeMap<String, String>,
    /// The labels that tell this group from the SLO's others; empty where it has none.
    pub group: BTreeMap<String, String>,
    /// Which series the figures come from: `raw` or `recorded`.
    pub source: String,
    /// The verdict in one word.
    pub status: ReportStatus,
    /// Whether the promise is kept: no more than the whole budget is spent. `null` without data,
    /// where the data are too old, and after a failure.
    pub compliant: Option<bool>,
    /// The indicator over the elapsed window, percent of good events, slices or time.
    pub current: Option<f64>,
    /// The objective, percent.
    pub target: f64,
    /// The window: a duration (`30d`) or a calendar unit with its zone (`month (UTC)`).
    pub window: String,
    /// `rolling` or `calendar`.
    pub window_kind: String,
    /// The window's ends at the time of the report.
    pub period: Option<PeriodReport>,
    /// What `events` counts: `events`, `slices` (of time, each good or bad as a whole) or `time`
    /// (time-weighted; there are no counts).
    pub unit: String,
    /// Events, or slices, of the elapsed window. `null` where time is what counts.
    pub events: Option<Events>,
    /// The error budget and what is left of it.
    pub error_budget: BudgetReport,
    /// What is left of the budget in percent **points** of events: `remaining_ratio × (100 - target)`.
    /// With a target of 99.9 and nothing spent, 0.1; negative where it is overspent.
    pub error_budget_remaining: Option<f64>,
    /// Burn rates by window, shortest first; empty without data and after a failure.
    pub burn_rates: Vec<BurnRateReport>,
    /// Bad events (or slices) in the last hour. `null` where time is what counts, or nothing is known
    /// of that hour.
    pub errors_per_hour: Option<f64>,
    /// Whole seconds until nothing of the budget remains at the last hour's burn rate: 0 where nothing
    /// does, `null` where that never comes (or not before a calendar period's end).
    pub time_to_exhaustion_seconds: Option<u64>,
    /// Whole seconds until an overspent budget is back above zero at the last hour's burn rate: `null`
    /// where it is not overspent or that never comes.
    pub time_to_recovery_seconds: Option<u64>,
    /// The share of the elapsed window that has data, 0 to 1.
    pub coverage: f64,
    /// Whole seconds from the end of the newest data to the report's time: the figures are as of then.
    /// `null` without figures.
    #[serde(default)]
    pub data_age_seconds: Option<u64>,
    /// The 95 % two-sided Clopper-Pearson interval of `current`. `null` where time is what counts.
    pub interval: Option<IntervalReport>,
    /// What else was seen.
    pub observed: Option<ObservedReport>,
    /// The alerting policy as it fits this SLO, and of each tier whether it fires. `null` without data
    /// and after a failure.
    pub policy: Option<PolicyReport>,
    /// What a person should know besides: first our own warnings, then what the server remarked. The
    /// JSON has all of it; what is made for people is cut ([`super::words`]).
    pub warnings: Vec<String>,
    /// How many remarks the server made besides: of one answer's, 20 warnings and 20 infos are kept.
    #[serde(default)]
    pub more_warnings: usize,
    /// Why it could not be measured; only with status `failed`.
    pub error: Option<ErrorReport>,
}

/// The verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReportStatus {
    /// The promise is kept.
    Ok,
    /// It is kept, but a tier of the policy fires, or under 10 % of the budget remains.
    AtRisk,
    /// It is broken.
    Breached,
    /// The newest data are too old for a verdict; the figures are of that time.
    Stale,
    /// The queries succeeded and nothing happened.
    NoData,
    /// It could not be measured.
    Failed,
}

impl ReportStatus {
    /// Its name in the JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::AtRisk => "at_risk",
            Self::Breached => "breached",
            Self::Stale => "stale",
            Self::NoData => "no_data",
            Self::Failed => "failed",
        }
    }
}

/// A window's ends, RFC 3339 in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodReport {
    /// Where it starts.
    pub start: String,
    /// Where it ends: the report's time for a rolling window, later for a calendar period.
    pub end: String,
}

/// Counts. They have fractions where the server extrapolated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Events {
    /// All valid ones.
    pub total: f64,
    /// Bad ones.
    pub bad: f64,
}

/// An error budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BudgetReport {
    /// The share of events (slices, time) that may be bad, `1 - target`.
    pub total_ratio: f64,
    /// The budget in events (slices); `null` where time is what counts.
    pub total_events: Option<f64>,
    /// The share **of the budget** that is spent; above 1 where it is overspent.
    pub consumed_ratio: Option<f64>,
    /// The share **of the budget** that is left; negative where it is overspent.
    pub remaining_ratio: Option<f64>,
    /// Of a calendar period, the share spent of the budget for the elapsed part alone; for a rolling
    /// window the same as `consumed_ratio`.
    pub consumed_to_date_ratio: Option<f64>,
    /// Whether the budget is for a whole calendar period, whose events to come are projected.
    pub projected: bool,
}

/// The burn rate of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BurnRateReport {
    /// The window: `5m`, `1h`, `3d`.
    pub window: String,
    /// 1 spends exactly the budget in exactly the SLO's window; `null` without traffic in it.
    pub value: Option<f64>,
}

/// An interval of the indicator, percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IntervalReport {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Traffic and latency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObservedReport {
    /// Mean events per second over the time that has data.
    pub rate_per_second: Option<f64>,
    /// 95th percentile of the window, milliseconds; only of latency SLOs from raw series.
    pub p95_ms: Option<f64>,
}

/// An alerting policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PolicyReport {
    /// A tier fires only where its long window holds so many bad events.
    pub min_bad_events: u32,
    /// A tier fires only where its long window proves the burn at this confidence (Clopper-Pearson).
    pub confidence_percent: Option<f64>,
    /// From the fastest to the slowest.
    pub tiers: Vec<TierReport>,
}

/// One tier of a policy: it fires while the burn rates of both windows are above the factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TierReport {
    /// `page` or `ticket`.
    pub severity: String,
    /// The long window.
    pub long: String,
    /// The short window.
    pub short: String,
    /// The burn rate above which it fires.
    pub factor: f64,
    /// The share of the budget spent within the long window at that burn rate, percent.
    pub budget_percent: f64,
    /// Whether it fires; `null` where that is undecided, because too little is known of its windows.
    /// That is never a "no".
    pub firing: Option<bool>,
}

/// Why an SLO could not be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorReport {
    /// A short, stable name: `timeout`, `unavailable`, `inconsistent`, …
    pub kind: String,
    /// For people.
    pub message: String,
}

/// How many SLOs are what. `total_slos` is the sum of `compliant`, `non_compliant`, `stale`, `no_data`
/// and `failed`; those at risk are compliant, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// All of them.
    pub total_slos: usize,
    /// Kept, those at risk included.
    pub compliant: usize,
    /// Broken.
    pub non_compliant: usize,
    /// Without a verdict, because the newest data are too old for one.
    #[serde(default)]
    pub stale: usize,
    /// Nothing happened.
    pub no_data: usize,
    /// Not measured.
    pub failed: usize,
    /// Kept, but at risk.
    pub at_risk: usize,
}
