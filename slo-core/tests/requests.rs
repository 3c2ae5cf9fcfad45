//! How many requests a run makes, and how many at once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::executor::block_on;
use promql_client::memory::Request;
use promql_client::{Error, MemoryBackend, Selector, Timestamp};
use slo_core::evaluate::{Evaluation, Options, Outcome, evaluate};
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};

mod slow;

use slow::Slow;

const END: Timestamp = Timestamp::from_secs(1_800_000_000);

fn slos(n: usize) -> Vec<Slo> {
    let slo = |i| {
        let total = Selector::metric("requests_total").eq("service", format!("s{i}"));
        let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
        let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
        let name = |text: String| Name::new(text).unwrap();
        let window = Window::days(1).unwrap();
        let objective = "99.9".parse().unwrap();
        Slo::new(
            name(format!("s{i}")),
            name("a".into()),
            objective,
            window,
            Sli::Events(sli),
        )
    };
    (0..n).map(slo).collect()
}

#[test]
fn no_more_requests_are_in_flight_than_allowed() {
    for allowed in [1, 3, 8] {
        let backend = Slow::default();
        let mut options = Options::at(END);
        options.concurrency = NonZeroUsize::new(allowed).unwrap();
        block_on(evaluate(&backend, &slos(20), &options));
        assert_eq!(backend.most(), allowed);
    }
}

#[test]
fn a_server_that_is_not_there_is_asked_a_few_times_and_all_is_failed() {
    let backend = MemoryBackend::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    backend.hook(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Err(Error::NoAnswer {
            message: "no answer within 30s".to_owned(),
        })
    });
    let evaluations = block_on(evaluate(&backend, &slos(1000), &Options::at(END)));
    assert_eq!(evaluations.len(), 1000);
    for evaluation in &evaluations {
        let Outcome::Failed(failure) = &evaluation.outcome else {
            panic!("{evaluation:?}")
        };
        assert_eq!(failure.kind(), "timeout", "{failure}");
    }
    // Those that were under way, and four in a row.
    let asked = asked.load(Ordering::Relaxed);
    assert!(asked <= 12, "{asked}");
}

#[test]
fn queries_that_a_server_gives_up_cost_no_other() {
    let backend = MemoryBackend::new();
    backend.hook(|request| match request {
        Request::Range(query, _) if query.contains("service=\"s1") => Err(Error::Timeout {
            message: "query timed out in expression evaluation".to_owned(),
        }),
        _ => Ok(()),
    });
    let mut options = Options::at(END);
    options.concurrency = NonZeroUsize::MIN;
    let evaluations = block_on(evaluate(&backend, &slos(40), &options));
    let is_failed = |evaluation: &&Evaluation| matches!(evaluation.outcome, Outcome::Failed(_));
    // s1 and s10 to s19.
    assert_eq!(evaluations.iter().filter(is_failed).count(), 11);
}

#[test]
fn the_same_question_of_neighbours_is_asked_once() {
    let backend = MemoryBackend::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    backend.hook(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let run = |slos: &[Slo]| {
        asked.store(0, Ordering::Relaxed);
        block_on(evaluate(&backend, slos, &Options::at(END)));
        asked.load(Ordering::Relaxed)
    };
    let one = run(&slos(1));
    let mut two = slos(1);
    two.extend(slos(1));
    two[1].name = Name::new("b").unwrap();
    assert_eq!(run(&two), one);
    assert!(run(&slos(2)) > one);
}
