//! What several formats say in the same way.

use super::doubt::doubts;
use super::error::Problem;
use super::events::Leaves;
use super::fill::unfilled;
use super::pair::{self, Share};
use super::promql::Query;
use super::read::{Findings, Map, Value};
use super::scalar::OBJECTIVE;
use super::{Defined, Finding, promql, quotient};
use crate::objective::Objective;
use crate::rules::{RESERVED, is_name};
use crate::sli::{RatioSli, Sli};
use crate::slo::{Name, Slo};
use crate::window::Window;

/// The parts every SLO has. Some may be missing, because of errors that were reported.
pub(super) struct Parts<'a> {
    /// Where the SLO stands.
    pub(super) at: Value<'a>,
    pub(super) service: Option<Name>,
    pub(super) name: Option<Name>,
    pub(super) objective: Option<Objective>,
    pub(super) window: Option<Window>,
    pub(super) indicator: Option<Grouped<'a>>,
}

/// An SLI with its groups, and where these are said.
#[derive(Clone)]
pub(super) struct Grouped<'a> {
    pub(super) sli: Sli,
    pub(super) group_by: Vec<String>,
    pub(super) at: Value<'a>,
    /// Where the SLI itself is said.
    pub(super) sli_at: Value<'a>,
}

impl Parts<'_> {
    /// The SLO, where nothing is missing; `rest` adds what is optional.
    pub(super) fn finish(
        self,
        slos: &mut Vec<Defined>,
        findings: &mut Findings,
        rest: impl FnOnce(&mut Slo),
    ) {
        if let Some(indicator) = &self.indicator {
            for why in indicator
                .group_by
                .iter()
                .filter_map(|label| no_group(label))
            {
                indicator.at.invalid(findings, why);
            }
            for what in doubts(&indicator.sli) {
                indicator.sli_at.warn(findings, Finding::Doubtful { what });
            }
        }
        let (Some(service), Some(name), Some(objective), Some(window), Some(indicator)) = (
            self.service,
            self.name,
            self.objective,
            self.window,
            self.indicator,
        ) else {
            return;
        };
        let mut slo = Slo::new(service, name, objective, window, indicator.sli);
        slo.group_by = indicator.group_by;
        rest(&mut slo);
        for why in slo
            .group_by
            .iter()
            .filter_map(|label| written_over(label, &slo))
        {
            indicator.at.invalid(findings, why);
        }
        slos.push((self.at.place(), slo));
    }
}

/// Why no SLO can be split by a label: the rules would write over the groups' values, or the groups
/// are none of the service's.
fn no_group(label: &str) -> Option<String> {
    let why = match label {
        label if RESERVED.contains(&label) => {
            "the rules use this label for the SLO's own; group by another one, or write an SLO for each value"
        }
        "__name__" => "the rules' series have names of their own; write an SLO for each metric",
        "le" => "it is the bound of a histogram's bucket; group by what tells services apart",
        _ => return None,
    };
    Some(format!("cannot group by `{label}`: {why}"))
}

/// Why an SLO cannot be split by a label: it has a label of this name for all groups, so that their
/// alerts would be one.
fn written_over(label: &str, slo: &Slo) -> Option<String> {
    let each = slo.alerting.each.values();
    let carried = each.map(|carried| &carried.labels);
    let mut all = [&slo.labels, &slo.alerting.labels]
        .into_iter()
        .chain(carried);
    all.any(|labels| labels.contains_key(label)).then(|| {
        format!("cannot group by `{label}`: the SLO or an alert has a label of this name; give that another one")
    })
}

/// A name.
pub(super) fn name(value: &Value<'_>, findings: &mut Findings) -> Option<Name> {
    value.parse(findings, "a name", |text| Name::new(text))
}

/// An objective as a percentage.
pub(super) fn percent(value: &Value<'_>, findings: &mut Findings) -> Option<Objective> {
    let objective = value.parse(findings, OBJECTIVE, Objective::from_percent)?;
    doubt_ratio(objective, value, findings);
    Some(objective)
}

/// Nobody promises less than a percent; it looks like a ratio where a percentage is meant.
pub(super) fn doubt_ratio(objective: Objective, at: &Value<'_>, findings: &mut Findings) {
    const PERCENT: u32 = 10_000_000;
    if objective.ppb() >= PERCENT {
        return;
    }
    let bad = Objective::from_ppb(100 * PERCENT - objective.ppb());
    let bad = bad.map_or_else(|_| "nearly 100".to_owned(), |bad| bad.to_string());
    let meant = Objective::from_ppb(objective.ppb() * 100);
    let meant = meant.map_or_else(|_| String::new(), |o| format!("; did you mean {o}?"));
    let what = format!("an objective of {objective} % allows {bad} % to be bad{meant}");
    at.warn(findings, Finding::Doubtful { what });
}

/// The labels of a list.
pub(super) fn label_list(value: &Value<'_>, findings: &mut Findings) -> Vec<String> {
    let expected = "a list of label names";
    let items = value.list(findings, expected).unwrap_or_default();
    let label = |text: &str| is_name(text).then(|| text.to_owned());
    let read = |item: &Value<'_>| item.read(findings, "a label name", label);
    items.iter().filter_map(read).collect()
}

/// Says where a query needs what no server takes by default.
pub(super) fn assume_experiments(query: &Value<'_>, findings: &mut Findings) {
    if let Some(name) = query.scalar().and_then(promql::experimental) {
        query.assumed(
            findings,
            format!("the server takes the experimental `{name}`"),
        );
    }
}

/// A query with a place for the window.
pub(super) fn template(value: &Value<'_>, findings: &mut Findings) -> Option<Query> {
    assume_experiments(value, findings);
    let read = |text: &str| promql::template(text).map_err(Problem::Invalid);
    value.parse(findings, "a PromQL query", read)
}

/// What came out of two queries: an SLI with its groups, and a warning where events are lost.
pub(super) fn indicator<'a>(
    made: Result<pair::Indicator, String>,
    at: &Value<'a>,
    findings: &mut Findings,
) -> Option<Grouped<'a>> {
    match made {
        Ok(indicator) => {
            if let Some(why) = indicator.no_events {
                at.warn(findings, Finding::NoEvents { why });
            }
            if let Some(what) = indicator.assumed {
                at.assumed(findings, what);
            }
            Some(Grouped {
                sli: indicator.sli,
                group_by: indicator.group_by,
                at: at.clone(),
                sli_at: at.clone(),
            })
        }
        Err(why) => {
            at.invalid(findings, why);
            None
        }
    }
}

/// A query for the share of what is bad: as events where it tells of them.
pub(super) fn ratio<'a>(
    query: Query,
    at: &Value<'a>,
    findings: &mut Findings,
) -> Option<Grouped<'a>> {
    let tree = query.tree.as_ref().ok();
    if let Some(made) = tree.and_then(|tree| quotient::of(Share::Bad, tree, Leaves::Window)) {
        return indicator(Ok(made), at, findings);
    }
    let query = unfilled(&query);
    let group_by = pair::group_by(&query).map_err(|why| at.invalid(findings, why));
    Some(Grouped {
        group_by: group_by.ok()?,
        sli: Sli::Ratio(RatioSli {
            error_ratio: query.template,
        }),
        at: at.clone(),
        sli_at: at.clone(),
    })
}

/// `metadata` of a Kubernetes-like object: name, namespace, labels. The rest is for others.
pub(super) struct Metadata<'a> {
    pub(super) name: Option<Value<'a>>,
    pub(super) display_name: Option<&'a str>,
    pub(super) namespace: Option<Value<'a>>,
    pub(super) labels: Option<Value<'a>>,
    pub(super) annotations: Option<Value<'a>>,
}

impl<'a> Metadata<'a> {
    pub(super) fn read(object: &mut Map<'a>, findings: &mut Findings) -> Option<Self> {
        let expected = "a mapping with the object's `name`";
        let metadata = object.need(findings, "metadata", expected)?;
        let mut map = metadata.map(findings, expected)?;
        Some(Self {
            name: map.need(findings, "name", "the object's name"),
            display_name: map.get("displayName").and_then(|value| value.scalar()),
            namespace: map.get("namespace"),
            labels: map.get("labels"),
            annotations: map.get("annotations"),
        })
    }
}
