//! The histories say what is stated of them by hand, and their series hold to what scrapes leave.

use std::collections::BTreeSet;

use testkit::counting::{Certainty, cases, names};

#[test]
fn each_history_has_the_events_that_are_stated() {
    for case in cases() {
        let bad = case.bad.between(case.start, case.end);
        let stated = (case.stated.bad, case.stated.bad_doubtful);
        assert_eq!(
            (bad.events, bad.events - bad.certain),
            stated,
            "{}",
            case.name
        );
        let total = case.total.between(case.start, case.end);
        assert_eq!(
            total.events == 0,
            case.stated.nothing_to_count,
            "{}",
            case.name
        );
        assert!(total.events >= bad.events, "{}", case.name);
        if case.stated.bad_doubtful == 0 {
            let nothing = case.stated.doubt.clone().all(|doubt| doubt == 0);
            let old_ones = *case.stated.doubt.start() > 0;
            let rare = case.bad.tolerance > 0.0;
            assert!(
                nothing || old_ones || rare,
                "{}: {:?}",
                case.name,
                case.stated.doubt
            );
        }
    }
}

#[test]
fn nothing_happens_at_the_ends() {
    for case in cases() {
        let edges = [
            (case.start, case.measured_from),
            (
                case.end.minus(std::time::Duration::from_secs(360)),
                case.end,
            ),
        ];
        for (from, to) in edges {
            for leg in [&case.bad, &case.total] {
                // The first scrape of what was there before the history shows nothing new.
                assert_eq!(leg.between(from, to).events, 0, "{}", case.name);
            }
        }
    }
}

#[test]
fn series_are_in_order_and_marked_once_an_end() {
    for case in cases() {
        let mut labels = BTreeSet::new();
        for series in &case.series {
            assert!(labels.insert(series.labels.clone()), "{}", series.labels);
            assert_eq!(series.labels.get("case"), Some(case.name));
            let times: Vec<_> = series.points.iter().map(|p| p.timestamp).collect();
            assert!(times.is_sorted_by(|a, b| a < b), "{}", series.labels);
            for (i, end) in series.stale.iter().enumerate() {
                // An end comes one interval after a sample, and no two in a row.
                let before = times.iter().rfind(|time| *time < end);
                let gap = before.map(|time| end.since(*time));
                assert_eq!(gap, Some(case.interval), "{}", series.labels);
                assert!(i == 0 || series.stale[i - 1] < *end, "{}", series.labels);
                assert!(!times.contains(end), "{}", series.labels);
            }
        }
    }
}

#[test]
fn the_same_every_time_under_names_of_their_own() {
    let all: BTreeSet<&str> = names().collect();
    assert_eq!(all.len(), names().count());
    let [a, b] = [(); 2].map(|()| testkit::counting::case("resets"));
    let samples = |case: &testkit::counting::Case| -> Vec<(String, usize)> {
        let one = |s: &testkit::counting::CaseSeries| (s.labels.to_string(), s.points.len());
        case.series.iter().map(one).collect()
    };
    assert_eq!(samples(&a), samples(&b));
}

#[test]
fn a_gap_over_20_minutes_may_show_its_last_five_minutes_twice() {
    let twice = |name: &str| {
        let case = testkit::counting::case(name);
        let shown = case.bad.shown.iter();
        let twice = shown.filter(|shown| shown.certainty == Certainty::Twice);
        twice.map(|shown| shown.count).sum::<u64>()
    };
    // Three errors a minute; without a marker nothing is counted twice.
    assert_eq!(twice("gap_of_2h"), 15);
    assert_eq!(twice("server_down_for_2h"), 0);
    assert_eq!(twice("gap_of_6m"), 0);
}
