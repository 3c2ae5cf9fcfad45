//! From recordings: the same truth, and no data where nothing is recorded.

use std::fs;
use std::path::Path;
use std::time::Duration;

use e2e::{END, Generation, Prometheus, post_form, promtool, run_dir};
use promql_client::Timestamp;
use promql_client::expr::{Function, call};
use slo_core::evaluate::{Options, Outcome, Source};
use slo_core::queries::Recorded;
use slo_core::rules::{self, Rule};
use slo_core::{RollingWindow, Slo, Window};

use super::availability::check_availability;
use super::support::{availability, run};

const BUCKET: Duration = Duration::from_secs(300);
/// A burst, a restart in place and an outage lie in these days; promtool takes minutes for a month.
const WINDOW: Duration = Duration::from_secs(11 * 86_400);

#[test]
fn what_is_recorded_is_what_happened() {
    // A burst and a restart, isolated errors, and an outage that only callers see.
    let services = ["feature-service", "quiet-batch", "dead-service"];
    let slo = |service| {
        let mut slo = availability(service);
        slo.window = RollingWindow::new(WINDOW).map(Window::Rolling).unwrap();
        slo
    };
    let slos: Vec<Slo> = services.into_iter().map(slo).collect();
    let mut set = rules::generate(&slos, &rules::Options::default());
    for group in &mut set.groups {
        // All else is made of these two.
        group.rules.retain(is_leg);
    }
    set.groups.retain(|group| !group.rules.is_empty());
    let work = tempfile::tempdir_in(run_dir().unwrap()).unwrap();
    let file = work.path().join("rules.yaml");
    fs::write(&file, set.to_prometheus_yaml()).unwrap();
    std::thread::scope(|scope| {
        for generation in Generation::ALL {
            let (slos, services, work, file) = (&slos, &services, work.path(), &file);
            scope.spawn(move || {
                let server = recorded(generation, work, file);
                let options = Options::at(END).from_source(Source::Recorded);
                let evaluations = run(&server, slos, &options);
                for ((service, slo), evaluation) in services.iter().zip(slos).zip(evaluations) {
                    let what = format!("{generation:?} recorded {service}");
                    let end = recorded_until(&server, slo);
                    check_availability(&what, service, &evaluation, end);
                }
            });
        }
    });
}

/// A server with the rules' recordings of these days, and nothing else.
fn recorded(generation: Generation, work: &Path, rules: &Path) -> Prometheus {
    let blocks = work.join(format!("{generation:?}"));
    let source = Prometheus::shared(generation).url();
    let range = (END.minus(WINDOW), END);
    promtool::backfill(generation, &source, range, &blocks, rules).unwrap();
    let options = e2e::Options {
        data: Some(blocks),
        ..e2e::Options::default()
    };
    Prometheus::start(generation, &options).unwrap()
}

/// The second up to which an SLO is recorded: a group has an instant of its own within its interval,
/// and asks for what was a little earlier.
fn recorded_until(server: &Prometheus, slo: &Slo) -> Timestamp {
    let last = call(
        Function::Timestamp,
        [Recorded::new(slo).total().clone().instant()],
    );
    let fields = [
        ("query", last.to_string()),
        ("time", END.as_secs_f64().to_string()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let reply = post_form(server.address(), "/api/v1/query", &fields).unwrap();
    let json = reply.json().unwrap();
    let seconds: f64 = json["data"]["result"][0]["value"][1]
        .as_str()
        .unwrap_or_else(|| panic!("{json}"))
        .parse()
        .unwrap();
    let end = Timestamp::from_secs(seconds as i64);
    assert!(END.since(end) <= BUCKET, "{end}");
    end.minus(rules::Options::default().recording_offset)
}

fn is_leg(rule: &Rule) -> bool {
    matches!(rule, Rule::Record { metric, .. } if metric.contains(":increase"))
}

#[test]
fn recordings_and_raw_series_have_three_outcomes() {
    // Nothing is recorded on these servers: that is no data, not a perfect score.
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        let recorded = Options::at(END).from_source(Source::Recorded);
        for (service, options) in [("api-gateway", recorded), ("nobody", Options::at(END))] {
            let evaluations = run(server, &[availability(service)], &options);
            let outcome = &evaluations[0].outcome;
            assert!(matches!(outcome, Outcome::NoData), "{outcome:?}");
        }
    }
}
