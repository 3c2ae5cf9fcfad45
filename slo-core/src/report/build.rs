//! From evaluations to the report.

use std::collections::BTreeMap;

use promql_client::expr::format_duration;
use promql_client::{Labels, Timestamp};

use super::number::{percent, tidy};
use super::schema::{
    BudgetReport, BurnRateReport, ErrorReport, Events, IntervalReport, ObservedReport,
    PeriodReport, PolicyReport, Report, ReportStatus, SCHEMA, SloReport, Summary, TierReport,
};
use crate::evaluate::{Evaluation, Figures, Outcome, Source, Status};
use crate::policy::{Confidence, TierDecision};
use crate::sli::Unit;

/// Of longer groups the long values are cut: they are in every line of a report.
const GROUP_BYTES: usize = 1000;

impl Report {
    /// The report of a run that was evaluated at this time.
    #[must_use]
    pub fn new(at: Timestamp, evaluations: &[Evaluation]) -> Self {
        let slos: Vec<SloReport> = evaluations.iter().map(SloReport::new).collect();
        Self {
            schema: SCHEMA.to_owned(),
            report_time: at.to_string(),
            summary: Summary::of(&slos),
            slos,
        }
    }
}

impl Summary {
    fn of(slos: &[SloReport]) -> Self {
        let count = |wanted| slos.iter().filter(|slo| slo.status == wanted).count();
        let at_risk = count(ReportStatus::AtRisk);
        Self {
            total_slos: slos.len(),
            compliant: count(ReportStatus::Ok) + at_risk,
            non_compliant: count(ReportStatus::Breached),
            stale: count(ReportStatus::Stale),
            no_data: count(ReportStatus::NoData),
            failed: count(ReportStatus::Failed),
            at_risk,
        }
    }
}

impl SloReport {
    fn new(evaluation: &Evaluation) -> Self {
        let slo = &evaluation.slo;
        let figures = evaluation.outcome.figures();
        let group = texts(&evaluation.group.shortened(GROUP_BYTES));
        let mut labels = slo.labels.clone();
        labels.extend(group.clone());
        // What is recorded counts as the SLI does, measured or not.
        let unit = figures.map_or(slo.sli.unit(), |figures| figures.unit);
        let seconds = |duration: std::time::Duration| duration.as_secs();
        Self {
            name: slo.name.to_string(),
            service: slo.service.to_string(),
            description: slo.description.clone(),
            kind: slo.sli.kind().to_owned(),
            labels,
            group,
            source: match evaluation.source {
                Source::Raw => "raw".to_owned(),
                Source::Recorded => "recorded".to_owned(),
            },
            status: status(&evaluation.outcome),
            compliant: figures.and_then(|figures| figures.status.compliant()),
            current: figures.and_then(|figures| percent(figures.counts.sli())),
            target: slo.objective.percent(),
            window: slo.window.to_string(),
            window_kind: if slo.window.is_rolling() {
                "rolling".to_owned()
            } else {
                "calendar".to_owned()
            },
            period: evaluation.period.map(|period| PeriodReport {
                start: period.start.to_string(),
                end: period.end.to_string(),
            }),
            unit: unit_name(unit).to_owned(),
            events: figures.and_then(events),
            error_budget: budget(slo.objective.error_ratio(), figures),
            error_budget_remaining: figures.and_then(|figures| {
                percent(figures.budget.remaining_ratio * slo.objective.error_ratio())
            }),
            burn_rates: figures.map(burn_rates).unwrap_or_default(),
            errors_per_hour: figures.and_then(|f| f.errors_per_hour).and_then(tidy),
            time_to_exhaustion_seconds: figures.and_then(|f| f.forecast.exhaustion).map(seconds),
            time_to_recovery_seconds: figures.and_then(|f| f.forecast.recovery).map(seconds),
            coverage: tidy(evaluation.coverage).unwrap_or_default(),
            data_age_seconds: figures.map(|figures| seconds(figures.age)),
            interval: figures.and_then(interval),
            observed: figures.and_then(observed),
            policy: figures.map(policy),
            warnings: [&evaluation.warnings[..], &evaluation.remarks.said].concat(),
            more_warnings: evaluation.remarks.more,
            error: match &evaluation.outcome {
                Outcome::Failed(failure) => Some(ErrorReport {
                    kind: failure.kind().to_owned(),
                    message: failure.to_string(),
                }),
                Outcome::Value(_) | Outcome::NoData => None,
            },
        }
    }
}

pub(super) fn status(outcome: &Outcome) -> ReportStatus {
    match outcome {
        Outcome::Value(figures) => match figures.status {
            Status::Ok => ReportStatus::Ok,
            Status::AtRisk => ReportStatus::AtRisk,
            Status::Breached => ReportStatus::Breached,
            Status::Stale => ReportStatus::Stale,
        },
        Outcome::NoData => ReportStatus::NoData,
        Outcome::Failed(_) => ReportStatus::Failed,
    }
}

fn texts(labels: &Labels) -> BTreeMap<String, String> {
    let pairs = labels.iter();
    pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Events => "events",
        Unit::Slices => "slices",
        Unit::Time => "time",
    }
}

fn events(figures: &Figures) -> Option<Events> {
    let counted = figures.unit != Unit::Time;
    Some(Events {
        total: tidy(figures.counts.total).filter(|_| counted)?,
        bad: tidy(figures.counts.bad)?,
    })
}

fn budget(total_ratio: f64, figures: Option<&Figures>) -> BudgetReport {
    let budget = figures.map(|figures| &figures.budget);
    let counted = figures.filter(|figures| figures.unit != Unit::Time);
    BudgetReport {
        total_ratio,
        total_events: counted.and_then(|f| tidy(f.budget.total_events)),
        consumed_ratio: budget.and_then(|b| tidy(b.consumed_ratio)),
        remaining_ratio: budget.and_then(|b| tidy(b.remaining_ratio)),
        consumed_to_date_ratio: budget.and_then(|b| tidy(b.consumed_to_date_ratio)),
        projected: budget.is_some_and(|b| b.projected),
    }
}

fn burn_rates(figures: &Figures) -> Vec<BurnRateReport> {
    let rates = figures.burn_rates.iter();
    let rate = |(window, burn): &(_, Option<crate::BurnRate>)| BurnRateReport {
        window: format_duration(*window),
        value: burn.and_then(|burn| tidy(burn.value())),
    };
    rates.map(rate).collect()
}

fn interval(figures: &Figures) -> Option<IntervalReport> {
    let interval = figures.interval?;
    Some(IntervalReport {
        low: percent(interval.low)?,
        high: percent(interval.high)?,
    })
}

fn observed(figures: &Figures) -> Option<ObservedReport> {
    let report = ObservedReport {
        rate_per_second: figures.observed.rate_per_second.and_then(tidy),
        p95_ms: figures.observed.p95_ms.and_then(tidy),
    };
    (report.rate_per_second.is_some() || report.p95_ms.is_some()).then_some(report)
}

fn policy(figures: &Figures) -> PolicyReport {
    let tier = |decided: &TierDecision| TierReport {
        severity: decided.tier.severity.name().to_owned(),
        long: format_duration(decided.tier.long),
        short: format_duration(decided.tier.short),
        factor: tidy(decided.tier.factor.value()).unwrap_or_default(),
        budget_percent: decided.tier.budget.percent(),
        firing: decided.firing,
    };
    PolicyReport {
        min_bad_events: figures.policy.min_bad_events,
        confidence_percent: figures.policy.confidence.map(Confidence::percent),
        tiers: figures.decision.tiers.iter().map(tier).collect(),
    }
}

impl SloReport {
    /// Service and name, and the group where there is one: `checkout/availability {version="v2"}`.
    #[must_use]
    pub fn title(&self) -> String {
        if self.group.is_empty() {
            return format!("{}/{}", self.service, self.name);
        }
        let group = Labels::from_pairs(&self.group);
        format!("{}/{} {group}", self.service, self.name)
    }

    /// The burn rate of one of its windows (`1h`); `None` without such a window or without traffic.
    #[must_use]
    pub fn burn_rate(&self, window: &str) -> Option<f64> {
        let mut rates = self.burn_rates.iter();
        rates.find(|rate| rate.window == window)?.value
    }
}
