//! `latency`: requests at or under a threshold.

use promql_client::Selector;

use super::sli::{Found, events, selector};
use super::{Defaults, istio};
use crate::objective::Objective;
use crate::sli::{Buckets, EventSli, Latency, Sli};
use crate::spec::common::doubt_ratio;
use crate::spec::read::{Findings, Value};
use crate::spec::scalar::{THRESHOLD, in_units, shorthand, threshold_ms, unit_of};

/// `p95 < 100ms`, or a mapping with a threshold and `istio` or `histogram`.
pub(super) fn read(
    value: &Value<'_>,
    defaults: &Defaults,
    findings: &mut Findings,
) -> Option<Found> {
    if value.scalar().is_some() {
        let (objective, threshold) = limit(value, "`p95 < 100ms`, or a mapping", findings)?;
        let Some(objective) = objective else {
            value.expected(findings, "`p95 < 100ms`, or a mapping");
            return None;
        };
        let istio = istio::service(None, value, defaults, findings)?;
        let found = events(istio.latency(threshold), value, findings)?;
        return Some(Found {
            objective: Some(objective),
            ..found
        });
    }
    let mut map = value.map(findings, "`p95 < 100ms`, or a mapping")?;
    let threshold = map.need(findings, "threshold", THRESHOLD);
    let threshold = threshold.and_then(|v| limit(&v, THRESHOLD, findings));
    let native = map
        .get("native")
        .and_then(|v| v.boolean(findings))
        .unwrap_or(false);
    let (istio, histogram) = (map.present("istio"), map.get("histogram"));
    let unit = map.get("unit").and_then(|v| {
        v.read(findings, "s or ms", |text| match text {
            "s" => Some(1000.0),
            "ms" => Some(1.0),
            _ => None,
        })
    });
    map.deny_unknown(findings);
    let sli = match (istio, histogram) {
        (Some(_), Some(histogram)) => {
            histogram.invalid(findings, "either `istio` or `histogram`, not both");
            return None;
        }
        (istio, None) => {
            let service = istio::service(istio.as_ref(), value, defaults, findings);
            let ((_, threshold), service) = threshold.zip(service)?;
            let made = if native {
                service.latency_native(threshold)
            } else {
                service.latency(threshold)
            };
            events(made, value, findings)?.sli
        }
        (None, Some(at)) => {
            let histogram = selector(&at, findings)?;
            let Some(unit_ms) = unit.or_else(|| unit_of(&histogram)) else {
                let why = "in which unit? the name does not say it: give `unit: s` or `unit: ms`";
                at.invalid(findings, why);
                return None;
            };
            let threshold = in_units(threshold?.1, unit_ms);
            let buckets = if native {
                Buckets::Native { histogram }
            } else {
                Buckets::classic(&base(histogram))
            };
            Sli::Events(EventSli::latency(Latency {
                buckets,
                threshold,
                unit_ms,
            }))
        }
    };
    Some(Found {
        objective: threshold.and_then(|(objective, _)| objective),
        ..sli.into()
    })
}

/// A threshold in milliseconds, with the objective where it says one.
fn limit(
    value: &Value<'_>,
    expected: &str,
    findings: &mut Findings,
) -> Option<(Option<Objective>, f64)> {
    let text = value.text(findings, expected)?;
    match shorthand(text) {
        Some((Ok(objective), threshold)) => {
            doubt_ratio(objective, value, findings);
            return Some((Some(objective), threshold));
        }
        Some((Err(error), _)) => {
            value.error(findings, error);
            return None;
        }
        None => {}
    }
    value
        .read(findings, expected, threshold_ms)
        .map(|threshold| (None, threshold))
}

/// The histogram's base name, where the name of one of its series was given.
fn base(mut histogram: Selector) -> Selector {
    histogram.metric = histogram.metric.map(|name| {
        let base = name
            .strip_suffix("_bucket")
            .or_else(|| name.strip_suffix("_count"));
        base.map(str::to_owned).unwrap_or(name)
    });
    histogram
}
