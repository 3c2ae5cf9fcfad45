//! Ratios as people write them.

use super::*;
use crate::sli::{Counter, Leg, Sli};
use crate::spec::promql::{parse, template};

fn leg(leg: &Leg) -> String {
    let list = |counters: &[Counter]| {
        let texts: Vec<String> = counters.iter().map(|c| c.selector.to_string()).collect();
        texts.join(" & ")
    };
    match leg {
        Leg::Counters(counters) => list(counters),
        Leg::Difference { of, minus } => format!("{} LESS {}", list(of), list(minus)),
        Leg::Query(template) => template.text().to_owned(),
        other => format!("{other:?}"),
    }
}

fn read(share: Share, ratio: &str, leaves: Leaves) -> Option<String> {
    let tree = match leaves {
        Leaves::Window => template(ratio).unwrap().tree.ok()?,
        _ => parse(ratio).unwrap(),
    };
    let made = of(share, &tree, leaves)?;
    let Sli::Events(events) = made.sli else {
        panic!("no events");
    };
    // How its buckets are counted is the latency's affair.
    if let Some(latency) = events.latency {
        let threshold = latency.threshold;
        return Some(format!("latency of {threshold} by {:?}", made.group_by));
    }
    Some(format!(
        "{} / {} by {:?}",
        leg(&events.bad),
        leg(&events.total),
        made.group_by
    ))
}

fn window(ratio: &str) -> Option<String> {
    read(Share::Bad, ratio, Leaves::Window)
}

#[test]
fn quotients_of_rates_are_events() {
    for (ratio, events) in [
        (
            "sum(rate(e[$window])) / sum(rate(t[$window]))",
            "e / t by []",
        ),
        (
            "(sum by (z) (increase(e[$window])) or vector(0)) / on (z) (sum by (z) (increase(t[$window])) > 0)",
            "e / t by [\"z\"]",
        ),
        (
            "sum(rate(e[$window])) / on () sum(rate(t[$window]))",
            "e / t by []",
        ),
        (
            "sum(irate(e[$window])) / sum(irate(t[$window])) or vector(0)",
            "e / t by []",
        ),
        (
            "1 - sum(rate(g[$window])) / sum(rate(t[$window]))",
            "t LESS g / t by []",
        ),
        (
            "1 - (sum by (a, b) (rate(g[$window])) / sum by (b, a) (rate(t[$window])))",
            "t LESS g / t by [\"b\", \"a\"]",
        ),
        (
            "1 - (sum(rate(t[$window])) - sum(rate(e[$window]))) / sum(rate(t[$window]))",
            "e / t by []",
        ),
        (
            "1 - ((sum(rate(t[$window])) - (sum(rate(e[$window])) + sum(rate(f[$window])))) / sum(rate(t[$window])))",
            "e & f / t by []",
        ),
        (
            "1 - (sum(rate(g[$window])) - sum(rate(h[$window]))) / sum(rate(t[$window]))",
            "t & h LESS g / t by []",
        ),
        (
            "1 - sum(rate(g[$window])) / (sum(rate(g[$window])) + sum(rate(e[$window])))",
            "e / g & e by []",
        ),
        (
            "1 - sum(rate(t[$window])) / sum(rate(t[$window]))",
            "t LESS t / t by []",
        ),
        (
            "(1 - (sum(rate(g[$window])) / sum(rate(t[$window])))) or on () vector(0)",
            "t LESS g / t by []",
        ),
        (
            "(sum(rate(t[$window])) - sum(rate(g[$window]))) / sum(rate(t[$window]))",
            "t LESS g / t by []",
        ),
        (
            "sum(rate(e[$window])) / (sum(rate(e[$window])) + sum(rate(g[$window])))",
            "e / e & g by []",
        ),
        (
            "sum(rate(e{code=\"1\"}[$window]) + rate(e{code=\"2\"}[$window])) / sum(rate(e[$window]))",
            "e{code=\"1\"} & e{code=\"2\"} / e by []",
        ),
        (
            "1 - sum(rate(h_seconds_bucket{le=\"0.3\"}[$window])) / sum(rate(h_seconds_count[$window]))",
            "latency of 0.3 by []",
        ),
        (
            "sum(rate(e[$window] offset 1m)) / sum(rate(t[$window] offset 1m))",
            "sum(increase(e[$window] offset 1m)) / sum(increase(t[$window] offset 1m)) by []",
        ),
        (
            "sum(rate(e[$window])) / sum(rate(t[$window]) unless on (pod) rate(drained[5m]) > 1)",
            "e / sum(increase(t[$window]) unless on (pod) rate(drained[5m]) > 1) by []",
        ),
    ] {
        assert_eq!(window(ratio).as_deref(), Some(events), "{ratio}");
    }
}

#[test]
fn what_is_not_certain_stays_a_ratio() {
    for ratio in [
        // No quotient.
        "avg_over_time(ratio[$window])",
        "sum(rate(e[$window]))",
        "1 - avg_over_time(ratio[$window])",
        "100 - sum(rate(g[$window])) / sum(rate(t[$window]))",
        "sum(rate(e[$window])) / sum(rate(t[$window])) * 100",
        "avg by (z) (rate(e[$window]) / rate(t[$window]))",
        "sum(rate(e[$window]) / rate(t[$window]))",
        "max(sum(rate(e[$window])) / sum(rate(t[$window])))",
        // No events.
        "avg(rate(e[$window])) / avg(rate(t[$window]))",
        "sum(sum_over_time(e[$window])) / sum(count_over_time(e[$window]))",
        "sum(rate(e[$window])) / (sum(rate(t[$window])) + 1)",
        "sum(rate(e[$window])) / 60",
        "sum(e) / sum(rate(t[$window]))",
        "count(rate(e[$window])) / count(rate(t[$window]))",
        "sum(rate(e[$window])) / (sum(rate(t[$window])) > 5)",
        // Several series, none of them the SLO's alone.
        "rate(e[$window]) / rate(t[$window])",
        "sum(rate(e[$window])) / rate(t[$window])",
        "rate(e[$window]) / ignoring (code) group_left sum by (z) (rate(t[$window]))",
        "sum by (z) (rate(e[$window])) / sum(rate(t[$window]))",
        "sum by (z) (rate(e[$window])) / on (z) group_left sum by (z, y) (rate(t[$window]))",
        "sum by (z) (rate(e[$window])) / on () sum by (z) (rate(t[$window]))",
        "sum by (z) (rate(e[$window])) / ignoring (z) sum by (z) (rate(t[$window]))",
        "sum without (z) (rate(e[$window])) / sum without (z) (rate(t[$window]))",
        // Different stretches of time, or per second against per window.
        "sum(rate(e[$window])) / sum(rate(t[1h]))",
        "sum(rate(e[$window])) / sum(increase(t[$window]))",
        "sum(irate(e[$window])) / sum(rate(t[$window]))",
        // Where nothing is good nothing is said, or all is: not as with events.
        "1 - (sum(rate(g[$window])) / sum(rate(t[$window])) or vector(0))",
        "sum(rate(e[$window])) / sum(rate(t[$window])) > 0",
        // Outside of the builder's language.
        "clamp_max(sum(rate(e[$window])) / sum(rate(t[$window])), 1)",
        "topk(1, sum(rate(e[$window])) / sum(rate(t[$window])))",
    ] {
        assert_eq!(window(ratio), None, "{ratio}");
    }
}

#[test]
fn rates_of_any_range_are_events_where_no_window_is_given() {
    let ratio = "sum(rate(a[5m])) / sum(rate(b[5m]))";
    for (share, ratio, events) in [
        (Share::Bad, ratio, "a / b by []"),
        (Share::Good, ratio, "b LESS a / b by []"),
        (
            Share::Good,
            "1 - sum(rate(a[5m])) / sum(rate(b[5m]))",
            "a / b by []",
        ),
    ] {
        let read = read(share, ratio, Leaves::Rates);
        assert_eq!(read.as_deref(), Some(events), "{ratio}");
    }
    for ratio in [
        "sum(rate(a[5m])) / sum(rate(b[10m]))",
        "sum(rate(a[5m] offset 1m)) / sum(rate(b[5m] offset 1m))",
        "sum(a) / sum(b)",
        // Where there is no traffic nothing is good.
        "sum(rate(a[5m])) / sum(rate(b[5m])) or vector(0)",
    ] {
        assert_eq!(read(Share::Good, ratio, Leaves::Rates), None, "{ratio}");
    }
}
