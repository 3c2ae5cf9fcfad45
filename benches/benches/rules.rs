//! Rules from specs, in SLOs per second: ours and slokit's, from the same Sloth files.
//!
//! Reading and generating (with rendering) are timed apart. In test mode there are few SLOs. Where the
//! two outputs mean the same, and where they don't, is in `tests/slokit.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a wrong answer must stop the benchmark"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use slo_core::{Slo, rules, spec};
use slokit::generate::{GenerateOptions, generate_all};
use slokit::spec::Spec;

/// SLOs of one file, so of one service.
const SLOS: usize = 10;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let timed = has("--bench") && !has("--test");
    let files: Vec<(String, String)> = (0..if timed { 100 } else { 2 })
        .map(|service| (format!("service-{service}.yaml"), file(service)))
        .collect();
    let slos = files.len() * SLOS;

    let (ours, theirs) = (load(&files), their_load(&files));
    assert_eq!(ours.len(), slos);
    assert_eq!(theirs.iter().map(|s| s.slos.len()).sum::<usize>(), slos);
    let (our_rules, their_rules) = (generate(&ours), their_generate(&theirs));
    // One alert for pages and one for tickets each.
    assert_eq!(our_rules.matches("- alert: ").count(), 2 * slos);
    assert_eq!(their_rules.matches("- alert: ").count(), 2 * slos);

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("read specs");
    group.throughput(Throughput::Elements(slos as u64));
    group.sample_size(20);
    group.bench_function(BenchmarkId::new("slo-core", slos), |b| {
        b.iter(|| load(black_box(&files)));
    });
    group.bench_function(BenchmarkId::new("slokit", slos), |b| {
        b.iter(|| their_load(black_box(&files)));
    });
    group.finish();

    let mut group = criterion.benchmark_group("generate rules");
    group.throughput(Throughput::Elements(slos as u64));
    group.sample_size(20);
    group.bench_function(BenchmarkId::new("slo-core", size(&our_rules)), |b| {
        b.iter(|| generate(black_box(&ours)));
    });
    group.bench_function(BenchmarkId::new("slokit", size(&their_rules)), |b| {
        b.iter(|| their_generate(black_box(&theirs)));
    });
    group.finish();
    criterion.final_summary();
}

fn size(rules: &str) -> String {
    format!("{:.2} MB", rules.len() as f64 / 1e6)
}

fn load(files: &[(String, String)]) -> Vec<Slo> {
    let loaded = files
        .iter()
        .map(|(name, text)| spec::load(name, text).unwrap());
    loaded.flat_map(|loaded| loaded.slos).collect()
}

fn their_load(files: &[(String, String)]) -> Vec<Spec> {
    let specs = files.iter().map(|(_, text)| Spec::from_yaml(text).unwrap());
    specs.collect()
}

fn generate(slos: &[Slo]) -> String {
    rules::generate(slos, &rules::Options::default()).to_prometheus_yaml()
}

fn their_generate(specs: &[Spec]) -> String {
    let rules = generate_all(specs, &GenerateOptions::default()).unwrap();
    rules.to_prometheus_yaml().unwrap()
}

/// A Sloth spec of one service.
fn file(service: usize) -> String {
    let mut text = format!(
        "version: prometheus/v1\nservice: service-{service}\nlabels:\n  owner: team-{}\nslos:\n",
        service % 7
    );
    for i in 0..SLOS {
        let objective = match i % 4 {
            0 => "99.9",
            1 => "99.5",
            2 => "99",
            _ => "99.95",
        };
        let of = format!(r#"job="service-{service}",handler="/api/v1/{i}""#);
        writeln!(
            text,
            r#"  - name: requests-{i}
    objective: {objective}
    description: Requests of handler {i} are answered.
    sli:
      events:
        error_query: sum(rate(http_requests_total{{{of},code=~"5.."}}[{{{{.window}}}}]))
        total_query: sum(rate(http_requests_total{{{of}}}[{{{{.window}}}}]))
    alerting:
      name: Handler{i}Fails
      labels:
        category: availability
      page_alert:
        labels:
          severity: page
      ticket_alert:
        labels:
          severity: ticket"#
        )
        .unwrap();
    }
    text
}
