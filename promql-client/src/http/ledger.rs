//! Who holds how much of the memory that answers share: the rules, without waiting.
//!
//! Answers come in pieces of unknown number, so each grows while it holds what it has, and answers
//! that all wait for each other would wait for ever. Therefore the eldest never waits: seven eighths
//! of the memory are its own, and all others share the last eighth. What is done leaves, the next in
//! age becomes the eldest, and what it held no longer weighs on the others. So whatever the order in
//! which answers grow, one of them always can, until all are read.

use std::collections::BTreeMap;

/// Whether memory can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// It is taken.
    Yes,
    /// Not now: others must leave first.
    Wait,
    /// Never: one answer alone may not take so much.
    Never,
}

/// What each reader holds, in bytes, by age.
#[derive(Debug)]
pub(super) struct Ledger {
    /// What the eldest may hold.
    alone: u64,
    /// What all others may hold together.
    shared: u64,
    held: BTreeMap<u64, u64>,
    total: u64,
    next: u64,
}

impl Ledger {
    pub(super) fn new(limit: u64) -> Self {
        let shared = limit / 8;
        Self {
            alone: limit - shared,
            shared,
            held: BTreeMap::new(),
            total: 0,
            next: 0,
        }
    }

    /// The most that one reader may hold.
    pub(super) fn alone(&self) -> u64 {
        self.alone
    }

    /// A new reader, the youngest, with nothing.
    pub(super) fn open(&mut self) -> u64 {
        let reader = self.next;
        self.next += 1;
        self.held.insert(reader, 0);
        reader
    }

    /// Takes so much more for a reader, or nothing.
    pub(super) fn grow(&mut self, reader: u64, bytes: u64) -> Grant {
        let eldest = self.held.first_key_value().map(|(age, held)| (*age, *held));
        let (Some((eldest, of_eldest)), Some(held)) = (eldest, self.held.get_mut(&reader)) else {
            return Grant::Never;
        };
        let wanted = held.saturating_add(bytes);
        if wanted > self.alone {
            return Grant::Never;
        }
        let of_others = self.total - of_eldest;
        if reader != eldest && of_others.saturating_add(bytes) > self.shared {
            return Grant::Wait;
        }
        *held = wanted;
        self.total += bytes;
        Grant::Yes
    }

    /// Gives back what a reader holds above `keep`.
    pub(super) fn shrink(&mut self, reader: u64, keep: u64) {
        if let Some(held) = self.held.get_mut(&reader) {
            let kept = keep.min(*held);
            self.total -= *held - kept;
            *held = kept;
        }
    }

    /// A reader leaves, with all that it holds.
    pub(super) fn close(&mut self, reader: u64) {
        self.total -= self.held.remove(&reader).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_eldest_has_most_of_it_and_the_others_share_the_rest() {
        let mut ledger = Ledger::new(800);
        let [eldest, second, third] = [(); 3].map(|()| ledger.open());
        assert_eq!(ledger.grow(second, 60), Grant::Yes);
        assert_eq!(ledger.grow(third, 40), Grant::Yes);
        assert_eq!(ledger.grow(third, 1), Grant::Wait);
        assert_eq!(ledger.grow(third, 661), Grant::Never);
        assert_eq!(ledger.grow(eldest, 700), Grant::Yes);
        assert_eq!(ledger.grow(eldest, 1), Grant::Never);
        assert_eq!(ledger.total, 800);
        ledger.shrink(second, 50);
        assert_eq!(ledger.grow(third, 10), Grant::Yes);
        ledger.close(eldest);
        assert_eq!(ledger.grow(second, 650), Grant::Yes);
        assert_eq!(ledger.grow(third, 50), Grant::Yes);
        assert_eq!(ledger.total, 800);
    }

    /// A reader of an answer: what it needs in all, and in pieces of which size it comes.
    fn readers() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0u64..=875, 1u64..200), 1..30)
    }

    proptest! {
        /// Whoever is asked in whatever order: never more than the limit is held, some reader can always
        /// go on, and all come to their end.
        #[test]
        fn all_are_read_and_never_more_is_held(
            readers in readers(),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..300),
        ) {
            let mut ledger = Ledger::new(1000);
            let mut open: Vec<_> = readers.iter().map(|(need, piece)| (ledger.open(), 0, *need, *piece)).collect();
            let mut order = order.into_iter();
            while !open.is_empty() {
                // A while in the drawn order, then everybody in turn.
                let turns: Vec<usize> = match order.next() {
                    Some(index) => vec![index.index(open.len())],
                    None => (0..open.len()).collect(),
                };
                let everybody = turns.len() == open.len();
                let eldest = open[0].0;
                let mut progress = false;
                for at in turns {
                    let (reader, held, need, piece) = &mut open[at];
                    let more = (*piece).min(*need - *held);
                    match ledger.grow(*reader, more) {
                        Grant::Yes => {
                            *held += more;
                            progress = true;
                        }
                        Grant::Wait => prop_assert!(*reader != eldest),
                        Grant::Never => prop_assert!(false, "{} of {}", held, need),
                    }
                    prop_assert!(ledger.total <= 1000);
                    prop_assert_eq!(ledger.total, ledger.held.values().sum::<u64>());
                }
                open.retain(|(reader, held, need, _)| {
                    let done = held == need;
                    if done {
                        ledger.close(*reader);
                    }
                    !done
                });
                prop_assert!(progress || !everybody);
            }
            prop_assert_eq!(ledger.total, 0);
        }
    }
}
