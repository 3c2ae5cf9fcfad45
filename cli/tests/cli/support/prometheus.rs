//! A Prometheus on a loopback port that answers from memory, or not.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::executor::block_on;
use promql_client::expr::parse_duration;
use promql_client::{
    Error, InstantOptions, LabelOptions, MemoryBackend, PromQl, RangeOptions, Selector, Timestamp,
    wire,
};

/// What it does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// HTTP 503.
    Unavailable,
    /// A proxy's page.
    Html,
    /// JSON that ends too early.
    Garbage,
    /// Takes the request and keeps silent.
    Hang,
    /// Answers the buckets alone; queries over the window fail.
    NoInstants,
}

pub(crate) struct FakePrometheus {
    pub(crate) url: String,
    /// The head of every request.
    heads: Arc<Mutex<Vec<String>>>,
}

impl FakePrometheus {
    pub(crate) fn start(backend: MemoryBackend, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (backend, kept) = (Arc::new(backend), heads.clone());
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (backend, heads) = (backend.clone(), kept.clone());
                std::thread::spawn(move || {
                    // A client that goes away in the middle is its own business.
                    let _ = serve(stream, &backend, fault, &heads);
                });
            }
        });
        Self { url, heads }
    }

    /// Whether any request had this in its head.
    pub(crate) fn saw(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let heads = self.heads.lock().unwrap();
        heads.iter().any(|head| head.to_lowercase().contains(&text))
    }

    pub(crate) fn requests(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

fn serve(
    stream: TcpStream,
    backend: &MemoryBackend,
    fault: Fault,
    heads: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        value.trim().parse().ok().filter(|_| is_length)
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().unwrap().push(head);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let form = [query, &String::from_utf8_lossy(&body)].join("&");
    let (status, kind, text) = match fault {
        Fault::Unavailable => (503, "text/plain", "out for lunch".to_owned()),
        Fault::Html => (200, "text/html", "<html>Sign in</html>".to_owned()),
        Fault::Garbage => (
            200,
            "application/json",
            r#"{"status":"success","da"#.to_owned(),
        ),
        Fault::Hang => {
            std::thread::sleep(Duration::from_secs(3600));
            return Ok(());
        }
        Fault::NoInstants if path.ends_with("/query") => (
            422,
            "application/json",
            r#"{"status":"error","errorType":"execution","error":"too many samples"}"#.to_owned(),
        ),
        Fault::None | Fault::NoInstants => {
            let answer = answer(backend, path, &fields(&form));
            let (status, text) = answer.unwrap_or_else(|error| wire::encode_error(&error));
            (status, "application/json", text)
        }
    };
    write!(
        reader.into_inner(),
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
}

type Fields = HashMap<String, Vec<String>>;

fn answer(backend: &MemoryBackend, path: &str, fields: &Fields) -> Result<(u16, String), Error> {
    let one = |name: &str| fields.get(name).and_then(|all| all.first()).cloned();
    let time = |name: &str| {
        let text = one(name)?;
        let seconds: Option<f64> = text.parse().ok();
        seconds
            .map(|s| Timestamp::from_millis((s * 1000.0).round() as i64))
            .or_else(|| {
                chrono::DateTime::parse_from_rfc3339(&text)
                    .ok()
                    .map(|t| t.to_utc().into())
            })
    };
    let selectors = || {
        let texts = fields.get("match[]").into_iter().flatten();
        texts.map(|text| selector(text)).collect::<Vec<_>>()
    };
    let text = match path.trim_start_matches("/api/v1/") {
        "query" => {
            let options = InstantOptions {
                time: time("time"),
                ..Default::default()
            };
            wire::encode(&block_on(
                backend.instant(&one("query").unwrap(), &options),
            )?)
        }
        "query_range" => {
            let step = parse_duration(&one("step").unwrap()).unwrap();
            let options = RangeOptions::new(time("start").unwrap(), time("end").unwrap(), step);
            wire::encode(&block_on(backend.range(&one("query").unwrap(), &options))?)
        }
        "status/runtimeinfo" => {
            r#"{"status":"success","data":{"storageRetention":"15d"}}"#.to_owned()
        }
        other => match other
            .strip_prefix("label/")
            .and_then(|l| l.strip_suffix("/values"))
        {
            Some(label) => {
                let options = LabelOptions {
                    selectors: selectors(),
                    start: time("start"),
                    end: time("end"),
                    limit: None,
                };
                wire::encode(&block_on(backend.label_values(label, &options))?)
            }
            None => return Ok((404, "not found".to_owned())),
        },
    };
    Ok((200, text))
}

/// A selector from its text, through the language's own parser.
fn selector(text: &str) -> Selector {
    match promql_client::Expr::parse(text) {
        Ok(promql_client::Expr::Instant { selector, .. }) => selector,
        other => panic!("{text} is no selector: {other:?}"),
    }
}

fn fields(form: &str) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in form.split('&').filter_map(|pair| pair.split_once('=')) {
        fields
            .entry(decoded(name))
            .or_default()
            .push(decoded(value));
    }
    fields
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&hex, 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
