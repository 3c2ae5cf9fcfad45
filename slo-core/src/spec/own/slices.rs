//! `throughput` and `time_slices`: what is judged slice by slice.

use super::sli::{Found, counted};
use super::{Defaults, istio};
use crate::sli::{EmptySlice, Leg, Sli, Slice, ThroughputSli, TimeSlices};
use crate::spec::common::percent;
use crate::spec::events::Events;
use crate::spec::read::{Findings, Map, Value};
use crate::spec::scalar::{OBJECTIVE, duration, per_second};

/// `5/s`, or a mapping with a floor and `istio` or `total`.
pub(super) fn throughput(
    value: &Value<'_>,
    defaults: &Defaults,
    findings: &mut Findings,
) -> Option<Found> {
    const FLOOR: &str = "a rate such as 5/s or 300/min";
    if value.scalar().is_some() {
        let floor = value.read(findings, FLOOR, per_second);
        let istio = istio::service(None, value, defaults, findings);
        let (floor, istio) = floor.zip(istio)?;
        return throughput_of(istio.requests(), floor, value, findings)
            .map(|sli| Sli::Throughput(sli).into());
    }
    let mut map = value.map(findings, "a rate such as 5/s, or a mapping with `floor`")?;
    let floor = map.need(findings, "floor", FLOOR);
    let floor = floor.and_then(|v| v.read(findings, FLOOR, per_second));
    let slice = slice(&mut map, findings);
    let empty = empty(&mut map, findings);
    let (istio, total) = (map.present("istio"), map.get("total"));
    map.deny_unknown(findings);
    let events = match (istio, total) {
        (Some(_), Some(total)) => {
            total.invalid(findings, "either `istio` or `total`, not both");
            None
        }
        (None, Some(total)) => counted(&total, findings),
        (istio, None) => {
            let service = istio::service(istio.as_ref(), value, defaults, findings);
            service.map(|service| Events {
                leg: service.requests(),
                groups: Vec::new(),
            })
        }
    };
    let (events, floor) = events.zip(floor)?;
    let mut sli = throughput_of(events.leg, floor, value, findings)?;
    sli.slice = slice.unwrap_or(sli.slice);
    sli.empty = empty.unwrap_or(sli.empty);
    Some(Found {
        group_by: events.groups,
        ..Sli::Throughput(sli).into()
    })
}

fn throughput_of(
    total: Leg,
    floor: f64,
    at: &Value<'_>,
    findings: &mut Findings,
) -> Option<ThroughputSli> {
    let made = ThroughputSli::new(total, floor);
    made.map_err(|error| at.error(findings, error)).ok()
}

fn slice(map: &mut Map<'_>, findings: &mut Findings) -> Option<Slice> {
    const EXPECTED: &str = "a duration from 1m to 1h";
    let value = map.get("slice")?;
    value.read(findings, EXPECTED, |text| Slice::new(duration(text)?).ok())
}

fn empty(map: &mut Map<'_>, findings: &mut Findings) -> Option<EmptySlice> {
    let value = map.get("empty")?;
    value.read(findings, "left_out, good or bad", |text| match text {
        "left_out" => Some(EmptySlice::LeftOut),
        "good" => Some(EmptySlice::Good),
        "bad" => Some(EmptySlice::Bad),
        _ => None,
    })
}

pub(super) fn time_slices(value: &Value<'_>, findings: &mut Findings) -> Option<TimeSlices> {
    let mut map = value.map(findings, "a mapping with `target`")?;
    let target = map.need(findings, "target", OBJECTIVE);
    let target = target.and_then(|value| percent(&value, findings));
    let slices = TimeSlices {
        slice: slice(&mut map, findings).unwrap_or(Slice::FIVE_MINUTES),
        empty: empty(&mut map, findings).unwrap_or_default(),
        target: target?,
    };
    map.deny_unknown(findings);
    Some(slices)
}
