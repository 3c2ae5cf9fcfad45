//! Answers that are held count: large ones of many SLOs never are in memory all at once, and nothing
//! waits for ever.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::executor::block_on;
use promql_client::hold::Keep;
use promql_client::{
    Answer, Hold, InstantOptions, LabelOptions, Labels, MetadataOptions, MetricMetadata, Point,
    PromQl, RangeOptions, Result, RuleGroup, RulesOptions, Selector, Series, SeriesOptions,
    Timestamp, Value,
};
use slo_core::evaluate::{Options, Outcome, evaluate};
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};

const GROUPS: usize = 5;
const POINTS: usize = 8640;
/// What an answer takes when it comes.
const ANSWER: u64 = (GROUPS * POINTS * size_of::<Point>()) as u64;

/// What is in memory, and the most that ever was.
#[derive(Debug, Default)]
struct Used {
    queued: u64,
    all: u64,
    most: u64,
}

/// Answers large ones, one of those in the queue at a time.
#[derive(Clone, Debug, Default)]
struct Tight {
    used: Arc<Mutex<Used>>,
    hold: Option<Arc<Hold>>,
}

#[derive(Debug)]
struct Share {
    used: Arc<Mutex<Used>>,
    bytes: u64,
    is_queued: bool,
}

impl Keep for Share {
    fn shrink(&mut self, bytes: u64) {
        let given_back = self.bytes.saturating_sub(bytes);
        self.bytes -= given_back;
        let mut used = self.used.lock().unwrap();
        used.all -= given_back;
        if self.is_queued {
            used.queued -= given_back;
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

impl Tight {
    async fn take(&self) {
        let hold = self.hold.as_ref().unwrap();
        let is_full = self.used.lock().unwrap().queued > 0;
        if is_full {
            hold.urged().await;
        }
        let is_queued = !hold.is_urgent();
        let mut used = self.used.lock().unwrap();
        used.all += ANSWER;
        used.most = used.most.max(used.all);
        if is_queued {
            used.queued += ANSWER;
        }
        drop(used);
        let (used, bytes) = (self.used.clone(), ANSWER);
        hold.add(Box::new(Share {
            used,
            bytes,
            is_queued,
        }));
    }
}

#[async_trait]
impl PromQl for Tight {
    fn holding(&self, hold: &Arc<Hold>) -> Option<Box<dyn PromQl>> {
        let (used, hold) = (self.used.clone(), Some(hold.clone()));
        Some(Box::new(Self { used, hold }))
    }

    async fn instant(&self, _: &str, _: &InstantOptions) -> Result<Answer<Value>> {
        Ok(Answer::new(Value::Vector(Vec::new())))
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.take().await;
        let value = if query.contains("bad") { 1.0 } else { 1000.0 };
        let steps = u32::try_from(options.steps()?).unwrap();
        let points = (0..steps).map(|step| Point {
            timestamp: options.start.plus(options.step * step),
            value,
        });
        let points: Vec<Point> = points.collect();
        let series = |group: usize| Series {
            labels: Labels::from_pairs([("g", group.to_string())]),
            points: points.clone(),
            histograms: Vec::new(),
        };
        Ok(Answer::new((0..GROUPS).map(series).collect()))
    }

    async fn series(&self, _: &[Selector], _: &SeriesOptions) -> Result<Answer<Vec<Labels>>> {
        Ok(Answer::default())
    }

    async fn label_names(&self, _: &LabelOptions) -> Result<Answer<Vec<String>>> {
        Ok(Answer::default())
    }

    async fn label_values(&self, _: &str, _: &LabelOptions) -> Result<Answer<Vec<String>>> {
        Ok(Answer::default())
    }

    async fn metadata(
        &self,
        _: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        Ok(Answer::default())
    }

    async fn rules(&self, _: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        Ok(Answer::default())
    }
}

/// Of every three SLOs, two share a total.
fn slos(n: usize) -> Vec<Slo> {
    let name = |text: String| Name::new(text).unwrap();
    let slo = |i: usize| {
        let service = if i % 3 == 2 { i } else { i % 2 };
        let total = Selector::metric("requests_total").eq("service", service.to_string());
        let bad = Selector::metric("bad_total").eq("slo", i.to_string());
        let sli = EventSli::new(Leg::Counters(vec![Counter::new(bad)]), Leg::counter(total));
        let mut slo = Slo::new(
            name(format!("s{i}")),
            name("a".into()),
            "99.9".parse().unwrap(),
            Window::days(30).unwrap(),
            Sli::Events(sli),
        );
        slo.group_by = vec!["g".to_owned()];
        slo
    };
    (0..n).map(slo).collect()
}

#[test]
fn large_answers_of_many_slos_take_turns() {
    let slos = slos(24);
    for concurrency in [1, 2, 8, 24] {
        let backend = Tight::default();
        let mut options = Options::at(Timestamp::from_secs(1_800_000_000));
        options.concurrency = NonZeroUsize::new(concurrency).unwrap();
        let evaluations = block_on(evaluate(&backend, &slos, &options));
        assert_eq!(evaluations.len(), slos.len() * GROUPS);
        for evaluation in &evaluations {
            let Outcome::Value(figures) = &evaluation.outcome else {
                panic!("{:?}", evaluation.outcome)
            };
            assert_eq!(figures.counts.bad, POINTS as f64);
        }
        let used = backend.used.lock().unwrap();
        // An SLO asks for three of them and holds them in half of that; another one is in the queue.
        assert!(
            used.most <= 5 * ANSWER,
            "{} at {concurrency}",
            used.most / ANSWER
        );
        assert_eq!((used.all, used.queued), (0, 0));
    }
}

#[test]
fn of_more_groups_than_are_taken_no_point_is_kept() {
    let backend = Tight::default();
    let mut options = Options::at(Timestamp::from_secs(1_800_000_000));
    options.max_groups = NonZeroUsize::new(GROUPS - 1).unwrap();
    for evaluation in block_on(evaluate(&backend, &slos(8), &options)) {
        let Outcome::Failed(failure) = &evaluation.outcome else {
            panic!("not failed")
        };
        assert_eq!(failure.kind(), "too_many_groups");
    }
    assert_eq!(backend.used.lock().unwrap().all, 0);
}
