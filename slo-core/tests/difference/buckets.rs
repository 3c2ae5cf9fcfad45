//! A histogram's count and its bucket.

use crate::play::{CHANGE, COUNT, END, FLOAT, SHORT, counted, latency};

#[test]
fn a_bound_that_an_upgrade_spells_anew_is_the_same_bucket() {
    // The server is away for two minutes; all requests are fast, ten a second.
    let counted = counted(&latency(), |at| {
        let up = !(CHANGE..CHANGE + 120).contains(&at);
        let bucket = if at < CHANGE { SHORT } else { FLOAT };
        up.then(|| vec![(COUNT, 1_000 + 10 * at), (bucket, 1_000 + 10 * at)])
    });
    for (bad, total, in_alerts) in counted {
        assert_eq!((bad, in_alerts), (0.0, 0.0));
        assert!((68_900.0..=72_010.0).contains(&total), "{total}");
    }
}

#[test]
fn a_histogram_that_is_given_its_bucket_says_nothing_of_what_was_before() {
    let counted = counted(&latency(), |at| {
        let mut shown = vec![(COUNT, 1_000 + 10 * at)];
        shown.extend((at >= CHANGE).then_some((SHORT, 1_000 + 10 * at)));
        Some(shown)
    });
    for (bad, total, in_alerts) in counted {
        assert_eq!((bad, in_alerts), (0.0, 0.0));
        assert!(total <= 10.0 * (END - CHANGE) as f64, "{total}");
        assert!(total >= 10.0 * (END - CHANGE - 900) as f64, "{total}");
    }
}

#[test]
fn a_histogram_that_is_given_its_bucket_while_nothing_is_scraped_says_nothing_of_the_gap() {
    for gap in [400, 700, 3_000] {
        let counted = counted(&latency(), |at| {
            let up = !(CHANGE - gap..CHANGE).contains(&at);
            let mut shown = vec![(COUNT, 1_000 + 10 * at)];
            shown.extend((at >= CHANGE).then_some((SHORT, 1_000 + 10 * at)));
            up.then_some(shown)
        });
        for (bad, total, in_alerts) in counted {
            assert_eq!((bad, in_alerts), (0.0, 0.0), "{gap} s");
            assert!(total >= 10.0 * (END - CHANGE - 900) as f64, "{total}");
        }
    }
}
