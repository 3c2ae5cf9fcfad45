//! Old data and too little of it: figures, but no verdict.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{Labels, MemoryBackend, Selector, Timestamp};
use slo_core::evaluate::{Evaluation, Options, Outcome, Source, Status, evaluate};
use slo_core::policy::{BudgetShare, PolicySpec, Severity, TierSpec, Tiers};
use slo_core::queries::Recorded;
use slo_core::sli::{
    Buckets, Budgeting, Counter, EmptySlice, EventSli, Latency, Leg, Slice, TimeSlices,
};
use slo_core::{Coverage, Name, Sli, Slo, Window};

/// The last midnight before it is 8 h ago.
const END: Timestamp = Timestamp::from_secs(1_800_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn events() -> EventSli {
    let total = Selector::metric("requests_total").eq("job", "api");
    let bad = Counter::new(total.clone().eq("code", "500")).witnessed_by(total.clone());
    EventSli::new(Leg::Counters(vec![bad]), Leg::counter(total))
}

fn slo(window: &str, sli: EventSli) -> Slo {
    let name = |text: &str| Name::new(text).unwrap();
    let window: Window = window.parse().unwrap();
    let objective = "99".parse().unwrap();
    Slo::new(name("api"), name("a"), objective, window, Sli::Events(sli))
}

fn sliced(empty: EmptySlice) -> EventSli {
    let mut sli = events();
    sli.budgeting = Budgeting::TimeSlices(TimeSlices {
        slice: Slice::FIVE_MINUTES,
        target: "99".parse().unwrap(),
        empty,
    });
    sli
}

/// Ten good requests and, of every `bad_every`-th minute, one bad one; scraped at these minutes
/// before the end.
fn scraped(minutes: impl Iterator<Item = u32>, bad_every: u32) -> MemoryBackend {
    let backend = MemoryBackend::new();
    let first = 3 * 1440;
    for left in minutes {
        let at = END.minus(MINUTE * left);
        let passed = first - left;
        for (code, value) in [("200", 10 * passed), ("500", passed / bad_every)] {
            let labels = [
                ("__name__", "requests_total"),
                ("job", "api"),
                ("instance", "a"),
                ("code", code),
            ];
            backend.push(&Labels::from_pairs(labels), at, f64::from(value));
        }
    }
    backend
}

/// Scraped every minute until so long before the end.
fn until(left: Duration) -> MemoryBackend {
    let left = (left.as_secs() / 60) as u32;
    scraped((left..2 * 1440).rev(), 1000)
}

fn judged(backend: &MemoryBackend, slo: &Slo, options: &Options) -> Evaluation {
    let mut all = block_on(evaluate(backend, std::slice::from_ref(slo), options));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn status(evaluation: &Evaluation) -> Status {
    let outcome = &evaluation.outcome;
    let figures = outcome.figures();
    figures.unwrap_or_else(|| panic!("{outcome:?}")).status
}

#[test]
fn data_older_than_the_limit_are_stale() {
    let slo = slo("1d", events());
    for (age, expected) in [
        (Duration::ZERO, Status::Ok),
        (HOUR - 5 * MINUTE, Status::Ok),
        (HOUR + 5 * MINUTE, Status::Stale),
        (20 * HOUR, Status::Stale),
    ] {
        let evaluation = judged(&until(age), &slo, &Options::at(END));
        assert_eq!(status(&evaluation), expected, "{age:?}");
        let figures = evaluation.outcome.figures().unwrap();
        assert_eq!(
            figures.status.compliant(),
            (expected == Status::Ok).then_some(true)
        );
        // To a bucket.
        assert!(figures.age.abs_diff(age) <= 5 * MINUTE, "{:?}", figures.age);
    }
}

#[test]
fn the_limit_is_the_runs_or_the_slos_own() {
    let mut slo = slo("1d", events());
    let mut options = Options::at(END);
    options.max_age = 3 * HOUR;
    let backend = until(2 * HOUR);
    assert_eq!(status(&judged(&backend, &slo, &options)), Status::Ok);
    slo.data.max_age = Some(HOUR);
    assert_eq!(status(&judged(&backend, &slo, &options)), Status::Stale);
    slo.data.max_age = Some(24 * HOUR);
    options.max_age = HOUR;
    assert_eq!(status(&judged(&backend, &slo, &options)), Status::Ok);
}

#[test]
fn an_overspent_budget_of_yesterday_is_no_verdict_either() {
    let backend = scraped((20 * 60..2 * 1440).rev(), 2);
    let evaluation = judged(&backend, &slo("1d", events()), &Options::at(END));
    assert_eq!(status(&evaluation), Status::Stale);
    let figures = evaluation.outcome.figures().unwrap();
    assert!(!figures.budget.is_kept());
    // Nothing is known of its windows, so no tier is decided, and none is "not firing".
    assert_eq!(figures.decision.is_firing(), None);
}

#[test]
fn nothing_in_the_window_is_no_data_and_never_kept() {
    let evaluation = judged(&until(25 * HOUR), &slo("1d", events()), &Options::at(END));
    assert!(matches!(evaluation.outcome, Outcome::NoData));
}

#[test]
fn slices_without_data_that_count_as_good_are_stale_and_as_bad_are_not() {
    let backend = until(2 * HOUR);
    for (empty, expected) in [
        (EmptySlice::LeftOut, Status::Stale),
        (EmptySlice::Good, Status::Stale),
        (EmptySlice::Bad, Status::Breached),
    ] {
        let evaluation = judged(&backend, &slo("1d", sliced(empty)), &Options::at(END));
        assert_eq!(status(&evaluation), expected, "{empty:?}");
    }
}

#[test]
fn too_little_data_is_a_failure_with_its_reason() {
    // Half of the day.
    let backend = scraped((0..720).rev(), 1000);
    let mut slo = slo("1d", events());
    let mut options = Options::at(END);
    let percent = |percent| Some(Coverage::from_percent(percent).unwrap());
    for (of_run, of_slo, fails) in [
        (None, None, false),
        (percent(40.0), None, false),
        (percent(60.0), None, true),
        (percent(60.0), percent(40.0), false),
        (None, percent(60.0), true),
    ] {
        options.min_coverage = of_run;
        slo.data.min_coverage = of_slo;
        let evaluation = judged(&backend, &slo, &options);
        match &evaluation.outcome {
            Outcome::Failed(failure) if fails => {
                assert_eq!(failure.kind(), "coverage");
                let text = failure.to_string();
                assert!(text.contains("only 50") && text.contains("60 %"), "{text}");
            }
            Outcome::Value(_) if !fails => {}
            other => panic!("{of_run:?} {of_slo:?}: {other:?}"),
        }
    }
}

#[test]
fn scrapes_ten_minutes_apart_are_counted_and_covered_by_half() {
    // An error every minute.
    let backend = scraped((0..2 * 144).rev().map(|i| i * 10), 1);
    let evaluation = judged(&backend, &slo("1d", events()), &Options::at(END));
    let figures = evaluation.outcome.figures().unwrap();
    assert_eq!(figures.errors_per_hour, Some(60.0));
    assert_eq!(figures.counts.bad, 1440.0);
    let hour = figures.burn_rates.iter().find(|(w, _)| *w == HOUR).unwrap();
    assert!((hour.1.unwrap().value() - 100.0 / 11.0).abs() < 1e-9);
    assert!(
        !evaluation
            .warnings
            .iter()
            .any(|w| w.contains("not counted"))
    );
}

#[test]
fn a_calendar_period_begins_within_a_bucket_and_its_first_events_count() {
    // The buckets end at END; midnight lies 3 min 20 s into one of them.
    let end = END.minus(Duration::from_secs(100));
    let backend = scraped((2..2 * 1440).rev(), 1);
    let evaluation = judged(&backend, &slo("day", events()), &Options::at(end));
    let figures = evaluation.outcome.figures().unwrap();
    let elapsed = evaluation.period.unwrap().elapsed();
    assert_eq!(elapsed.as_secs() % 300, 200);
    let minutes = (elapsed.as_secs() / 60) as f64;
    assert!(
        (figures.counts.bad - minutes).abs() <= 1.0,
        "{:?} {minutes}",
        figures.counts
    );
    assert!((figures.counts.total - 11.0 * minutes).abs() <= 11.0);
}

#[test]
fn burn_rates_reach_across_the_start_of_a_calendar_period() {
    // Eight hours into a month; each minute has had an error for a day, three days ago.
    let backend = MemoryBackend::new();
    let (mut good, mut bad) = (0.0, 0.0);
    let end = Timestamp::from_secs(1_798_761_600 + 8 * 3600);
    for left in (0..4 * 1440).rev() {
        good += 9.0;
        bad += f64::from(u32::from((2 * 1440..3 * 1440).contains(&left)));
        for (code, value) in [("200", good), ("500", bad)] {
            let labels = [
                ("__name__", "requests_total"),
                ("job", "api"),
                ("instance", "a"),
                ("code", code),
            ];
            backend.push(&Labels::from_pairs(labels), end.minus(MINUTE * left), value);
        }
    }
    let mut slo = slo("month", events());
    // No tier asks for so much.
    slo.policy = PolicySpec::new(Tiers::Exactly(vec![TierSpec {
        severity: Severity::Page,
        long: HOUR,
        budget: BudgetShare::from_millionths(20_000).unwrap(),
    }]));
    let evaluation = judged(&backend, &slo, &Options::at(end));
    let figures = evaluation.outcome.figures().unwrap();
    assert_eq!(figures.counts.bad, 0.0);
    let (window, burn) = figures.burn_rates.last().unwrap();
    assert_eq!(*window, 72 * HOUR);
    let ratio = 1440.0 / (1440.0 + 9.0 * 4320.0);
    assert!(
        (burn.unwrap().value() - ratio / 0.01).abs() < 0.02,
        "{burn:?}"
    );
}

#[test]
fn recordings_say_how_old_they_are() {
    let slo = slo("1d", events());
    let recorded = Recorded::new(&slo);
    for (lag, stale) in [(200, false), (2 * 3600, true)] {
        let backend = MemoryBackend::new();
        for leg in [recorded.bad(), recorded.total()] {
            let value = if leg == recorded.bad() { 0.0 } else { 100.0 };
            let name = leg.metric.clone().unwrap();
            let labels = [
                ("__name__", name.as_str()),
                ("service", "api"),
                ("slo", "a"),
            ];
            for bucket in 0..300 {
                let at = END.minus(Duration::from_secs(lag) + 5 * MINUTE * bucket);
                backend.push(&Labels::from_pairs(labels), at, value);
            }
        }
        let options = Options::at(END).from_source(Source::Recorded);
        let evaluation = judged(&backend, &slo, &options);
        assert_eq!(status(&evaluation) == Status::Stale, stale);
        let said = evaluation
            .warnings
            .iter()
            .any(|w| w == "the newest recording is 3m20s old");
        assert_eq!(said, !stale, "{:?}", evaluation.warnings);
    }
}

/// A latency of 200 ms between the bounds 100 and 250: all slow ones take 150 ms.
#[test]
fn the_part_that_a_period_begins_with_is_judged_at_both_bounds() {
    let end = END.minus(Duration::from_secs(100));
    let backend = MemoryBackend::new();
    // Midnight, and the first 200 s of the day, in which everything takes 150 ms.
    let midnight = Timestamp::from_secs(1_799_971_200);
    let slow_until = midnight.plus(Duration::from_secs(200));
    let (mut at, mut all, mut fast) = (midnight.minus(2 * HOUR), 0.0, 0.0);
    while at <= end {
        all += 1000.0;
        if at <= midnight || at > slow_until {
            fast += 1000.0;
        }
        for (name, le, value) in [
            ("d_seconds_count", None, all),
            ("d_seconds_bucket", Some("0.1"), fast),
            ("d_seconds_bucket", Some("0.25"), all),
            ("d_seconds_bucket", Some("+Inf"), all),
        ] {
            let mut labels = vec![("__name__", name), ("job", "api"), ("instance", "a")];
            labels.extend(le.map(|le| ("le", le)));
            backend.push(&Labels::from_pairs(labels), at, value);
        }
        at = at.plus(MINUTE);
    }
    let latency = |threshold| {
        EventSli::latency(Latency {
            buckets: Buckets::classic(&Selector::metric("d_seconds")),
            threshold,
            unit_ms: 1000.0,
        })
    };
    let judge = |threshold| {
        let mut slo = slo("day", latency(threshold));
        slo.objective = "99.9".parse().unwrap();
        judged(&backend, &slo, &Options::at(end)).outcome
    };
    let Outcome::Failed(failure) = judge(0.2) else {
        panic!("judged")
    };
    assert_eq!(failure.kind(), "between_bounds");
    let status = |outcome: Outcome| outcome.figures().unwrap().status;
    assert_eq!(status(judge(0.1)), Status::Breached);
    assert_eq!(status(judge(0.25)), Status::Ok);
}

#[test]
fn hourly_recordings_are_not_old_before_the_next_one_is_due() {
    let mut sli = sliced(EmptySlice::LeftOut);
    sli.budgeting = Budgeting::TimeSlices(TimeSlices {
        slice: Slice::new(HOUR).unwrap(),
        target: "99".parse().unwrap(),
        empty: EmptySlice::LeftOut,
    });
    let slo = slo("1d", sli);
    let recorded = Recorded::new(&slo);
    let backend = MemoryBackend::new();
    // Written at no whole minute.
    let newest = END.minus(Duration::from_secs(23));
    for leg in [recorded.bad(), recorded.total()] {
        let value = if leg == recorded.bad() { 0.0 } else { 1.0 };
        let name = leg.metric.clone().unwrap();
        let labels = [
            ("__name__", name.as_str()),
            ("service", "api"),
            ("slo", "a"),
        ];
        for hour in 0..30 {
            backend.push(
                &Labels::from_pairs(labels),
                newest.minus(HOUR * hour),
                value,
            );
        }
    }
    for (seconds, expected) in [
        (1, Status::Ok),
        (22, Status::Ok),
        (200, Status::Ok),
        (3_599, Status::Ok),
        (3_604, Status::Ok),
        (3_700, Status::Stale),
    ] {
        let at = newest.plus(Duration::from_secs(seconds));
        let options = Options::at(at).from_source(Source::Recorded);
        let evaluation = judged(&backend, &slo, &options);
        assert_eq!(status(&evaluation), expected, "after {seconds} s");
        if expected == Status::Ok {
            let age = evaluation.outcome.figures().unwrap().age;
            assert!(
                age.abs_diff(Duration::from_secs(seconds)) < MINUTE,
                "{age:?}"
            );
        }
    }
}
