//! Which alerts an SLO's rules have, and what each carries.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use slo_core::rules::{Alerts, Options, Rule, RuleSet, generate};
use slo_core::{Slo, spec};

struct Alert {
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

fn options(alerts: Alerts) -> Options {
    let mut options = Options::default();
    options.alerts = alerts;
    options
}

fn read(text: &str) -> Vec<Slo> {
    let loaded = spec::load("f.yaml", text);
    loaded.unwrap_or_else(|errors| panic!("{errors}")).slos
}

fn alerts_of(set: &RuleSet) -> Vec<Alert> {
    let rules = set.groups.iter().flat_map(|group| &group.rules);
    let alert = |rule: &Rule| match rule {
        Rule::Alert {
            name,
            labels,
            annotations,
            ..
        } => Some(Alert {
            name: name.clone(),
            labels: labels.clone(),
            annotations: annotations.clone(),
        }),
        _ => None,
    };
    rules.filter_map(alert).collect()
}

fn alerts(text: &str, options: &Options) -> Vec<Alert> {
    alerts_of(&generate(&read(text), options))
}

fn names(text: &str, which: Alerts) -> Vec<String> {
    alerts(text, &options(which))
        .into_iter()
        .map(|a| a.name)
        .collect()
}

const PAGE: &str = "SloBudgetBurnsFast";
const TICKET: &str = "SloBudgetBurns";
const EXHAUSTED: &str = "SloBudgetExhausted";
const MISSING: &str = "SloMetricsMissing";

fn own(alerting: &str) -> String {
    format!(
        "version: meshobs/v1\nservice: s\nalerting: {alerting}\nslos:\n  \
         - {{name: a, objective: 99.9, availability: {{bad: b_total, total: t_total}}}}\n"
    )
}

fn sloth(alerting: &str) -> String {
    format!(
        "version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    objective: 99.9\n    \
         sli: {{events: {{error_query: 'sum(rate(b_total[{{{{.window}}}}]))', total_query: 'sum(rate(t_total[{{{{.window}}}}]))'}}}}\n    \
         alerting: {alerting}\n"
    )
}

fn sloth_resource(alerting: &str) -> String {
    format!(
        "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nspec:\n  service: s\n  slos:\n  - name: a\n    objective: 99.9\n    \
         sli: {{events: {{errorQuery: 'sum(rate(b_total[{{{{.window}}}}]))', totalQuery: 'sum(rate(t_total[{{{{.window}}}}]))'}}}}\n    \
         alerting: {alerting}\n"
    )
}

fn pyrra(alerting: &str) -> String {
    format!(
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n\
         metadata: {{name: a, namespace: s, annotations: {{pyrra.dev/dashboard: 'https://d', other: x}}}}\nspec:\n  \
         target: '99.9'\n  window: 4w\n  alerting: {alerting}\n  \
         indicator: {{ratio: {{errors: {{metric: b_total}}, total: {{metric: t_total}}}}}}\n"
    )
}

fn openslo(policies: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  service: s\n  \
         budgetingMethod: Occurrences\n  timeWindow: [{{duration: 30d, isRolling: true}}]\n  \
         objectives: [{{target: 0.999}}]\n  {policies}\n  indicator:\n    spec:\n      ratioMetric:\n        \
         counter: true\n        bad: {{metricSource: {{type: Prometheus, spec: {{query: b_total}}}}}}\n        \
         total: {{metricSource: {{type: Prometheus, spec: {{query: t_total}}}}}}\n"
    )
}

fn policy(more: &str, severity: &str) -> String {
    format!(
        "{{kind: AlertPolicy, metadata: {{name: p}}, spec: {{{more}conditions: [{{kind: AlertCondition, \
         metadata: {{name: c}}, spec: {{severity: {severity}, condition: {{kind: burnrate, threshold: 14.4, \
         lookbackWindow: 1h, alertAfter: 0m}}}}}}]}}}}"
    )
}

#[test]
fn each_format_has_the_alerts_that_it_promises() {
    let burning = |page: &str| {
        format!(
            "alertPolicies: [{}]",
            policy("alertWhenBreaching: true, ", page)
        )
    };
    let silent = format!(
        "alertPolicies: [{}]",
        policy("alertWhenBreaching: false, alertWhenNoData: true, ", "page")
    );
    for (text, promised, all) in [
        (
            own("{}"),
            vec![PAGE, TICKET, EXHAUSTED, MISSING],
            vec![PAGE, TICKET, EXHAUSTED, MISSING],
        ),
        (
            sloth("{}"),
            vec![PAGE, TICKET],
            vec![PAGE, TICKET, EXHAUSTED, MISSING],
        ),
        (
            sloth_resource("{}"),
            vec![PAGE, TICKET],
            vec![PAGE, TICKET, EXHAUSTED, MISSING],
        ),
        (
            pyrra("{}"),
            vec![PAGE, TICKET, MISSING],
            vec![PAGE, TICKET, EXHAUSTED, MISSING],
        ),
        (openslo(""), vec![], vec![PAGE, TICKET, EXHAUSTED, MISSING]),
        // One condition is one tier: there is nothing that a ticket could be for.
        (
            openslo(&burning("page")),
            vec![PAGE],
            vec![PAGE, EXHAUSTED, MISSING],
        ),
        (
            openslo(&burning("low")),
            vec![TICKET],
            vec![TICKET, EXHAUSTED, MISSING],
        ),
        (openslo(&silent), vec![MISSING], vec![MISSING]),
    ] {
        assert_eq!(names(&text, Alerts::Format), promised, "{text}");
        assert_eq!(names(&text, Alerts::default()), promised, "{text}");
        assert_eq!(names(&text, Alerts::All), all, "{text}");
        assert_eq!(names(&text, Alerts::None), [""; 0], "{text}");
    }
}

const BREACH: &str = "alertWhenBreaching: true, ";
const NO_BREACH: &str = "alertWhenBreaching: false, ";

fn policies(said: &[&str]) -> String {
    let all: Vec<String> = said.iter().map(|said| policy(said, "page")).collect();
    openslo(&format!("alertPolicies: [{}]", all.join(", ")))
}

#[test]
fn what_is_switched_off_is_off() {
    let off = "{page: {disabled: true}, ticket: {disabled: true}}";
    let sloths = "{page_alert: {disable: true}, ticket_alert: {disable: true}}";
    let resources = "{pageAlert: {disable: true}, ticketAlert: {disable: true}}";
    for (text, left) in [
        (own("{disabled: true}"), vec![]),
        (own(off), vec![]),
        (own("{page: {disabled: true}}"), vec![TICKET, MISSING]),
        (own("{ticket: {disabled: true}}"), vec![PAGE, EXHAUSTED]),
        (
            own("{exhausted: {disabled: true}}"),
            vec![PAGE, TICKET, MISSING],
        ),
        (
            own("{missing: {disabled: true}}"),
            vec![PAGE, TICKET, EXHAUSTED],
        ),
        (sloth(sloths), vec![]),
        (
            sloth("{page_alert: {disable: true}}"),
            vec![TICKET, MISSING],
        ),
        (sloth_resource(resources), vec![]),
        (pyrra("{disabled: true}"), vec![]),
        (pyrra("{burnrates: false, absent: false}"), vec![]),
        (pyrra("{burnrates: false}"), vec![MISSING]),
        (pyrra("{absent: false}"), vec![PAGE, TICKET, EXHAUSTED]),
        (policies(&[NO_BREACH]), vec![MISSING]),
        (policies(&[NO_BREACH, NO_BREACH]), vec![MISSING]),
        (
            policies(&["alertWhenBreaching: false, alertWhenNoData: false, "]),
            vec![],
        ),
        // One of them asks for it.
        (
            policies(&[NO_BREACH, BREACH]),
            vec![PAGE, EXHAUSTED, MISSING],
        ),
        (
            policies(&[
                "alertWhenBreaching: true, alertWhenNoData: false, ",
                "alertWhenBreaching: false, alertWhenNoData: true, ",
            ]),
            vec![PAGE, EXHAUSTED, MISSING],
        ),
        (
            policies(&["alertWhenBreaching: true, alertWhenNoData: false, ", BREACH]),
            vec![PAGE, EXHAUSTED],
        ),
    ] {
        assert_eq!(names(&text, Alerts::All), left, "{text}");
        // Without alerts there is nothing to evaluate every 30 s, either.
        let groups = generate(&read(&text), &options(Alerts::All)).groups.len();
        assert_eq!(groups, 1 + usize::from(!left.is_empty()), "{text}");
    }
    let own_word = own(off).replace(
        "objective: 99.9",
        "objective: 99.9, alerting: {page: {disabled: false}}",
    );
    assert_eq!(names(&own_word, Alerts::All), [PAGE, EXHAUSTED]);
    let one = own("{disabled: true}").replace(
        "objective: 99.9",
        "objective: 99.9, alerting: {disabled: false}",
    );
    assert_eq!(names(&one, Alerts::All).len(), 4);
}

fn by_name(alerts: &[Alert]) -> BTreeMap<&str, &Alert> {
    alerts
        .iter()
        .map(|alert| (alert.name.as_str(), alert))
        .collect()
}

#[test]
fn a_summary_is_on_the_alert_it_was_written_for() {
    let text = sloth(
        "{annotations: {summary: errors, title: t, runbook: 'https://r'}, \
          page_alert: {annotations: {summary: many errors}}, ticket_alert: {annotations: {detail: d}}}",
    );
    let all = alerts(&text, &options(Alerts::All));
    let all = by_name(&all);
    let summary = |name: &str| all[name].annotations["summary"].as_str();
    assert_eq!(summary(PAGE), "many errors");
    assert_eq!(summary(TICKET), "errors");
    assert_eq!(all[TICKET].annotations["detail"], "d");
    assert!(!all[PAGE].annotations.contains_key("detail"));
    for ours in [EXHAUSTED, MISSING] {
        assert!(summary(ours).starts_with("s/a "), "{}", summary(ours));
        assert!(!all[ours].annotations.contains_key("title"));
        assert!(!all[ours].annotations.contains_key("runbook"));
    }

    let text = own(
        "{annotations: {summary: errors, description: d, dashboard: 'https://d'}, \
          page: {annotations: {summary: many errors}}, missing: {annotations: {summary: gone}}}",
    );
    let mut with = options(Alerts::All);
    with.annotations = [("summary", "all"), ("description", "all"), ("team", "x")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    let all = alerts(&text, &with);
    let all = by_name(&all);
    let of = |name: &str, annotation: &str| all[name].annotations[annotation].clone();
    assert_eq!(of(PAGE, "summary"), "many errors");
    assert_eq!(of(TICKET, "summary"), "errors");
    assert_eq!(of(TICKET, "description"), "d");
    assert_eq!(of(MISSING, "summary"), "gone");
    assert_eq!(of(EXHAUSTED, "summary"), "s/a has broken its promise");
    assert!(of(EXHAUSTED, "description").starts_with("More bad events"));
    for name in [PAGE, TICKET, EXHAUSTED, MISSING] {
        assert_eq!(of(name, "dashboard"), "https://d");
        assert_eq!(of(name, "team"), "x");
    }

    let all = alerts(
        &pyrra("{name: Burns, absentName: Gone}"),
        &options(Alerts::All),
    );
    let names: Vec<&str> = all.iter().map(|alert| alert.name.as_str()).collect();
    assert_eq!(names, ["Burns", "Burns", EXHAUSTED, "Gone"]);
    let annotated = |alert: &Alert| alert.annotations.contains_key("dashboard");
    let annotated: Vec<bool> = all.iter().map(annotated).collect();
    assert_eq!(annotated, [true, true, false, true]);
}

#[test]
fn an_alerts_label_is_the_users_word_and_an_slos_is_not() {
    let text = sloth(
        "{name: High, labels: {channel: c, service: router}, page_alert: {labels: {severity: pageteam}}, \
          ticket_alert: {labels: {severity: slack}}}",
    );
    let mut slos = read(&text);
    for name in ["service", "slo", "severity", "team"] {
        slos[0].labels.insert(name.to_owned(), "theirs".to_owned());
    }
    let mut with = options(Alerts::All);
    for name in ["service", "slo", "severity", "extra"] {
        with.labels.insert(name.to_owned(), "none".to_owned());
    }
    let set = generate(&slos, &with);
    let severities: Vec<_> = alerts_of(&set)
        .into_iter()
        .map(|alert| {
            let of = |name: &str| alert.labels[name].clone();
            assert_eq!(
                (of("service"), of("slo")),
                ("router".to_owned(), "a".to_owned())
            );
            assert_eq!(
                (of("team"), of("extra")),
                ("theirs".to_owned(), "none".to_owned())
            );
            assert_eq!(of("channel"), "c");
            of("severity")
        })
        .collect();
    assert_eq!(severities, ["pageteam", "slack", "pageteam", "slack"]);
}

#[test]
fn the_info_series_has_the_slos_labels() {
    let text = own("{labels: {channel: c}}").replace("alerting", "labels: {team: x}\nalerting");
    let mut slos = read(&text);
    slos[0].labels.insert("slo".to_owned(), "theirs".to_owned());
    let set = generate(&slos, &Options::default());
    let info = set.groups[0].rules.iter().find_map(|rule| match rule {
        Rule::Record {
            metric,
            expr,
            labels,
        } if metric == "slo:info" => Some((expr.to_string(), labels.clone())),
        _ => None,
    });
    let labels = [("service", "s"), ("slo", "a"), ("team", "x")];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(info, Some(("vector(1)".to_owned(), labels.into())));
}

#[test]
fn no_two_alerts_are_one() {
    // Both would fire under one name and one set of labels, and the first to end would end both.
    let all = alerts(
        &sloth("{name: High, labels: {severity: critical}}"),
        &Options::default(),
    );
    let kinds: Vec<&str> = all.iter().map(|a| a.labels["slo_alert"].as_str()).collect();
    assert_eq!(kinds, ["page", "ticket"]);
    let apart = "{name: High, page_alert: {labels: {severity: critical}}}";
    for alert in alerts(&sloth(apart), &Options::default()) {
        assert!(!alert.labels.contains_key("slo_alert"));
    }
}
