//! Example files, and SLOs as text.

use std::fmt::Write as _;
use std::path::Path;

use slo_core::Slo;
use slo_core::rules::Alerts;
use slo_core::sli::{Budgeting, Counter, Leg, Sli};

/// The files of a folder of `testdata/spec`, by name.
pub(crate) fn files(folder: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/spec")
        .join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no files in {folder}");
    files
}

/// Everything an SLO says, without what is as usual.
pub(crate) fn describe(slo: &Slo) -> String {
    let mut text = format!(
        "{}/{}: {} % over {}\n",
        slo.service, slo.name, slo.objective, slo.window
    );
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            writeln!(text, "  {name}: {value}").unwrap();
        }
    };
    line("description", slo.description.clone().unwrap_or_default());
    line("kind", slo.sli.kind().to_owned());
    match &slo.sli {
        Sli::Events(events) => {
            line("bad", leg(&events.bad));
            line("total", leg(&events.total));
            if let Some(latency) = &events.latency {
                line(
                    "threshold",
                    format!("{} ({} ms)", latency.threshold, latency.threshold_ms()),
                );
            }
            if let Budgeting::TimeSlices(slices) = &events.budgeting {
                line("slices", format!("{slices:?}"));
            }
        }
        Sli::Throughput(throughput) => {
            line("total", leg(&throughput.total));
            let (floor, slice) = (throughput.floor_per_second, throughput.slice.length());
            line(
                "floor",
                format!("{floor}/s in {slice:?}, empty: {:?}", throughput.empty),
            );
        }
        Sli::Ratio(ratio) => line("error ratio", ratio.error_ratio.text().to_owned()),
        Sli::Probe(probe) => line("success", probe.success.to_string()),
        other => panic!("{other:?}"),
    }
    line("group by", slo.group_by.join(", "));
    if slo.counting != slo_core::Counting::default() {
        line("counting", format!("{:?}", slo.counting));
    }
    if !slo.labels.is_empty() {
        line("labels", format!("{:?}", slo.labels));
    }
    if slo.policy != slo_core::policy::PolicySpec::default() {
        line("policy", format!("{:?}", slo.policy));
    }
    if slo.data != slo_core::DataRequirements::default() {
        line("data", format!("{:?}", slo.data));
    }
    alerts(slo, &mut line);
    text
}

/// Which alerts there are, and what was written for each.
fn alerts(slo: &Slo, line: &mut impl FnMut(&str, String)) {
    let alerting = &slo.alerting;
    if *alerting == slo_core::Alerting::default() {
        return;
    }
    let names = |set: slo_core::AlertSet| {
        let names: Vec<&str> = set.iter().map(slo_core::Alert::name).collect();
        names.join(", ")
    };
    let on = Alerts::Format.of(alerting);
    line(
        "alerts",
        if on.is_empty() {
            "none".to_owned()
        } else {
            names(on)
        },
    );
    let off = slo_core::Alert::ALL
        .into_iter()
        .filter(|a| alerting.is_off(*a));
    line("switched off", names(off.collect()));
    line("runbook", alerting.runbook_url.clone().unwrap_or_default());
    for alert in slo_core::Alert::ALL {
        let mut said: Vec<String> = alerting
            .name_of(alert)
            .map(str::to_owned)
            .into_iter()
            .collect();
        let (labels, annotations) = (alerting.labels_of(alert), alerting.annotations_of(alert));
        if !labels.is_empty() {
            said.push(format!("labels {labels:?}"));
        }
        if !annotations.is_empty() {
            said.push(format!("annotations {annotations:?}"));
        }
        line(alert.name(), said.join(" "));
    }
}

fn leg(leg: &Leg) -> String {
    let list = |counters: &[Counter]| {
        let one = |counter: &Counter| {
            if counter.witness == counter.selector {
                return counter.selector.to_string();
            }
            format!("{} (witness {})", counter.selector, counter.witness)
        };
        counters.iter().map(one).collect::<Vec<_>>().join(" and ")
    };
    match leg {
        Leg::Counters(counters) => list(counters),
        Leg::Difference { of, minus } => format!("{} LESS {}", list(of), list(minus)),
        Leg::Classic {
            count,
            bucket,
            above,
        } => {
            let part = if *above { "above" } else { "all of" };
            format!("{part} {bucket}, count {count}")
        }
        Leg::Native { histogram, above } => format!("native {histogram} above {above:?}"),
        Leg::Query(template) => format!("query {}", template.text()),
        other => panic!("{other:?}"),
    }
}
