//! Queries as people write them.

use super::*;
use crate::spec::promql::template;

fn leg(query: &str) -> Result<String, Why> {
    let events = of_template(&template(query).unwrap())?;
    Ok(match events.leg {
        Leg::Counters(counters) => {
            let texts: Vec<String> = counters.iter().map(|c| c.selector.to_string()).collect();
            format!("{} by {:?}", texts.join(" & "), events.groups)
        }
        Leg::Query(template) => template.text().to_owned(),
        other => format!("{other:?}"),
    })
}

#[test]
fn finds_the_counters() {
    for (query, counters) in [
        ("rate(a[$window])", "a by []"),
        ("sum(irate(a[$window]))", "a by []"),
        (
            "((sum by (x, y) (increase(a[$window])))) or vector(0)",
            "a by [\"x\", \"y\"]",
        ),
        (
            "sum(rate(a[$window])) or 0 * sum(rate(b[$window]))",
            "a by []",
        ),
        ("sum(rate(a[$window]) or on() vector(0)) > 0", "a by []"),
        (
            "sum(rate(a{c=\"1\"}[$window]) + rate(a{c=\"2\"}[$window]))",
            "a{c=\"1\"} & a{c=\"2\"} by []",
        ),
    ] {
        assert_eq!(leg(query).as_deref(), Ok(counters), "{query}");
    }
}

#[test]
fn else_rewrites_what_is_linear() {
    for (query, counted) in [
        (
            r#"sum(rate(a{p="x",code="500"}[$window] offset 1m))"#,
            r#"sum(increase(a{p="x",code="500"}[$window] offset 1m))"#,
        ),
        (
            "sum(rate(a[$window] offset 1m) unless on(pod) rate(drained[5m]) > 1)",
            "sum(increase(a[$window] offset 1m) unless on (pod) rate(drained[5m]) > 1)",
        ),
        (
            "sum(rate(a[$window] offset 5m))",
            "sum(increase(a[$window] offset 5m))",
        ),
        (
            "sum(rate(a{p=~\"/x/\\\\d+\"}[$window]) unless on (pod) rate(b[5m]) > 1)",
            "sum(increase(a{p=~\"/x/\\\\d+\"}[$window]) unless on (pod) rate(b[5m]) > 1)",
        ),
        (
            "sum by (x) (label_replace(rate(a[$window]), \"x\", \"$1\", \"y\", \"(.*)\"))",
            "sum by (x) (label_replace(increase(a[$window]), \"x\", \"$1\", \"y\", \"(.*)\"))",
        ),
        // Both may hold the same series: no set of counters.
        (
            "rate(a[$window]) + rate(a[$window])",
            "increase(a[$window]) + increase(a[$window])",
        ),
    ] {
        assert_eq!(leg(query).as_deref(), Ok(counted), "{query}");
    }
}

#[test]
fn says_why_there_are_no_events() {
    for (query, why) in [
        ("sum(rate(a[$window])) * 60", "`*` makes something else"),
        ("avg(rate(a[$window]))", "no sum or difference"),
        (
            "sum_over_time(a[$window])",
            "`sum_over_time` is no function of counters",
        ),
        (
            "sum(rate(a[5m])) + sum(rate(a[$window]))",
            "a range of its own",
        ),
        ("sum without (x) (rate(a[$window]))", "use `by`"),
        ("sum(a) / sum(rate(a[$window]))", "`/` makes something else"),
        ("sum(rate(a[$window])) > 5", "`>` makes something else"),
    ] {
        assert!(
            leg(query).unwrap_err().contains(why),
            "{query}: {:?}",
            leg(query)
        );
    }
}
