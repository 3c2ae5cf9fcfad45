//! Prometheus rules from a spec file: recordings that telescope, and alerts on them.
//!
//! ```console
//! $ cargo run --example rules_from_spec > slo-rules.yaml
//! $ promtool check rules slo-rules.yaml
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows something"
)]

use slo_core::rules::{Options, generate};
use slo_core::spec;

const FILE: &str = "rules_from_spec.yaml";

fn main() -> anyhow::Result<()> {
    let loaded = spec::load(FILE, include_str!("rules_from_spec.yaml"))?;
    let mut options = Options::default();
    options.labels.insert("team".to_owned(), "shop".to_owned());
    let rules = generate(&loaded.slos, &options);
    println!("{}", rules.to_prometheus_yaml());
    for note in &rules.notes {
        eprintln!("{}/{}: {}", note.service, note.slo, note.text);
    }
    Ok(())
}
