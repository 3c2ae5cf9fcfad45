//! Counters that are easily misread, through recordings: promtool evaluates the generated rules over
//! the histories, and the evaluator reads what they recorded.

use std::fs;

use e2e::{Generation, Prometheus, promtool, run_dir};
use slo_core::evaluate::{Options, Source};
use slo_core::{Slo, rules};

use crate::histories::{Failures, Written, check_evaluation, written};

#[test]
fn recordings_of_counters_hold_what_happened() {
    let failures = std::thread::scope(|scope| {
        let checks = Generation::ALL.map(|generation| {
            scope.spawn(move || {
                let mut failures = Failures::default();
                let source = written(generation);
                let server = recorded(source);
                for (case, slo) in server.histories() {
                    let options = Options::at(case.end).from_source(Source::Recorded);
                    let evaluation = server.evaluation(slo, &options);
                    let what = format!("{generation:?} recorded");
                    check_evaluation(&what, case, &evaluation, &mut failures);
                }
                failures
            })
        });
        checks.map(|check| check.join().unwrap())
    });
    let all: Failures = failures.into_iter().collect();
    all.report();
}

/// A server with the recordings of all histories, and nothing else.
fn recorded(source: &Written) -> Written {
    let generation = source.generation();
    let work = tempfile::tempdir_in(run_dir().unwrap()).unwrap();
    let slos: Vec<Slo> = source.histories().map(|(_, slo)| slo.clone()).collect();
    let mut set = rules::generate(&slos, &rules::Options::default());
    set.groups
        .retain(|group| group.name.ends_with(":recordings"));
    let file = work.path().join("rules.yaml");
    fs::write(&file, set.to_prometheus_yaml()).unwrap();
    let blocks = work.path().join("blocks");
    let cases = source.histories().map(|(case, _)| case);
    let from = cases.clone().map(|case| case.measured_from).min().unwrap();
    let to = cases.map(|case| case.end).max().unwrap();
    promtool::backfill(generation, &source.url(), (from, to), &blocks, &file).unwrap();
    let options = e2e::Options {
        data: Some(blocks),
        ..e2e::Options::default()
    };
    source.on(Prometheus::start(generation, &options).unwrap())
}
