//! A total and its good ones.

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{PromQl, RangeOptions, Selector, Timestamp};
use slo_core::Sli;
use slo_core::queries::Queries;
use slo_core::sli::{Buckets, Counter, EventSli, Latency, Leg};

use crate::play::{
    BACK, CHANGE, COUNT, EDGE_TOTAL, END, GOOD, NEW_GOOD, NEW_TOTAL, OTHER_GOOD, OTHER_TOTAL,
    SCRAPE, SEMANTICS, SHORT, THIRD_TOTAL, TOTAL, counted, good_and_total, latency, less, played,
    points, slo, the_ratio_is_bad_by_total,
};

#[test]
fn first_successes_after_failures_alone_are_no_bad_events() {
    // One failure each half a minute, until the first successes come, fifty a second.
    let counted = counted(&good_and_total(), |at| {
        let failed = at.min(CHANGE) / SCRAPE;
        let good = 50 * (at - CHANGE).max(0);
        let mut shown = vec![(TOTAL, 1 + failed + good)];
        shown.extend((good > 0).then_some((GOOD, good)));
        Some(shown)
    });
    let failures = ((CHANGE - 3600) / SCRAPE + 1) as f64;
    for (bad, _, in_alerts) in counted {
        assert!((0.0..=failures).contains(&bad), "{bad}, not {failures}");
        assert!(in_alerts <= 121.0, "{in_alerts}");
    }
}

#[test]
fn both_sides_of_a_difference_are_new_or_neither_is() {
    // So many requests to a new path that its successes look like too many, its requests do not.
    let counted = counted(&good_and_total(), |at| {
        let old = at;
        let new = 40 * (at - CHANGE).max(0);
        let mut shown = vec![(TOTAL, 1_000 + old), (GOOD, 1_000 + old / 3)];
        shown.extend((new > 0).then_some((NEW_TOTAL, new)));
        shown.extend((new > 0).then_some((NEW_GOOD, new)));
        Some(shown)
    });
    for (bad, _, in_alerts) in counted {
        assert!((4_590.0..=4_802.0).contains(&bad), "{bad}");
        assert!(in_alerts <= 2_402.0, "{in_alerts}");
    }
}

#[test]
fn what_is_in_doubt_on_one_target_hides_nothing_of_another() {
    // One fails until its first successes come; the other one is new, has failed before its first
    // scrape, and fails on.
    let counted = counted(&good_and_total(), |at| {
        let failed = at.min(CHANGE) / SCRAPE;
        let good = 50 * (at - CHANGE).max(0);
        let mut shown = vec![(TOTAL, 1 + failed + good)];
        shown.extend((good > 0).then_some((GOOD, good)));
        let since = at - CHANGE + 10 * SCRAPE;
        shown.extend((since > 0).then_some((OTHER_TOTAL, 400 + since / SCRAPE)));
        Some(shown)
    });
    let failures = ((END - 3600) / SCRAPE + 20) as f64;
    for (bad, _, in_alerts) in counted {
        assert!((0.0..=failures).contains(&bad), "{bad}, not {failures}");
        assert!(in_alerts <= 140.0, "{in_alerts}");
    }
}

#[test]
fn sides_on_different_targets_are_compared_as_wholes() {
    // A gateway counts all requests, a service the good ones.
    let counter = |name: &str, job: &str| {
        Counter::new(Selector::metric(name).eq("job", job))
            .witnessed_by(Selector::metric("requests_total").eq("job", "edge"))
    };
    let (total, good) = (
        counter("requests_total", "edge"),
        counter("successes_total", "api"),
    );
    let counted = counted(&less(total, good), |at| {
        let failed = at.min(CHANGE) / SCRAPE;
        let good = 50 * (at - CHANGE).max(0);
        let mut shown = vec![(EDGE_TOTAL, 1 + failed + good)];
        shown.extend((good > 0).then_some((GOOD, good)));
        Some(shown)
    });
    let failures = ((CHANGE - 3600) / SCRAPE + 1) as f64;
    for (bad, _, in_alerts) in counted {
        assert!((0.0..=failures).contains(&bad), "{bad}, not {failures}");
        assert!(in_alerts <= 121.0, "{in_alerts}");
    }
}

#[test]
fn old_successes_that_appear_are_no_more_than_can_have_succeeded() {
    // Half of ten requests a second fail. A rule is lifted that dropped some successes.
    let slo = good_and_total();
    let bucket = Duration::from_secs(300);
    let failures = 5.0 * (END - 3600) as f64;
    for (old, hidden, in_doubt) in [
        // As many may be new: it is less than a quarter of an hour's requests.
        (1_000, 1_000.0, 0.0),
        // In five minutes 1,500 are not seen to succeed.
        (2_000, 0.0, 0.0),
        (30_000, 0.0, 30_000.0),
    ] {
        for semantics in SEMANTICS {
            let backend = played(semantics, |at| {
                let mut shown = vec![(TOTAL, 1_000 + 10 * at), (GOOD, 1_000 + 5 * at)];
                shown.extend((at >= CHANGE).then_some((BACK, old)));
                Some(shown)
            });
            let queries = Queries::new(&slo);
            let ask = |expr| points(&backend, &expr, 3900, 300);
            let bad = ask(queries.bad(bucket));
            assert!(bad.iter().all(|bad| *bad >= 0.0), "{old}: {bad:?}");
            let bad: f64 = bad.iter().sum();
            assert!((bad + hidden - failures).abs() <= 150.0, "{old}: {bad}");
            let doubt = ask(queries.in_doubt(bucket).unwrap());
            assert_eq!(doubt.iter().sum::<f64>(), in_doubt);
            let each = queries.series_in_doubt(bucket).unwrap().to_string();
            let range = (Timestamp::from_secs(3900), Timestamp::from_secs(END));
            let options = RangeOptions::new(range.0, range.1, bucket);
            let named = block_on(backend.range(&each, &options)).unwrap().data;
            let paths: Vec<_> = named.iter().map(|x| x.labels.get("path")).collect();
            let wanted = (in_doubt > 0.0).then_some(Some("/back"));
            assert_eq!(paths, wanted.into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_new_targets_failed_before_their_first_scrape_is_in_doubt() {
    // One has failed ten of a hundred, and fails a tenth of ten a second; the other one all of fifty.
    let slo = good_and_total();
    let scrape = |at: i64| {
        let mut shown = vec![(TOTAL, 1_000 + at), (GOOD, 1_000 + at)];
        let since = (at - CHANGE).div_euclid(SCRAPE);
        if since >= 0 {
            shown.push((OTHER_TOTAL, 100 + 300 * since));
            shown.push((OTHER_GOOD, 90 + 270 * since));
            shown.push((THIRD_TOTAL, 50));
        }
        Some(shown)
    };
    let failed = 30.0 * ((END - 1 - CHANGE) / SCRAPE) as f64;
    for semantics in SEMANTICS {
        let backend = played(semantics, scrape);
        let queries = Queries::new(&slo);
        let bucket = Duration::from_secs(300);
        let sum = |expr| points(&backend, &expr, 3900, 300).iter().sum::<f64>();
        assert_eq!(sum(queries.in_doubt(bucket).unwrap()), 60.0);
        let bad = sum(queries.bad(bucket));
        assert!((bad - failed).abs() <= 30.0, "{bad} {failed}");
    }
}

#[test]
fn a_share_of_its_own_total_asks_for_it_once_and_one_of_another_total_is_right() {
    let hour = Duration::from_secs(3600);
    for slo in [good_and_total(), latency()] {
        let queries = Queries::for_alerts(&slo);
        let [ratio, bad] = [queries.bad_ratio(hour), queries.bad(hour)];
        // Bad ones are the total less the good ones.
        let total = queries.total(hour).to_string().len();
        let (ratio, bad) = (ratio.to_string().len(), bad.to_string().len());
        assert!(ratio + total / 2 < bad + total, "{ratio} {bad} {total}");
    }
    // Of a total of their own kind, which is ten times as much.
    let all = Counter::new(Selector::metric("all_total"));
    let Sli::Events(of_requests) = good_and_total().sli else {
        panic!("no events")
    };
    let of_all = EventSli::new(of_requests.bad, Leg::Counters(vec![all]));
    let other = Latency {
        buckets: Buckets::classic(&Selector::metric("all")),
        threshold: 100.0,
        unit_ms: 1.0,
    };
    let Sli::Events(of_duration) = latency().sli else {
        panic!("no events")
    };
    let of_other = EventSli::new(of_duration.bad, other.total());
    let backend = played(SEMANTICS[0], |at| {
        let requests = 1_000 + 10 * at;
        Some(vec![
            (TOTAL, requests),
            (GOOD, 9 * requests / 10),
            (COUNT, requests),
            (SHORT, 9 * requests / 10),
            (&[("__name__", "all_total")][..], 10 * requests),
            (&[("__name__", "all_count")][..], 10 * requests),
            (&[("__name__", "all_bucket"), ("le", "100")][..], requests),
        ])
    });
    for sli in [of_all, of_other] {
        let slo = slo(sli);
        the_ratio_is_bad_by_total(&backend, &slo);
        let ratio = Queries::for_alerts(&slo).bad_ratio(hour);
        for share in points(&backend, &ratio, 7_200, 300) {
            assert!((share - 0.01).abs() < 1e-4, "{share}");
        }
    }
}
