//! SLIs: two counters, two gauges, a ready ratio, or a number to compare.

use super::Objects;
use crate::sli::{RatioSli, Sli};
use crate::spec::common::{Grouped, assume_experiments, indicator};
use crate::spec::events::{Events, Leaves, counters, of_template};
use crate::spec::fill::{unfilled, unfilled_text};
use crate::spec::pair::{self, Share};
use crate::spec::read::{Findings, Map, Value};
use crate::spec::{Finding, promql, quotient};

/// What an SLI measures.
#[derive(Clone)]
pub(super) enum Metric<'a> {
    /// A share of events, or of time.
    Ratio(Box<Grouped<'a>>),
    /// A number that objectives compare with their `value`.
    Threshold(Value<'a>),
}

const KINDS: &str = "either `ratioMetric` or `thresholdMetric`";

pub(super) fn read<'a>(
    spec: &Value<'a>,
    objects: &Objects<'a>,
    findings: &mut Findings,
) -> Option<Metric<'a>> {
    let mut map = spec.map(findings, KINDS)?;
    let _ = map.get("description");
    let (ratio, threshold) = (map.get("ratioMetric"), map.get("thresholdMetric"));
    map.warn_unknown(findings);
    match (ratio, threshold) {
        (Some(ratio), None) => {
            read_ratio(&ratio, objects, findings).map(|sli| Metric::Ratio(Box::new(sli)))
        }
        (None, Some(threshold)) => query(&threshold, objects, findings).map(Metric::Threshold),
        _ => {
            spec.expected(findings, KINDS);
            None
        }
    }
}

/// The PromQL of a metric.
fn query<'a>(
    metric: &Value<'a>,
    objects: &Objects<'a>,
    findings: &mut Findings,
) -> Option<Value<'a>> {
    let mut map = metric.map(findings, "`metricSource`")?;
    let source = map.need(findings, "metricSource", "the source and its query");
    map.warn_unknown(findings);
    let mut map = source?.map(findings, "the source and its query")?;
    let (reference, kind) = (map.get("metricSourceRef"), map.get("type"));
    let spec = map.need(findings, "spec", "`query`");
    map.warn_unknown(findings);
    let referred = reference.and_then(|name| objects.sources.get(name.scalar()?));
    let referred = referred.and_then(|source| source.map(findings, "a data source")?.get("type"));
    if let Some(kind) = kind
        .or(referred)
        .filter(|kind| !kind.scalar().is_some_and(is_prometheus))
    {
        kind.expected(findings, "a source that speaks PromQL, such as Prometheus");
        return None;
    }
    let mut map = spec?.map(findings, "`query`")?;
    let found = map
        .get("query")
        .or_else(|| map.get("promql"))
        .or_else(|| map.get("promQL"));
    if found.is_none() {
        map.missing(findings, "query", "a PromQL query");
    }
    map.warn_unknown(findings);
    let found = found.filter(|query| query.text(findings, "a PromQL query").is_some())?;
    assume_experiments(&found, findings);
    Some(found)
}

fn is_prometheus(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["prom", "thanos", "mimir", "cortex", "victoriametrics"]
        .iter()
        .any(|name| kind.contains(name))
}

fn read_ratio<'a>(
    value: &Value<'a>,
    objects: &Objects<'a>,
    findings: &mut Findings,
) -> Option<Grouped<'a>> {
    let mut map = value.map(findings, "a ratio metric")?;
    let counter = map.get("counter");
    let (good, bad, total) = (map.get("good"), map.get("bad"), map.get("total"));
    let (raw, raw_type) = (map.get("raw"), map.get("rawType"));
    let (share, part, total) = match (good, bad, total, raw) {
        (Some(good), None, Some(total), None) => (Share::Good, good, total),
        (None, Some(bad), Some(total), None) => (Share::Bad, bad, total),
        (None, None, None, Some(raw)) => {
            if raw_type.is_none() {
                map.missing(findings, "rawType", "success or failure");
            }
            map.warn_unknown(findings);
            let query = query(&raw, objects, findings);
            return read_raw(&query?, &raw_type?, findings);
        }
        _ => {
            map.warn_unknown(findings);
            value.expected(
                findings,
                "`good` or `bad` with `total`, or `raw` with `rawType`",
            );
            return None;
        }
    };
    if let Some(raw_type) = raw_type {
        raw_type.not_honoured(findings, "it belongs to `raw`");
    }
    let counter = match counter {
        Some(counter) => counter.boolean(findings),
        None => counter_missing(&map, findings),
    };
    map.warn_unknown(findings);
    let (part, total) = (
        query(&part, objects, findings),
        query(&total, objects, findings),
    );
    let (counter, (part, total)) = counter.zip(part.zip(total))?;
    let made = if counter {
        let events = (counted(&part, findings), counted(&total, findings));
        pair::of_events(share, events.0?, events.1?)
    } else {
        gauges(share, part.scalar()?.trim(), total.scalar()?.trim())
    };
    indicator(made, value, findings)
}

fn counter_missing(map: &Map<'_>, findings: &mut Findings) -> Option<bool> {
    map.missing(findings, "counter", "true for counters, false for gauges");
    None
}

/// The counters of a query; `increase` is applied to them, inside of all aggregation.
fn counted(query: &Value<'_>, findings: &mut Findings) -> Option<Events> {
    let text = query.text(findings, "a PromQL query")?;
    let events = if promql::has_window(text) {
        promql::template(text).and_then(|template| of_template(&template))
    } else {
        promql::parse(text).and_then(|tree| counters(&tree, Leaves::Counters))
    };
    events
        .map_err(|why| query.invalid(findings, format!("events cannot be counted: {why}")))
        .ok()
}

/// `counter: false`: rates, behind which there are counters, or gauges, whose samples are added.
fn gauges(share: Share, part: &str, total: &str) -> Result<pair::Indicator, String> {
    if promql::has_window(part) && promql::has_window(total) {
        return pair::of_templates(share, &promql::template(part)?, &promql::template(total)?);
    }
    let rates = |text: &str| promql::parse(text).map(|tree| counters(&tree, Leaves::Rates));
    if let (Ok(part), Ok(total)) = (rates(part)?, rates(total)?) {
        return pair::of_events(share, part, total);
    }
    let over = |text: &str| {
        let query = promql::enclosed(text);
        promql::template(&format!("sum_over_time({query}[$window:5m])"))
    };
    let made = pair::of_templates(share, &over(part)?, &over(&unfilled_text(total))?)?;
    let why = "`counter: false`: the samples of gauges are added, every five minutes".to_owned();
    Ok(pair::Indicator {
        no_events: Some(why),
        ..made
    })
}

fn read_raw<'a>(
    query: &Value<'a>,
    raw_type: &Value<'_>,
    findings: &mut Findings,
) -> Option<Grouped<'a>> {
    let success = raw_type.read(findings, "success or failure", |text| match text {
        "success" => Some(true),
        "failure" => Some(false),
        _ => None,
    });
    let share = if success? { Share::Good } else { Share::Bad };
    let text = query.text(findings, "a PromQL query")?;
    let leaves = match promql::has_window(text) {
        true => Leaves::Window,
        false => Leaves::Rates,
    };
    let tree = match leaves {
        Leaves::Window => promql::template(text)
            .ok()
            .and_then(|query| query.tree.ok()),
        _ => promql::parse(text).ok(),
    };
    if let Some(made) = tree.and_then(|tree| quotient::of(share, &tree, leaves)) {
        return indicator(Ok(made), query, findings);
    }
    let over = if leaves == Leaves::Window {
        text.to_owned()
    } else if let Ok(selector) = promql::selector(text) {
        format!("avg_over_time({}[$window])", selector.instant())
    } else {
        let text = match share {
            Share::Good => text.to_owned(),
            Share::Bad => unfilled_text(text),
        };
        format!("avg_over_time({}[$window:5m])", promql::enclosed(&text))
    };
    let made = match share {
        Share::Good => promql::template(&format!("1 - {}", promql::enclosed(&over))),
        Share::Bad => promql::template(&over).map(|query| unfilled(&query)),
    };
    let made = made.and_then(|ratio| {
        Ok(Grouped {
            group_by: pair::group_by(&ratio)?,
            sli: Sli::Ratio(RatioSli {
                error_ratio: ratio.template,
            }),
            at: query.clone(),
            sli_at: query.clone(),
        })
    });
    query.warn(
        findings,
        Finding::NoEvents {
            why: "it is no quotient of sums of counters' rates".to_owned(),
        },
    );
    made.map_err(|why| query.invalid(findings, why)).ok()
}
