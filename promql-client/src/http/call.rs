//! One call of the trait: its requests one after the other, the memory of its answers, its warnings.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response, StatusCode};

use super::body::Body;
use super::client::{HttpBackend, Inner};
use super::request::Form;
use super::room::Share;
use super::skew::Skew;
use super::transport::{Patience, Peer, Phase};
use crate::backend::Answer;
use crate::error::{Error, ErrorClass, Result};
use crate::hold::Hold;
use crate::wire::Payload;

/// Memory for a body whose length is not said grows by so much at least.
const PIECE: u64 = 64 << 10;

/// A call in flight: never more than one request at a time.
pub(super) struct Call<'c> {
    backend: &'c Inner,
    hold: Option<&'c Arc<Hold>>,
    /// From the first answer on; memory of what was read stays counted until the call ends, or as long
    /// as it is held.
    share: Option<Share>,
    /// How much of the share is for the answers that were read.
    kept: u64,
    /// How much they take.
    taken: u64,
    skew: Skew,
}

impl<'c> Call<'c> {
    /// # Errors
    /// [`Error::NoRuntime`] outside of tokio.
    pub(super) fn new(backend: &'c HttpBackend) -> Result<Self> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::NoRuntime {
                message: "`HttpBackend` must be asked in a tokio runtime".to_owned(),
            });
        }
        Ok(Self {
            backend: &backend.inner,
            hold: backend.hold.as_ref(),
            share: None,
            kept: 0,
            taken: 0,
            skew: Skew::default(),
        })
    }

    /// The answer as it is handed out, with the call's own warnings.
    pub(super) fn finish<T>(self, mut answer: Answer<T>) -> Answer<T> {
        // First, so that it's seen however many the server sent.
        let own = self.skew.warning();
        answer.warnings.splice(..0, own);
        if let (Some(hold), Some(share)) = (self.hold, self.share) {
            share.keep(self.taken, hold);
        }
        answer
    }

    /// A request that has both a POST and a GET form.
    pub(super) async fn query<T: Payload>(&mut self, path: &str, form: &Form) -> Result<Answer<T>> {
        self.try_often(path, form, true).await
    }

    /// A request that only has a GET form.
    pub(super) async fn get<T: Payload>(&mut self, path: &str, form: &Form) -> Result<Answer<T>> {
        self.try_often(path, form, false).await
    }

    async fn try_often<T: Payload>(
        &mut self,
        path: &str,
        form: &Form,
        may_post: bool,
    ) -> Result<Answer<T>> {
        let form = form.encoded();
        let retry = self.backend.retry;
        let mut pauses = retry.pauses();
        loop {
            let outcome = match may_post {
                true => self.query_once(path, &form).await,
                false => {
                    let got = self.ask(Method::GET, path, &form).await;
                    got.and_then(|(_, outcome)| outcome)
                }
            };
            self.give_back();
            let error = match outcome {
                // Whoever did not answer in time has enough to do.
                Err(error @ (Error::Timeout { .. } | Error::NoAnswer { .. })) => return Err(error),
                Err(error) if error.class() == ErrorClass::Retry => error,
                outcome => return outcome,
            };
            // Whoever waited for a server in vain has waited for all.
            let nobody = is_unreachable(&error);
            let in_vain = nobody && self.backend.given_up.load(Ordering::Relaxed);
            let pause = pauses.next().filter(|_| !in_vain);
            match pause.and_then(|drawn| retry.pause(error.retry_after(), drawn)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    self.backend.given_up.fetch_or(nobody, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    }

    async fn query_once<T: Payload>(&mut self, path: &str, form: &str) -> Result<Answer<T>> {
        if !self.backend.get_only.load(Ordering::Relaxed) {
            let (status, outcome) = self.ask(Method::POST, path, form).await?;
            let refused = [
                StatusCode::FORBIDDEN,
                StatusCode::METHOD_NOT_ALLOWED,
                StatusCode::NOT_IMPLEMENTED,
            ];
            if !refused.contains(&status) {
                return outcome;
            }
            self.give_back();
        }
        let (status, outcome) = self.ask(Method::GET, path, form).await?;
        if status.is_success() {
            self.backend.get_only.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// One request: its status and what its body means.
    async fn ask<T: Payload>(
        &mut self,
        method: Method,
        path: &str,
        form: &str,
    ) -> Result<(StatusCode, Result<Answer<T>>)> {
        let backend = self.backend;
        let peer = backend.peer();
        let mut patience = Patience::new(backend.timeout);
        let url = backend.url(path);
        let request = if method == Method::POST {
            let kind = "application/x-www-form-urlencoded";
            backend
                .client
                .post(url.clone())
                .headers(backend.headers.clone())
                .header(CONTENT_TYPE, kind)
                .body(form.to_owned())
        } else {
            let mut url = url.clone();
            url.set_query(Some(form).filter(|form| !form.is_empty()));
            backend.client.get(url).headers(backend.headers.clone())
        };
        let mut response = patience
            .wait_for(request.send(), Phase::Asking, &peer)
            .await?;
        backend.given_up.store(false, Ordering::Relaxed);
        let bytes = self.read(&mut response, &mut patience, &peer).await?;
        let body = Body {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            bytes,
            url: &url,
            secrets: &backend.secrets,
        };
        if let (Some(clock), Some(date)) = (&backend.clock, body.date()) {
            self.skew.see(date, clock());
        }
        Ok((body.status, self.decode(&body).await))
    }

    /// Reads a body to its end, or to a limit.
    async fn read(
        &mut self,
        response: &mut Response,
        patience: &mut Patience,
        peer: &Peer<'_>,
    ) -> Result<Vec<u8>> {
        let limit_bytes = self.backend.max_response_bytes;
        let too_large = || Error::TooLarge { limit_bytes };
        let share = self
            .share
            .get_or_insert_with(|| Share::open(&self.backend.room, self.hold));
        let mut bytes = Vec::new();
        // What there is memory for.
        let mut room = 0;
        if let Some(length) = response.content_length() {
            if length > limit_bytes {
                return Err(too_large());
            }
            share.grow(length).await?;
            room = length;
            reserve(&mut bytes, room)?;
        }
        while let Some(chunk) = patience
            .wait_for(response.chunk(), Phase::Reading, peer)
            .await?
        {
            let length = bytes.len() as u64 + chunk.len() as u64;
            if length > limit_bytes {
                return Err(too_large());
            }
            if length > room {
                let needed = length - room;
                // By an eighth, so that large bodies leave little unused; the allocator moves them
                // without copying.
                let wished = needed.max(PIECE).max(room / 8);
                room += share.grow_by(needed, wished).await?;
                reserve(&mut bytes, room)?;
            }
            bytes.extend_from_slice(&chunk);
        }
        bytes.shrink_to_fit();
        share.shrink(self.kept + bytes.len() as u64);
        Ok(bytes)
    }

    /// Decodes a body within memory that is reserved for the answer: as much as most need, else all
    /// that one answer may take.
    async fn decode<T: Payload>(&mut self, body: &Body<'_>) -> Result<Answer<T>> {
        let Some(share) = &mut self.share else {
            return Ok(body.decode(0)?.0);
        };
        let usual = 2 * body.bytes.len() as u64 + PIECE;
        let mut room = share.grow_by(0, usual).await?;
        let mut outcome = body.decode(room);
        let lacks_room = |outcome: &Result<_>, room| matches!(outcome, Err(Error::TooLarge { limit_bytes }) if *limit_bytes == room);
        if lacks_room(&outcome, room) {
            room += share.grow_by(0, share.left()).await?;
            outcome = body.decode(room);
            if lacks_room(&outcome, room) {
                return Err(Error::TooLarge {
                    limit_bytes: share.held(),
                });
            }
        }
        let (answer, taken) = outcome?;
        // Twice, for where it is joined with others.
        self.kept = (self.kept + 2 * taken).min(share.held());
        self.taken += taken;
        Ok(answer)
    }

    /// Gives back all memory but that of the answers; without any, the place among the others, too.
    fn give_back(&mut self) {
        match &mut self.share {
            Some(share) if self.kept > 0 => share.shrink(self.kept),
            _ => self.share = None,
        }
    }
}

/// Whether there was no connection at all.
fn is_unreachable(error: &Error) -> bool {
    let Error::Transport { source, .. } = error else {
        return false;
    };
    let stack: Option<&reqwest::Error> = source.downcast_ref();
    stack.is_some_and(reqwest::Error::is_connect)
}

/// Memory for a body that is counted already.
fn reserve(bytes: &mut Vec<u8>, room: u64) -> Result<()> {
    let more = usize::try_from(room).ok().map(|room| room - bytes.len());
    let reserved = more.and_then(|more| bytes.try_reserve_exact(more).ok());
    reserved.ok_or(Error::TooLarge { limit_bytes: room })
}
