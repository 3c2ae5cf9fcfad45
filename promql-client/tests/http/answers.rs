//! What answers mean: error types, pages that are nobody's, server information.

use std::sync::Arc;
use std::time::Duration;

use promql_client::{Completeness, Error, PromQl};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{always, ask, backend, builder, json, page, requests};
use promql_client::http::Retry;

async fn error_of(answer: ResponseTemplate) -> Error {
    let server = always(answer).await;
    let backend = builder(server.uri()).retry(Retry::never()).build().unwrap();
    let error = ask(&backend).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
    error
}

#[tokio::test]
async fn every_error_type_is_its_own_variant_with_the_servers_words() {
    for (status, error_type, kind) in [
        (400, "bad_data", "bad_query"),
        (422, "execution", "execution"),
        (503, "timeout", "timeout"),
        (499, "canceled", "canceled"),
        (500, "internal", "unavailable"),
        (503, "unavailable", "unavailable"),
        (404, "not_found", "api"),
        (406, "not_acceptable", "api"),
        (400, "brand_new", "api"),
        (500, "brand_new", "unavailable"),
        (503, "too_busy", "unavailable"),
        (429, "too_many_requests", "rate_limited"),
    ] {
        let body = format!(
            r#"{{"status":"error","errorType":"{error_type}","error":"1:5: words of {error_type}"}}"#
        );
        let error = error_of(json(status, body)).await;
        assert_eq!(error.kind(), kind, "{error_type}: {error:?}");
        let words = format!("1:5: words of {error_type}");
        assert!(error.to_string().contains(&words), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_error_type_is_kept() {
    let body = r#"{"status":"error","errorType":"brand_new","error":"why"}"#;
    match error_of(json(418, body)).await {
        Error::Api {
            error_type,
            status,
            message,
        } => assert_eq!(
            (error_type.as_str(), status, message.as_str()),
            ("brand_new", 418, "why")
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_is_no_prometheus_and_shown_in_few_words() {
    let long = format!(
        "<html>\n<h1>Sign\tin</h1>{}\u{1b}[31m</html>",
        " é".repeat(500_000)
    );
    for status in [200, 302, 400, 404] {
        match error_of(page(status, long.clone())).await {
            Error::NotPrometheus {
                status: got,
                content_type,
                snippet,
            } => {
                assert_eq!((got, content_type.as_str()), (status, "text/html"));
                assert!(
                    snippet.starts_with("<html> <h1>Sign in</h1> é"),
                    "{snippet}"
                );
                assert!(snippet.chars().count() <= 121, "{snippet}");
                assert!(!snippet.contains(char::is_control), "{snippet:?}");
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_page_with_a_server_error_is_unavailable() {
    for status in [500, 502, 503, 504] {
        match error_of(page(
            status,
            format!("<html>bad gateway {}", "x".repeat(9000)),
        ))
        .await
        {
            Error::Unavailable {
                status: got,
                message,
                retry_after: None,
            } => {
                assert_eq!(got, status);
                assert!(
                    message.starts_with("<html> bad gateway")
                        || message.starts_with("<html>bad gateway")
                );
                assert!(message.chars().count() <= 121, "{message}");
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn broken_json_is_not_believed() {
    for body in [
        r#"{"status":"success","data":{"resultType":"vec"#,
        r#"{"status":"success"}"#,
        r#"{"message":"I am"#,
        r#"{"status":"success","data":[],"data":7}"#,
    ] {
        let error = error_of(json(200, body)).await;
        assert_eq!(error.kind(), "decode", "{body}: {error}");
    }
    for body in [
        r#"{"message":"I am another service"}"#,
        r#"{"status":"ok","data":{"result":[]}}"#,
        r#"{"status":200}"#,
        "{}",
    ] {
        let error = error_of(json(200, body)).await;
        assert_eq!(error.kind(), "not_prometheus", "{body}: {error}");
    }
    let empty = error_of(json(200, "")).await;
    assert_eq!(empty.kind(), "not_prometheus", "{empty}");
    let success_of_a_failure = error_of(json(404, crate::support::SCALAR)).await;
    assert_eq!(success_of_a_failure.kind(), "not_prometheus");
}

#[tokio::test]
async fn remarks_travel_with_the_answer() {
    let body = r#"{"status":"success","isPartial":true,"data":{"resultType":"scalar","result":[1700000000,"NaN"]},"warnings":["w"],"infos":["i"]}"#;
    let server = always(json(200, body)).await;
    let answer = ask(&backend(server.uri())).await.unwrap();
    assert_eq!(
        (answer.warnings, answer.infos),
        (vec!["w".to_owned()], vec!["i".to_owned()])
    );
    assert_eq!(answer.completeness, Completeness::Partial);
}

#[tokio::test]
async fn what_acts_on_a_terminal_is_shown_and_does_nothing() {
    let hostile = "\u{1b}[2J\u{1b}]0;x\u{7} ok\u{202e}\u{2028}\r\n\u{9b}1m";
    let quoted = serde_json::to_string(hostile).unwrap();
    let mut answers = vec![page(200, hostile), page(502, hostile)];
    for status in [200, 400, 418, 429, 503] {
        for kind in ["\"bad_data\"", "\"execution\"", "\"timeout\"", &quoted] {
            let body = format!(r#"{{"status":"error","errorType":{kind},"error":{quoted}}}"#);
            answers.push(json(status, body));
        }
    }
    for answer in answers {
        let text = error_of(answer).await.to_string();
        let acts = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}');
        assert!(!text.contains(acts), "{text:?}");
        assert!(text.contains(r"\u{202e}"), "{text:?}");
    }
}

#[tokio::test]
async fn long_words_are_cut() {
    let long = "x".repeat(300_000);
    for status in [200, 400, 429, 503] {
        let body = format!(r#"{{"status":"error","errorType":"execution","error":"{long}"}}"#);
        let text = error_of(json(status, body)).await.to_string();
        assert!(text.len() < 1200, "{}", text.len());
    }
}

#[tokio::test]
async fn a_success_with_an_error_is_no_answer() {
    let body = r#"{"status":"success","errorType":"execution","error":"too many samples","data":{"resultType":"vector","result":[]}}"#;
    let error = error_of(json(200, body)).await;
    assert_eq!(error.kind(), "decode", "{error}");
    assert!(error.to_string().contains("too many samples"), "{error}");
}

async fn says(pages: &[(&str, &str)]) -> (Option<String>, Option<Duration>) {
    let server = MockServer::start().await;
    for (name, data) in pages {
        let body = format!(r#"{{"status":"success","data":{data}}}"#);
        let given = Mock::given(path(format!("/api/v1/status/{name}")));
        given.respond_with(json(200, body)).mount(&server).await;
    }
    // Shared, which hides nothing that the trait has a default for.
    let shared = Arc::new(backend(server.uri()));
    let info = PromQl::server_info(&shared).await.unwrap();
    (info.version, info.retention)
}

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn server_info_of_both_generations_and_of_neither() {
    let two = r#"{"version":"2.42.0","revision":"x","goVersion":"go1.19.5"}"#;
    let three = r#"{"version":"3.16.0","revision":"x","features":{"a":true},"goVersion":"go1.25"}"#;
    let runtime = |retention: &str| {
        format!(
            r#"{{"startTime":"2026-01-01T00:00:00Z","reloadConfigSuccess":true,"goroutineCount":48,"storageRetention":"{retention}"}}"#
        )
    };
    for (build, version) in [(two, "2.42.0"), (three, "3.16.0")] {
        for (retention, expected) in [
            ("15d", Some(15 * DAY)),
            ("30d or 512MiB", Some(30 * DAY)),
            ("512MiB", None),
        ] {
            let pages = [("buildinfo", build), ("runtimeinfo", &runtime(retention))];
            let version = Some(version.to_owned());
            assert_eq!(says(&pages).await, (version, expected), "{retention}");
        }
    }
    let flags = r#"{"storage.tsdb.retention.time":"60d","web.enable-lifecycle":"false"}"#;
    assert_eq!(says(&[("flags", flags)]).await, (None, Some(60 * DAY)));
    let unset = r#"{"storage.tsdb.retention.time":"0s"}"#;
    assert_eq!(says(&[("flags", unset)]).await, (None, None));
    assert_eq!(says(&[]).await, (None, None), "404s");
}

#[tokio::test]
async fn status_pages_that_are_kept_back_are_unknown_and_other_errors_stay() {
    let refusal = r#"{"status":"error","errorType":"bad_data","error":"no such page"}"#;
    for answer in [
        json(400, refusal),
        page(400, "no"),
        page(403, "no"),
        json(403, "{}"),
        page(404, "no"),
    ] {
        let server = always(answer).await;
        let info = backend(server.uri()).server_info().await;
        assert_eq!(info.unwrap(), promql_client::ServerInfo::default());
    }
    for (status, kind) in [(401, "unauthorized"), (503, "unavailable")] {
        let server = always(page(status, "no")).await;
        let info = backend(server.uri()).server_info().await;
        assert_eq!(info.unwrap_err().kind(), kind);
    }
}
