//! Several counters, several series, several groups.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod recording;

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::{InstantOptions, Labels, MemoryBackend, PromQl, Selector, Timestamp, Value};
use slo_core::evaluate::{Evaluation, Options, Outcome, evaluate};
use slo_core::queries::Queries;
use slo_core::report::Report;
use slo_core::rules::{self, Rule};
use slo_core::sli::{
    Budgeting, Counter, EmptySlice, EventSli, Leg, RatioSli, Slice, Template, TimeSlices,
};
use slo_core::{Name, Sli, Slo, Window};

use crate::recording::record;

const END: Timestamp = Timestamp::from_secs(1_800_000_000);

fn slo(sli: Sli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let window = Window::days(1).unwrap();
    Slo::new(name("api"), name("a"), "99".parse().unwrap(), window, sli)
}

fn evaluations(backend: &MemoryBackend, slo: &Slo) -> Vec<Evaluation> {
    let options = Options::at(END);
    block_on(evaluate(backend, std::slice::from_ref(slo), &options))
}

fn failure(backend: &MemoryBackend, slo: &Slo) -> (&'static str, String) {
    match &evaluations(backend, slo)[..] {
        [
            Evaluation {
                outcome: Outcome::Failed(failure),
                ..
            },
        ] => (failure.kind(), failure.to_string()),
        other => panic!("{other:?}"),
    }
}

/// A series that grows by so much a minute.
fn grow(backend: &MemoryBackend, name: &str, labels: &[(&str, &str)], by: f64) {
    let mut all = vec![("__name__", name), ("job", "api"), ("instance", "a")];
    all.extend(labels);
    for left in (0..1500_u32).rev() {
        let at = END.minus(Duration::from_secs(60) * left);
        backend.push(
            &Labels::from_pairs(all.clone()),
            at,
            by * f64::from(1500 - left),
        );
    }
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("m{i}_total")).collect()
}

fn of_metrics(n: usize) -> Slo {
    let requests = Selector::metric("requests_total");
    let counter = |name| Counter::new(Selector::metric(name)).witnessed_by(requests.clone());
    let bad = Leg::Counters(names(n).into_iter().map(counter).collect());
    let sli = EventSli::new(bad, Leg::counter(Selector::metric("requests_total")));
    slo(Sli::Events(sli))
}

#[test]
fn events_of_several_metrics_are_added_whichever_of_them_are_there() {
    let backend = MemoryBackend::new();
    grow(&backend, "requests_total", &[], 100.0);
    // Equal labels, one of them missing.
    for (i, name) in names(5).iter().enumerate().filter(|(i, _)| *i != 2) {
        grow(&backend, name, &[], 1.0 + i as f64);
    }
    let [evaluation] = &evaluations(&backend, &of_metrics(5))[..] else {
        panic!("not one")
    };
    let counts = evaluation.outcome.figures().unwrap().counts;
    assert_eq!((counts.bad, counts.total), (12.0 * 1440.0, 144_000.0));
}

#[test]
fn a_series_that_several_selectors_of_one_metric_match_counts_once() {
    let backend = MemoryBackend::new();
    grow(&backend, "requests_total", &[("code", "500")], 1.0);
    grow(&backend, "requests_total", &[("code", "503")], 2.0);
    grow(&backend, "requests_total", &[("code", "200")], 97.0);
    let total = Selector::metric("requests_total");
    let bad = [
        total.clone().re("code", "5.."),
        total.clone().eq("code", "503"),
    ];
    let bad = bad.map(|s| Counter::new(s).witnessed_by(total.clone()));
    let sli = EventSli::new(Leg::Counters(bad.into()), Leg::counter(total));
    let [evaluation] = &evaluations(&backend, &slo(Sli::Events(sli)))[..] else {
        panic!("not one")
    };
    let counts = evaluation.outcome.figures().unwrap().counts;
    assert_eq!((counts.bad, counts.total), (3.0 * 1440.0, 144_000.0));
}

#[test]
fn queries_grow_with_the_number_of_counters_and_no_faster() {
    let length = |n| Queries::new(&of_metrics(n)).bucket_bad().to_string().len();
    let (few, many) = (length(50), length(500));
    assert!(many < 11 * few, "{few} {many}");
    let of_one_metric = |n: usize| {
        let total = Selector::metric("requests_total");
        let one = |i| Counter::new(total.clone().eq("code", format!("{i:03}")));
        let bad = (0..n).map(|i| one(i).witnessed_by(total.clone()));
        let sli = EventSli::new(Leg::Counters(bad.collect()), Leg::counter(total.clone()));
        let slo = slo(Sli::Events(sli));
        let set = rules::generate(&[slo], &rules::Options::default());
        let lengths = set.groups.iter().flat_map(|group| &group.rules);
        let length = |rule: &Rule| match rule {
            Rule::Record { expr, .. } | Rule::Alert { expr, .. } => expr.to_string().len(),
            other => panic!("{other:?}"),
        };
        lengths.map(length).sum::<usize>()
    };
    let (few, many) = (of_one_metric(50), of_one_metric(500));
    assert!(many < 11 * few, "{few} {many}");
}

#[test]
fn a_ratio_of_several_series_is_an_error_that_names_them_and_no_recording() {
    let backend = MemoryBackend::new();
    for pod in ["a", "b"] {
        grow(&backend, "errors_total", &[("pod", pod)], 1.0);
        grow(&backend, "requests_total", &[("pod", pod)], 100.0);
    }
    let template = "rate(errors_total[$window]) / rate(requests_total[$window])";
    let ratio = |text: &str| {
        slo(Sli::Ratio(RatioSli {
            error_ratio: Template::new(text).unwrap(),
        }))
    };
    let (kind, text) = failure(&backend, &ratio(template));
    assert_eq!(kind, "ambiguous");
    assert!(
        text.contains(r#"pod="a""#) && text.contains(r#"pod="b""#),
        "{text}"
    );
    let recorded = |slo: &Slo| {
        let queries = Queries::new(slo);
        [queries.bucket_bad(), queries.bucket_total()].map(|query| {
            let (query, options) = (query.to_string(), InstantOptions::at(END));
            match block_on(backend.instant(&query, &options)).unwrap().data {
                Value::Vector(samples) => samples.len(),
                other => panic!("{other:?}"),
            }
        })
    };
    assert_eq!(recorded(&ratio(template)), [0, 0]);
    let one = "sum(rate(errors_total[$window])) / sum(rate(requests_total[$window]))";
    assert_eq!(recorded(&ratio(one)), [1, 1]);
    let [evaluation] = &evaluations(&backend, &ratio(one))[..] else {
        panic!("not one")
    };
    assert!(evaluation.outcome.figures().is_some());
}

fn grouped(label: &str) -> Slo {
    let total = Leg::counter(Selector::metric("requests_total"));
    let bad = Leg::counter(Selector::metric("errors_total"));
    let mut slo = slo(Sli::Events(EventSli::new(bad, total)));
    slo.group_by = vec![label.to_owned()];
    slo
}

#[test]
fn a_group_that_only_errors_have_is_refused_by_its_label() {
    let backend = MemoryBackend::new();
    grow(&backend, "requests_total", &[], 100.0);
    grow(&backend, "errors_total", &[("reason", "timeout")], 1.0);
    let (kind, text) = failure(&backend, &grouped("reason"));
    assert_eq!(kind, "group_label");
    assert!(text.contains("`reason`"), "{text}");
}

#[test]
fn without_groups_no_group_can_lack_a_total() {
    let hour = Duration::from_secs(3600);
    let mut slo = grouped("reason");
    assert!(Queries::new(&slo).bad_without_total(hour).is_some());
    slo.group_by.clear();
    assert!(Queries::new(&slo).bad_without_total(hour).is_none());
}

#[test]
fn a_group_of_errors_alone_is_no_wrong_label_where_others_have_a_total() {
    let backend = MemoryBackend::new();
    grow(&backend, "requests_total", &[("reason", "slow")], 100.0);
    grow(&backend, "errors_total", &[("reason", "slow")], 1.0);
    grow(&backend, "errors_total", &[("reason", "timeout")], 1.0);
    let evaluations = evaluations(&backend, &grouped("reason"));
    let of = |reason: &str| {
        let is_it = |e: &&Evaluation| e.group.get("reason") == Some(reason);
        &evaluations.iter().find(is_it).unwrap().outcome
    };
    assert!(of("slow").figures().is_some(), "{evaluations:?}");
    assert!(matches!(of("timeout"), Outcome::Failed(failure) if failure.kind() == "inconsistent"));
}

#[test]
fn a_group_that_only_errors_have_is_metrics_missing() {
    for sliced in [false, true] {
        let mut slo = grouped("reason");
        if let (true, Sli::Events(events)) = (sliced, &mut slo.sli) {
            events.budgeting = Budgeting::TimeSlices(TimeSlices {
                slice: Slice::FIVE_MINUTES,
                target: "99".parse().unwrap(),
                empty: EmptySlice::LeftOut,
            });
        }
        for (of_total, fires) in [(&[][..], true), (&[("reason", "timeout")], false)] {
            let backend = MemoryBackend::new();
            grow(&backend, "requests_total", of_total, 100.0);
            grow(&backend, "errors_total", &[("reason", "timeout")], 1.0);
            record(&backend, &slo, END.minus(Duration::from_secs(80_000)), END);
            let set = rules::generate(std::slice::from_ref(&slo), &rules::Options::default());
            let mut rules = set.groups.into_iter().flat_map(|group| group.rules);
            let missing = rules.find_map(|rule| match rule {
                Rule::Alert { name, expr, .. } if name == "SloMetricsMissing" => Some(expr),
                _ => None,
            });
            let query = missing.unwrap().to_string();
            let answer = block_on(backend.instant(&query, &InstantOptions::at(END))).unwrap();
            let Value::Vector(firing) = answer.data else {
                panic!("no vector")
            };
            let groups: Vec<_> = firing.iter().map(|s| s.labels.get("reason")).collect();
            let wanted = if fires { vec![Some("timeout")] } else { vec![] };
            assert_eq!(groups, wanted, "{sliced}");
        }
    }
}

#[test]
fn groups_have_a_limit() {
    let backend = MemoryBackend::new();
    for pod in 0..20 {
        grow(
            &backend,
            "requests_total",
            &[("pod", &pod.to_string())],
            100.0,
        );
    }
    let slo = grouped("pod");
    let run = |limit| {
        let mut options = Options::at(END);
        options.max_groups = NonZeroUsize::new(limit).unwrap();
        block_on(evaluate(&backend, std::slice::from_ref(&slo), &options))
    };
    assert_eq!(run(20).len(), 20);
    let Outcome::Failed(failure) = &run(19)[0].outcome else {
        panic!("not failed")
    };
    assert_eq!(failure.kind(), "too_many_groups");
    assert!(failure.to_string().contains("20 groups"), "{failure}");
}

#[test]
fn long_label_values_are_cut_and_stay_two_groups() {
    let backend = MemoryBackend::new();
    let long = |end: &str| "p".repeat(200_000) + end;
    for (path, by) in [(long("a"), 100.0), (long("b"), 200.0)] {
        grow(&backend, "requests_total", &[("path", &path)], by);
        grow(&backend, "errors_total", &[("path", &path)], 1.0);
    }
    let evaluations = evaluations(&backend, &grouped("path"));
    let report = Report::new(END, &evaluations);
    assert_eq!(report.summary.compliant + report.summary.non_compliant, 2);
    for slo in &report.slos {
        let path = &slo.group["path"];
        assert!(
            path.starts_with("ppp") && path.contains("(200001 bytes, "),
            "{path}"
        );
        assert!(path.len() <= 1000 && slo.title().len() <= 1100);
        let text = slo.warnings.concat();
        assert!(text.len() < 10_000, "{} bytes", text.len());
    }
    assert!(serde_json::to_string(&report).unwrap().len() < 20_000);
    // Those that are only named, too.
    let ratio = "rate(errors_total[$window]) / rate(requests_total[$window])";
    let ratio = Sli::Ratio(RatioSli {
        error_ratio: Template::new(ratio).unwrap(),
    });
    let (kind, text) = failure(&backend, &slo(ratio));
    assert_eq!(kind, "ambiguous");
    assert!(text.len() < 3000, "{} bytes", text.len());
}
