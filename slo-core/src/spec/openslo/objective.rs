//! `objectives`: the promise, and how the budget is spent.

use promql_client::expr::format_duration;

use super::window::{length, shorthand};
use super::{Common, Indicator, indicator, sli};
use crate::objective::Objective;
use crate::sli::{Budgeting, EmptySlice, RatioSli, Sli, Slice, ThroughputSli, TimeSlices};
use crate::slo::Name;
use crate::spec::common::{Grouped, Parts, percent};
use crate::spec::events::{Leaves, counters};
use crate::spec::promql::{self, template};
use crate::spec::read::{Findings, Map, Value};
use crate::spec::{Finding, Problem};
use crate::window::Window;

const RATIO: &str = "a ratio above 0 and below 1 with at most nine decimal places, such as 0.999";

/// One objective.
pub(super) struct Read<'a> {
    pub(super) display_name: Option<&'a str>,
    objective: Option<Objective>,
    indicator: Option<Grouped<'a>>,
}

impl<'a> Read<'a> {
    pub(super) fn parts(
        self,
        at: &Value<'a>,
        service: Option<Name>,
        name: Option<Name>,
        window: Option<Window>,
    ) -> Parts<'a> {
        Parts {
            at: at.clone(),
            service,
            name,
            objective: self.objective,
            window,
            indicator: self.indicator,
        }
    }
}

/// The name of one of several objectives: with what it is called, else with its number.
pub(super) fn suffixed(
    name: &Name,
    display_name: Option<&str>,
    i: usize,
    taken: &mut Vec<String>,
) -> Option<Name> {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let words: String = display_name
        .unwrap_or_default()
        .chars()
        .map(allowed)
        .collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let mut suffix = words.join("-");
    if suffix.is_empty() || suffix.len() > 60 || taken.contains(&suffix) {
        suffix = (i + 1).to_string();
    }
    taken.push(suffix.clone());
    Name::new(format!("{name}-{suffix}")).ok()
}

pub(super) fn read<'a>(
    value: &Value<'a>,
    common: &Common<'a>,
    findings: &mut Findings,
) -> Option<Read<'a>> {
    let mut map = value.map(findings, "an objective")?;
    let display_name = map.get("displayName").and_then(|value| value.scalar());
    let objective = match (map.get("target"), map.get("targetPercent")) {
        (Some(ratio), None) => ratio.parse(findings, RATIO, Objective::from_ratio),
        (None, Some(value)) => percent(&value, findings),
        (Some(_), Some(percent)) => {
            percent.invalid(findings, "either `target` or `targetPercent`, not both");
            None
        }
        (None, None) => {
            map.missing(findings, "target", RATIO);
            None
        }
    };
    if let Some(weight) = map.get("compositeWeight") {
        weight.not_honoured(findings, "each objective stays an SLO of its own");
    }
    let own = match indicator(&mut map, common.objects, findings) {
        Indicator::Found(spec) => Some(sli::read(&spec, common.objects, findings)),
        Indicator::Wrong => Some(None),
        Indicator::None => None,
    };
    let metric = own.as_ref().unwrap_or(&common.metric).as_ref();
    let slices = slices(&mut map, common.time_slices, findings);
    let (op, limit) = (map.get("op"), map.get("value"));
    let indicator = match metric {
        None => None,
        Some(sli::Metric::Ratio(found)) => {
            for value in [op, limit].into_iter().flatten() {
                value.not_honoured(findings, "only a `thresholdMetric` is compared");
            }
            let mut found = Grouped::clone(found);
            if common.time_slices {
                budget(&mut found.sli, slices.flatten(), value, findings);
            }
            Some(found)
        }
        Some(sli::Metric::Threshold(query)) => {
            let compared = (op.is_some(), limit.is_some());
            if compared != (true, true) {
                map.missing(findings, if compared.0 { "value" } else { "op" }, COMPARED);
            }
            let slices = slices.flatten();
            op.zip(limit)
                .and_then(|(op, limit)| threshold(query, &op, &limit, slices, findings))
        }
    };
    map.warn_unknown(findings);
    Some(Read {
        display_name,
        objective,
        indicator,
    })
}

const COMPARED: &str = "`op` (lte, lt, gte, gt) and `value`, which the metric is compared with";

fn budget(sli: &mut Sli, slices: Option<TimeSlices>, at: &Value<'_>, findings: &mut Findings) {
    match (sli, slices) {
        (Sli::Events(events), Some(slices)) => events.budgeting = Budgeting::TimeSlices(slices),
        (Sli::Events(_), None) => {}
        _ => at.not_honoured(findings, "slices are judged by counted events only"),
    }
}

/// `timeSliceTarget` and `timeSliceWindow`; the outer option is whether they are meant at all.
fn slices(map: &mut Map<'_>, meant: bool, findings: &mut Findings) -> Option<Option<TimeSlices>> {
    let (target, window) = (map.get("timeSliceTarget"), map.get("timeSliceWindow"));
    if !meant {
        for value in [target, window].into_iter().flatten() {
            value.not_honoured(findings, "the budget is not spent by time slices");
        }
        return None;
    }
    let missing = |name: &str, findings: &mut Findings| {
        map.missing(findings, name, "it where `budgetingMethod` is Timeslices");
    };
    if target.is_none() {
        missing("timeSliceTarget", findings);
    }
    if window.is_none() {
        missing("timeSliceWindow", findings);
    }
    let target = target.and_then(|value| slice_target(&value, findings));
    let slice = window.and_then(|value| {
        let text = value.text(findings, "minutes, or a duration such as 5m")?;
        let (number, unit) = shorthand(text).or_else(|| shorthand(&format!("{text}m")))?;
        let made = Slice::new(length(number, unit));
        made.map_err(|error| value.error(findings, error)).ok()
    });
    Some(target.zip(slice).map(|(target, slice)| TimeSlices {
        slice,
        target,
        empty: EmptySlice::LeftOut,
    }))
}

fn slice_target(value: &Value<'_>, findings: &mut Findings) -> Option<Objective> {
    let text = value.text(findings, RATIO)?;
    if text.parse::<f64>() == Ok(1.0) {
        let what = "a slice with one bad event among fewer than a billion is bad";
        value.assumed(findings, what);
        return Objective::from_ppb(999_999_999).ok();
    }
    value.parse(findings, RATIO, Objective::from_ratio)
}

/// A number that is compared: a floor under a rate of events is a throughput, all else is the share
/// of time in which it does not hold.
fn threshold<'a>(
    query: &Value<'a>,
    op: &Value<'_>,
    limit: &Value<'_>,
    slices: Option<TimeSlices>,
    findings: &mut Findings,
) -> Option<Grouped<'a>> {
    const OPS: &str = "lte, lt, gte or gt";
    // What is bad is what does not hold.
    let sign = op.read(findings, OPS, |text| match text {
        "lte" => Some(">"),
        "lt" => Some(">="),
        "gte" => Some("<"),
        "gt" => Some("<="),
        _ => None,
    });
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
    let limit = limit.read(findings, "a number", number);
    let text = query.text(findings, "a PromQL query")?;
    let (sign, limit) = sign.zip(limit)?;
    let tree = query.parse(findings, "a PromQL query", |text| {
        promql::parse(text).map_err(Problem::Invalid)
    })?;
    let found = |sli, group_by| Grouped {
        sli,
        group_by,
        at: query.clone(),
        sli_at: query.clone(),
    };
    let floor = sign.starts_with('<') && limit > 0.0 && !text.contains("increase");
    if floor && let Ok(events) = counters(&tree, Leaves::Rates) {
        let mut sli = ThroughputSli::new(events.leg, limit).ok()?;
        if let Some(slices) = slices {
            sli.slice = slices.slice;
            let why = "`timeSliceTarget`: a slice has one rate, over all of it";
            query.not_honoured(findings, why);
        }
        return Some(found(Sli::Throughput(sli), events.groups));
    }
    let step = slices
        .map_or(Slice::FIVE_MINUTES, |slices| slices.slice)
        .length();
    let step = format_duration(step.min(Slice::FIVE_MINUTES.length()));
    // `>= -Inf` leaves out what is no number, which would count as good.
    let ratio = format!(
        "avg_over_time((({} >= -Inf) {sign} bool {limit})[$window:{step}])",
        promql::enclosed(text)
    );
    if slices.is_some() {
        let why = "`timeSliceTarget`: the share of time counts, not of slices";
        query.not_honoured(findings, why);
    }
    query.warn(
        findings,
        Finding::NoEvents {
            why: "the metric is compared with a value, as a share of time".to_owned(),
        },
    );
    let groups = match crate::spec::events::groups(&tree) {
        Ok(groups) => groups.unwrap_or_default(),
        Err(why) => {
            query.invalid(findings, why);
            return None;
        }
    };
    match template(&ratio) {
        Ok(ratio) => {
            let error_ratio = ratio.template;
            Some(found(Sli::Ratio(RatioSli { error_ratio }), groups))
        }
        Err(why) => {
            query.invalid(findings, why);
            None
        }
    }
}
