//! Memory that the answers of a backend share while they are read: waiting for it, and giving it back.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;

use tokio::sync::Notify;

use super::ledger::{Grant, Ledger, Rank};
use crate::error::{Error, Result};
use crate::hold::{Hold, Keep};

/// Memory for the answers of one backend and its clones.
#[derive(Debug)]
pub(super) struct Room {
    ledger: Mutex<Ledger>,
    /// Somebody gave memory back or left.
    changed: Notify,
}

impl Room {
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(bytes)),
            changed: Notify::new(),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // No rule of the ledger panics half way.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one call holds; given back when it is dropped, however the call ends.
#[derive(Debug)]
pub(super) struct Share {
    room: Arc<Room>,
    reader: u64,
    held: u64,
    /// Who keeps the answer once it is read.
    hold: Option<Weak<Hold>>,
}

impl Share {
    pub(super) fn open(room: &Arc<Room>, hold: Option<&Arc<Hold>>) -> Self {
        let rank = match hold {
            None => Rank::Passing,
            Some(hold) if hold.is_urgent() => Rank::Urged,
            Some(_) => Rank::Queued,
        };
        Self {
            reader: room.ledger().open(rank),
            held: 0,
            room: room.clone(),
            hold: hold.map(Arc::downgrade),
        }
    }

    /// How much it holds.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// How much more it may ever hold.
    pub(super) fn left(&self) -> u64 {
        self.room.ledger().left(self.reader)
    }

    /// Takes so much more, once it is there.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where it never will be.
    pub(super) async fn grow(&mut self, bytes: u64) -> Result<()> {
        self.grow_by(bytes, bytes).await.map(|_| ())
    }

    /// Takes `most`, once it is there, or what there will ever be of it.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where there never will be as much as `least`.
    pub(super) async fn grow_by(&mut self, least: u64, mut most: u64) -> Result<u64> {
        let hold = self.hold.as_ref().and_then(Weak::upgrade);
        loop {
            // Who asks before it listens would miss what changes in between.
            let mut changed = pin!(self.room.changed.notified());
            let queued = hold.as_ref().filter(|hold| !hold.is_urgent());
            let (grant, left) = {
                let mut ledger = self.room.ledger();
                if hold.is_some() && queued.is_none() {
                    ledger.urge(self.reader);
                }
                let grant = ledger.grow(self.reader, most);
                (grant, ledger.left(self.reader))
            };
            match grant {
                Grant::Yes => {
                    self.held += most;
                    return Ok(most);
                }
                Grant::Wait => {
                    poll_fn(|context| {
                        let urged = queued.is_some_and(|hold| hold.poll_urged(context).is_ready());
                        match changed.as_mut().poll(context) {
                            Poll::Pending if !urged => Poll::Pending,
                            _ => Poll::Ready(()),
                        }
                    })
                    .await;
                }
                Grant::Never if left >= least && left < most => most = left,
                Grant::Never => {
                    return Err(Error::TooLarge {
                        limit_bytes: self.held + left,
                    });
                }
            }
        }
    }

    /// The answer has been read, and counts as so many bytes until it is dropped.
    pub(super) fn keep(mut self, bytes: u64, hold: &Hold) {
        self.shrink(bytes);
        self.room.ledger().keep(self.reader);
        self.room.changed.notify_waiters();
        hold.add(Box::new(self));
    }

    /// Gives back what it holds above `keep`.
    pub(super) fn shrink(&mut self, keep: u64) {
        if keep < self.held {
            self.held = keep;
            self.room.ledger().shrink(self.reader, keep);
            self.room.changed.notify_waiters();
        }
    }
}

impl Keep for Share {
    fn shrink(&mut self, bytes: u64) {
        Self::shrink(self, bytes);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.ledger().close(self.reader);
        self.room.changed.notify_waiters();
    }
}
