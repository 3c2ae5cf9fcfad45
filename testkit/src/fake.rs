//! A Prometheus on a loopback port that answers from memory, or not.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use promql_client::MemoryBackend;

use crate::api::{Form, answer};

/// What a [`FakePrometheus`] does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it answers.
    None,
    /// HTTP 503.
    Unavailable,
    /// A proxy's page.
    Html,
    /// JSON that ends too early.
    Garbage,
    /// Takes the request and keeps silent.
    Hang,
    /// Answers ranges alone; instant queries fail.
    NoInstants,
    /// Answers instant queries alone; ranges fail.
    NoRanges,
}

/// A server that answers over HTTP what an in-memory backend answers. It ends with the process.
#[derive(Debug)]
pub struct FakePrometheus {
    /// Its address.
    pub url: String,
    /// The head of every request.
    heads: Arc<Mutex<Vec<String>>>,
}

impl FakePrometheus {
    /// Starts a server.
    ///
    /// # Panics
    /// Where there is no port left.
    #[must_use]
    pub fn start(backend: MemoryBackend, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let port = listener.local_addr().expect("a port of its own").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (backend, kept) = (Arc::new(backend), heads.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (backend, heads) = (backend.clone(), kept.clone());
                std::thread::spawn(move || {
                    // A client that goes away in the middle is its own business.
                    let _ = serve(stream, &backend, fault, &heads);
                });
            }
        });
        let url = format!("http://127.0.0.1:{port}");
        Self { url, heads }
    }

    /// Whether any request had this in its head, in whatever case.
    #[must_use]
    pub fn saw(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.iter().any(|head| head.to_lowercase().contains(&text))
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> usize {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.len()
    }
}

/// Answers one request after the other until the client hangs up.
fn serve(
    stream: TcpStream,
    backend: &MemoryBackend,
    fault: Fault,
    heads: &Mutex<Vec<String>>,
) -> Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = request(&mut reader)? {
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(head);
        if fault == Fault::Hang {
            std::thread::sleep(Duration::from_secs(3600));
            return Ok(());
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let form = Form::read(&[query, &body].join("&"));
        let (status, kind, text) = respond(backend, fault, path, &form);
        let length = text.len();
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
        );
        reader.get_mut().write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// A request's head and body; `None` at the connection's end.
fn request(reader: &mut BufReader<TcpStream>) -> Result<Option<(String, String)>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        value.trim().parse().ok().filter(|_| is_length)
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some((head, String::from_utf8_lossy(&body).into_owned())))
}

fn respond(
    backend: &MemoryBackend,
    fault: Fault,
    path: &str,
    form: &Form,
) -> (u16, &'static str, String) {
    let json = "application/json";
    match fault {
        Fault::Unavailable => (503, "text/plain", "out for lunch".to_owned()),
        Fault::Html => (200, "text/html", "<html>Sign in</html>".to_owned()),
        Fault::Garbage => (200, json, r#"{"status":"success","da"#.to_owned()),
        Fault::NoInstants if path.ends_with("/query") => too_many_samples(),
        Fault::NoRanges if path.ends_with("/query_range") => too_many_samples(),
        Fault::None | Fault::Hang | Fault::NoInstants | Fault::NoRanges => {
            let (status, text) = answer(backend, path, form);
            (status, json, text)
        }
    }
}

fn too_many_samples() -> (u16, &'static str, String) {
    let body = r#"{"status":"error","errorType":"execution","error":"too many samples"}"#;
    (422, "application/json", body.to_owned())
}
