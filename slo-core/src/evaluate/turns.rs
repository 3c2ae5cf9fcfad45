//! Whose turn it is where memory is tight.
//!
//! An SLO holds its first answer while it waits for the next one, and so do all that are asked for at
//! once. So one of them is first: what it asks for gets memory and goes out before what the others ask
//! for, until it is done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use promql_client::Hold;

/// The SLOs that are being asked for.
#[derive(Default)]
pub(super) struct Turns {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    first: Option<u64>,
    /// What each holds, by age.
    holds: BTreeMap<u64, Vec<Arc<Hold>>>,
}

/// One SLO's place among the others, with all the answers that it holds; both are given up when it is
/// dropped.
pub(super) struct Turn {
    turns: Arc<Turns>,
    slo: u64,
}

impl Turn {
    /// A place behind all others.
    pub(super) fn new(turns: &Arc<Turns>) -> Self {
        let mut state = turns.lock();
        let slo = state.next;
        state.next += 1;
        state.holds.insert(slo, Vec::new());
        state.first.get_or_insert(slo);
        Self {
            turns: turns.clone(),
            slo,
        }
    }

    /// Holds an answer, its own or one that another asked for before.
    pub(super) fn hold(&self, answer: &Arc<Hold>) {
        let mut state = self.turns.lock();
        if state.first == Some(self.slo) {
            answer.urge();
        }
        if let Some(holds) = state.holds.get_mut(&self.slo) {
            holds.push(answer.clone());
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        let held = state.holds.remove(&self.slo);
        if state.first == Some(self.slo) {
            state.pass_on();
        }
        drop(state);
        // Not under the lock: answers give back their memory.
        drop(held);
    }
}

impl Turns {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Next comes who shares an answer with those that were first, so that it is given back soon; else
    /// the eldest.
    fn pass_on(&mut self) {
        let shares = |holds: &[Arc<Hold>]| holds.iter().any(|hold| hold.is_urgent());
        let sharing = self.holds.iter().find(|(_, holds)| shares(holds));
        let next = sharing.or_else(|| self.holds.first_key_value());
        self.first = next.map(|(slo, _)| *slo);
        for hold in next.into_iter().flat_map(|(_, holds)| holds) {
            hold.urge();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_first_until_it_is_done_then_who_shares_with_it_then_the_eldest() {
        let turns = Arc::new(Turns::default());
        let [first, second, third] = [(); 3].map(|()| Turn::new(&turns));
        let [a, shared, b, c] = [(); 4].map(|()| Arc::new(Hold::default()));
        second.hold(&b);
        third.hold(&shared);
        third.hold(&c);
        assert!([&b, &shared, &c].iter().all(|hold| !hold.is_urgent()));
        first.hold(&a);
        first.hold(&shared);
        assert!(a.is_urgent() && shared.is_urgent());
        drop(first);
        assert_eq!(Arc::strong_count(&a), 1);
        assert!(c.is_urgent() && !b.is_urgent());
        drop(third);
        assert!(b.is_urgent());
        drop(second);
        let later = Turn::new(&turns);
        later.hold(&a);
        assert!(a.is_urgent());
    }
}
