//! What is tried again, and how often.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use promql_client::http::Retry;
use promql_client::{Error, ErrorClass};
use wiremock::ResponseTemplate;

use crate::support::{
    FAST, Raw, SCALAR, always, ask, backend, builder, each, in_turn, json, page, raw, requests,
};

#[tokio::test]
async fn a_server_that_comes_back_is_heard() {
    let server = in_turn([page(503, "later"), page(502, "later"), json(200, SCALAR)]).await;
    ask(&backend(server.uri())).await.unwrap();
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn the_status_decides_where_the_error_type_is_unknown() {
    let body = r#"{"status":"error","errorType":"brand_new","error":"why"}"#;
    let server = in_turn([json(500, body), json(200, SCALAR)]).await;
    ask(&backend(server.uri())).await.unwrap();
    let answer = json(503, body).insert_header("Retry-After", "7");
    let server = always(answer).await;
    let error = ask(&backend(server.uri())).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.to_string().contains("brand_new: why"), "{error}");
    let server = always(json(418, body)).await;
    ask(&backend(server.uri())).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_is_given_up() {
    for (times, attempts) in [(0, 1), (1, 2), (4, 5)] {
        let server = always(page(503, "later")).await;
        let retry = Retry {
            times,
            first_pause: Duration::from_millis(1),
            ..Retry::default()
        };
        let backend = builder(server.uri()).retry(retry).build().unwrap();
        let error = ask(&backend).await.unwrap_err();
        assert!(
            matches!(error, Error::Unavailable { status: 503, .. }),
            "{error}"
        );
        assert_eq!(requests(&server).await.len(), attempts);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_waited_for_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let pause = Duration::from_secs(1);
    let retry = Retry {
        times: 1,
        first_pause: pause,
        ..Retry::default()
    };
    let url = format!("http://{address}");
    let backend = builder(url).retry(retry).build().unwrap();
    let waited = async || {
        let start = Instant::now();
        let error = ask(&backend).await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        start.elapsed() >= pause
    };
    assert_eq!((waited().await, waited().await), (true, false));
    // Somebody answers, once.
    let listener = TcpListener::bind(address).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let length = SCALAR.len();
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length";
        write!(stream, "{head}: {length}\r\n\r\n{SCALAR}").unwrap();
    });
    ask(&backend).await.unwrap();
    server.join().unwrap();
    assert_eq!((waited().await, waited().await), (true, false));
}

#[tokio::test]
async fn what_fails_again_is_not_tried_again() {
    let body = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
    for answer in [
        json(400, body),
        json(200, "{}"),
        page(200, "<html>"),
        page(401, ""),
    ] {
        let server = always(answer).await;
        let error = ask(&backend(server.uri())).await.unwrap_err();
        assert_ne!(error.class(), ErrorClass::Retry, "{error}");
        assert_eq!(requests(&server).await.len(), 1, "{error}");
    }
}

fn busy(retry_after: &str) -> ResponseTemplate {
    page(429, "slow down")
        .insert_header("Retry-After", retry_after)
        .insert_header("Date", "Tue, 14 Nov 2023 22:13:20 GMT")
}

#[tokio::test]
async fn what_the_server_asks_for_is_known_and_a_long_wait_ends_the_attempts() {
    for (asked, expected, attempts) in [
        ("0", Some(0), 2),
        ("1", Some(1), 2),
        ("2", Some(2), 1),
        ("86400", Some(86_400), 1),
        ("Tue, 14 Nov 2023 22:13:21 GMT", Some(1), 2),
        ("Tue, 14 Nov 2023 23:13:20 GMT", Some(3600), 1),
        // Over already, or nothing that can be read: the usual pauses.
        ("Tue, 14 Nov 2023 22:00:00 GMT", None, 2),
        ("soon", None, 2),
    ] {
        for limited in [true, false] {
            let mut answer = busy(asked);
            if !limited {
                answer = page(503, "slow down")
                    .insert_header("Retry-After", asked)
                    .insert_header("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
            }
            let server = always(answer).await;
            // Once more only: pauses of a second are real here.
            let retry = Retry { times: 1, ..FAST };
            let backend = builder(server.uri()).retry(retry).build().unwrap();
            let error = ask(&backend).await.unwrap_err();
            let kind = if limited {
                "rate_limited"
            } else {
                "unavailable"
            };
            assert_eq!(error.kind(), kind);
            assert_eq!(
                error.retry_after(),
                expected.map(Duration::from_secs),
                "{asked}"
            );
            assert!(error.to_string().contains("slow down"), "{error}");
            assert_eq!(requests(&server).await.len(), attempts, "{asked}");
        }
    }
}

#[tokio::test]
async fn a_hanging_server_is_a_timeout() {
    let backend = builder(raw(Raw::Hang))
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let error = ask(&backend).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
    assert!(
        error.to_string().contains("did not answer within 50ms"),
        "{error}"
    );
    // A server that stops in the middle is one, too; neither is asked again.
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let url = each(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{");
        std::thread::sleep(Duration::from_secs(600));
    });
    let patience = Duration::from_millis(50);
    let backend = builder(url).timeout(patience).build().unwrap();
    let error = ask(&backend).await.unwrap_err();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
    assert!(
        error.to_string().contains("not complete within 50ms"),
        "{error}"
    );
}

#[tokio::test]
async fn a_transport_error_says_at_which_step_and_with_which_host() {
    let dead = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let broken = raw(Raw::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"));
    for (url, step) in [
        (
            "http://no-such-host.invalid:9090".to_owned(),
            "resolving the name of",
        ),
        (dead, "connecting to"),
        (raw(Raw::Send(b"")), "sending to"),
        (broken, "reading from"),
    ] {
        let error = ask(&backend(url.as_str())).await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        let host = url.trim_start_matches("http://");
        assert!(
            error.to_string().contains(&format!("{step} {host}: ")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_transport_error_wherever_it_breaks() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"status\"",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"status\"",
    ] {
        let error = ask(&backend(raw(Raw::Send(bytes)))).await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
    }
}
