//! Generated rules under promtool: accepted, counting right, deciding as the evaluator does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use e2e::{Generation, promtool};
use futures::executor::block_on;
use promql_client::{MemoryBackend, Selector, Timestamp};
use slo_core::evaluate::{Evaluation, Figures, Options, evaluate};
use slo_core::policy::{
    BudgetShare, Burn, Decision, Happened, PolicySpec, Severity, TierSpec, Tiers,
};
use slo_core::rules;
use slo_core::sli::{Counter, EventSli, IstioService, Leg};
use slo_core::{Name, Sli, Slo};
use testkit::{DayNight, RandomCounters};

fn slo(objective: &str, window: &str) -> Slo {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    named("a", objective, window, Sli::Events(sli))
}

fn named(label: &str, objective: &str, window: &str, sli: Sli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    Slo::new(
        name("api"),
        name(label),
        objective.parse().unwrap(),
        window.parse().unwrap(),
        sli,
    )
}

/// Runs a promtool test of an SLO's rules.
fn promtool_test(generation: Generation, slo: &Slo, test: &str) {
    let mut options = rules::Options::default();
    // Nothing is under way when promtool evaluates, and both sides are to look at the same moment.
    options.recording_offset = Duration::ZERO;
    let set = rules::generate(std::slice::from_ref(slo), &options);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rules.yaml"), set.to_prometheus_yaml()).unwrap();
    let file = dir.path().join("test.yaml");
    std::fs::write(&file, test).unwrap();
    let said = promtool::test_rules(generation, &file);
    said.unwrap_or_else(|error| panic!("{generation:?}: {error:#}"));
}

#[test]
fn every_kind_of_rule_is_accepted() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../slo-core/testdata/rules");
    for generation in Generation::ALL {
        promtool::check_rules(generation, &golden.join("prometheus.yaml")).unwrap();
    }
    let istio = IstioService::service("checkout", "shop");
    let slo = named(
        "a",
        "99.9",
        "30d",
        Sli::Events(istio.availability().unwrap()),
    );
    let set = rules::generate(&[slo], &rules::Options::default());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.yaml");
    std::fs::write(&file, set.to_prometheus_yaml()).unwrap();
    for generation in Generation::ALL {
        promtool::check_rules(generation, &file).unwrap();
    }
}

#[test]
fn uneven_traffic_is_weighed_by_events() {
    let traffic = DayNight::new(1, Duration::from_secs(60));
    let [total, bad] = traffic.promtool_values();
    let (all, errors) = (traffic.total(), traffic.bad());
    // The good ones are the rest; the SLO adds both up.
    let test = format!(
        r#"
rule_files: [rules.yaml]
evaluation_interval: 5m
tests:
- interval: 1m
  input_series:
  - series: 'requests_total{{job="api",instance="a",code="all"}}'
    values: '{total}'
  - series: 'requests_total{{job="api",instance="a",code="500"}}'
    values: '{bad}'
  promql_expr_test:
  - expr: abs(sum_over_time(slo:total:increase5m[1d]) - {sum}) <= bool 0.001
    eval_time: 1d
    exp_samples: [{{labels: '{{service="api",slo="a"}}', value: 1}}]
  - expr: abs(sum_over_time(slo:bad:increase5m[1d]) - {errors}) <= bool 0.001
    eval_time: 1d
    exp_samples: [{{labels: '{{service="api",slo="a"}}', value: 1}}]
  # 0.999 % of all requests, to a thousandth of a point ...
  - expr: abs(100 * sum_over_time(slo:bad:increase5m[1d]) / (sum_over_time(slo:total:increase5m[1d]) - {errors}) - 0.999) < bool 0.001
    eval_time: 1d
    exp_samples: [{{labels: '{{service="api",slo="a"}}', value: 1}}]
  # ... where the average of the ratios says half as much.
  - expr: abs(100 * avg_over_time((slo:bad:increase5m / slo:total:increase5m)[23h55m:5m]) - 0.5) < bool 0.01
    eval_time: 1d
    exp_samples: [{{labels: '{{service="api",slo="a"}}', value: 1}}]
"#,
        sum = all + errors,
    );
    for generation in Generation::ALL {
        promtool_test(generation, &slo("99.9", "1d"), &test);
    }
}

#[test]
fn promtool_fires_what_the_evaluator_fires_on_a_thousand_series() {
    const MINUTES: u64 = 420;
    let services = RandomCounters::generate(23, 1000, MINUTES);
    let mut slo = slo("99", "1d");
    slo.group_by = vec!["id".to_owned()];
    let tier = |severity, hours: u64, percent: u32| TierSpec {
        severity,
        long: Duration::from_secs(hours * 3600),
        budget: BudgetShare::from_millionths(percent * 10_000).unwrap(),
    };
    slo.policy = PolicySpec::new(Tiers::Exactly(vec![
        tier(Severity::Page, 1, 30),
        tier(Severity::Page, 3, 40),
        tier(Severity::Ticket, 6, 50),
    ]));

    let end = Timestamp::from_secs(1_800_000_000);
    let backend = MemoryBackend::new();
    for (id, counters) in services.iter().enumerate() {
        counters
            .series(id, end)
            .iter()
            .for_each(|series| backend.push_series(series));
    }
    let mut options = Options::at(end);
    options.keep_history = true;
    options.max_groups = NonZeroUsize::MAX;
    let evaluations = block_on(evaluate(&backend, std::slice::from_ref(&slo), &options));
    let portions: Vec<(usize, &RandomCounters)> = services.iter().enumerate().collect();
    std::thread::scope(|scope| {
        for generation in Generation::ALL {
            // promtool uses one processor, so it is run on two halves at once.
            for half in portions.chunks(portions.len().div_ceil(2)) {
                let (slo, evaluations) = (&slo, &evaluations);
                scope.spawn(move || compare(generation, slo, evaluations, half, MINUTES));
            }
        }
    });
}

/// A portion of the series, by their ids.
type Portion<'a> = [(usize, &'a RandomCounters)];
/// The severities that fire, by series.
type Firing = BTreeMap<usize, BTreeSet<&'static str>>;

fn compare(
    generation: Generation,
    slo: &Slo,
    evaluations: &[Evaluation],
    services: &Portion<'_>,
    minutes: u64,
) {
    let mut firing = Firing::new();
    for evaluation in evaluations {
        let Some(figures) = evaluation.outcome.figures() else {
            continue;
        };
        for tier in decide(generation, slo, figures)
            .tiers
            .iter()
            .filter(|tier| tier.firing == Some(true))
        {
            let id = evaluation.group.get("id").unwrap().parse().unwrap();
            firing
                .entry(id)
                .or_default()
                .insert(tier.tier.severity.name());
        }
    }
    assert!((50..800).contains(&firing.len()), "{}", firing.len());
    // promtool's engine holds 10,000 samples, so the series come in portions.
    // And it takes groups in any order, unless told.
    let mut test = "rule_files: [rules.yaml]\nevaluation_interval: 5m\ntests:\n".to_owned();
    test.insert_str(
        0,
        "group_eval_order: ['slo:api:a:recordings', 'slo:api:a:alerts']\n",
    );
    for portion in services.chunks(25) {
        write_portion(&mut test, portion, &firing, minutes).unwrap();
    }
    promtool_test(generation, slo, &test);
}

/// The evaluator's decision. promtool evaluates all groups at the same instants, so in 2.x, whose
/// ranges are closed, a sum over recordings has one bucket more; in a server, groups are apart.
fn decide(generation: Generation, slo: &Slo, figures: &Figures) -> Decision {
    if generation == Generation::Three {
        return figures.decision.clone();
    }
    let history = figures.history.as_ref().unwrap();
    let burn = |window: Duration| {
        let mut tiers = figures.policy.tiers.iter();
        let quick = Duration::from_secs(7200);
        let recorded =
            !tiers.any(|tier| tier.long < quick && [tier.short, tier.long].contains(&window));
        let reach = if recorded {
            window + history.step()
        } else {
            window
        };
        Burn {
            window,
            happened: history
                .counts(reach)
                .map_or(Happened::Nothing, Happened::Counts),
        }
    };
    let burns: Vec<Burn> = figures.policy.windows().into_iter().map(burn).collect();
    figures.policy.decide(slo.objective, &burns)
}

fn write_portion(
    test: &mut String,
    portion: &Portion<'_>,
    firing: &Firing,
    minutes: u64,
) -> std::fmt::Result {
    writeln!(test, "- interval: 1m\n  input_series:")?;
    for (id, counters) in portion {
        for (code, values) in [("200", &counters.good), ("500", &counters.bad)] {
            let value = |v: &u64| {
                if *v == 0 {
                    "_".to_owned()
                } else {
                    v.to_string()
                }
            };
            let values: Vec<String> = values.iter().map(value).collect();
            let series =
                format!(r#"requests_total{{job="api",instance="a",code="{code}",id="{id}"}}"#);
            writeln!(
                test,
                "  - series: '{series}'\n    values: '{}'",
                values.join(" ")
            )?;
        }
    }
    let fires =
        r#"sum by (id, severity) (ALERTS{alertname=~"SloBudgetBurns.*",alertstate="firing"})"#;
    writeln!(
        test,
        "  promql_expr_test:\n  - expr: {fires}\n    eval_time: {minutes}m"
    )?;
    writeln!(test, "    exp_samples:")?;
    for (id, _) in portion {
        for severity in firing.get(id).into_iter().flatten() {
            let labels = format!(r#"{{id="{id}",severity="{severity}"}}"#);
            writeln!(test, "    - {{labels: '{labels}', value: 1}}")?;
        }
    }
    Ok(())
}
