//! A proxy that keeps silent where it is asked for certain things.

use std::io::{BufRead as _, BufReader, Read as _, Result, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::FakePrometheus;

/// Passes every request on, except those with this text in them: they get no answer.
pub(crate) fn silent_about(prometheus: &FakePrometheus, text: &'static str) -> String {
    let to = prometheus.url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let to = to.clone();
            // A client that goes away in the middle is its own business.
            std::thread::spawn(move || pass(stream, &to, text));
        }
    });
    format!("http://{address}")
}

fn pass(client: TcpStream, to: &str, text: &str) -> Result<()> {
    let mut client = BufReader::new(client);
    let mut server = BufReader::new(TcpStream::connect(to)?);
    while let Some(request) = message(&mut client)? {
        if String::from_utf8_lossy(&request).contains(text) {
            std::thread::sleep(Duration::from_secs(3600));
        }
        server.get_mut().write_all(&request)?;
        let Some(answer) = message(&mut server)? else {
            break;
        };
        client.get_mut().write_all(&answer)?;
    }
    Ok(())
}

/// A request or an answer, with its body; `None` at the connection's end.
fn message(from: &mut BufReader<TcpStream>) -> Result<Option<Vec<u8>>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        value.trim().parse().ok().filter(|_| is_length)
    });
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body)?;
    Ok(Some([head.into_bytes(), body].concat()))
}
