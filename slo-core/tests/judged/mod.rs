//! An SLO of a day, what it is judged to be from buckets, and what is measured of it.

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{MemoryBackend, Selector, Timestamp};
use slo_core::evaluate::{
    Evaluation, Figures, Measurement, Options, Outcome, Source, evaluate, judge,
};
use slo_core::history::{Bucket, History};
use slo_core::sli::{Budgeting, Counter, EmptySlice, EventSli, Leg, Slice, TimeSlices};
use slo_core::{Name, Required, Sli, Slo, Window};

pub(crate) const END: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const STEP: Duration = Duration::from_secs(300);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// Buckets of a day.
pub(crate) const DAY: usize = 288;

pub(crate) fn slo(objective: &str, sli: Sli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let window: Window = "1d".parse().unwrap();
    Slo::new(
        name("api"),
        name("a"),
        objective.parse().unwrap(),
        window,
        sli,
    )
}

pub(crate) fn total() -> Selector {
    Selector::metric("requests_total").eq("job", "api")
}

pub(crate) fn requests() -> EventSli {
    let bad = Counter::new(total().eq("code", "500")).witnessed_by(total());
    EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total()))
}

pub(crate) fn sliced(empty: EmptySlice) -> Slo {
    let mut sli = requests();
    sli.budgeting = Budgeting::TimeSlices(TimeSlices {
        slice: Slice::FIVE_MINUTES,
        target: "99".parse().unwrap(),
        empty,
    });
    slo("90", Sli::Events(sli))
}

pub(crate) fn bucket(bad: f64, total: f64) -> Option<Bucket> {
    Some(Bucket { bad, total })
}

pub(crate) fn judged(slo: &Slo, buckets: Vec<Option<Bucket>>, required: &Required) -> Outcome {
    let period = slo.window.at(END).unwrap();
    let history = History::new(END, STEP, buckets);
    judge(slo, &period, &Measurement::from_history(history), required)
}

pub(crate) fn figures(slo: &Slo, buckets: Vec<Option<Bucket>>) -> Box<Figures> {
    match judged(slo, buckets, &Required::default()) {
        Outcome::Value(figures) => figures,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn measured(backend: &MemoryBackend, slo: &Slo, source: Source) -> Evaluation {
    let options = Options::at(END).from_source(source);
    let mut all = block_on(evaluate(backend, std::slice::from_ref(slo), &options));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}
