//! Just enough HTTP to ask a local server, without the client that is being tested.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

/// A server that has not answered for this long will not.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where it isn't.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body)
            .with_context(|| format!("HTTP {}, not JSON: {}", self.status, self.body))
    }
}

/// GET of a path on a local address such as `127.0.0.1:9090`.
///
/// # Errors
/// Where the server can't be reached or doesn't answer.
pub fn get(address: &str, path: &str) -> Result<Reply> {
    exchange(address, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

/// POST of form fields.
///
/// # Errors
/// Where the server can't be reached or doesn't answer.
pub fn post_form(address: &str, path: &str, fields: &[(&str, &str)]) -> Result<Reply> {
    let encoded = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    let body = encoded.collect::<Vec<_>>().join("&");
    let length = body.len();
    exchange(
        address,
        &format!(
            "POST {path} HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        ),
    )
}

/// HTTP/1.0: the answer is not chunked and ends with the connection.
fn exchange(address: &str, request: &str) -> Result<Reply> {
    let mut stream =
        TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8(answer).context("the answer is not text")?;
    let (head, body) = text.split_once("\r\n\r\n").context("no HTTP answer")?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    Ok(Reply {
        status: status.with_context(|| format!("no HTTP status in {head:?}"))?,
        body: body.to_owned(),
    })
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Reads one request: its head's lines and its body. `None` where the client left.
pub(crate) fn read_request(stream: &TcpStream) -> Option<(Vec<String>, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok()).flatten()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((lines, body))
}
