//! Long ranges: the exact requests, and the parts put together.

use std::time::Duration;

use promql_client::{Completeness, Error, PromQl, RangeOptions, Timestamp};

use crate::support::{SCALAR, always, backend, builder, fields, in_turn, json, requests};

fn matrix(points: &[(&str, &[i64])], warnings: &str) -> String {
    let series = points.iter().map(|(name, times)| {
        let values: Vec<_> = times.iter().map(|t| format!(r#"[{t},"{t}"]"#)).collect();
        format!(
            r#"{{"metric":{{"s":"{name}"}},"values":[{}]}}"#,
            values.join(",")
        )
    });
    let series: Vec<_> = series.collect();
    format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}},"warnings":[{warnings}],"infos":["same"]}}"#,
        series.join(",")
    )
}

fn range(start_ms: i64, end_ms: i64, step_ms: u64) -> RangeOptions {
    let at = Timestamp::from_millis;
    RangeOptions::new(at(start_ms), at(end_ms), Duration::from_millis(step_ms))
}

#[tokio::test]
async fn what_each_part_is_warned_of_is_counted_once() {
    let warned = |names: std::ops::Range<u32>| {
        let warnings: Vec<_> = names.map(|i| format!("\"w{i}\"")).collect();
        json(200, matrix(&[], &warnings.join(",")))
    };
    for (parts, more) in [
        ([0..30, 0..30, 0..30], 10),
        ([0..30, 0..10, 0..25], 10),
        ([0..10, 10..20, 20..25], 5),
        ([0..20, 20..45, 0..20], 25),
    ] {
        let server = in_turn(parts.map(warned)).await;
        let backend = builder(server.uri()).max_steps(2).build().unwrap();
        let options = range(100_000, 149_999, 10_000);
        let answer = backend.range("x", &options).await.unwrap();
        let first: Vec<_> = (0..20).map(|i| format!("w{i}")).collect();
        assert_eq!(answer.warnings, first);
        assert_eq!(answer.remarks_left_out, more);
    }
}

#[tokio::test]
async fn parts_lie_on_one_grid_and_are_joined() {
    let server = in_turn([
        json(
            200,
            matrix(&[("a", &[100, 110]), ("b", &[110])], r#""same","one""#),
        ),
        json(
            200,
            matrix(&[("c", &[120]), ("a", &[120, 130])], r#""same""#),
        ),
        json(200, matrix(&[("b", &[140])], r#""three""#)),
    ])
    .await;
    let backend = builder(server.uri()).max_steps(2).build().unwrap();
    // The end lies off the grid.
    let answer = backend
        .range("x", &range(100_000, 149_999, 10_000))
        .await
        .unwrap();
    let got: Vec<_> = answer
        .data
        .iter()
        .map(|series| {
            let times = series.points.iter().map(|p| p.timestamp.as_millis() / 1000);
            (series.labels.get("s").unwrap(), times.collect::<Vec<_>>())
        })
        .collect();
    let expected = [
        ("a", vec![100, 110, 120, 130]),
        ("b", vec![110, 140]),
        ("c", vec![120]),
    ];
    assert_eq!(got, expected);
    assert_eq!(answer.warnings, ["same", "one", "three"]);
    assert_eq!(answer.infos, ["same"]);
    let sent: Vec<_> = requests(&server).await.iter().map(times).collect();
    let whole = [
        "100.000 110.000 10000ms",
        "120.000 130.000 10000ms",
        "140.000 140.000 10000ms",
    ];
    assert_eq!(sent, whole);
}

fn times(request: &wiremock::Request) -> String {
    let values: Vec<_> = fields(request).into_iter().skip(1).map(|f| f.1).collect();
    values.join(" ")
}

#[tokio::test]
async fn by_default_eleven_thousand_steps_are_one_request() {
    let server = always(json(200, matrix(&[], ""))).await;
    let backend = backend(server.uri());
    backend
        .range("x", &range(1, 10_999_001, 1000))
        .await
        .unwrap();
    assert_eq!(requests(&server).await.len(), 1);
    backend
        .range("x", &range(1, 11_000_001, 1000))
        .await
        .unwrap();
    let sent: Vec<_> = requests(&server).await.iter().map(times).collect();
    let expected = [
        "0.001 10999.001 1000ms",
        "0.001 10999.001 1000ms",
        "11000.001 11000.001 1000ms",
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn what_depends_on_the_ends_is_only_asked_in_one_piece() {
    let server = always(json(200, matrix(&[], ""))).await;
    let backend = builder(server.uri()).max_steps(2).build().unwrap();
    for query in ["x @ start()", "rate(x[5m] @ end())"] {
        let error = backend
            .range(query, &range(0, 20_000, 10_000))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Unsplittable { steps: 3 }), "{error}");
        assert!(requests(&server).await.is_empty());
    }
    backend
        .range("x @ start()", &range(0, 10_000, 10_000))
        .await
        .unwrap();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_limit_is_one_of_the_whole() {
    let parts = || {
        [
            json(200, matrix(&[("b", &[0, 10]), ("c", &[10])], "")),
            json(200, matrix(&[("a", &[20]), ("b", &[20])], "")),
        ]
    };
    let warning = "results truncated due to limit";
    for (limit, names, warnings) in [
        (Some(2), "ab", vec![warning]),
        (Some(3), "abc", vec![]),
        (Some(0), "abc", vec![]),
        (None, "bca", vec![]),
    ] {
        let server = in_turn(parts()).await;
        let backend = builder(server.uri()).max_steps(2).build().unwrap();
        let mut options = range(0, 20_000, 10_000);
        options.limits.limit = limit;
        let answer = backend.range("x", &options).await.unwrap();
        let got: String = answer
            .data
            .iter()
            .filter_map(|s| s.labels.get("s"))
            .collect();
        assert_eq!(got, names, "{limit:?}");
        assert_eq!(answer.warnings, warnings);
        let cut = answer.completeness == Completeness::Partial;
        assert_eq!(cut, !warnings.is_empty());
    }
}

#[tokio::test]
async fn one_failed_part_fails_the_range() {
    let bad = r#"{"status":"error","errorType":"execution","error":"too many samples"}"#;
    let server = in_turn([json(200, matrix(&[("a", &[0])], "")), json(422, bad)]).await;
    let backend = builder(server.uri()).max_steps(2).build().unwrap();
    let error = backend
        .range("x", &range(0, 60_000, 10_000))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Execution { .. }), "{error}");
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn nonsense_is_not_sent() {
    let server = always(json(200, SCALAR)).await;
    let backend = backend(server.uri());
    for options in [range(10, 5, 1), range(0, 10, 0)] {
        let error = backend.range("x", &options).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }), "{error}");
    }
    assert!(requests(&server).await.is_empty());
}
