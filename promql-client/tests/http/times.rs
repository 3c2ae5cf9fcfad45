//! Answers of other times than were asked for, and clocks that differ.

use std::time::Duration;

use promql_client::{
    Answer, Error, InstantOptions, LabelOptions, MetadataOptions, PromQl, RangeOptions, Result,
    RulesOptions, SeriesOptions, Timestamp, Value,
};

use crate::support::{EMPTY, always, ask, backend, builder, fields, in_turn, json, requests};

fn success(kind: &str, result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}"#)
}

async fn instant(query: &str, asked: Option<i64>, body: String) -> Result<Answer<Value>> {
    let server = always(json(200, body)).await;
    let options = InstantOptions {
        time: asked.map(Timestamp::from_millis),
        ..InstantOptions::default()
    };
    backend(server.uri()).instant(query, &options).await
}

#[tokio::test]
async fn a_caches_stale_answer_is_no_answer() {
    let sample = |time: &str| format!(r#"[{{"metric":{{}},"value":[{time},"1"]}}]"#);
    let histogram = r#"[{"metric":{},"histogram":[99,{"count":"1","sum":"1"}]}]"#;
    let two =
        r#"[{"metric":{"a":"1"},"value":[100,"1"]},{"metric":{"a":"2"},"value":[99.999,"1"]}]"#;
    for (kind, stale) in [
        ("vector", sample("99.999")),
        ("vector", sample("100.001")),
        ("vector", histogram.to_owned()),
        ("vector", two.to_owned()),
        ("scalar", r#"[40,"1"]"#.to_owned()),
        ("string", r#"[40,"x"]"#.to_owned()),
    ] {
        let body = success(kind, &stale);
        let error = instant("up", Some(100_000), body.clone())
            .await
            .unwrap_err();
        let Error::WrongTime { asked, got } = &error else {
            panic!("{body}: {error:?}");
        };
        assert_eq!(asked, "1970-01-01T00:01:40Z");
        assert_ne!(*got, Timestamp::from_secs(100));
        assert!(error.to_string().contains("cache"), "{error}");
        // Who asks for no time takes any.
        instant("up", None, body).await.unwrap();
    }
    for (kind, fresh) in [
        ("vector", sample("100")),
        ("vector", sample("100.0")),
        ("vector", "[]".to_owned()),
        ("scalar", r#"[100,"1"]"#.to_owned()),
        ("string", r#"[1e2,"x"]"#.to_owned()),
    ] {
        instant("up", Some(100_000), success(kind, &fresh))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn samples_lie_in_the_range_that_a_query_selects() {
    let body = |first: u32, last: u32| {
        let values = format!(r#"[[{first},"1"],[{last},"2"]]"#);
        success(
            "matrix",
            &format!(r#"[{{"metric":{{}},"values":{values}}}]"#),
        )
    };
    for (query, first, last, fits) in [
        ("x[10s]", 990, 1000, true),
        ("x[10s]", 989, 1000, false),
        ("x[10s]", 995, 1001, false),
        ("x[10s] offset 5s", 985, 995, true),
        ("x[10s] offset 5s", 985, 996, false),
        ("sum(x)[10s:1s]", 990, 1000, true),
        ("sum(x)[10s:1s]", 900, 1000, false),
        // Which samples these select cannot be told.
        ("x[10s] @ 5", 1, 2, true),
        ("x[10s] offset -1h", 1100, 1200, true),
        ("x[10s] anchored", 900, 1000, true),
    ] {
        let answer = instant(query, Some(1_000_000), body(first, last)).await;
        match fits {
            true => drop(answer.unwrap()),
            false => assert_eq!(answer.unwrap_err().kind(), "wrong_time", "{query}"),
        }
    }
}

fn points(times: &[f64]) -> String {
    let values: Vec<_> = times
        .iter()
        .map(|time| format!(r#"[{time},"1"]"#))
        .collect();
    let histograms: Vec<_> = times
        .iter()
        .map(|time| format!(r#"[{time},{{"count":"1","sum":"1"}}]"#))
        .collect();
    success(
        "matrix",
        &format!(
            r#"[{{"metric":{{"a":"1"}},"values":[{}]}},{{"metric":{{"a":"2"}},"histograms":[{}]}}]"#,
            values.join(","),
            histograms.join(",")
        ),
    )
}

#[tokio::test]
async fn points_lie_on_the_grid_that_was_asked_for() {
    let range = |start: i64, end: i64, step: u64| {
        let at = Timestamp::from_millis;
        RangeOptions::new(at(start), at(end), Duration::from_millis(step))
    };
    for (times, fits) in [
        (&[1000.5, 1010.5, 1020.5, 1030.5][..], true),
        (&[1030.5], true),
        (&[1000.5, 1030.5], true),
        (&[1010.5, 1020.5], true),
        (&[990.5], false),
        (&[1000.5, 1010.5, 1040.5], false),
        (&[1000.5, 1010.0], false),
        (&[1000.0, 1010.0, 1020.0], false),
        (&[1000.5, 1010.501], false),
    ] {
        let server = always(json(200, points(times))).await;
        // The end is off the grid.
        let asked = range(1_000_500, 1_039_000, 10_000);
        let answer = backend(server.uri()).range("x", &asked).await;
        match fits {
            true => drop(answer.unwrap()),
            false => {
                let error = answer.unwrap_err();
                assert!(
                    matches!(error, Error::WrongTime { .. }),
                    "{times:?}: {error}"
                );
                let asked = "1970-01-01T00:16:40.500Z to 1970-01-01T00:17:19Z every 10s";
                assert!(error.to_string().contains(asked), "{error}");
            }
        }
    }
    // A part of a range has the times of that part.
    let parts = [points(&[1000.0, 1010.0]), points(&[1010.0])].map(|body| json(200, body));
    let server = in_turn(parts).await;
    let backend = builder(server.uri()).max_steps(2).build().unwrap();
    let error = backend
        .range("x", &range(1_000_000, 1_030_000, 10_000))
        .await;
    assert_eq!(error.unwrap_err().kind(), "wrong_time");
}

#[tokio::test]
async fn who_answers_with_other_times_is_asked_past_its_cache() {
    let at = Timestamp::from_secs;
    let asked = RangeOptions::new(at(1000), at(1030), Duration::from_secs(10));
    let (rounded, exact) = (points(&[990.0, 1000.0, 1020.0]), points(&[1000.0, 1030.0]));
    let sent = async |server: &wiremock::MockServer| -> Vec<bool> {
        let past_cache = |request| fields(request).contains(&("nocache".into(), "1".into()));
        requests(server).await.iter().map(past_cache).collect()
    };
    // As VictoriaMetrics does it: from then on, it is asked like this at once.
    let answers = [&rounded, &exact, &exact].map(|body| json(200, body.as_str()));
    let server = in_turn(answers).await;
    let backend = backend(server.uri());
    for _ in 0..2 {
        let answer = backend.clone().range("x", &asked).await.unwrap();
        assert_eq!(answer.data[0].points.len(), 2);
    }
    assert_eq!(sent(&server).await, [false, true, true]);
    // Where it does not help, or the field is refused, the first answer's error stays.
    let refused = r#"{"status":"error","errorType":"bad_data","error":"unknown field"}"#;
    for second in [json(200, rounded.as_str()), json(400, refused)] {
        let server = in_turn([json(200, rounded.as_str()), second]).await;
        let error = crate::support::backend(server.uri())
            .range("x", &asked)
            .await;
        assert_eq!(error.unwrap_err().kind(), "wrong_time");
        assert_eq!(sent(&server).await, [false, true]);
    }
}

/// The server's `Date` is 2023-11-14T22:13:20Z; ours is so many seconds behind.
async fn warned(ahead_secs: i64) -> Vec<String> {
    let answer = json(200, EMPTY).insert_header("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    let server = always(answer).await;
    let backend = builder(server.uri())
        .clock(move || Timestamp::from_secs(1_700_000_000 - ahead_secs))
        .build()
        .unwrap();
    ask(&backend).await.unwrap().warnings
}

#[tokio::test]
async fn a_clock_that_is_over_a_minute_off_is_a_warning() {
    for near in [0, 60, -60] {
        assert_eq!(warned(near).await, [""; 0], "{near}");
    }
    for (far, words) in [
        (61, "1m ahead of this computer's"),
        (-3700, "1h1m behind this computer's"),
    ] {
        let warnings = warned(far).await;
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains(words), "{warnings:?}");
    }
    // A `Date` that is none says nothing; and without a clock, nothing is compared.
    let nonsense = json(200, EMPTY).insert_header("Date", "yesterday");
    let server = always(nonsense).await;
    let clocked = builder(server.uri()).clock(|| Timestamp::from_secs(0));
    assert!(
        ask(&clocked.build().unwrap())
            .await
            .unwrap()
            .warnings
            .is_empty()
    );
    let server = always(json(200, EMPTY)).await;
    assert!(
        ask(&backend(server.uri()))
            .await
            .unwrap()
            .warnings
            .is_empty()
    );
}

#[tokio::test]
async fn every_kind_of_answer_carries_the_warning_once() {
    let date = "Tue, 14 Nov 2023 22:13:20 GMT";
    let with_date = |data: &str| {
        let body = format!(r#"{{"status":"success","data":{data}}}"#);
        json(200, body).insert_header("Date", date)
    };
    let clocked = |url: String| {
        let builder = builder(url).clock(|| Timestamp::from_secs(0)).max_steps(2);
        builder.build().unwrap()
    };
    let list = always(with_date("[]")).await;
    let backend = clocked(list.uri());
    let labels = LabelOptions::default();
    let series = backend
        .series(&[], &SeriesOptions::default())
        .await
        .unwrap();
    let names = backend.label_names(&labels).await.unwrap();
    let values = backend.label_values("job", &labels).await.unwrap();
    let map = always(with_date(r#"{}"#)).await;
    let metadata = clocked(map.uri())
        .metadata(&MetadataOptions::default())
        .await;
    let groups = always(with_date(r#"{"groups":[]}"#)).await;
    let rules = clocked(groups.uri()).rules(&RulesOptions::default()).await;
    let matrix = always(with_date(r#"{"resultType":"matrix","result":[]}"#)).await;
    let at = Timestamp::from_secs;
    // In four parts.
    let range = RangeOptions::new(at(0), at(70), Duration::from_secs(10));
    let range = clocked(matrix.uri()).range("x", &range).await.unwrap();
    for warnings in [
        series.warnings,
        names.warnings,
        values.warnings,
        metadata.unwrap().warnings,
        rules.unwrap().warnings,
        range.warnings,
    ] {
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }
}
