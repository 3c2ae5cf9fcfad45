//! A rule evaluation that Prometheus misses: its bucket is lost to the recordings, and the share of the
//! window that is recorded says so.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod recording;

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{InstantOptions, Labels, MemoryBackend, PromQl, Selector, Timestamp, Value};
use slo_core::evaluate::{Evaluation, Options, Source, evaluate};
use slo_core::sli::{Counter, EventSli, Leg};
use slo_core::{Name, Sli, Slo, Window};

const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const BUCKET: Duration = Duration::from_secs(300);
const DAY: Duration = Duration::from_secs(86_400);
/// What happens in a bucket.
const TOTAL: f64 = 300.0;
const BAD: f64 = 5.0;

fn slo() -> Slo {
    let name = |text| Name::new(text).unwrap();
    let total = Selector::metric("requests_total");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    let sli = EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total));
    let window = Window::days(1).unwrap();
    let objective = "90".parse().unwrap();
    Slo::new(name("api"), name("a"), objective, window, Sli::Events(sli))
}

/// Steady traffic, scraped every minute, for two days.
fn traffic() -> MemoryBackend {
    let backend = MemoryBackend::new();
    for minute in 0..=2 * 1440 {
        let at = END.minus(2 * DAY).plus(Duration::from_secs(60 * minute));
        for (code, a_bucket) in [("200", TOTAL - BAD), ("500", BAD)] {
            let labels = Labels::from_pairs([
                ("__name__", "requests_total"),
                ("code", code),
                ("instance", "a"),
                ("job", "api"),
            ]);
            backend.push(&labels, at, a_bucket / 5.0 * minute as f64);
        }
    }
    backend
}

fn evaluated(backend: &MemoryBackend, source: Source) -> Evaluation {
    let options = Options::at(END).from_source(source);
    let mut evaluations = block_on(evaluate(backend, &[slo()], &options));
    evaluations.remove(0)
}

/// Bad and all events, and the share that is known.
fn figures(evaluation: &Evaluation) -> [f64; 3] {
    let figures = evaluation.outcome.figures();
    let counts = figures.unwrap_or_else(|| panic!("{evaluation:?}")).counts;
    [counts.bad, counts.total, evaluation.coverage]
}

#[test]
fn loses_one_bucket_and_says_so() {
    let backend = traffic();
    // A minute and a half after each bucket; at noon the server was busy.
    let first = END
        .minus(DAY)
        .minus(2 * BUCKET)
        .plus(Duration::from_secs(90));
    let noon = first.plus(DAY / 2);
    recording::record(&backend, &slo(), first, noon.minus(BUCKET));
    recording::record(&backend, &slo(), noon.plus(BUCKET), END);

    let [bad, total, coverage] = figures(&evaluated(&backend, Source::Recorded));
    let share = 287.0 / 288.0;
    assert!((total - 287.0 * TOTAL).abs() < 1e-6, "{total}");
    assert!((bad - 287.0 * BAD).abs() < 1e-6, "{bad}");
    assert!((coverage - share).abs() < 1e-9, "{coverage}");
    let query = r#"slo:recorded:ratio{service="api",slo="a"}"#;
    let answer = block_on(backend.instant(query, &InstantOptions::at(END))).unwrap();
    let Value::Vector(samples) = answer.data else {
        panic!("{answer:?}");
    };
    let recorded = samples[0].float().unwrap();
    assert!((recorded - share).abs() < 1e-9, "{recorded}");

    let [bad, total, coverage] = figures(&evaluated(&backend, Source::Raw));
    assert_eq!([bad.round(), total.round()], [288.0 * BAD, 288.0 * TOTAL]);
    assert_eq!(coverage, 1.0);
}
