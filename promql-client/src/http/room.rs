//! Memory that the answers of a backend share while they are read: waiting for it, and giving it back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::ledger::{Grant, Ledger};
use crate::error::{Error, Result};

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
    alone: u64,
}

impl Share {
    pub(super) fn open(room: &Arc<Room>) -> Self {
        let mut ledger = room.ledger();
        Self {
            reader: ledger.open(),
            alone: ledger.alone(),
            held: 0,
            room: room.clone(),
        }
    }

    /// How much it holds.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// How much more it may ever hold.
    pub(super) fn left(&self) -> u64 {
        self.alone - self.held
    }

    /// Takes so much more, once it is there.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where it never will be.
    pub(super) async fn grow(&mut self, bytes: u64) -> Result<()> {
        loop {
            // Who asks before it listens would miss what changes in between.
            let changed = self.room.changed.notified();
            let grant = self.room.ledger().grow(self.reader, bytes);
            match grant {
                Grant::Yes => {
                    self.held += bytes;
                    return Ok(());
                }
                Grant::Wait => changed.await,
                Grant::Never => {
                    return Err(Error::TooLarge {
                        limit_bytes: self.alone,
                    });
                }
            }
        }
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

impl Drop for Share {
    fn drop(&mut self) {
        self.room.ledger().close(self.reader);
        self.room.changed.notify_waiters();
    }
}
