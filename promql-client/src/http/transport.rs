//! What breaks below HTTP, in words: at which step, with which host.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::secrets::Secrets;
use super::tls;
use crate::error::{Error, Result};
use crate::expr::format_duration;

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has come back yet.
    Asking,
    /// The answer has begun.
    Reading,
}

/// How much of the time of one attempt is left. Waiting for memory is not part of it: that wait is
/// for our own answers, not for the server.
#[derive(Debug)]
pub(super) struct Patience {
    whole: Duration,
    left: Duration,
}

impl Patience {
    pub(super) fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }

    /// Waits for a step, but no longer than the time that is left.
    ///
    /// # Errors
    /// Those of the step, in words, and [`Error::NoAnswer`].
    pub(super) async fn wait_for<T>(
        &mut self,
        step: impl Future<Output = reqwest::Result<T>>,
        phase: Phase,
        peer: &Peer<'_>,
    ) -> Result<T> {
        let start = tokio::time::Instant::now();
        let outcome = tokio::time::timeout(self.left, step).await;
        self.left = self.left.saturating_sub(start.elapsed());
        match outcome {
            Ok(outcome) => outcome.map_err(|error| peer.failed(error, phase)),
            Err(_) => Err(peer.too_slow(self.whole, phase)),
        }
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer<'p> {
    /// Host and port, and the proxy between.
    pub(super) host: &'p str,
    /// Host and port of the proxy.
    pub(super) proxy_host: Option<&'p str>,
    /// How long connecting may take.
    pub(super) connect_timeout: Duration,
    pub(super) secrets: &'p Secrets,
}

impl Peer<'_> {
    fn too_slow(&self, limit: Duration, phase: Phase) -> Error {
        let (host, limit) = (self.host, format_duration(limit));
        let message = match phase {
            Phase::Asking => format!("{host} did not answer within {limit}"),
            Phase::Reading => format!("the answer of {host} was not complete within {limit}"),
        };
        Error::NoAnswer { message }
    }

    /// An error of the HTTP stack. Its address may hold secrets in its query, so it is left out.
    fn failed(&self, error: reqwest::Error, phase: Phase) -> Error {
        let error = error.without_url();
        let mut host = self.host;
        if error.is_timeout() && error.is_connect() {
            let limit = format_duration(self.connect_timeout);
            let message = format!("no connection to {host} within {limit}");
            return Error::NoAnswer { message };
        }
        let tls = in_chain::<rustls::Error>(&error);
        if let Some(words) = tls.and_then(tls::words) {
            let message = format!("{host}: {words}");
            return Error::Tls { message };
        }
        // reqwest's own words say little; the last cause says most.
        let mut cause: &(dyn StdError + 'static) = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        // reqwest calls a body that breaks off undecodable, too; that one may come whole next time.
        let unpacking = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput];
        let kind = cause.downcast_ref().map(io::Error::kind);
        if error.is_decode() && kind.is_some_and(|kind| unpacking.contains(&kind)) {
            return Error::Decode {
                offset: 0,
                message: "expected a body as its encoding says".to_owned(),
            };
        }
        let step = match phase {
            // Names of others are the proxy's business.
            _ if error.is_dns() => {
                host = self.proxy_host.unwrap_or(host);
                "resolving the name of"
            }
            _ if error.is_connect() => "connecting to",
            Phase::Asking => "sending to",
            Phase::Reading => "reading from",
        };
        let cause = match tls {
            Some(_) => "the TLS connection failed".to_owned(),
            None => cause.to_string(),
        };
        Error::Transport {
            message: format!("{step} {host}: {}", self.secrets.cut_out(&cause)),
            source: error.into(),
        }
    }
}

/// The first cause of a type, also where an I/O error is wrapped around it.
fn in_chain<'e, E: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| in_chain(inner)) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
