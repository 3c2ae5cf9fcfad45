//! POST by default, GET where POST is refused, and what is sent with either.

use std::time::Duration;

use promql_client::{
    Error, InstantOptions, LabelOptions, MetadataOptions, PromQl, QueryLimits, RuleKind,
    RulesOptions, Selector, SeriesOptions, Timestamp,
};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer};

use crate::support::{
    EMPTY, SCALAR, always, ask, backend, builder, fields, json, methods, page, pairs, requests,
};

#[tokio::test]
async fn queries_are_post_forms() {
    let server = always(json(200, EMPTY)).await;
    let options = InstantOptions {
        time: Some(Timestamp::from_millis(1_700_000_000_001)),
        limits: QueryLimits {
            timeout: Some(Duration::from_millis(1500)),
            limit: Some(7),
            lookback: Some(Duration::from_secs(60)),
        },
    };
    let query = "sum(rate(x{a=\"é &=+%\"}[5m])) + 1";
    backend(server.uri())
        .instant(query, &options)
        .await
        .unwrap();
    let request = &requests(&server).await[0];
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/api/v1/query");
    assert_eq!(request.url.query(), None);
    let kind = &request.headers["content-type"];
    assert_eq!(kind, "application/x-www-form-urlencoded");
    let expected = [
        ("query", query),
        ("time", "1700000000.001"),
        ("timeout", "1500ms"),
        ("limit", "7"),
        ("lookback_delta", "60000ms"),
    ];
    assert_eq!(fields(request), pairs(&expected));
}

#[tokio::test]
async fn times_are_exact_to_the_millisecond_on_both_sides_of_the_epoch() {
    let server = always(json(200, EMPTY)).await;
    let backend = backend(server.uri());
    let times = [
        (0, "0.000"),
        (-1, "-0.001"),
        (-61_007, "-61.007"),
        (1_700_000_000_999, "1700000000.999"),
    ];
    for (millis, _) in times {
        let options = InstantOptions::at(Timestamp::from_millis(millis));
        backend.instant("1", &options).await.unwrap();
    }
    backend
        .instant("1", &InstantOptions::default())
        .await
        .unwrap();
    let sent: Vec<_> = requests(&server).await.iter().map(fields).collect();
    for ((_, text), fields) in times.iter().zip(&sent) {
        assert_eq!(fields, &pairs(&[("query", "1"), ("time", text)]));
    }
    assert_eq!(sent[4], pairs(&[("query", "1")]), "the server's own now");
}

#[tokio::test]
async fn get_where_post_is_refused_and_remembered() {
    for status in [403, 405, 501] {
        let server = MockServer::start().await;
        let refused = Mock::given(method("POST")).respond_with(page(status, "no POST here"));
        refused.expect(1).mount(&server).await;
        let answered = Mock::given(method("GET")).respond_with(json(200, SCALAR));
        answered.expect(3).mount(&server).await;
        let backend = backend(server.uri());
        ask(&backend).await.unwrap();
        ask(&backend).await.unwrap();
        // Clones share what is known.
        ask(&backend.clone()).await.unwrap();
        assert_eq!(methods(&server).await, ["POST", "GET", "GET", "GET"]);
        let asked = &requests(&server).await[3];
        let expected = pairs(&[("query", "up"), ("time", "1700000000.000")]);
        assert_eq!(fields(asked), expected, "{status}");
        assert!(asked.body.is_empty());
    }
}

#[tokio::test]
async fn refused_either_way_is_unauthorized_and_not_remembered() {
    let server = always(page(403, "forbidden")).await;
    let backend = backend(server.uri());
    for _ in 0..2 {
        let error = ask(&backend).await.unwrap_err();
        assert!(
            matches!(error, Error::Unauthorized { status: 403 }),
            "{error}"
        );
    }
    assert_eq!(methods(&server).await, ["POST", "GET", "POST", "GET"]);
}

#[tokio::test]
async fn a_missing_credential_is_no_reason_for_get() {
    let server = always(page(401, "who are you?")).await;
    let error = ask(&backend(server.uri())).await.unwrap_err();
    assert!(
        matches!(error, Error::Unauthorized { status: 401 }),
        "{error}"
    );
    assert_eq!(methods(&server).await, ["POST"]);
}

const LIST: &str = r#"{"status":"success","data":[]}"#;

#[tokio::test]
async fn series_and_labels_send_their_selectors_and_times() {
    let server = always(json(200, LIST)).await;
    let backend = backend(server.uri());
    let selectors = vec![
        Selector::metric("a").eq("x", "1\"2"),
        Selector::any().re("y", "z.*"),
    ];
    let (start, end) = (Timestamp::from_secs(1), Timestamp::from_millis(2500));
    let series = SeriesOptions {
        start: Some(start),
        end: Some(end),
        limit: Some(3),
    };
    backend.series(&selectors, &series).await.unwrap();
    let labels = LabelOptions {
        selectors: selectors.clone(),
        start: Some(start),
        end: Some(end),
        limit: Some(3),
    };
    backend.label_names(&labels).await.unwrap();
    backend.label_values("job", &labels).await.unwrap();
    let all = requests(&server).await;
    let how = |i: usize| (all[i].method.as_str(), all[i].url.path());
    assert_eq!(how(0), ("POST", "/api/v1/series"));
    assert_eq!(how(1), ("POST", "/api/v1/labels"));
    assert_eq!(how(2), ("GET", "/api/v1/label/job/values"));
    let [first, second] = [&selectors[0], &selectors[1]].map(ToString::to_string);
    let expected = [
        ("match[]", first.as_str()),
        ("match[]", second.as_str()),
        ("start", "1.000"),
        ("end", "2.500"),
        ("limit", "3"),
    ];
    for request in &all {
        assert_eq!(fields(request), pairs(&expected), "{}", request.url);
    }
}

#[tokio::test]
async fn metadata_and_rules_are_asked_for_by_get() {
    let server = MockServer::start().await;
    let metadata = r#"{"status":"success","data":{"up":[{"type":"gauge","help":"h","unit":""}]}}"#;
    let rules = r#"{"status":"success","data":{"groups":[]}}"#;
    for (at, body) in [("/api/v1/metadata", metadata), ("/api/v1/rules", rules)] {
        let given = Mock::given(method("GET")).and(wiremock::matchers::path(at));
        given.respond_with(json(200, body)).mount(&server).await;
    }
    let backend = backend(server.uri());
    let options = MetadataOptions {
        metric: Some("up".to_owned()),
        limit: Some(2),
    };
    let answer = backend.metadata(&options).await.unwrap();
    assert_eq!(answer.data["up"][0].kind, "gauge");
    for kind in [None, Some(RuleKind::Recording), Some(RuleKind::Alerting)] {
        backend.rules(&RulesOptions { kind }).await.unwrap();
    }
    let sent: Vec<_> = requests(&server).await.iter().map(fields).collect();
    assert_eq!(sent[0], pairs(&[("metric", "up"), ("limit", "2")]));
    assert_eq!(sent[1], pairs(&[]));
    assert_eq!(sent[2], pairs(&[("type", "record")]));
    assert_eq!(sent[3], pairs(&[("type", "alert")]));
}

#[tokio::test]
async fn label_names_are_escaped_in_paths() {
    let server = always(json(200, LIST)).await;
    let backend = backend(server.uri());
    let names = [
        ("__name__", "__name__"),
        ("http.status_code", "U__http_2e_status__code"),
        ("a/../b?c#d%", "U__a_2f__2e__2e__2f_b_3f_c_23_d_25_"),
        ("é", "U___e9_"),
        ("1a", "U__1a"),
    ];
    for (name, _) in names {
        let options = LabelOptions::default();
        backend.label_values(name, &options).await.unwrap();
    }
    for ((_, escaped), request) in names.iter().zip(requests(&server).await) {
        assert_eq!(
            request.url.path(),
            format!("/api/v1/label/{escaped}/values")
        );
    }
}

#[tokio::test]
async fn a_path_prefix_stays_in_front() {
    let server = always(json(200, SCALAR)).await;
    for prefix in ["", "/", "/prometheus", "/a/b/"] {
        let url = format!("{}{prefix}", server.uri());
        ask(&backend(url)).await.unwrap();
    }
    let all = requests(&server).await;
    let paths: Vec<_> = all.iter().map(|r| r.url.path()).collect();
    assert_eq!(
        paths,
        [
            "/api/v1/query",
            "/api/v1/query",
            "/prometheus/api/v1/query",
            "/a/b/api/v1/query"
        ]
    );
    assert!(all.iter().all(|r| r.url.query().is_none()));
    for end in ["?tenant=a", "/?", "#top", "/prometheus?x=1#y"] {
        let refused = builder(format!("{}{end}", server.uri())).build();
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("it has a"), "{error}");
        assert!(!error.contains("tenant=a"), "{error}");
    }
}

#[tokio::test]
async fn a_header_that_is_given_twice_is_sent_twice() {
    let server = always(json(200, SCALAR)).await;
    let builder = builder(server.uri())
        .header("X-Team", "one")
        .header("x-team", "two")
        .header("Authorization", "Token x")
        .bearer_token("t".to_owned());
    ask(&builder.build().unwrap()).await.unwrap();
    let request = &requests(&server).await[0];
    let values = |name: &str| -> Vec<_> { request.headers.get_all(name).iter().collect() };
    assert_eq!(values("x-team"), ["one", "two"]);
    assert_eq!(values("authorization"), ["Bearer t"]);
}
