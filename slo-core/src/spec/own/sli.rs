//! `availability`, `latency`, `throughput`, `ratio` or `probe`.

use promql_client::Selector;

use super::{Defaults, istio, latency, slices};
use crate::objective::Objective;
use crate::sli::{Budgeting, Counter, EventSli, Leg, ProbeSli, Sli};
use crate::spec::common::{self, assume_experiments, indicator, template};
use crate::spec::error::Problem;
use crate::spec::events::{Events, Leaves, counters, of_template};
use crate::spec::pair::{self, Share};
use crate::spec::promql;
use crate::spec::read::{Findings, Map, Value};

const KINDS: &str = "exactly one of `availability`, `latency`, `throughput`, `ratio` and `probe`";

/// An SLI as it was found.
pub(super) struct Found {
    pub(super) sli: Sli,
    pub(super) group_by: Vec<String>,
    /// From `p95 < 100ms`.
    pub(super) objective: Option<Objective>,
}

impl From<Sli> for Found {
    fn from(sli: Sli) -> Self {
        Self {
            sli,
            group_by: Vec::new(),
            objective: None,
        }
    }
}

/// The SLI, and the field that says it.
pub(super) fn read<'a>(
    map: &mut Map<'a>,
    defaults: &Defaults,
    findings: &mut Findings,
) -> Option<(Found, Value<'a>)> {
    let given: Vec<(&str, Value<'a>)> = ["availability", "latency", "throughput", "ratio", "probe"]
        .into_iter()
        .filter_map(|kind| Some((kind, map.get(kind)?)))
        .collect();
    let slices = map.get("time_slices");
    let [(kind, value)] = given.as_slice() else {
        map.at.invalid(findings, format!("expected {KINDS}"));
        return None;
    };
    let mut found = match *kind {
        "availability" => availability(value, defaults, findings),
        "latency" => latency::read(value, defaults, findings),
        "throughput" => slices::throughput(value, defaults, findings),
        "ratio" => ratio(value, findings),
        _ => probe(value, findings).map(Found::from),
    };
    if let Some(slices) = slices {
        let slices = (slices::time_slices(&slices, findings), slices);
        match (&mut found, slices) {
            (
                Some(Found {
                    sli: Sli::Events(events),
                    ..
                }),
                (Some(slices), _),
            ) => {
                events.budgeting = Budgeting::TimeSlices(slices);
            }
            (Some(_), (_, value)) => {
                value.invalid(findings, "time slices are judged by counted events only");
            }
            (None, _) => {}
        }
    }
    Some((found?, value.clone()))
}

/// `istio`, or a mapping with `istio`, `grpc`, or `bad` or `good` with `total`.
fn availability(value: &Value<'_>, defaults: &Defaults, findings: &mut Findings) -> Option<Found> {
    const EXPECTED: &str =
        "`istio`, or a mapping with `istio`, `grpc`, or `bad` or `good` with `total`";
    if value.scalar() == Some("istio") {
        let istio = istio::service(None, value, defaults, findings)?;
        return events(istio.availability(), value, findings);
    }
    let mut map = value.map(findings, EXPECTED)?;
    if let Some(details) = map.present("istio") {
        map.deny_unknown(findings);
        let istio = istio::service(Some(&details), value, defaults, findings)?;
        return events(istio.availability(), value, findings);
    }
    if let Some(handled) = map.get("grpc") {
        let codes = map
            .get("errors")
            .map(|codes| istio::grpc_codes(&codes, findings));
        map.deny_unknown(findings);
        let handled = selector(&handled, findings)?;
        let codes = codes.unwrap_or_else(istio::default_grpc_codes);
        let names: Vec<String> = codes.into_iter().filter_map(istio::camel).collect();
        let bad = handled.clone().re("grpc_code", names.join("|"));
        return Some(Sli::Events(pair::events(Leg::counter(bad), Leg::counter(handled))).into());
    }
    let (bad, good, total) = (map.get("bad"), map.get("good"), map.get("total"));
    map.deny_unknown(findings);
    let (share, part, total) = match (bad, good, total) {
        (Some(bad), None, Some(total)) => (Share::Bad, bad, total),
        (None, Some(good), Some(total)) => (Share::Good, good, total),
        _ => {
            value.invalid(findings, format!("expected {EXPECTED}"));
            return None;
        }
    };
    let windowed = |value: &Value<'_>| value.scalar().is_some_and(promql::has_window);
    let made = if windowed(&part) && windowed(&total) {
        let templates = (template(&part, findings), template(&total, findings));
        pair::of_templates(share, &templates.0?, &templates.1?)
    } else {
        let events = (counted(&part, findings), counted(&total, findings));
        pair::of_events(share, events.0?, events.1?)
    };
    let made = indicator(made, value, findings)?;
    Some(Found {
        sli: made.sli,
        group_by: made.group_by,
        objective: None,
    })
}

pub(super) fn events(
    made: crate::error::Result<EventSli>,
    at: &Value<'_>,
    findings: &mut Findings,
) -> Option<Found> {
    match made {
        Ok(sli) => Some(Sli::Events(sli).into()),
        Err(error) => {
            at.error(findings, error);
            None
        }
    }
}

/// A selector of counters, sums and differences of them, a list of them, or a query over `$window`.
pub(super) fn counted(value: &Value<'_>, findings: &mut Findings) -> Option<Events> {
    const EXPECTED: &str = "a selector of counters, a list of them, or a query over $window";
    if value.is_list() {
        let items = value.list(findings, EXPECTED)?;
        let read = |item: &Value<'_>| selector(item, findings).map(Counter::new);
        let counters: Vec<Counter> = items.iter().filter_map(read).collect();
        if items.is_empty() {
            value.expected(findings, EXPECTED);
        }
        let complete = !items.is_empty() && counters.len() == items.len();
        return complete.then(|| Events {
            leg: Leg::Counters(counters),
            groups: Vec::new(),
        });
    }
    let text = value.text(findings, EXPECTED)?;
    assume_experiments(value, findings);
    let events = if promql::has_window(text) {
        promql::template(text).and_then(|template| of_template(&template))
    } else {
        promql::parse(text).and_then(|tree| counters(&tree, Leaves::Counters))
    };
    match events {
        Ok(events) => Some(events),
        Err(why) => {
            value.invalid(findings, format!("events cannot be counted: {why}"));
            None
        }
    }
}

/// A query for the share of bad events, or a mapping with it.
fn ratio(value: &Value<'_>, findings: &mut Findings) -> Option<Found> {
    let query = if value.is_map() {
        let mut map = value.map(findings, "`error_ratio`")?;
        let query = map.need(
            findings,
            "error_ratio",
            "a query over $window for a share of 0 to 1",
        );
        map.deny_unknown(findings);
        query?
    } else {
        value.clone()
    };
    let read = template(&query, findings)?;
    let made = common::ratio(read, &query, findings)?;
    Some(Found {
        sli: made.sli,
        group_by: made.group_by,
        objective: None,
    })
}

/// A selector of gauges that are 1 or 0.
fn probe(value: &Value<'_>, findings: &mut Findings) -> Option<Sli> {
    let success = selector(value, findings)?;
    Some(Sli::Probe(ProbeSli { success }))
}

pub(super) fn selector(value: &Value<'_>, findings: &mut Findings) -> Option<Selector> {
    let read = |text: &str| promql::selector(text).map_err(Problem::Invalid);
    value.parse(findings, "a selector such as up{job=\"api\"}", read)
}
