//! Counters that are easily misread, through recordings: a server evaluates the generated rules over the
//! histories, bucket by bucket, and the evaluator reads what they recorded.
//!
//! promtool's backfill would do the same, but that of 2.42 loses evaluations within the last second of
//! a block of two hours, and a group's own second follows from its file's name.

use std::time::Duration;

use e2e::Prometheus;
use slo_core::evaluate::{Options, Source};
use slo_core::queries::Recorded;
use slo_core::rules::{self, Rule};
use slo_core::{Slo, rules::Group};
use testkit::counting::{Case, CaseSeries};

use super::counters::on_each_server;
use super::histories::{Written, check_evaluation, receiver, write};

/// When a group is evaluated, within its interval.
const PHASE: Duration = Duration::from_millis(142_500);

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
    let series: Vec<CaseSeries> = source
        .histories()
        .flat_map(|(case, slo)| recordings(source, case, slo))
        .collect();
    let server: Prometheus = receiver(source.generation());
    write(&server, series.iter());
    source.on(server)
}

/// What the rules record of one history. What is recorded of recordings is not asked for here.
fn recordings(source: &Written, case: &Case, slo: &Slo) -> Vec<CaseSeries> {
    let recorded = Recorded::new(slo);
    let legs = [recorded.bad(), recorded.total(), recorded.in_doubt()];
    let set = rules::generate(std::slice::from_ref(slo), &rules::Options::default());
    let mut groups = set.groups.iter();
    let is_recording = |group: &&Group| group.name.ends_with(":recordings");
    let group = groups.find(is_recording).unwrap();
    let range = (case.measured_from.plus(PHASE), case.end);
    let of_rule = |rule: &Rule| match rule {
        Rule::Record {
            metric,
            expr,
            labels,
        } if legs.iter().any(|leg| leg.metric.as_ref() == Some(metric)) => {
            let points = source.points(expr, range, group.interval);
            let named = promql_client::Labels::from_pairs([("__name__", metric.as_str())]);
            let labels = labels.iter().fold(named, |all, (n, v)| all.with(n, v));
            Some(CaseSeries {
                labels,
                points,
                stale: Vec::new(),
            })
        }
        _ => None,
    };
    group.rules.iter().filter_map(of_rule).collect()
}
