//! Proxies of the environment. A test that needs variables runs itself again, in a process that has
//! them.

use std::process::Command;

use promql_client::Error;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request};

use crate::support::{ask, builder, page, shown};

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
