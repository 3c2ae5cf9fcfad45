//! Counters that are easily misread, through recordings: promtool evaluates the generated rules over
//! the histories, and the evaluator reads what they recorded.

use std::fs;

use e2e::{Prometheus, promtool, run_dir};
use slo_core::evaluate::{Options, Source};
use slo_core::{Slo, rules};

use crate::counters::on_each_server;
use crate::histories::{Written, check_evaluation};

#[test]
fn recordings_of_counters_hold_what_happened() {
    on_each_server(|source, failures| {
        let server = recorded(source);
        for (case, slo) in server.histories() {
            let options = Options::at(case.end).from_source(Source::Recorded);
            let evaluation = server.evaluation(slo, &options);
            let what = format!("{:?} recorded", server.generation());
            check_evaluation(&what, case, &evaluation, failures);
        }
    });
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
