//! Counters of one label set as a proxy keeps them, and the series its scrapes leave.

use promql_client::{Labels, Point, Series, Timestamp};

use crate::buckets::{BOUNDS_MS, BUCKETS, middle_ms};
use crate::spec::BoundStyle;

/// The counter, and where wanted the histogram, of one label set of one target.
#[derive(Clone, Debug)]
pub(crate) struct Emitter {
    labels: Vec<(String, String)>,
    /// `None`: no histogram.
    bounds: Option<BoundStyle>,
    /// Since the process started; `None` until the first event, as proxies do.
    counters: Option<Counters>,
    /// The counter, then the buckets, then sum and count.
    points: Vec<Vec<Point>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    total: u64,
    buckets: [u64; BUCKETS],
    sum_ms: f64,
}

impl Emitter {
    pub(crate) fn new(labels: Vec<(String, String)>, bounds: Option<BoundStyle>) -> Self {
        let series = if bounds.is_some() { BUCKETS + 3 } else { 1 };
        Self {
            labels,
            bounds,
            counters: None,
            points: vec![Vec::new(); series],
        }
    }

    /// Requests that ended, by latency bucket.
    pub(crate) fn add(&mut self, by_bucket: &[u32; BUCKETS]) {
        let counters = self.counters.get_or_insert_default();
        for (bucket, count) in by_bucket.iter().enumerate().filter(|(_, n)| **n > 0) {
            counters.total += u64::from(*count);
            counters.buckets[bucket] += u64::from(*count);
            counters.sum_ms += f64::from(*count) * middle_ms(bucket);
        }
    }

    /// One scrape.
    pub(crate) fn scrape(&mut self, timestamp: Timestamp) {
        let Some(counters) = &self.counters else {
            return;
        };
        let mut cumulative = 0;
        let histogram = counters.buckets.iter().map(|n| {
            cumulative += n;
            cumulative as f64
        });
        let values = std::iter::once(counters.total as f64)
            .chain(histogram)
            .chain([counters.sum_ms, counters.total as f64]);
        // Without a histogram there is room for the counter only.
        for (points, value) in self.points.iter_mut().zip(values) {
            points.push(Point { timestamp, value });
        }
    }

    /// The process ended: the label set is gone until its next event.
    pub(crate) fn reset(&mut self) {
        self.counters = None;
    }

    /// What the scrapes left.
    pub(crate) fn into_series(self) -> impl Iterator<Item = Series> {
        let Self {
            labels,
            bounds,
            points,
            ..
        } = self;
        points
            .into_iter()
            .enumerate()
            .filter(|(_, points)| !points.is_empty())
            .map(move |(i, points)| {
                let (name, le) = name_of(i, bounds.unwrap_or(BoundStyle::Plain));
                let own = [("__name__", name), ("le", &le)];
                let shared = labels.iter().map(|(n, v)| (n.as_str(), v.as_str()));
                Series {
                    labels: Labels::from_pairs(shared.chain(own)),
                    points,
                    histograms: Vec::new(),
                }
            })
    }
}

/// Metric name and `le` of the series at a place of [`Emitter::points`].
fn name_of(index: usize, style: BoundStyle) -> (&'static str, String) {
    match index {
        0 => ("istio_requests_total", String::new()),
        i if i <= BUCKETS => {
            let le = match (BOUNDS_MS.get(i - 1), style) {
                (None, _) => "+Inf".to_owned(),
                (Some(bound), BoundStyle::Plain) => bound.to_string(),
                // Go's shortest form: an exponent from a million on.
                (Some(bound), BoundStyle::Decimal) if *bound >= 1e6 => {
                    format!("{}e+06", bound / 1e6)
                }
                (Some(bound), BoundStyle::Decimal) => format!("{bound:?}"),
            };
            ("istio_request_duration_milliseconds_bucket", le)
        }
        i if i == BUCKETS + 1 => ("istio_request_duration_milliseconds_sum", String::new()),
        _ => ("istio_request_duration_milliseconds_count", String::new()),
    }
}
