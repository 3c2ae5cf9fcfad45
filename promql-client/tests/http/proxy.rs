//! Proxies of the environment. A test that needs variables runs itself again, in a process that has
//! them.

use std::process::Command;

use promql_client::Error;
use promql_client::http::BuildError;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request};

use crate::support::{Raw, ask, builder, page, raw, shown};

/// Says that a process was started for one test.
const CHILD: &str = "TEST_BEHIND_A_PROXY";

/// Whether this process has the variables; if not, one that has them runs the test of this name.
fn with_variables(test: &str, variables: &[(&str, &str)]) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test]).env(CHILD, "1");
    for name in [
        "http_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "HTTPS_PROXY",
        "https_proxy",
    ] {
        child.env_remove(name);
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
    false
}

/// A proxy that answers every request with what it was sent, as text and decoded.
async fn echoing() -> MockServer {
    let server = MockServer::start().await;
    let echo = |request: &Request| {
        let sent = request.headers["proxy-authorization"].to_str().unwrap();
        page(502, format!("proxy says {sent} ann:Pr0xyS3cret"))
    };
    Mock::given(any()).respond_with(echo).mount(&server).await;
    server
}

#[tokio::test]
async fn credentials_of_a_proxy_are_not_shown() {
    let proxy = echoing().await;
    let url = format!("http://ann:Pr0xyS3cret@{}", proxy.address());
    let test = "proxy::credentials_of_a_proxy_are_not_shown";
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        if with_variables(test, &[(name, &url)]) {
            let backend = builder("http://prom.example:9090").build().unwrap();
            let error = ask(&backend).await.unwrap_err();
            assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
            let shown = shown(&error);
            assert!(shown.contains("proxy says"), "{shown}");
            assert!(
                !shown.contains("YW5u") && !shown.contains("Pr0xy"),
                "{shown}"
            );
            return;
        }
    }
}

#[tokio::test]
async fn a_proxy_that_fails_is_named() {
    let test = "proxy::a_proxy_that_fails_is_named";
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let refusing = raw(Raw::Send(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"));
    let refusing = refusing.trim_start_matches("http://");
    let hanging = raw(Raw::Hang);
    let hanging = hanging.trim_start_matches("http://");
    let unknown = "no-such-proxy.invalid:3128";
    for (url, proxy, words) in [
        (
            "http://prom.example:9090",
            dead.as_str(),
            "connecting to prom.example:9090 through the proxy PROXY: ",
        ),
        (
            "https://prom.example",
            &dead,
            "connecting to prom.example:443 through the proxy PROXY: ",
        ),
        (
            "https://prom.example",
            refusing,
            "connecting to prom.example:443 through the proxy PROXY: ",
        ),
        (
            "http://prom.example",
            unknown,
            "resolving the name of PROXY: ",
        ),
        (
            "http://prom.example:9090",
            hanging,
            "prom.example:9090 through the proxy PROXY did not answer",
        ),
    ] {
        let all = format!("http://ann:Pr0xyS3cret@{proxy}");
        if with_variables(
            test,
            &[("ALL_PROXY", &all), ("ASKED", url), ("WORDS", words)],
        ) {
            let var = |name| std::env::var(name).unwrap();
            let patience = std::time::Duration::from_millis(500);
            let backend = builder(var("ASKED")).timeout(patience).build().unwrap();
            let text = shown(&ask(&backend).await.unwrap_err());
            let all = var("ALL_PROXY");
            let words = var("WORDS").replace("PROXY", all.split_once('@').unwrap().1);
            assert!(text.contains(&words), "{words}: {text}");
            assert!(!text.contains("Pr0xy"), "{text}");
            return;
        }
    }
}

#[test]
fn what_is_no_proxy_is_refused_before_anything_is_sent() {
    let test = "proxy::what_is_no_proxy_is_refused_before_anything_is_sent";
    for value in ["::::", "http://", "ftp://ann:Pr0xyS3cret@x"] {
        if with_variables(test, &[("http_proxy", value)]) {
            let error = builder("http://prom.example:9090").build().unwrap_err();
            assert!(matches!(&error, BuildError::Proxy { variable } if variable == "http_proxy"));
            assert!(!format!("{error} {error:?}").contains("Pr0xy"), "{error}");
            builder("https://prom.example").build().unwrap();
            return;
        }
    }
}
