//! The in-memory backend: what goes in, what it is told to do, what it refuses.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::executor::block_on;
use promql_client::backend::{LabelOptions, MetadataOptions, RulesOptions, SeriesOptions};
use promql_client::memory::Request;
use promql_client::{
    Answer, Completeness, Error, InstantOptions, MemoryBackend, MetricMetadata, Point, PromQl,
    RangeOptions, Rule, RuleGroup, RuleKind, Selector, Series, Value,
};
use support::{ask, float, labels, minutely, secs};

#[test]
fn samples_come_in_any_order_and_the_last_push_of_a_time_counts() {
    let backend = MemoryBackend::new();
    for (at, value) in [(120, 3.0), (0, 1.0), (60, 7.0), (60, 2.0)] {
        backend.push(&labels("x"), secs(at), value);
    }
    let Ok(Value::Matrix(series)) = ask(&backend, "x[1h]", 600) else {
        panic!("no matrix");
    };
    let points: Vec<(i64, f64)> = series[0]
        .points
        .iter()
        .map(|p| (p.timestamp.as_millis(), p.value))
        .collect();
    assert_eq!(points, [(0, 1.0), (60_000, 2.0), (120_000, 3.0)]);
}

#[test]
fn a_stale_series_is_absent_at_once_and_back_with_its_next_sample() {
    let backend = MemoryBackend::new();
    minutely(&backend, "x", &[1.0, 2.0]);
    backend.push_stale(&labels("x"), secs(90));
    backend.push(&labels("x"), secs(200), 9.0);
    assert_eq!(float(&backend, "x", 89), Some(2.0));
    assert_eq!(float(&backend, "x", 90), None);
    assert_eq!(float(&backend, "x", 199), None);
    assert_eq!(float(&backend, "x", 200), Some(9.0));
    // A range skips the marker and sees the samples around it.
    assert_eq!(float(&backend, "count_over_time(x[5m])", 200), Some(3.0));
    // The marker's own bits are a marker, too; any other NaN is a value.
    backend.push(
        &labels("x"),
        secs(260),
        f64::from_bits(0x7ff0_0000_0000_0002),
    );
    assert_eq!(float(&backend, "x", 260), None);
    backend.push(&labels("x"), secs(261), f64::NAN);
    assert!(float(&backend, "x", 261).unwrap().is_nan());
}

#[test]
fn without_a_time_it_is_refused_unless_one_is_set() {
    let backend = MemoryBackend::new();
    minutely(&backend, "x", &[1.0]);
    let refused = block_on(backend.instant("x", &InstantOptions::default())).unwrap_err();
    assert!(matches!(&refused, Error::InvalidRequest { message } if message.contains("with_now")));
    let backend = backend.with_now(secs(30));
    let answer = block_on(backend.instant("x", &InstantOptions::default())).unwrap();
    let Value::Vector(samples) = answer.data else {
        panic!("no vector");
    };
    assert_eq!(samples[0].timestamp, secs(30));
}

#[test]
fn what_it_cannot_evaluate_is_named() {
    let backend = MemoryBackend::new();
    let unsupported = ask(&backend, "topk(1, x)", 0).unwrap_err();
    assert!(matches!(&unsupported, Error::Unsupported { what } if what.contains("topk")));
    assert!(matches!(
        ask(&backend, "sum(", 0),
        Err(Error::BadQuery { .. })
    ));
    assert!(matches!(
        ask(&backend, "x{a=~\"[\"}", 0),
        Err(Error::BadQuery { .. })
    ));
    for (end, kind) in [(9_000, "execution"), (200_000_000, "invalid_request")] {
        let options = RangeOptions::new(secs(0), secs(end), Duration::from_millis(1));
        let answer = block_on(backend.range("vector(1)", &options));
        assert_eq!(answer.unwrap_err().kind(), kind);
    }
    for query in ["x[5m]", "\"text\""] {
        let options = RangeOptions::new(secs(0), secs(60), Duration::from_secs(15));
        let answer = block_on(backend.range(query, &options));
        assert!(
            matches!(answer, Err(Error::BadQuery { .. })),
            "{query}: {answer:?}"
        );
    }
}

#[test]
fn scripts_failures_and_hooks() {
    let backend = MemoryBackend::new().with_now(secs(0));
    let point = Point {
        timestamp: secs(0),
        value: 4.0,
    };
    backend.script("any words", Answer::new(Value::Scalar(point)));
    assert_eq!(ask(&backend, "any words", 9).unwrap(), Value::Scalar(point));
    let series = Series {
        points: vec![point],
        ..Series::default()
    };
    backend.script(
        "its range",
        Answer::new(Value::Matrix(vec![series.clone()])),
    );
    let options = RangeOptions::new(secs(0), secs(60), Duration::from_secs(15));
    let answer = block_on(backend.range("its range", &options)).unwrap();
    assert_eq!(answer.data, [series]);
    let wrong = block_on(backend.range("any words", &options));
    assert!(matches!(wrong, Err(Error::Shape { .. })));

    for message in ["first", "second"] {
        backend.fail_next(Error::Timeout {
            message: message.to_owned(),
        });
    }
    let failed = ask(&backend, "1", 0).unwrap_err().to_string();
    assert!(failed.contains("first"), "{failed}");
    let failed = block_on(backend.rules(&RulesOptions::default()))
        .unwrap_err()
        .to_string();
    assert!(failed.contains("second"), "{failed}");
    assert!(ask(&backend, "1", 0).is_ok());

    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    backend.hook(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        match request {
            Request::Instant("2", _) => Err(Error::Canceled {
                message: "by the hook".to_owned(),
            }),
            _ => Ok(()),
        }
    });
    assert!(ask(&backend, "1", 0).is_ok());
    assert!(matches!(ask(&backend, "2", 0), Err(Error::Canceled { .. })));
    assert!(block_on(backend.range("1", &options)).is_ok());
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[test]
fn limits_cut_and_say_so() {
    let backend = MemoryBackend::new().with_now(secs(0));
    for i in 0..5 {
        backend.push(&labels(&format!("x{{i=\"{i}\"}}")), secs(0), 1.0);
    }
    let mut options = InstantOptions::default();
    options.limits.limit = Some(3);
    let answer = block_on(backend.instant("x", &options)).unwrap();
    assert_eq!(answer.completeness, Completeness::Partial);
    assert!(matches!(answer.data, Value::Vector(samples) if samples.len() == 3));
    options.limits.limit = Some(5);
    let answer = block_on(backend.instant("x", &options)).unwrap();
    assert_eq!(answer.completeness, Completeness::Complete);
    let limited = LabelOptions {
        limit: Some(1),
        ..LabelOptions::default()
    };
    let names = block_on(backend.label_names(&limited)).unwrap();
    assert_eq!(
        (names.data.len(), names.completeness),
        (1, Completeness::Partial)
    );
}

#[test]
fn series_metadata_and_rules_are_as_seeded() {
    let backend = MemoryBackend::new();
    minutely(&backend, "x{a=\"1\"}", &[1.0, 2.0]);
    let none = block_on(backend.series(&[], &SeriesOptions::default()));
    assert!(matches!(none, Err(Error::BadQuery { .. })));
    let later = SeriesOptions {
        start: Some(secs(61)),
        ..SeriesOptions::default()
    };
    let found = block_on(backend.series(&[Selector::metric("x")], &later)).unwrap();
    assert_eq!(found.data, []);

    let meta = MetricMetadata::new("counter", "All of x.", "");
    backend.set_metadata("x", vec![meta.clone()]);
    backend.set_metadata("y", vec![]);
    let only = MetadataOptions {
        metric: Some("x".to_owned()),
        limit: None,
    };
    let answer = block_on(backend.metadata(&only)).unwrap().data;
    assert_eq!(
        answer.into_iter().collect::<Vec<_>>(),
        [("x".to_owned(), vec![meta])]
    );

    let rules = vec![
        Rule::new(RuleKind::Recording, "x:sum", "sum(x)"),
        Rule::new(RuleKind::Alerting, "Alert", "x > 1"),
    ];
    let group = RuleGroup::new("g", "f.yml", Duration::from_secs(60), rules);
    backend.set_rules(vec![group]);
    let alerting = RulesOptions {
        kind: Some(RuleKind::Alerting),
    };
    let groups = block_on(backend.rules(&alerting)).unwrap().data;
    let names: Vec<&str> = groups[0].rules.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["Alert"]);
}

#[test]
fn the_deepest_queries_that_are_read_are_evaluated() {
    let backend = MemoryBackend::new();
    minutely(&backend, "x", &[1.0]);
    let abs = format!("{}x{}", "abs(".repeat(200), ")".repeat(200));
    for query in [
        format!("{}x", "-".repeat(200)),
        vec!["x"; 201].join(" + ").replacen("+", "-", 1),
        abs,
    ] {
        assert!(float(&backend, &query, 0).is_some(), "{query}");
    }
}
