//! What the rooms share.

use std::error::Error as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use promql_client::http::{HttpBackend, HttpBuilder, Retry};
use promql_client::{Answer, Error, InstantOptions, PromQl, Result, Timestamp, Value};
use reqwest::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const SCALAR: &str =
    r#"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"1.5"]}}"#;

pub(crate) const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

/// Up to three attempts without noticeable pauses.
pub(crate) const FAST: Retry = Retry {
    times: 2,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_secs(1),
};

pub(crate) fn builder(url: impl Into<String>) -> HttpBuilder {
    HttpBackend::builder(url).retry(FAST)
}

pub(crate) fn backend(url: impl Into<String>) -> HttpBackend {
    builder(url).build().unwrap()
}

pub(crate) fn json(status: u16, body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.into().into_bytes(), "application/json")
}

pub(crate) fn page(status: u16, body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.into().into_bytes(), "text/html")
}

/// A server that answers everything alike.
pub(crate) async fn always(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// A server that answers one request after the other.
pub(crate) async fn in_turn(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    for answer in answers {
        Mock::given(any())
            .respond_with(answer)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    server
}

pub(crate) async fn ask(backend: &HttpBackend) -> Result<Answer<Value>> {
    let options = InstantOptions::at(Timestamp::from_secs(1_700_000_000));
    backend.instant("up", &options).await
}

pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// Which methods were used, in order.
pub(crate) async fn methods(server: &MockServer) -> Vec<String> {
    let all = requests(server).await;
    all.iter().map(|r| r.method.to_string()).collect()
}

/// A request's fields, wherever they stand.
pub(crate) fn fields(request: &Request) -> Vec<(String, String)> {
    let mut url = request.url.clone();
    let mut fields: Vec<_> = url.query_pairs().into_owned().collect();
    url.set_query(Some(std::str::from_utf8(&request.body).unwrap()));
    let form: Vec<_> = Url::query_pairs(&url).into_owned().collect();
    fields.extend(form);
    fields
}

pub(crate) fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = fields.iter().map(|(n, v)| ((*n).into(), (*v).into()));
    owned.collect()
}

/// Everything an error shows of itself, its causes included.
pub(crate) fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(" {inner} {inner:?}");
        cause = inner.source();
    }
    text
}

/// What a raw server does once it has a request's head.
#[derive(Clone, Copy)]
pub(crate) enum Raw {
    /// Sends these bytes and closes the connection.
    Send(&'static [u8]),
    /// Never answers.
    Hang,
}

/// A server that gives every connection, behind the head and body of a request, to `act`, each in a
/// thread of its own: its address. It ends with the test's process.
pub(crate) fn each(act: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let act = Arc::new(act);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let act = act.clone();
            std::thread::spawn(move || {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head);
                act(stream);
            });
        }
    });
    url
}

/// A server below HTTP: its address. It ends with the test's process.
pub(crate) fn raw(act: Raw) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            match act {
                Raw::Send(bytes) => {
                    let _ = stream.write_all(bytes);
                }
                Raw::Hang => open.push(stream),
            }
        }
    });
    url
}
