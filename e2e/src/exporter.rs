//! An exporter that takes its time: whoever is evaluated meanwhile doesn't see its answer yet.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::http::read_request;

/// Answers `/metrics` with `requests_total` by code, some seconds after it was asked. While it
/// counts, each scrape is an event itself: one request fails and two don't, and the answer shows
/// them. So no scrape can be lost without a failed request being lost.
#[derive(Debug)]
pub struct SlowExporter {
    address: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    takes: Duration,
    counting: AtomicBool,
    events: AtomicU64,
}

impl SlowExporter {
    /// What both counters held before it counts anything.
    pub const OLD: u64 = 100;
    /// Good requests of an event.
    pub const GOOD: u64 = 2;

    /// Starts one that takes so long for an answer.
    ///
    /// # Errors
    /// Where no port is free.
    pub fn start(takes: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            takes,
            counting: AtomicBool::new(false),
            events: AtomicU64::new(0),
        });
        let served = Arc::clone(&shared);
        // Ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                // Errors mean that the server left, which ends the matter.
                thread::spawn(move || answer(stream, &shared));
            }
        });
        Ok(Self { address, shared })
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From the next scrape on, scrapes are events, or aren't.
    pub fn count(&self, counting: bool) {
        self.shared.counting.store(counting, Ordering::SeqCst);
    }

    /// Events so far: failed requests.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.shared.events.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    if read_request(&stream).is_none() {
        return Ok(());
    }
    let counts = u64::from(shared.counting.load(Ordering::SeqCst));
    let events = shared.events.fetch_add(counts, Ordering::SeqCst) + counts;
    let bad = SlowExporter::OLD + events;
    let good = SlowExporter::OLD + SlowExporter::GOOD * events;
    thread::sleep(shared.takes);
    let body = format!(
        "# TYPE requests_total counter\n\
         requests_total{{code=\"200\"}} {good}\n\
         requests_total{{code=\"500\"}} {bad}\n"
    );
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::get;

    #[test]
    fn each_scrape_is_an_event_that_it_shows_itself() {
        let exporter = SlowExporter::start(Duration::from_millis(20)).unwrap();
        let scrape = || get(exporter.address(), "/metrics").unwrap().body;
        assert!(scrape().contains("code=\"500\"} 100\n"));
        exporter.count(true);
        assert!(scrape().contains("code=\"500\"} 101\n"));
        assert!(scrape().contains("code=\"200\"} 104\n"));
        exporter.count(false);
        scrape();
        assert_eq!(exporter.events(), 2);
    }
}
