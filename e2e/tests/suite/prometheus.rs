//! The harness itself against real servers: they start, hold the history, and count as its truth.

use std::time::Duration;

use e2e::{END, Fault, FaultServer, Generation, Options, Prometheus, get, promtool, shop};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn each_server_is_of_its_generation() {
    for (generation, version) in [(Generation::Two, "2.42"), (Generation::Three, "")] {
        let server = Prometheus::shared(generation);
        let reply = get(server.address(), "/api/v1/status/buildinfo").unwrap();
        let json = reply.json().unwrap();
        let said = json.pointer("/data/version").unwrap().as_str().unwrap();
        assert!(said.starts_with(version), "{generation:?} says {said:?}");
        // 3.x ranges are open on the left: an aligned minute holds one sample where 2.x has two.
        let in_a_minute = server
            .number("count_over_time(vector(1)[1m:1m])", END)
            .unwrap();
        let expected = if generation == Generation::Two {
            2.0
        } else {
            1.0
        };
        assert_eq!(in_a_minute, expected, "{generation:?}");
    }
}

#[test]
fn thirty_days_are_counted_as_they_happened() {
    let truth = shop().truth("api-gateway").window(shop().start(), END);
    let total = r#"sum(increase(istio_requests_total{reporter="destination",destination_service_name="api-gateway",destination_service_namespace="shop"}[30d]))"#;
    let bad = total.replace(
        r#",destination_service_namespace"#,
        r#",response_code=~"5..",destination_service_namespace"#,
    );
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        for (query, expected) in [(total, truth.total), (&bad, truth.bad)] {
            let counted = server.number(query, END).unwrap();
            let off = counted / expected as f64 - 1.0;
            // The load swings over the day and the window's ends are extrapolated.
            assert!(
                off.abs() < 0.001,
                "{generation:?} {query}: {counted}, really {expected}"
            );
        }
    }
}

#[test]
fn raw_counters_hold_what_scrapes_could_show() {
    // No pod of the gateway ever ends: its last counters, less its first, are what is visible.
    let truth = shop()
        .truth("api-gateway")
        .visible_window(shop().start(), END);
    let counters =
        r#"istio_requests_total{reporter="destination",destination_service_name="api-gateway"}"#;
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        let last = server.number(&format!("sum({counters})"), END).unwrap();
        let first = server
            .number(
                &format!("sum({counters})"),
                shop().start().plus(Duration::from_secs(60)),
            )
            .unwrap();
        assert_eq!(last - first, truth.total as f64, "{generation:?}");
    }
}

#[test]
fn the_dead_service_is_seen_by_its_callers_only() {
    for generation in Generation::ALL {
        let server = Prometheus::shared(generation);
        let by = |reporter: &str| {
            server
                .query(&format!(r#"sum by (response_flags) (increase(istio_requests_total{{reporter="{reporter}",destination_service_name="dead-service"}}[1h])) > 0"#), END)
                .unwrap()
        };
        assert_eq!(by("destination").as_array().unwrap().len(), 0);
        assert_eq!(by("source").as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_killed_server_is_gone_and_a_broken_config_tells_why() {
    for generation in Generation::ALL {
        let mut server = Prometheus::start(generation, &Options::default()).unwrap();
        assert!(server.number("vector(1)", END.plus(DAY)).is_ok());
        server.kill();
        assert!(get(server.address(), "/-/ready").is_err());
        let broken = Options {
            config: "no_such_field: 1".to_owned(),
            ..Options::default()
        };
        let error = Prometheus::start(generation, &broken).unwrap_err();
        assert!(format!("{error:#}").contains("no_such_field"), "{error:#}");
    }
}

#[test]
fn the_fault_server_passes_real_answers_on_until_it_dies() {
    let real = Prometheus::shared(Generation::Three);
    let proxy = FaultServer::start(Fault::Proxy(real.address().to_owned())).unwrap();
    let reply = get(proxy.address(), "/api/v1/query?query=vector(42)").unwrap();
    assert_eq!(
        reply
            .json()
            .unwrap()
            .pointer("/data/result/0/value/1")
            .unwrap(),
        "42"
    );
    proxy.kill();
    assert!(get(proxy.address(), "/").is_err());
}

#[test]
fn promtool_judges_rule_files() {
    let dir = tempfile::tempdir_in(e2e::run_dir().unwrap()).unwrap();
    let rules =
        |expr: &str| format!("groups: [{{name: g, rules: [{{record: 'a:b', expr: '{expr}'}}]}}]\n");
    let file = dir.path().join("rules.yml");
    for generation in Generation::ALL {
        std::fs::write(&file, rules("sum(up)")).unwrap();
        let said = promtool::check_rules(generation, &file).unwrap();
        assert!(said.contains("1 rules found"), "{said}");
        std::fs::write(&file, rules("sum(")).unwrap();
        assert!(promtool::check_rules(generation, &file).is_err());
    }
}
