//! The gate that every request of a run passes: so many at once, and none any more where the server
//! is not there.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_lock::{Semaphore, SemaphoreGuard};
use futures::future::{Either, select};
use promql_client::{Answer, Error, Hold, Result};

use super::Failure;

/// After so many requests in a row that got no answer, the others are not sent.
const ENOUGH_FAILURES: u32 = 4;

/// Limits a run's requests.
pub(super) struct Gate {
    free: Semaphore,
    /// One fewer. What waits for memory still takes its place, so one is left for what never waits.
    queue: Semaphore,
    unanswered: Mutex<Unanswered>,
}

/// Requests without an answer since the last one with.
#[derive(Default)]
struct Unanswered {
    in_a_row: u32,
    last: Option<Arc<Error>>,
}

impl Gate {
    /// A gate for so many requests at once.
    pub(super) fn new(at_once: NonZeroUsize) -> Self {
        Self {
            free: Semaphore::new(at_once.get()),
            queue: Semaphore::new(at_once.get() - 1),
            unanswered: Mutex::default(),
        }
    }

    /// The answer to a request, when its turn comes. A sum over the stores that happened to answer
    /// proves nothing, so a partial answer is a failure.
    pub(super) async fn pass<T>(
        &self,
        what: &'static str,
        hold: &Hold,
        request: impl Future<Output = Result<Answer<T>>>,
    ) -> std::result::Result<Answer<T>, Failure> {
        let _place = self.queue(hold).await;
        let _turn = self.free.acquire().await;
        if let Some(source) = self.closed() {
            return Err(Failure::Unreachable { source });
        }
        let answer = request.await.and_then(Answer::require_complete);
        answer
            .map_err(|error| {
                let is_unanswered = is_unanswered(&error);
                let source = Arc::new(error);
                self.note(is_unanswered.then(|| source.clone()));
                Failure::Backend { what, source }
            })
            .inspect(|_| self.note(None))
    }

    /// Stands in the queue, unless its answer is urgent or becomes so.
    async fn queue(&self, hold: &Hold) -> Option<SemaphoreGuard<'_>> {
        match select(pin!(hold.urged()), pin!(self.queue.acquire())).await {
            Either::Left(_) => None,
            Either::Right((place, _)) => Some(place),
        }
    }

    /// A request that nothing depends on: not sent where the gate is closed.
    pub(super) async fn alone<T>(
        &self,
        request: impl Future<Output = Result<T>>,
    ) -> Option<Result<T>> {
        let _turn = self.free.acquire().await;
        match self.closed() {
            Some(_) => None,
            None => Some(request.await),
        }
    }

    fn closed(&self) -> Option<Arc<Error>> {
        let unanswered = self
            .unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let last = unanswered.last.as_ref();
        last.filter(|_| unanswered.in_a_row >= ENOUGH_FAILURES)
            .cloned()
    }

    fn note(&self, failure: Option<Arc<Error>>) {
        let mut unanswered = self
            .unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(error) => {
                unanswered.in_a_row += 1;
                unanswered.last = Some(error);
            }
            None => *unanswered = Unanswered::default(),
        }
    }
}

/// Whether nobody answered. A server whose own limit a query reached is there.
fn is_unanswered(error: &Error) -> bool {
    matches!(
        error,
        Error::Transport { .. } | Error::Tls { .. } | Error::NoAnswer { .. }
    )
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn timeout() -> Error {
        Error::NoAnswer {
            message: "30 s".to_owned(),
        }
    }

    fn urgent() -> Hold {
        let hold = Hold::default();
        hold.urge();
        hold
    }

    fn answer() -> Answer<u8> {
        Answer::new(7)
    }

    fn send(gate: &Gate, result: Result<Answer<u8>>) -> &'static str {
        match block_on(gate.pass("the query", &urgent(), async { result })) {
            Ok(_) => "answered",
            Err(Failure::Unreachable { .. }) => "not sent",
            Err(_) => "failed",
        }
    }

    #[test]
    fn four_unanswered_requests_in_a_row_close_it() {
        let gate = Gate::new(NonZeroUsize::MIN);
        for _ in 0..3 {
            assert_eq!(send(&gate, Err(timeout())), "failed");
        }
        assert_eq!(send(&gate, Ok(answer())), "answered");
        for _ in 0..4 {
            assert_eq!(send(&gate, Err(timeout())), "failed");
        }
        assert_eq!(send(&gate, Ok(answer())), "not sent");
        assert!(block_on(gate.alone(async { Ok(()) })).is_none());
    }

    #[test]
    fn a_server_that_refuses_is_there() {
        let gate = Gate::new(NonZeroUsize::MIN);
        let refused = || Error::BadQuery {
            message: "parse error".to_owned(),
        };
        let too_heavy = || Error::Timeout {
            message: "query timed out in expression evaluation".to_owned(),
        };
        for answer in [refused, too_heavy] {
            for _ in 0..3 {
                assert_eq!(send(&gate, Err(timeout())), "failed");
            }
            for _ in 0..10 {
                assert_eq!(send(&gate, Err(answer())), "failed");
            }
        }
    }
}
