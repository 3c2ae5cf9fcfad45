//! What an evaluation must not hide: contradictions, remarks, half of a recording.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::ops::Range;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    Answer, Labels, MemoryBackend, PromQl, RangeOptions, Selector, Timestamp, Value,
};
use slo_core::evaluate::{Evaluation, Options, Outcome, Source, evaluate};
use slo_core::queries::{Queries, Recorded};
use slo_core::report::Report;
use slo_core::sli::{Budgeting, Counter, EmptySlice, EventSli, Leg, Slice, Template, TimeSlices};
use slo_core::{Name, Sli, Slo, Window};

const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: u32 = 288;
const STEP: Duration = Duration::from_secs(300);

fn slo(sli: EventSli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let window = Window::days(1).unwrap();
    let objective = "99".parse().unwrap();
    Slo::new(name("api"), name("a"), objective, window, Sli::Events(sli))
}

fn counters() -> EventSli {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad =
        Counter::new(Selector::metric("errors_total").eq("job", "api")).witnessed_by(total.clone());
    EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total))
}

fn series(name: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", "api"), ("instance", "a")])
}

/// Two counters that grow by `(bad, total)` a minute; the argument is how many minutes are left.
fn grow(backend: &MemoryBackend, by: impl Fn(u32) -> (f64, f64)) {
    let (mut bad, mut total) = (0.0, 0.0);
    for left in (0..DAY * 5 + 20).rev() {
        let at = END.minus(Duration::from_secs(60) * left);
        let more = by(left);
        (bad, total) = (bad + more.0, total + more.1);
        backend.push(&series("errors_total"), at, bad);
        backend.push(&series("requests_total"), at, total);
    }
}

fn one(backend: &MemoryBackend, slo: &Slo, source: Source) -> Evaluation {
    let options = Options::at(END).from_source(source);
    let mut all = block_on(evaluate(backend, std::slice::from_ref(slo), &options));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn warned(evaluation: &Evaluation, part: &str) {
    let warnings = &evaluation.warnings;
    assert!(warnings.iter().any(|w| w.contains(part)), "{warnings:?}");
}

#[test]
fn a_contradiction_in_a_short_window_is_no_quiet_time() {
    // The total loses most of its events, or all, in the last five minutes of an outage.
    for (total, burn_rate) in [(10.0, Some(100.0)), (0.0, None)] {
        let backend = MemoryBackend::new();
        grow(
            &backend,
            |left| if left < 5 { (40.0, total) } else { (0.0, 50.0) },
        );
        let evaluation = one(&backend, &slo(counters()), Source::Raw);
        let figures = evaluation.outcome.figures().unwrap();
        let (window, burn) = figures.burn_rates[0];
        assert_eq!(
            (window, burn.map(slo_core::BurnRate::value)),
            (STEP, burn_rate)
        );
        warned(
            &evaluation,
            &format!("200 bad of {:.0} events in the last 5m", 5.0 * total),
        );
    }
}

#[test]
fn a_contradiction_over_the_window_is_a_failure() {
    let backend = MemoryBackend::new();
    grow(&backend, |_| (40.0, 10.0));
    let evaluation = one(&backend, &slo(counters()), Source::Raw);
    let Outcome::Failed(failure) = evaluation.outcome else {
        panic!("not failed")
    };
    assert_eq!(failure.kind(), "inconsistent");
    let place = "in the 1d up to 2027-01-15";
    assert!(failure.to_string().contains(place), "{failure}");
}

fn sliced(empty: EmptySlice) -> Slo {
    let mut sli = counters();
    sli.budgeting = Budgeting::TimeSlices(TimeSlices {
        slice: Slice::FIVE_MINUTES,
        target: "99".parse().unwrap(),
        empty,
    });
    slo(sli)
}

#[test]
fn errors_of_nothing_are_bad_slices() {
    // The last hour's windows have nothing else.
    for quiet in [600..660, 0..60] {
        errors_of_nothing(&quiet);
    }
}

fn errors_of_nothing(quiet: &Range<u32>) {
    let backend = MemoryBackend::new();
    grow(&backend, |left| match quiet.contains(&left) {
        true => (5.0, 0.0),
        false => (0.0, 100.0),
    });
    let evaluation = one(&backend, &sliced(EmptySlice::Good), Source::Raw);
    let counts = evaluation.outcome.figures().unwrap().counts;
    assert_eq!((counts.bad, counts.total), (12.0, f64::from(DAY)));
    warned(&evaluation, "12 slices have more bad events than events");
    // What windows of events would say is no matter of slices.
    let windows = evaluation
        .warnings
        .iter()
        .any(|w| w.contains("may be down"));
    assert!(!windows, "{:?}", evaluation.warnings);
}

#[test]
fn nothing_known_of_the_last_hour_is_no_hour_without_errors() {
    let backend = MemoryBackend::new();
    grow(&backend, |_| (0.0, 10.0));
    let now = END.minus(Duration::from_secs(3600) * 3);
    let late = MemoryBackend::new();
    for series in block_on(backend.range(
        "{job=\"api\"}",
        &RangeOptions::new(
            now.minus(Duration::from_secs(86_400)),
            now,
            Duration::from_secs(60),
        ),
    ))
    .unwrap()
    .data
    {
        late.push_series(&series);
    }
    let evaluation = one(&late, &slo(counters()), Source::Raw);
    assert_eq!(evaluation.outcome.figures().unwrap().errors_per_hour, None);
    warned(&evaluation, "nothing is known of the last 3h");
}

#[test]
fn a_slice_that_was_not_recorded_is_none_of_the_good_ones() {
    let backend = MemoryBackend::new();
    let slo = sliced(EmptySlice::Good);
    let recorded = Recorded::new(&slo);
    for leg in [recorded.bad(), recorded.total()] {
        let name = leg.metric.clone().unwrap();
        let labels = [
            ("__name__", name.as_str()),
            ("service", "api"),
            ("slo", "a"),
        ];
        for bucket in 0..12 {
            backend.push(&Labels::from_pairs(labels), END.minus(STEP * bucket), 1.0);
        }
    }
    let evaluation = one(&backend, &slo, Source::Recorded);
    let counts = evaluation.outcome.figures().unwrap().counts;
    assert_eq!((counts.bad, counts.total), (12.0, 12.0));
    warned(&evaluation, "only 4.2 % of the window has data");
}

#[test]
fn what_the_server_remarks_is_shown() {
    let backend = MemoryBackend::new();
    grow(&backend, |_| (0.0, 10.0));
    let slo = slo(counters());
    let query = Queries::new(&slo).total(Duration::from_secs(300));
    let mut answer = Answer::new(Value::Matrix(Vec::new()));
    answer.warnings.push("a block is missing".to_owned());
    answer
        .infos
        .push("metric might not be a counter".to_owned());
    answer.remarks_left_out = 7;
    backend.script(query.to_string(), answer);
    let evaluation = one(&backend, &slo, Source::Raw);
    let said = ["a block is missing", "metric might not be a counter"];
    assert_eq!(evaluation.remarks.said, said);
    assert_eq!(evaluation.remarks.more, 7);
    // They are the server's, and come after what is ours.
    let report = Report::new(END, std::slice::from_ref(&evaluation));
    let own = evaluation.warnings.len();
    assert!(own > 0);
    assert_eq!(report.slos[0].warnings[..own], evaluation.warnings);
    assert_eq!(report.slos[0].warnings[own..], said);
}

#[test]
fn where_all_is_well_nothing_is_remarked() {
    let slo = slo(counters());
    let backend = MemoryBackend::new();
    grow(&backend, |_| (1.0, 1000.0));
    let evaluation = one(&backend, &slo, Source::Raw);
    assert!(evaluation.warnings.is_empty(), "{evaluation:?}");
}

#[test]
fn a_query_of_ones_own_counts_nothing_where_it_is_silent() {
    let query = |text: &str| Leg::Query(Template::new(text).unwrap());
    let bad = query("sum(increase(errors_total[$window]))");
    let total = query("sum(increase(requests_total[$window]))");
    let slo = slo(EventSli::new(bad, total));
    let backend = MemoryBackend::new();
    for left in 0..DAY * 5 + 20 {
        let at = END.minus(Duration::from_secs(60) * left);
        let value = f64::from(10 * (DAY * 5 + 20 - left));
        backend.push(&series("requests_total"), at, value);
    }
    let counts = one(&backend, &slo, Source::Raw)
        .outcome
        .figures()
        .unwrap()
        .counts;
    assert_eq!(counts.bad, 0.0);
    assert!((counts.total - 14_400.0).abs() < 20.0, "{counts:?}");
    grow(&backend, |_| (1.0, 10.0));
    let counts = one(&backend, &slo, Source::Raw)
        .outcome
        .figures()
        .unwrap()
        .counts;
    assert!((counts.bad - 1_440.0).abs() < 2.0, "{counts:?}");
}

#[test]
fn answers_that_are_no_numbers_are_told() {
    let slo = slo(counters());
    let backend = MemoryBackend::new();
    grow(&backend, |_| (f64::INFINITY, 10.0));
    warned(&one(&backend, &slo, Source::Raw), "are no numbers");
    let backend = MemoryBackend::new();
    grow(&backend, |_| (1.0, 10.0));
    let evaluation = one(&backend, &slo, Source::Raw);
    let told = evaluation.warnings.iter().any(|w| w.contains("no numbers"));
    assert!(!told, "{evaluation:?}");
}

#[test]
fn a_total_without_its_bad_events_is_no_good_time() {
    let slo = slo(counters());
    let recorded = Recorded::new(&slo);
    let backend = MemoryBackend::new();
    for back in 0..DAY {
        let at = END.minus(STEP * back);
        let push = |selector: &Selector, value| {
            let name = selector.metric.clone().unwrap();
            let labels = [
                ("__name__", name.as_str()),
                ("service", "api"),
                ("slo", "a"),
            ];
            backend.push(&Labels::from_pairs(labels), at, value);
        };
        push(recorded.total(), 100.0);
        // For half of the day the rule for bad events failed.
        if back < DAY / 2 {
            push(recorded.bad(), 2.0);
        }
    }
    let evaluation = one(&backend, &slo, Source::Recorded);
    let figures = evaluation.outcome.figures().unwrap();
    assert!((figures.counts.error_ratio() - 0.02).abs() < 1e-9);
    assert!((evaluation.coverage - 0.5).abs() < 0.01);
    warned(&evaluation, "144 buckets have only one of bad and total");
}
