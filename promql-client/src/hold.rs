//! For who keeps answers: their memory counts until they are given back.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The memory of answers that are kept.
///
/// A backend that limits its memory counts an answer while it reads it, and no longer. Whoever keeps
/// many answers asks through [`PromQl::holding`](crate::PromQl::holding): what is answered there counts
/// until the hold is dropped, or for less after [`Hold::shrink`].
///
/// Whoever keeps an answer while it waits for the next one could wait for others that do the same, for
/// ever. So answers of a hold only get a small share of the memory, unless the hold is
/// [urged](Hold::urge): urge those of one who keeps answers, until all of its answers are there and
/// used, then those of the next one.
#[derive(Default)]
pub struct Hold {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    urgent: bool,
    waiting: Vec<Waker>,
    kept: Vec<Box<dyn Keep>>,
}

/// What an answer takes of a backend's memory; given back when it is dropped.
pub trait Keep: fmt::Debug + Send {
    /// Gives back what is above so many bytes.
    fn shrink(&mut self, bytes: u64);
}

impl Hold {
    /// Lets its answers have most of the memory, before all that are not urged.
    pub fn urge(&self) {
        let waiting = {
            let mut state = self.lock();
            state.urgent = true;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether it was urged.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.lock().urgent
    }

    /// Waits until it is urged.
    pub async fn urged(&self) {
        poll_fn(|context| self.poll_urged(context)).await;
    }

    /// As [`Hold::urged`], for futures made by hand.
    pub fn poll_urged(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.urgent {
            return Poll::Ready(());
        }
        let waker = context.waker();
        if !state.waiting.iter().any(|known| known.will_wake(waker)) {
            state.waiting.push(waker.clone());
        }
        Poll::Pending
    }

    /// Counts an answer from now on; for backends.
    pub fn add(&self, answer: Box<dyn Keep>) {
        self.lock().kept.push(answer);
    }

    /// Says that all of the answers so far take no more than so many bytes by now.
    pub fn shrink(&self, bytes: u64) {
        let mut state = self.lock();
        let mut kept = state.kept.iter_mut();
        if let Some(first) = kept.next() {
            first.shrink(bytes);
        }
        kept.for_each(|other| other.shrink(0));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Hold")
            .field("urgent", &state.urgent)
            .field("kept", &state.kept)
            .finish_non_exhaustive()
    }
}
