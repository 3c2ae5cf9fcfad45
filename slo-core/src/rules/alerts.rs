//! The alert group: burn rates and what is worth a page or a ticket.

use std::collections::BTreeMap;
use std::time::Duration;

use promql_client::expr::{
    BinaryOp, Function, Matching, absent_over_time, call, count_over_time, format_duration,
    last_over_time, sum_by,
};
use promql_client::{Expr, Selector};

use super::recording::{OBJECTIVE, RECORDED, REMAINING};
use super::{Group, Options, Rule, identity, own};
use crate::alerting::{Alert, AlertSet};
use crate::policy::{Policy, Tier};
use crate::queries::{LOOKBACK, Queries, Recorded};
use crate::sli::{Sli, Unit};
use crate::slo::Slo;

/// Tiers whose long window is as long as this, or longer, are decided from the recordings: what these
/// are late by is little against it.
const FROM_RECORDINGS: Duration = Duration::from_secs(7200);
/// How long metrics may be missing before anybody is told.
const MISSING: Duration = Duration::from_secs(600);
/// How long nothing may happen before that is told, too.
const LONG_QUIET: Duration = Duration::from_secs(3 * 86_400);
/// From here on the recordings stand for the whole window. Before, the budget only counts as spent
/// where what was recorded spends the whole window's.
const ENOUGH_RECORDED: f64 = 0.95;

/// `None` where there is no alert.
pub(super) fn group(slo: &Slo, options: &Options, notes: &mut Vec<String>) -> Option<Group> {
    let wanted = options.alerts.of(&slo.alerting);
    if wanted.is_empty() {
        return None;
    }
    let mut policy = slo.policy.derive(slo.objective, slo.window);
    let writer = Writer {
        slo,
        options,
        recorded: Recorded::new(slo),
        raw: raw_windows(slo, &policy),
    };
    let bucket = slo.sli.bucket();
    if slo.sli.unit() != Unit::Events {
        policy.tiers.retain(|tier| {
            let judged = tier.short >= bucket;
            if !judged && wanted.contains(Alert::burning(tier.severity)) {
                notes.push(format!(
                    "no {} alert over {}: its short window is shorter than a slice",
                    tier.severity.name(),
                    format_duration(tier.long)
                ));
            }
            judged
        });
    }
    let mut rules: Vec<Rule> = policy
        .windows()
        .into_iter()
        .map(|window| writer.burn_rate(window))
        .collect();
    let alerts = writer.alerts(&policy, wanted);
    if alerts.is_empty() {
        return None;
    }
    rules.extend(alerts);
    Some(Group {
        name: format!("slo:{}:{}:alerts", slo.service, slo.name),
        interval: options.alert_interval.length(),
        rules,
    })
}

/// Alerts that a spec named and labelled alike get a label more: one of them would end the other.
fn tell_apart(alerts: &mut [(Alert, Rule)]) {
    let identity = |rule: &Rule| match rule {
        Rule::Alert { name, labels, .. } => Some((name.clone(), labels.clone())),
        Rule::Record { .. } => None,
    };
    let all: Vec<_> = alerts.iter().map(|(_, rule)| identity(rule)).collect();
    for (alert, rule) in alerts {
        let own = identity(rule);
        let alike = all.iter().filter(|other| **other == own).count();
        if let (true, Rule::Alert { labels, .. }) = (alike > 1, rule) {
            labels.insert("slo_alert".to_owned(), alert.name().to_owned());
        }
    }
}

/// The windows that are asked of the raw series: both of each quick tier, so that it is not a bucket
/// late. A slow tier's short window ends no sooner than its long one knows.
fn raw_windows(slo: &Slo, policy: &Policy) -> Vec<Duration> {
    if slo.sli.unit() != Unit::Events {
        return Vec::new();
    }
    let quick = policy.tiers.iter().filter(|t| t.long < FROM_RECORDINGS);
    let both = quick.flat_map(|tier| [tier.short, tier.long]);
    // What is no sum of buckets cannot be recorded.
    let bucket = slo.sli.bucket().as_millis();
    let uneven = policy
        .windows()
        .into_iter()
        .filter(|window| window.as_millis() % bucket != 0);
    both.chain(uneven).collect()
}

struct Writer<'a> {
    slo: &'a Slo,
    options: &'a Options,
    recorded: Recorded,
    raw: Vec<Duration>,
}

impl Writer<'_> {
    fn is_raw(&self, window: Duration) -> bool {
        self.raw.contains(&window)
    }

    fn raw(&self) -> Queries<'_> {
        Queries::for_alerts(self.slo).extrapolated(self.options.extrapolation)
    }

    fn bad(&self, window: Duration) -> Expr {
        if self.is_raw(window) {
            self.raw().bad(window)
        } else {
            self.recorded.bad_over(window)
        }
    }

    /// No traffic is no series, never NaN.
    fn bad_ratio(&self, window: Duration) -> Expr {
        if self.is_raw(window) {
            self.raw().bad_ratio(window)
        } else {
            self.recorded.bad_over(window) / self.recorded.total_over(window).gt(0.0)
        }
    }

    fn burn_rate_metric(window: Duration) -> String {
        format!("slo:burn_rate:{}", format_duration(window))
    }

    /// `(B / N) / e`.
    fn burn_rate(&self, window: Duration) -> Rule {
        Rule::Record {
            metric: Self::burn_rate_metric(window),
            expr: self.bad_ratio(window) / self.slo.objective.error_ratio(),
            labels: identity(self.slo),
        }
    }

    fn own(&self, metric: impl Into<String>) -> Selector {
        own(self.slo, metric)
    }

    fn tier(&self, tier: &Tier, min_bad_events: u32) -> Expr {
        let above = |window| {
            self.own(Self::burn_rate_metric(window))
                .instant()
                .gt(tier.factor.value())
        };
        let both = above(tier.long).and(above(tier.short));
        if min_bad_events > 1 {
            // `increase` is no integer: 2 events may be 1.98.
            let enough = f64::from(min_bad_events) - 0.5;
            // The recording has the SLO's labels, the raw expression has not.
            let labels = &self.slo.group_by;
            let matching = Matching::on(labels.clone());
            let bad = self.bad(tier.long).ge(enough);
            return both.binary(BinaryOp::And, matching, bad);
        }
        both
    }

    fn alerts(&self, policy: &Policy, wanted: AlertSet) -> Vec<Rule> {
        let rule = |alert: Alert| match alert {
            Alert::Page | Alert::Ticket => self.burning(alert, policy),
            Alert::Exhausted => self.slo.window.is_rolling().then(|| self.exhausted()),
            Alert::Missing => Some(self.missing()),
        };
        let rule = |alert: Alert| Some((alert, rule(alert)?));
        let mut alerts: Vec<(Alert, Rule)> = wanted.iter().filter_map(rule).collect();
        tell_apart(&mut alerts);
        alerts.into_iter().map(|(_, rule)| rule).collect()
    }

    fn burning(&self, alert: Alert, policy: &Policy) -> Option<Rule> {
        let severity = alert.severity();
        let tiers: Vec<&Tier> = policy
            .tiers
            .iter()
            .filter(|t| t.severity == severity)
            .collect();
        let conditions = tiers
            .iter()
            .map(|tier| self.tier(tier, policy.min_bad_events));
        let expr = conditions.reduce(Expr::or)?;
        let words: Vec<String> = tiers
            .iter()
            .map(|tier| {
                format!(
                    "{} % of it in {}",
                    tier.budget.percent(),
                    format_duration(tier.long)
                )
            })
            .collect();
        let description = format!(
            "{} of {} spends its error budget ({} % over {}) faster than {}.",
            self.slo.name,
            self.slo.service,
            self.slo.objective,
            self.slo.window,
            words.join(" or "),
        );
        let summary = format!(
            "{}/{} burns its error budget {{{{ $value | printf \"%.1f\" }}}} times as fast as it may",
            self.slo.service, self.slo.name
        );
        Some(self.alert(alert, expr, Duration::ZERO, summary, description))
    }

    fn exhausted(&self) -> Rule {
        // Recorded once a bucket, which may be longer than an instant looks back.
        let reach = self.slo.sli.bucket() + LOOKBACK;
        let last = |metric| last_over_time(self.own(metric).range(reach));
        let remaining = || last(REMAINING);
        let recorded = last(RECORDED) / ENOUGH_RECORDED;
        let recorded = call(Function::ClampMax, [recorded, Expr::from(1.0)]);
        let consumed = (Expr::from(1.0) - remaining()).binary(
            BinaryOp::Mul,
            Matching::on(["service", "slo"]).group_left(),
            recorded,
        );
        // Exactly spent is kept, as in the evaluator.
        let expr = remaining().lt(0.0).and(consumed.gt(1.0));
        let slo = self.slo;
        self.alert(
            Alert::Exhausted,
            expr,
            Duration::ZERO,
            format!("{}/{} has broken its promise", slo.service, slo.name),
            format!(
                "More bad events in {} than {} % allow.",
                slo.window, slo.objective
            ),
        )
    }

    fn missing(&self) -> Rule {
        let expr = if self.is_always_recorded() {
            self.unrecorded()
        } else {
            self.unrecorded_though_there()
        };
        let slo = self.slo;
        // No other alert ever sees these.
        let (expr, or_grouped) = match Queries::new(slo).bad_without_total(slo.sli.bucket() * 3) {
            Some(alone) => (
                expr.or(alone),
                "its total lacks a label that its groups need, ",
            ),
            None => (expr, ""),
        };
        self.alert(
            Alert::Missing,
            expr,
            MISSING,
            format!(
                "{}/{} cannot be judged: its metrics are missing",
                slo.service, slo.name
            ),
            format!(
                "No series match the SLI's queries, {or_grouped}or its recording rules do not run. \
                 This says nothing of the service."
            ),
        )
    }

    /// Whether a bucket is recorded whenever there are series, quiet ones, too.
    fn is_always_recorded(&self) -> bool {
        self.slo.sli.unit() == Unit::Events || matches!(self.slo.sli, Sli::Probe(_))
    }

    /// Also half of a recording is none: a total alone would look too good.
    fn unrecorded(&self) -> Expr {
        let reach = self.slo.sli.bucket() * 3;
        let absent = |leg: &Selector| absent_over_time(leg.clone().range(reach));
        absent(self.recorded.total()).or(absent(self.recorded.bad()))
    }

    /// Quiet slices aren't recorded, so the series themselves are asked for. All labels go, so that
    /// all sides are one alert.
    fn unrecorded_though_there(&self) -> Expr {
        let bare = |expr| sum_by([""; 0], expr);
        let bucket = self.slo.sli.bucket();
        let reach = bucket * 3;
        let objective = |range| self.own(OBJECTIVE).range(range);
        let [bad, total] = [
            self.recorded.bad_over(reach),
            self.recorded.total_over(reach),
        ]
        .map(bare);
        let series = Queries::new(self.slo).presence(reach);
        // Nobody is quiet for so long; more likely what is recorded is never a number.
        let long = LONG_QUIET.max(reach);
        let all = long.as_secs_f64() / bucket.as_secs_f64();
        let ran = bare(count_over_time(objective(long)).ge(ENOUGH_RECORDED * all));
        let never = bare(absent_over_time(self.recorded.total().clone().range(long)));
        bare(absent_over_time(objective(reach)))
            .or(call(Function::Absent, [series]))
            .or(total.clone().unless(bad.clone()))
            .or(bad.unless(total))
            .or(never.and(ran))
    }

    fn alert(
        &self,
        alert: Alert,
        expr: Expr,
        hold: Duration,
        summary: String,
        description: String,
    ) -> Rule {
        let (slo, alerting) = (self.slo, &self.slo.alerting);
        let default = match alert {
            Alert::Page => "SloBudgetBurnsFast",
            Alert::Ticket => "SloBudgetBurns",
            Alert::Exhausted => "SloBudgetExhausted",
            Alert::Missing => "SloMetricsMissing",
        };
        let pair = |name: &str, value: String| BTreeMap::from([(name.to_owned(), value)]);
        let mut labels = BTreeMap::new();
        // A group's own value stays: written over, several groups would be one alert twice.
        let is_group = |name: &String| slo.group_by.contains(name);
        // Later ones win: what was written for the alert itself is the user's word.
        for more in [
            self.options.labels.clone(),
            slo.labels.clone(),
            identity(slo),
            pair("severity", alert.severity().name().to_owned()),
            alerting.labels_of(alert),
        ] {
            labels.extend(more.into_iter().filter(|(name, _)| !is_group(name)));
        }
        let mut annotations = self.options.annotations.clone();
        annotations.extend(pair("summary", summary));
        annotations.extend(pair("description", description));
        let runbook = alerting
            .runbook_url
            .as_ref()
            .or(self.options.runbook_url.as_ref());
        annotations.extend(runbook.map(|url| ("runbook_url".to_owned(), url.clone())));
        annotations.extend(alerting.annotations_of(alert));
        Rule::Alert {
            name: alerting.name_of(alert).unwrap_or(default).to_owned(),
            expr,
            hold,
            labels,
            annotations,
        }
    }
}
