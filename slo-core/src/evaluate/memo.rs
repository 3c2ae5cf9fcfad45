//! The same question of two SLOs is asked once.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use promql_client::Hold;

use super::turns::Turn;

/// So many answers are kept after their last use, for an SLO that asks the same a little later …
const KEPT: usize = 32;
/// … of at most so many bytes each: a month of five-minute buckets, and a little.
const KEPT_BYTES: usize = 80_000;

/// How much memory an answer holds.
pub(super) trait Weigh {
    /// In bytes, all but a few.
    fn weight(&self) -> usize;
}

/// A question that was asked, and the memory of its answer: both live as long as somebody uses them.
type Known<'a, V> = (WeakShared<BoxFuture<'a, V>>, Weak<Hold>);

type Answering<'a, V> = Shared<BoxFuture<'a, V>>;

/// Answers by question. An answer lives as long as it is used, and a few small ones a little longer.
pub(super) struct Memo<'a, K, V> {
    state: Mutex<State<'a, K, V>>,
}

struct State<'a, K, V> {
    asked: HashMap<K, Known<'a, V>>,
    kept: VecDeque<Answering<'a, V>>,
}

impl<K, V> Default for Memo<'_, K, V> {
    fn default() -> Self {
        let (asked, kept) = (HashMap::new(), VecDeque::new());
        Self {
            state: Mutex::new(State { asked, kept }),
        }
    }
}

impl<'a, K, V> Memo<'a, K, V>
where
    K: Hash + Eq,
    V: Clone + Send + Sync + Weigh,
{
    /// The answer to a question; `ask` asks it where nobody has.
    pub(super) async fn get(
        &self,
        key: K,
        turn: &Turn,
        ask: impl FnOnce(&K, Arc<Hold>) -> BoxFuture<'a, V>,
    ) -> V {
        let answering = self.answering(key, turn, ask);
        let answer = answering.clone().await;
        if answer.weight() <= KEPT_BYTES {
            self.keep(answering);
        }
        answer
    }

    fn answering(
        &self,
        key: K,
        turn: &Turn,
        ask: impl FnOnce(&K, Arc<Hold>) -> BoxFuture<'a, V>,
    ) -> Answering<'a, V> {
        let mut state = self.lock();
        if let Some((answering, hold)) = state.asked.get(&key)
            && let Some(answering) = answering.upgrade()
        {
            // A small one that is kept may be held by nobody any more.
            if let Some(hold) = hold.upgrade() {
                turn.hold(&hold);
            }
            return answering;
        }
        let hold = Arc::new(Hold::default());
        turn.hold(&hold);
        let held = Arc::downgrade(&hold);
        let answering = ask(&key, hold).shared();
        // What nobody holds any more is forgotten, so that the questions don't pile up, either.
        if state.asked.len() >= 4 * KEPT {
            let is_used = |known: &Known<'a, V>| known.0.upgrade().is_some();
            state.asked.retain(|_, known| is_used(known));
        }
        if let Some(weak) = answering.downgrade() {
            state.asked.insert(key, (weak, held));
        }
        answering
    }

    fn keep(&self, answering: Answering<'a, V>) {
        let mut state = self.lock();
        if state.kept.iter().any(|kept| kept.ptr_eq(&answering)) {
            return;
        }
        if state.kept.len() == KEPT {
            state.kept.pop_front();
        }
        state.kept.push_back(answering);
    }

    fn lock(&self) -> MutexGuard<'_, State<'a, K, V>> {
        // A panic while the lock is held would have to come from the map itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::executor::block_on;

    use super::*;

    impl Weigh for usize {
        fn weight(&self) -> usize {
            *self
        }
    }

    #[test]
    fn a_small_answer_is_kept_for_a_while_and_a_large_one_only_while_it_is_used() {
        for (weight, asked) in [(KEPT_BYTES, 1), (KEPT_BYTES + 1, 2)] {
            let (memo, turn) = (Memo::default(), Turn::new(&Arc::default()));
            let times = AtomicUsize::new(0);
            for _ in 0..2 {
                let ask = |_: &&str, _| {
                    times.fetch_add(1, Ordering::Relaxed);
                    async move { weight }.boxed()
                };
                assert_eq!(block_on(memo.get("a", &turn, ask)), weight);
            }
            assert_eq!(times.load(Ordering::Relaxed), asked, "{weight}");
        }
    }

    #[test]
    fn neither_questions_nor_answers_pile_up() {
        let (memo, turn) = (Memo::default(), Turn::new(&Arc::default()));
        for key in 0..10_000 {
            block_on(memo.get(key, &turn, |_, _| async { 1 }.boxed()));
        }
        let state = memo.lock();
        assert_eq!(state.kept.len(), KEPT);
        assert!(state.asked.len() <= 4 * KEPT + 1, "{}", state.asked.len());
    }
}
