//! From two queries, bad (or good) and total, to an SLI.

use std::collections::BTreeSet;

use promql_client::Selector;
use promql_client::expr::{increase, sum_by};

use super::events::{Events, Why, of_template};
use super::fill::unfilled;
use super::histogram::Classic;
use super::promql::{Query, SENTINEL, enclosed, template};
use crate::sli::{Counter, EventSli, Leg, RatioSli, Sli, WINDOW};

/// Which side of the promise a query counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Bad,
    Good,
}

impl Share {
    /// What one takes away from all of them.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Bad => Self::Good,
            Self::Good => Self::Bad,
        }
    }
}

/// An SLI, its groups, and why it cannot count events where it cannot.
pub(super) struct Indicator {
    pub(super) sli: Sli,
    pub(super) group_by: Vec<String>,
    pub(super) no_events: Option<Why>,
    pub(super) assumed: Option<String>,
}

/// Two queries over a window, as Sloth has them.
pub(super) fn of_templates(share: Share, part: &Query, total: &Query) -> Result<Indicator, String> {
    let why = match (of_template(part), of_template(total)) {
        (Ok(part), Ok(total)) => return of_events(share, part, total),
        (Err(why), _) | (_, Err(why)) => why,
    };
    let group_by = group_by(total)?;
    let [part, total] = [part, &unfilled(total)].map(|query| enclosed(query.template.text()));
    // What never happened has no series, and counts as none.
    let ratio = format!("({part} or 0 * {total}) / {total}");
    let ratio = match share {
        Share::Bad => ratio,
        Share::Good => format!("1 - {ratio}"),
    };
    Ok(Indicator {
        sli: Sli::Ratio(RatioSli {
            error_ratio: template(&ratio)?.template,
        }),
        group_by,
        no_events: Some(why),
        assumed: None,
    })
}

/// The groups of a query that is kept as it is.
pub(super) fn group_by(query: &Query) -> Result<Vec<String>, String> {
    // Outside of the builder's language, groups are not looked for.
    let tree = query.tree.as_ref().ok();
    let groups = tree.map(super::events::groups).transpose()?;
    Ok(groups.flatten().unwrap_or_default())
}

/// Two queries whose events are known.
pub(super) fn of_events(share: Share, part: Events, total: Events) -> Result<Indicator, String> {
    let set = |labels: &[String]| labels.iter().cloned().collect::<BTreeSet<_>>();
    if set(&part.groups) != set(&total.groups) {
        return Err(format!(
            "the two queries are grouped differently: by ({}) and by ({})",
            part.groups.join(", "),
            total.groups.join(", ")
        ));
    }
    let group_by = total.groups;
    let bad = match share {
        Share::Bad => part.leg,
        Share::Good => less(&total.leg, &part.leg, &group_by)?,
    };
    let (sli, assumed) = match Classic::of(&bad, &total.leg) {
        Some(pair) => (pair.sli(pair.unit_ms), pair.assumed),
        None => (events(bad, total.leg), None),
    };
    Ok(Indicator {
        sli: Sli::Events(sli),
        group_by,
        no_events: None,
        assumed,
    })
}

/// An SLI of two legs, with witnesses.
pub(super) fn events(bad: Leg, total: Leg) -> EventSli {
    let all = match &total {
        Leg::Counters(counters) | Leg::Difference { of: counters, .. } => counters.as_slice(),
        _ => &[],
    };
    let wide: Vec<Selector> = all.iter().map(|c| c.selector.clone()).collect();
    EventSli::new(witnessed(bad, &wide), total)
}

/// The total's counters prove that a target was scraped: those of the same metric where there are
/// some, else another metric's, which the same scrape brings.
fn witnessed(leg: Leg, wide: &[Selector]) -> Leg {
    let widen = |counters: Vec<Counter>| {
        let widen = |counter: Counter| {
            let same = |s: &&Selector| s.metric.is_some() && s.metric == counter.selector.metric;
            match wide.iter().find(same).or(wide.first()) {
                Some(witness) => counter.witnessed_by(witness.clone()),
                None => counter,
            }
        };
        counters.into_iter().map(widen).collect()
    };
    match leg {
        Leg::Counters(counters) => Leg::Counters(widen(counters)),
        Leg::Difference { of, minus } => Leg::Difference {
            of: widen(of),
            minus: widen(minus),
        },
        other => other,
    }
}

/// `total - good`.
fn less(total: &Leg, good: &Leg, groups: &[String]) -> Result<Leg, String> {
    if let (Some(total), Some(good)) = (sides(total), sides(good)) {
        let added = total.0.iter().chain(good.1).cloned().collect();
        let taken = total.1.iter().chain(good.0).cloned().collect();
        return Ok(difference(added, taken));
    }
    let (Some(total), Some(good)) = (text(total, groups), text(good, groups)) else {
        return Err("the good events cannot be taken away from all of them".to_owned());
    };
    let [total, good] = [total, good].map(|query| enclosed(&query));
    template(&format!("{total} - ({good} or 0 * {total})")).map(|query| Leg::Query(query.template))
}

/// The counters that a leg adds, and those that it takes away.
fn sides(leg: &Leg) -> Option<(&[Counter], &[Counter])> {
    match leg {
        Leg::Counters(of) => Some((of, &[])),
        Leg::Difference { of, minus } => Some((of, minus)),
        _ => None,
    }
}

/// What stands on both sides of a difference tells nothing: all less all but the failed ones are the
/// failed ones.
fn difference(of: Vec<Counter>, minus: Vec<Counter>) -> Leg {
    let mut left = of.clone();
    let mut taken = minus.clone();
    taken.retain(|counter| match left.iter().position(|of| of == counter) {
        Some(at) => {
            left.remove(at);
            false
        }
        None => true,
    });
    match (left.is_empty(), taken.is_empty()) {
        (false, true) => Leg::Counters(left),
        (false, false) => Leg::Difference {
            of: left,
            minus: taken,
        },
        (true, _) => Leg::Difference { of, minus },
    }
}

/// A leg as a query for the number of its events.
fn text(leg: &Leg, groups: &[String]) -> Option<String> {
    match leg {
        Leg::Counters(counters) => match counters.as_slice() {
            [Counter { selector, .. }] => {
                let query = sum_by(groups.to_vec(), increase(selector.clone().range(SENTINEL)));
                let range = promql_client::expr::format_duration(SENTINEL);
                Some(query.to_string().replace(&range, WINDOW))
            }
            _ => None,
        },
        Leg::Query(template) => Some(template.text().to_owned()),
        _ => None,
    }
}
