//! Who holds how much of the memory that answers share: the rules, without waiting.
//!
//! Answers come in pieces of unknown number, so each grows while it holds what it has, and answers
//! that all wait for each other would wait for ever. Therefore one never waits, the first: seven eighths
//! of the memory are its own, and all others share the last eighth. What is done leaves, another becomes
//! the first, and what it held no longer weighs on the others. So whatever the order in which answers
//! grow, one of them always can, until all are read.
//!
//! Answers that are kept after they were read (`hold`) stay in the ledger, and whoever keeps them may
//! wait for another one. So the first is always one of those that are urged, until nothing that they
//! keep is left in the seven eighths; otherwise it is the eldest of those that nobody keeps.

use std::collections::BTreeMap;

/// Whether memory can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// It is taken.
    Yes,
    /// Not now: others must leave first.
    Wait,
    /// Never: one answer alone, with those that are kept beside it, may not take so much.
    Never,
}

/// Whose answer it is; the first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It is kept, and so urgent that it comes before all others.
    Urged,
    /// Nobody keeps it.
    Passing,
    /// It is kept, and its turn has not come.
    Queued,
}

/// What one reader holds, in bytes.
#[derive(Debug)]
struct Held {
    rank: Rank,
    /// Of what is the first one's own.
    own: u64,
    /// Of what the others share.
    shared: u64,
    /// Whether it has been read.
    is_read: bool,
}

impl Held {
    fn bytes(&self) -> u64 {
        self.own + self.shared
    }
}

/// What each reader holds, by age.
#[derive(Debug)]
pub(super) struct Ledger {
    /// What the first may hold, with what is kept of those that were it.
    alone: u64,
    /// What all others may hold together.
    shared: u64,
    held: BTreeMap<u64, Held>,
    first: Option<u64>,
    next: u64,
}

impl Ledger {
    pub(super) fn new(limit: u64) -> Self {
        let shared = limit / 8;
        Self {
            alone: limit - shared,
            shared,
            held: BTreeMap::new(),
            first: None,
            next: 0,
        }
    }

    /// A new reader, the youngest, with nothing.
    pub(super) fn open(&mut self, rank: Rank) -> u64 {
        let reader = self.next;
        self.next += 1;
        let held = Held {
            rank,
            own: 0,
            shared: 0,
            is_read: false,
        };
        self.held.insert(reader, held);
        reader
    }

    /// Its turn has come.
    pub(super) fn urge(&mut self, reader: u64) {
        if let Some(held) = self.held.get_mut(&reader) {
            held.rank = Rank::Urged;
        }
    }

    /// The most by which a reader may ever grow.
    pub(super) fn left(&self, reader: u64) -> u64 {
        let bytes = self.held.get(&reader).map_or(0, Held::bytes);
        let alone = self.alone.saturating_sub(bytes);
        match self.first == Some(reader) {
            true => alone.min(self.free().max(self.free_of_others())),
            false => alone,
        }
    }

    /// Takes so much more for a reader, or nothing.
    pub(super) fn grow(&mut self, reader: u64, bytes: u64) -> Grant {
        if self.first.is_none() {
            self.choose();
        }
        let is_first = self.first == Some(reader);
        let of_own = is_first && bytes <= self.free();
        let of_shared = bytes <= self.free_of_others();
        let Some(held) = self.held.get_mut(&reader) else {
            return Grant::Never;
        };
        if held.bytes().saturating_add(bytes) > self.alone {
            return Grant::Never;
        }
        match (of_own, of_shared) {
            (true, _) => held.own += bytes,
            (false, true) => held.shared += bytes,
            (false, false) if is_first => return Grant::Never,
            (false, false) => return Grant::Wait,
        }
        Grant::Yes
    }

    /// Gives back what a reader holds above `keep`.
    pub(super) fn shrink(&mut self, reader: u64, keep: u64) {
        if let Some(held) = self.held.get_mut(&reader) {
            held.shared = held.shared.min(keep);
            held.own = held.own.min(keep - held.shared);
        }
    }

    /// An answer has been read, and is kept.
    pub(super) fn keep(&mut self, reader: u64) {
        if let Some(held) = self.held.get_mut(&reader) {
            held.is_read = true;
        }
        self.first.take_if(|first| *first == reader);
    }

    /// A reader leaves, with all that it holds.
    pub(super) fn close(&mut self, reader: u64) {
        self.held.remove(&reader);
        self.first.take_if(|first| *first == reader);
    }

    /// What is left of the first one's own.
    fn free(&self) -> u64 {
        let taken: u64 = self.held.values().map(|held| held.own).sum();
        self.alone.saturating_sub(taken)
    }

    /// What is left of what the others share.
    fn free_of_others(&self) -> u64 {
        let taken: u64 = self.held.values().map(|held| held.shared).sum();
        self.shared.saturating_sub(taken)
    }

    /// Makes one the first. What it holds of the others' is its own then, where there is room.
    fn choose(&mut self) {
        let is_kept = self.held.values().any(|held| held.own > 0);
        let last = if is_kept { Rank::Urged } else { Rank::Passing };
        let free = self.free();
        let reading = self.held.iter_mut().filter(|(_, held)| !held.is_read);
        let first = reading
            .filter(|(_, held)| held.rank <= last)
            .min_by_key(|(age, held)| (held.rank, **age));
        if let Some((age, held)) = first {
            self.first = Some(*age);
            if held.shared <= free {
                held.own = std::mem::take(&mut held.shared);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Ledger {
        fn total(&self) -> u64 {
            self.held.values().map(Held::bytes).sum()
        }
    }

    #[test]
    fn the_eldest_has_most_of_it_and_the_others_share_the_rest() {
        let mut ledger = Ledger::new(800);
        let [eldest, second, third] = [(); 3].map(|()| ledger.open(Rank::Passing));
        assert_eq!(ledger.grow(second, 60), Grant::Yes);
        assert_eq!(ledger.grow(third, 40), Grant::Yes);
        assert_eq!(ledger.grow(third, 1), Grant::Wait);
        assert_eq!(ledger.grow(third, 661), Grant::Never);
        assert_eq!(ledger.grow(eldest, 700), Grant::Yes);
        assert_eq!(ledger.grow(eldest, 1), Grant::Never);
        assert_eq!(ledger.total(), 800);
        ledger.shrink(second, 50);
        assert_eq!(ledger.grow(third, 10), Grant::Yes);
        ledger.close(eldest);
        assert_eq!(ledger.grow(second, 650), Grant::Yes);
        assert_eq!(ledger.grow(third, 50), Grant::Yes);
        assert_eq!(ledger.total(), 800);
    }

    #[test]
    fn what_is_kept_counts_and_only_the_urged_have_their_own() {
        let mut ledger = Ledger::new(800);
        let queued = ledger.open(Rank::Queued);
        assert_eq!(ledger.grow(queued, 100), Grant::Yes);
        assert_eq!(ledger.grow(queued, 1), Grant::Wait);
        ledger.urge(queued);
        assert_eq!(ledger.grow(queued, 300), Grant::Yes);
        ledger.shrink(queued, 350);
        ledger.keep(queued);
        // The next one of the same holder has what is left, and nobody else has.
        let passing = ledger.open(Rank::Passing);
        let next = ledger.open(Rank::Urged);
        assert_eq!(ledger.grow(passing, 101), Grant::Wait);
        assert_eq!(ledger.grow(next, 351), Grant::Never);
        assert_eq!(ledger.left(next), 350);
        assert_eq!(ledger.grow(next, 350), Grant::Yes);
        assert_eq!(ledger.grow(passing, 100), Grant::Yes);
        assert_eq!(ledger.total(), 800);
        ledger.keep(next);
        ledger.close(queued);
        assert_eq!(ledger.grow(passing, 1), Grant::Wait);
        ledger.close(next);
        assert_eq!(ledger.grow(passing, 600), Grant::Yes);
    }

    /// Who asks for several answers, one after the other: whether they are kept until all are there; and
    /// of each what it needs while it is read, in pieces of which size it comes, and an eighth of it is left.
    fn askers() -> impl Strategy<Value = Vec<(bool, Vec<(u64, u64)>)>> {
        let answer = (0u64..=600, 1u64..200);
        let answers = prop::collection::vec(answer, 1..4);
        prop::collection::vec((any::<bool>(), answers), 1..20)
    }

    struct Asker {
        keeps: bool,
        kept: Vec<u64>,
        /// The one being read, and what it holds.
        reading: Option<(u64, u64)>,
        left: Vec<(u64, u64)>,
    }

    proptest! {
        /// Whoever is asked in whatever order: never more than the limit is held, some reader can always
        /// go on, and all come to their end.
        #[test]
        fn all_are_read_and_never_more_is_held(
            askers in askers(),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..300),
        ) {
            let mut ledger = Ledger::new(1000);
            let mut askers: Vec<Asker> = askers
                .into_iter()
                .map(|(keeps, left)| Asker { keeps, kept: Vec::new(), reading: None, left })
                .collect();
            let mut order = order.into_iter();
            while !askers.is_empty() {
                // A while in the drawn order, then everybody in turn.
                let turns: Vec<usize> = match order.next() {
                    Some(index) => vec![index.index(askers.len())],
                    None => (0..askers.len()).collect(),
                };
                let everybody = turns.len() == askers.len();
                let urged = askers.iter().position(|asker| asker.keeps);
                let mut progress = false;
                for at in turns {
                    let asker = &mut askers[at];
                    let Some((need, piece)) = asker.left.last().copied() else { continue };
                    let rank = match asker.keeps {
                        true if urged == Some(at) => Rank::Urged,
                        true => Rank::Queued,
                        false => Rank::Passing,
                    };
                    let (reader, held) = *asker.reading.get_or_insert_with(|| (ledger.open(rank), 0));
                    if rank == Rank::Urged {
                        ledger.urge(reader);
                    }
                    let more = piece.min(need - held);
                    match ledger.grow(reader, more) {
                        Grant::Yes => {
                            asker.reading = Some((reader, held + more));
                            progress = true;
                        }
                        Grant::Wait => {}
                        Grant::Never => prop_assert!(false, "{held} of {need}"),
                    }
                    prop_assert!(ledger.total() <= 1000);
                    if asker.reading == Some((reader, need)) {
                        asker.reading = None;
                        asker.left.pop();
                        if asker.keeps {
                            ledger.shrink(reader, need / 8);
                            ledger.keep(reader);
                            asker.kept.push(reader);
                        } else {
                            ledger.close(reader);
                        }
                    }
                }
                askers.retain(|asker| {
                    let is_done = asker.left.is_empty();
                    if is_done {
                        asker.kept.iter().for_each(|kept| ledger.close(*kept));
                    }
                    !is_done
                });
                prop_assert!(progress || !everybody);
            }
            prop_assert_eq!(ledger.total(), 0);
        }
    }
}
