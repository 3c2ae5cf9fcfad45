//! Credentials are sent, and shown nowhere.

use promql_client::PromQl;
use promql_client::http::{BuildError, HttpBuilder};
use wiremock::MockServer;

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
    builder(format!("{scheme}://ann:{SECRET}@{rest}/?token={SECRET}"))
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
            for secret in [SECRET, "YW5u", "token="] {
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
        assert_eq!(error.kind(), "not_prometheus", "{error}");
    }
    assert!(requests(&elsewhere).await.is_empty());
}
