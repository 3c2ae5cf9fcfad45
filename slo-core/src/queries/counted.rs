//! Counting a counter: how many events a stretch of time holds, each of them once.
//!
//! `increase` extrapolates to the range's ends, loses the first value of a series that is born above
//! zero, and misses what falls between two ranges: recorded every five minutes, an isolated error is
//! 0 or 1.25. The form built here telescopes:
//!
//! * a series that was there before: last value minus the last value before the range. The end of one
//!   range is the start of the next one, so each step of the counter belongs to exactly one range,
//!   on servers whose ranges are closed (2.x) and left-open (3.x) alike;
//! * a series that was born in the range, on a target that had been scraped before: its value, counted
//!   from zero;
//! * a counter that was reset within the range, or a target that is new itself: `increase`, which
//!   loses at most what happened in one scrape interval around the reset.

use std::time::Duration;

use promql_client::Expr;
use promql_client::expr::{
    BinaryOp, Matching, RangeSelector, count_over_time, increase, last_over_time, max_by,
    min_over_time, resets,
};

use crate::sli::Counter;
use crate::slo::Counting;

/// How far before a range the last value before it may lie: a gap in scraping up to this long is
/// bridged by the counters themselves.
pub const LOOKBACK: Duration = Duration::from_secs(300);

/// How a server treats the ends of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extrapolation {
    /// As all servers do. The default.
    #[default]
    Portable,
    /// `increase(x[5m] anchored)`: exact across resets, too. Prometheus 3.16, or 3.7 and later with
    /// `--enable-feature=promql-extended-range-selectors`.
    Anchored,
}

/// The events of each series in the last `window`.
pub(super) fn counted(
    counter: &Counter,
    window: Duration,
    counting: &Counting,
    extrapolation: Extrapolation,
) -> Expr {
    let series = counter.selector.clone().range(window);
    let range = || series.clone();
    let before = || last_over_time(before(range()));
    let zero = scraped_before(range(), counter, counting) * 0.0;
    // Where each series stood when the range began.
    let (start, rest) = match extrapolation {
        Extrapolation::Portable => (before().or(zero), increase(range())),
        Extrapolation::Anchored => (zero.unless(before()), increase(range().anchored())),
    };
    (last_over_time(range()) - start)
        .ge(0.0)
        .unless(resets(range()).gt(0.0))
        .or(rest)
}

/// What was there right before a range.
fn before(range: RangeSelector) -> RangeSelector {
    RangeSelector {
        range: LOOKBACK,
        offset: range.range,
        ..range
    }
}

/// Series whose target was scraped at least once without them: they are new, the target isn't. A
/// target that comes back after a gap brings all its series back at once, so none of them passes.
fn scraped_before(range: RangeSelector, counter: &Counter, counting: &Counting) -> Expr {
    let labels = &counting.target_labels;
    let reach = range.range + LOOKBACK;
    let scrapes = match &counting.up {
        Some(up) => promql_client::expr::sum_over_time(up.clone().range(reach)),
        None => count_over_time(counter.witness.clone().range(reach)),
    };
    count_over_time(range).binary(
        BinaryOp::Less,
        Matching::on(labels).group_left(),
        max_by(labels, scrapes),
    )
}

/// First values of series that were born in the range on targets that nothing is known of.
pub(super) fn uncounted(counter: &Counter, window: Duration, counting: &Counting) -> Expr {
    let range = counter.selector.clone().range(window);
    min_over_time(range.clone())
        .unless(last_over_time(before(range.clone())))
        .unless(scraped_before(range, counter, counting))
}
