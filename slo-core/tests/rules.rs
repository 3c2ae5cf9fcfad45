//! Generated rules: golden files, and the same decisions as the evaluator's.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

use slo_core::rules::{Options, Resource, generate};
use slo_core::sli::{ErrorClasses, IstioService, ProbeSli, Protocol, RatioSli, Template};
use slo_core::{Name, Sli, Slo, Window};

fn slo(name: &str, objective: &str, window: &str, sli: Sli) -> Slo {
    Slo::new(
        Name::new("checkout").unwrap(),
        Name::new(name).unwrap(),
        objective.parse().unwrap(),
        window.parse::<Window>().unwrap(),
        sli,
    )
}

fn all_kinds() -> Vec<Slo> {
    let istio = IstioService::service("checkout", "shop");
    let grpc = istio
        .clone()
        .with_errors(Protocol::Grpc, ErrorClasses::default());
    let ratio = RatioSli {
        error_ratio: Template::new("my:error_ratio:rate$window")
            .unwrap_or_else(|_| Template::new("avg_over_time(my:error_ratio[$window])").unwrap()),
    };
    let probe = ProbeSli {
        success: promql_client::Selector::metric("probe_success").eq("job", "blackbox"),
    };
    let mut grouped = slo(
        "by-version",
        "99.5",
        "30d",
        Sli::Events(istio.availability().unwrap()),
    );
    grouped.group_by = vec!["destination_version".to_owned()];
    grouped.policy.min_bad_events = 5;
    vec![
        slo(
            "availability",
            "99.9",
            "30d",
            Sli::Events(istio.availability().unwrap()),
        ),
        slo(
            "latency",
            "95",
            "28d",
            Sli::Events(istio.latency(100.0).unwrap()),
        ),
        slo(
            "native",
            "95",
            "7d",
            Sli::Events(istio.latency_native(100.0).unwrap()),
        ),
        slo(
            "grpc",
            "99.99",
            "month Europe/Berlin",
            Sli::Events(grpc.availability().unwrap()),
        ),
        slo(
            "throughput",
            "99",
            "30d",
            Sli::Throughput(istio.throughput(5.0).unwrap()),
        ),
        slo("ratio", "99.9", "30d", Sli::Ratio(ratio)),
        slo("probe", "90", "30d", Sli::Probe(probe)),
        grouped,
    ]
}

/// Compares with a golden file; `BLESS=1` writes it anew.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/rules")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        want == text,
        "{} differs; look at it, then BLESS=1",
        path.display()
    );
}

#[test]
fn rule_files_are_as_blessed() {
    let set = generate(&all_kinds(), &Options::default());
    golden("prometheus.yaml", &set.to_prometheus_yaml());
    let resource = Resource {
        name: "checkout-slos".to_owned(),
        namespace: Some("monitoring".to_owned()),
        labels: [("release".to_owned(), "prometheus".to_owned())].into(),
        ..Resource::default()
    };
    let one = generate(&all_kinds()[..1], &Options::default());
    golden(
        "prometheus-rule.yaml",
        &one.to_prometheus_rule_yaml(&resource),
    );
}
