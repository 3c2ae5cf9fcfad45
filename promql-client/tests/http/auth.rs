//! Credentials are sent, and shown nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use promql_client::http::{BuildError, HttpBuilder, Retry};
use promql_client::{Error, PromQl};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{FAST, Raw, SCALAR, always, ask, builder, json, page, raw, requests, shown};

const SECRET: &str = "hunter2-s3cret";
/// `ann:hunter2-s3cret`.
const BASIC: &str = "Basic YW5uOmh1bnRlcjItczNjcmV0";

async fn sent(server: &MockServer, configure: impl FnOnce(HttpBuilder) -> HttpBuilder) -> String {
    let backend = configure(builder(server.uri())).build().unwrap();
    ask(&backend).await.unwrap();
    let request = requests(server).await.pop().unwrap();
    let value = request.headers.get("authorization").unwrap();
    value.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn bearer_basic_and_headers_are_sent() {
    let server = always(json(200, SCALAR)).await;
    let bearer = sent(&server, |b| b.bearer_token(format!(" {SECRET}\n"))).await;
    assert_eq!(
        bearer,
        format!("Bearer {SECRET}"),
        "as files end with a newline"
    );
    let basic = sent(&server, |b| b.basic_auth("ann", SECRET.to_owned())).await;
    assert_eq!(basic, BASIC);
    let own = sent(&server, |b| b.header("Authorization", "Token x")).await;
    assert_eq!(own, "Token x");
    let backend = builder(server.uri())
        .header("X-Scope-OrgID", "team-a")
        .build();
    let backend = backend.unwrap();
    ask(&backend).await.unwrap();
    let request = requests(&server).await.pop().unwrap();
    assert_eq!(request.headers["x-scope-orgid"], "team-a");
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn user_info_of_the_address_is_basic_authorization() {
    let server = always(json(200, SCALAR)).await;
    let host = server.address();
    for (user_info, expected) in [
        (format!("ann:{SECRET}"), BASIC),
        // a@b:p@ss%
        ("a%40b:p%40ss%25".to_owned(), "Basic YUBiOnBAc3Ml"),
        // A token as the user and an empty password.
        ("ann".to_owned(), "Basic YW5uOg=="),
    ] {
        let backend = builder(format!("http://{user_info}@{host}"))
            .build()
            .unwrap();
        assert_eq!(backend.url(), format!("http://{host}/"));
        ask(&backend).await.unwrap();
        let request = requests(&server).await.pop().unwrap();
        assert_eq!(request.headers["authorization"], expected);
    }
    // What is configured wins.
    let backend = builder(format!("http://bob:x@{host}")).bearer_token("t".to_owned());
    ask(&backend.build().unwrap()).await.unwrap();
    let request = requests(&server).await.pop().unwrap();
    assert_eq!(request.headers["authorization"], "Bearer t");
}

fn secretive(url: &str) -> HttpBuilder {
    let (scheme, rest) = url.split_once("://").unwrap();
    builder(format!("{scheme}://ann:{SECRET}@{rest}"))
        .header("X-Api-Key", SECRET)
        .retry(FAST)
}

#[tokio::test]
async fn no_credential_is_shown() {
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let refusing = always(page(403, "no")).await;
    let redirecting = page(302, "").insert_header("location", "http://elsewhere.invalid/login");
    let redirecting = always(redirecting).await;
    let broken = raw(Raw::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"));
    let nonsense = raw(Raw::Send(b"220 smtp ready\r\n"));
    // GET only: its fields stand in the address.
    let urls = [
        dead,
        refusing.uri(),
        redirecting.uri(),
        broken,
        nonsense,
        "http://no-such-host.invalid".to_owned(),
    ];
    for url in urls {
        let builder = secretive(&url);
        assert!(
            !format!("{builder:?} {builder:#?}").contains(SECRET),
            "{builder:?}"
        );
        let backend = builder.build().unwrap();
        assert!(!format!("{backend:?} {backend:#?} {}", backend.url()).contains(SECRET));
        let posted = ask(&backend).await.unwrap_err();
        let got = backend.metadata(&Default::default()).await.unwrap_err();
        for error in [posted, got] {
            let shown = shown(&error);
            for secret in [SECRET, "YW5u"] {
                assert!(!shown.contains(secret), "{url}: {shown}");
            }
        }
    }
}

#[test]
fn no_credential_is_shown_when_building_fails() {
    let bad = [
        builder(format!("http://ann:{SECRET}@")),
        builder(format!("http://ann:{SECRET}@host:99999")),
        builder(format!("ftp://ann:{SECRET}@host")),
        builder("http://host").bearer_token(format!("{SECRET}\u{7f}\n.")),
        builder("http://host").header("X-Key", format!("{SECRET}\n.")),
        builder("http://host").header("bad name", SECRET),
    ];
    for builder in bad {
        let error = builder.build().unwrap_err();
        assert!(matches!(
            error,
            BuildError::Url { .. } | BuildError::Header { .. }
        ));
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = always(json(200, SCALAR)).await;
    for status in [301, 302, 307, 308] {
        let server = always(page(status, "").insert_header("location", elsewhere.uri())).await;
        let error = ask(&secretive(&server.uri()).build().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), "redirected", "{error}");
        assert!(error.to_string().contains(&elsewhere.uri()), "{error}");
    }
    assert!(requests(&elsewhere).await.is_empty());
}

#[tokio::test]
async fn the_target_of_a_redirect_is_named_without_what_may_be_secret() {
    for (location, named) in [
        (
            format!("https://ann:pw@login.example/auth?token={SECRET}&state=1#frag"),
            "https://login.example/auth",
        ),
        ("/login?next=/api".to_owned(), "/login"),
        (
            format!("https://x.example/{SECRET}/in"),
            "https://x.example/[secret]/in",
        ),
        (
            "//other.example:8443/\u{e9}".replace('\u{e9}', "%C3%A9"),
            "http://other.example:8443/%C3%A9",
        ),
    ] {
        let server = always(page(302, "<html>").insert_header("location", location)).await;
        let backend = secretive(&server.uri()).build().unwrap();
        let error = ask(&backend).await.unwrap_err();
        let Error::Redirected { status, target } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*status, 302);
        assert!(target.ends_with(named), "{target}");
        for secret in [SECRET, "state=1", "next", "frag", "pw"] {
            assert!(!shown(&error).contains(secret), "{error:?}");
        }
        assert_eq!(requests(&server).await.len(), 1, "not tried again");
    }
    // A redirect to nowhere is a page like any other.
    let server = always(page(302, "<html>")).await;
    let error = ask(&secretive(&server.uri()).build().unwrap()).await;
    assert_eq!(error.unwrap_err().kind(), "not_prometheus");
}

/// Every way in which a server or proxy may repeat what it was sent.
fn echoes() -> Vec<String> {
    vec![
        SECRET.to_owned(),
        format!("ann:{SECRET}"),
        BASIC.to_owned(),
        // The key in base64, and percent-encoded.
        "aHVudGVyMi1zM2NyZXQ=".to_owned(),
        "aHVudGVyMi1zM2NyZXQ".to_owned(),
        "key%2Fwith%20more%2Bsigns".to_owned(),
        "key%2fwith%20more%2bsigns".to_owned(),
        "key/with more+signs".to_owned(),
        // As far as a cut would leave them.
        format!("{} {SECRET}", "x".repeat(1010)),
        format!("{} {SECRET}", "x".repeat(110)),
    ]
}

fn is_clean(text: &str) -> bool {
    let parts = [&SECRET[..6], "YW5uO", "aHVudGVy", "key%2", "key/w", "more"];
    !parts.iter().any(|part| text.contains(part))
}

#[tokio::test]
async fn what_is_echoed_of_a_secret_is_cut_out_of_all_words() {
    let configured = |url: String| {
        builder(url)
            .basic_auth("ann", SECRET.to_owned())
            .header("X-Api-Key", SECRET)
            .header("X-Other", "key/with more+signs")
            .retry(Retry::never())
            .build()
            .unwrap()
    };
    for echo in echoes() {
        let quoted = serde_json::to_string(&echo).unwrap();
        let error = |status| {
            let body = format!(r#"{{"status":"error","errorType":{quoted},"error":{quoted}}}"#);
            json(status, body)
        };
        let typed = |kind: &str| {
            let body = format!(r#"{{"status":"error","errorType":"{kind}","error":{quoted}}}"#);
            json(400, body)
        };
        let contradictory = format!(r#"{{"status":"success","error":{quoted},"data":[]}}"#);
        let mut answers = vec![
            json(200, contradictory),
            json(200, format!("{{{quoted}:1}}")),
        ];
        for status in [
            200, 302, 400, 401, 403, 404, 407, 418, 422, 429, 500, 502, 503,
        ] {
            answers.push(page(status, format!("<html>no {echo} here</html>")));
            answers.push(ResponseTemplate::new(status).set_body_raw("x", &echo));
            answers.push(error(status));
        }
        for kind in [
            "bad_data",
            "execution",
            "timeout",
            "canceled",
            "internal",
            "unavailable",
        ] {
            answers.push(typed(kind));
        }
        let count = answers.len();
        let next = Arc::new(AtomicUsize::new(0));
        let at = next.clone();
        let server = MockServer::start().await;
        let respond = move |_: &Request| answers[at.load(Ordering::SeqCst)].clone();
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        let backend = configured(server.uri());
        for i in 0..count {
            next.store(i, Ordering::SeqCst);
            let error = ask(&backend).await.unwrap_err();
            assert!(is_clean(&shown(&error)), "{echo}: {error:?}");
        }
        let remarks = format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[]}},"warnings":["for {{}}",{quoted}],"infos":[{quoted}]}}"#
        );
        let server = always(json(200, remarks)).await;
        let answer = ask(&configured(server.uri())).await.unwrap();
        assert_eq!((answer.warnings.len(), answer.infos.len()), (2, 1));
        assert!(is_clean(&format!("{answer:?}")), "{echo}: {answer:?}");
    }
}

#[tokio::test]
async fn data_have_no_credential_and_keep_what_only_looks_like_one() {
    let token = "eyJhbGciOiJI.UzI1NiJ9-x_Yz.SflKxwRJ";
    let encoded = "ZXlKaGJHY2lPaUpJLlV6STFOaUo5LXhfWXouU2ZsS3h3Uko=";
    let metric = |value: &str| {
        format!(
            r#"{{"__name__":"up","h":"{value}","tenant":"team-a1","user":"ann","{value}":"x"}}"#
        )
    };
    let sample =
        |value: &str| format!(r#"{{"metric":{},"value":[1700000000,"1"]}}"#, metric(value));
    let vector = |samples: &str| {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{samples}]}}}}"#)
    };
    let with = |url: String| {
        let builder = builder(url).bearer_token(token.to_owned());
        builder.header("X-Scope-OrgID", "team-a1").build().unwrap()
    };
    let escaped = token.replace('.', r"\u002e");
    for value in [token, encoded, &escaped, &format!("a {token}, b")] {
        let server = always(json(200, vector(&sample(value)))).await;
        let answer = ask(&with(server.uri())).await.unwrap();
        let shown = format!("{answer:?}");
        assert!(!shown.contains("eyJ") && !shown.contains("R0ht"), "{shown}");
        assert!(!shown.contains("Sfl") && !shown.contains("ZXlK"), "{shown}");
        assert!(shown.contains("[secret]"), "{shown}");
        assert!(shown.contains(r#"tenant="team-a1""#), "{shown}");

        let list = format!(r#"{{"status":"success","data":["{value}","b"]}}"#);
        let server = always(json(200, list)).await;
        let names = with(server.uri()).label_names(&Default::default()).await;
        let names = names.unwrap().data;
        assert!(
            names[0].contains("[secret]") && !names[0].contains("eyJ"),
            "{names:?}"
        );
        assert_eq!(names[1], "b");

        let rule = format!(
            r#"{{"status":"success","data":{{"groups":[{{"name":"g","rules":[{{"type":"alerting","name":"{value}","query":"up{{h='{value}'}}","labels":{}}}]}}]}}}}"#,
            metric(value)
        );
        let server = always(json(200, rule)).await;
        let rules = with(server.uri()).rules(&Default::default()).await.unwrap();
        let shown = format!("{rules:?}");
        assert!(
            shown.contains("[secret]") && !shown.contains("eyJ"),
            "{shown}"
        );

        let page = format!(
            r#"{{"status":"success","data":{{"{value}":[{{"type":"gauge","help":"{value}"}}]}}}}"#
        );
        let server = always(json(200, page)).await;
        let all = with(server.uri())
            .metadata(&Default::default())
            .await
            .unwrap();
        let shown = format!("{all:?}");
        assert!(
            shown.contains("[secret]") && !shown.contains("eyJ"),
            "{shown}"
        );
    }
    // Two series that only the secret's spelling told apart.
    let both = format!("{},{}", sample(token), sample(encoded));
    let server = always(json(200, vector(&both))).await;
    let error = ask(&with(server.uri())).await.unwrap_err();
    assert!(error.to_string().contains("each label set once"), "{error}");
}

#[tokio::test]
async fn tokens_are_cut_out_and_short_values_leave_words_alone() {
    let echo = "the token tok-12345 of team 7 is not known to tenant 7a";
    let body = format!(r#"{{"status":"error","errorType":"bad_data","error":"{echo}"}}"#);
    let server = always(json(400, body)).await;
    let backend = builder(server.uri())
        .bearer_token("\u{feff}Bearer tok-12345\n".to_owned())
        .header("X-Scope-OrgID", "7")
        .build()
        .unwrap();
    let error = ask(&backend).await.unwrap_err().to_string();
    assert!(
        error.ends_with("the token [secret] of team 7 is not known to tenant 7a"),
        "{error}"
    );
    assert_eq!(
        requests(&server).await[0].headers["authorization"],
        "Bearer tok-12345"
    );
}
