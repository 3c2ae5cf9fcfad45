//! Histories as OpenMetrics text, the form that `promtool tsdb create-blocks-from` reads.

use std::io::{self, Write};

use promql_client::Series;

use crate::history::History;

/// Metric families of a history, with the names' suffixes that belong to them.
const FAMILIES: [(&str, &str, &[&str]); 3] = [
    ("istio_requests", "counter", &["_total"]),
    (
        "istio_request_duration_milliseconds",
        "histogram",
        &["_bucket", "_sum", "_count"],
    ),
    ("up", "gauge", &[""]),
];

impl History {
    /// Writes all samples: family by family, each series in one piece and in time order.
    ///
    /// # Errors
    /// The writer's.
    pub fn openmetrics(&self, mut out: impl Write) -> io::Result<()> {
        for (family, kind, suffixes) in FAMILIES {
            writeln!(out, "# TYPE {family} {kind}")?;
            for series in self.series() {
                let name = series.labels.metric_name().unwrap_or_default();
                let suffix = name.strip_prefix(family);
                if suffix.is_some_and(|suffix| suffixes.contains(&suffix)) {
                    write_series(&mut out, series)?;
                }
            }
        }
        writeln!(out, "# EOF")
    }
}

fn write_series(out: &mut impl Write, series: &Series) -> io::Result<()> {
    // `Labels` shows itself as the exposition format has it, escapes included.
    let head = series.labels.to_string();
    for point in &series.points {
        let millis = point.timestamp.as_millis();
        let (seconds, rest) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
        writeln!(out, "{head} {} {seconds}.{rest:03}", point.value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use promql_client::Timestamp;

    use super::*;
    use crate::spec::Spec;

    #[test]
    fn every_sample_is_written_once_and_series_stay_together() {
        let spec = Spec::shop(Timestamp::from_secs(1_700_000_040))
            .lasting(Duration::from_secs(1_200))
            .only(&["post-processing"]);
        let history = History::generate(1, &spec);
        let mut text = Vec::new();
        history.openmetrics(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let samples: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(samples.len(), history.samples());
        let mut heads: Vec<&str> = samples
            .iter()
            .map(|line| line.rsplitn(3, ' ').last().unwrap())
            .collect();
        heads.dedup();
        assert_eq!(heads.len(), history.series().len());
        assert!(text.ends_with("# EOF\n"));
        let first = samples.first().unwrap();
        assert!(first.starts_with("istio_requests_total{destination_service_name="));
    }
}
