//! A server that misbehaves on demand.

use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use crate::http::read_request;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A page of a proxy: 200, HTML.
    Html,
    /// 200, JSON by its content type, cut off in the middle.
    Garbage,
    /// This status with this body, as plain text.
    Status(u16, String),
    /// Takes the request and never answers.
    Hang,
    /// Takes the request and closes the connection.
    Close,
    /// Passes it on to a real server, by its address (`127.0.0.1:9090`).
    Proxy(String),
    /// Passes so many requests on, then does something else.
    ProxyThen(String, usize, Box<Fault>),
}

/// A server on a free loopback port that does with each request what its [`Fault`] says.
#[derive(Debug)]
pub struct FaultServer {
    address: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    fault: Mutex<Fault>,
    requests: AtomicUsize,
    dead: AtomicBool,
    /// Open connections, to be cut when the server is killed.
    open: Mutex<Vec<TcpStream>>,
}

impl FaultServer {
    /// Starts.
    ///
    /// # Errors
    /// Where no port is free.
    pub fn start(fault: Fault) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            fault: Mutex::new(fault),
            requests: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
            open: Mutex::new(Vec::new()),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &served));
        Ok(Self { address, shared })
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// From the next request on, does something else.
    pub fn set(&self, fault: Fault) {
        *lock(&self.shared.fault) = fault;
    }

    /// Dies: open connections break, new ones are refused.
    pub fn kill(&self) {
        if self.shared.dead.swap(true, Ordering::SeqCst) {
            return;
        }
        // Wakes the listener, which sees that it is dead and closes the port.
        let _ = TcpStream::connect(&self.address);
        for stream in lock(&self.shared.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic elsewhere leaves nothing half done here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.dead.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(kept) = stream.try_clone() else {
            continue;
        };
        lock(&shared.open).push(kept);
        let shared = Arc::clone(shared);
        // Errors mean that one of the two sides left, which is what this server is for.
        thread::spawn(move || answer(stream, &shared));
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let Some((head, body)) = read_request(&stream) else {
        return Ok(());
    };
    let before = shared.requests.fetch_add(1, Ordering::SeqCst);
    let mut fault = lock(&shared.fault).clone();
    if let Fault::ProxyThen(upstream, count, then) = fault {
        fault = if before < count {
            Fault::Proxy(upstream)
        } else {
            *then
        };
    }
    match fault {
        Fault::Html => reply(
            &mut stream,
            200,
            "text/html",
            "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>",
        )?,
        Fault::Garbage => reply(
            &mut stream,
            200,
            "application/json",
            r#"{"status":"success","data":{"resultType":"vec"#,
        )?,
        Fault::Status(status, body) => reply(&mut stream, status, "text/plain", &body)?,
        Fault::Hang => {
            // Until the client leaves or the server is killed.
            let _ = read_request(&stream);
        }
        Fault::Close => {}
        Fault::Proxy(upstream) => proxy(&mut stream, &head, &body, &upstream)?,
        // Resolved above; a nested one would count from the server's start, too.
        Fault::ProxyThen(..) => reply(&mut stream, 500, "text/plain", "nested ProxyThen")?,
    }
    stream.shutdown(Shutdown::Both)
}

fn reply(stream: &mut TcpStream, status: u16, content_type: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Fault\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// Passes the request on as HTTP/1.0, so that the answer ends with its connection.
fn proxy(stream: &mut TcpStream, head: &[String], body: &[u8], upstream: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(upstream)?;
    for (i, line) in head.iter().enumerate() {
        if i == 0 {
            write!(server, "{}\r\n", line.replace("HTTP/1.1", "HTTP/1.0"))?;
        } else if !line.to_ascii_lowercase().starts_with("connection:") {
            write!(server, "{line}\r\n")?;
        }
    }
    server.write_all(b"\r\n")?;
    server.write_all(body)?;
    io::copy(&mut server, stream)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{get, post_form};

    #[test]
    fn answers_what_it_is_told_to() {
        let server = FaultServer::start(Fault::Html).unwrap();
        assert!(get(server.address(), "/").unwrap().body.contains("<html>"));
        server.set(Fault::Status(503, "later".to_owned()));
        let reply = post_form(server.address(), "/", &[("query", "a b")]).unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (503, "later"));
        server.set(Fault::Garbage);
        assert!(get(server.address(), "/").unwrap().json().is_err());
        assert_eq!(server.requests(), 3);
    }

    #[test]
    fn passes_requests_on_and_then_fails() {
        let upstream = FaultServer::start(Fault::Status(204, "real".to_owned())).unwrap();
        let proxy = Fault::ProxyThen(upstream.address().to_owned(), 2, Box::new(Fault::Html));
        let server = FaultServer::start(proxy).unwrap();
        let statuses = [(); 3].map(|()| get(server.address(), "/").unwrap().status);
        assert_eq!(statuses, [204, 204, 200]);
        assert_eq!(upstream.requests(), 2);
    }

    #[test]
    fn refuses_connections_once_it_is_dead_and_cuts_open_ones() {
        let server = FaultServer::start(Fault::Hang).unwrap();
        let address = server.address().to_owned();
        let hanging = thread::spawn(move || get(&address, "/"));
        while server.requests() == 0 {
            thread::yield_now();
        }
        server.kill();
        assert!(hanging.join().unwrap().is_err());
        while TcpStream::connect(server.address()).is_ok() {
            thread::yield_now();
        }
    }
}
