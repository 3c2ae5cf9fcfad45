//! An SLO check without a server: thirty days of a small Istio mesh, in memory.
//!
//! ```console
//! $ cargo run --example quickstart
//! ```
#![allow(clippy::print_stdout, reason = "an example shows something")]

use std::io::IsTerminal as _;

use futures::executor::block_on;
use meshobs::table::{self, Width};
use promql_client::{MemoryBackend, Timestamp};
use slo_core::evaluate::{Options, evaluate};
use slo_core::report::{BurnDown, Report};
use slo_core::spec;

const SPEC: &str = "
version: meshobs/v1
service: feature-service
namespace: shop
slos:
  - {name: availability, objective: 99.9, availability: istio}
---
version: meshobs/v1
service: quiet-batch
namespace: shop
slos:
  - {name: availability, objective: 99, availability: istio}
  - {name: latency, latency: p95 < 100ms}
---
version: meshobs/v1
service: dead-service
namespace: shop
slos:
  - {name: availability, objective: 99.5, availability: istio}
---
version: meshobs/v1
service: nobody-calls-it
namespace: shop
slos:
  - {name: availability, objective: 99.9, availability: istio}
";

fn main() -> anyhow::Result<()> {
    // What a Prometheus would have scraped: a burst of errors three days ago, a service that answers
    // ten requests an hour, one that went down two hours ago.
    let now = Timestamp::from_secs(1_795_435_200);
    let services = ["feature-service", "quiet-batch", "dead-service"];
    let mesh = testkit::Spec::shop(now).only(&services);
    let backend = MemoryBackend::new();
    for series in testkit::History::generate(7, &mesh).series() {
        backend.push_series(series);
    }

    let slos = spec::load("quickstart.yaml", SPEC)?.slos;
    let mut options = Options::at(now);
    // Buckets are let go when they are counted; a burn-down is drawn from them.
    options.keep_history = true;
    let evaluations = block_on(evaluate(&backend, &slos, &options));
    let report = Report::new(now, &evaluations);
    let coloured = std::io::stdout().is_terminal();
    println!("{}", table::render(&report, coloured, Width::Unlimited));
    for (evaluation, slo) in evaluations.iter().zip(&report.slos) {
        if let Some(burn_down) = BurnDown::new(evaluation) {
            println!("budget of {}, {} to now:", slo.title(), slo.window);
            println!("{}", bars(&burn_down.sampled(72)));
        }
    }
    Ok(())
}

/// A column of blocks for each value: full for all of the budget, `!` where it is overspent.
fn bars(values: &[f64]) -> String {
    let blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let block = |value: &f64| match value {
        value if *value < 0.0 => '!',
        value => {
            let eighth = (value * 8.0).ceil().max(1.0) as usize - 1;
            blocks.get(eighth).copied().unwrap_or('█')
        }
    };
    values.iter().map(block).collect()
}
