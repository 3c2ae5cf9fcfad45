//! Cases about range queries.

use std::time::Duration;

use super::dataset::{BORN_AT, GAP, SCRAPE, time_of};
use super::suite::{Failure, Outcome, Suite, close, expect};
use crate::backend::RangeOptions;
use crate::error::ErrorClass;
use crate::labels::Labels;
use crate::value::{Point, Series};

pub(super) async fn run(s: &mut Suite<'_>) -> Result<(), Failure> {
    let outcome = steps(s).await;
    s.case("25 a range is evaluated at both of its ends", outcome)?;
    let outcome = uneven_end(s).await;
    s.case("26 the last step is not after the end", outcome)?;
    let outcome = gaps(s).await;
    s.case("27 steps without a value are left out", outcome)?;
    let outcome = scalar(s).await;
    s.case("28 a scalar's range is one series without labels", outcome)?;
    let outcome = instants(s).await;
    s.case("29 every step is the instant query of its time", outcome)?;
    let outcome = long(s).await;
    s.case("30 a range of more than 11,000 steps comes whole", outcome)?;
    let outcome = nothing(s).await;
    s.case("31 an empty range is no series", outcome)?;
    let outcome = backwards(s).await;
    s.case("32 an end before its start is refused", outcome)
}

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

async fn steps(s: &Suite<'_>) -> Outcome {
    let got = s
        .range("conformance_temperature", s.at.minus(HOUR), s.at, MINUTE)
        .await?;
    let [got] = got.as_slice() else {
        return Err(format!("expected one series, got {got:?}"));
    };
    expect("how many steps", 61, got.points.len())?;
    for series in s.of_metric("conformance_temperature") {
        for (i, point) in (0u32..).zip(&got.points) {
            let at = s.at.minus(HOUR).plus(MINUTE * i);
            let truth = s.truth(series, at).unwrap_or(f64::NAN);
            expect(
                "a step",
                Point {
                    timestamp: at,
                    value: truth,
                },
                *point,
            )?;
        }
        expect("its labels", &series.labels, &got.labels)?;
    }
    Ok(())
}

async fn uneven_end(s: &Suite<'_>) -> Outcome {
    let from = s.at.minus(Duration::from_millis(100_500));
    let got = s
        .range("vector(1)", from, s.at, Duration::from_millis(33_500))
        .await?;
    let times = |series: &Series| {
        series
            .points
            .iter()
            .map(|p| p.timestamp)
            .collect::<Vec<_>>()
    };
    let expected = (0u32..4).map(|i| from.plus(Duration::from_millis(33_500) * i));
    expect(
        "the steps",
        vec![expected.collect::<Vec<_>>()],
        got.iter().map(times).collect(),
    )
}

async fn gaps(s: &Suite<'_>) -> Outcome {
    let from = time_of(GAP.start - 1, s.end);
    let to = time_of(GAP.end + 1, s.end);
    let got = s.range("conformance_jobs_total", from, to, SCRAPE).await?;
    for series in s.of_metric("conformance_jobs_total") {
        let mut expected = Vec::new();
        let mut at = from;
        while at <= to {
            // On the edge of the lookback, generations differ; scrape times are not on it.
            if let Some(value) = s.truth(series, at) {
                expected.push(Point {
                    timestamp: at,
                    value,
                });
            }
            at = at.plus(SCRAPE);
        }
        let edge = from.plus(Duration::from_secs(300));
        let points = got.iter().flat_map(|s| &s.points).copied();
        let points: Vec<Point> = points.filter(|p| p.timestamp != edge).collect();
        expect("around the gap", expected, points)?;
    }
    let born = time_of(BORN_AT, s.end);
    let got = s
        .range("conformance_errors_total", born.minus(MINUTE), born, SCRAPE)
        .await?;
    let times = got.iter().flat_map(|s| &s.points).map(|p| p.timestamp);
    expect("at the birth", vec![born], times.collect())
}

async fn scalar(s: &Suite<'_>) -> Outcome {
    let got = s
        .range("1 + time() * 0", s.at.minus(MINUTE), s.at, SCRAPE)
        .await?;
    let [got] = got.as_slice() else {
        return Err(format!("expected one series, got {got:?}"));
    };
    expect("its labels", Labels::empty(), got.labels.clone())?;
    let values: Vec<f64> = got.points.iter().map(|p| p.value).collect();
    expect("its values", vec![1.0; 5], values)
}

async fn instants(s: &Suite<'_>) -> Outcome {
    let query = "sum by (code) (rate(conformance_requests_total[5m])) or on () vector(1)";
    let step = Duration::from_secs(150);
    let got = s.range(query, s.at.minus(step * 6), s.at, step).await?;
    for i in 0..=6u32 {
        let at = s.at.minus(step * i);
        let instant = s.vector_at(query, at).await?;
        let of_step = |series: &Series| series.points.iter().find(|p| p.timestamp == at).copied();
        let present = got
            .iter()
            .filter(|series| of_step(series).is_some())
            .count();
        expect("series at a step", instant.len(), present)?;
        for sample in &instant {
            let series = got.iter().find(|series| series.labels == sample.labels);
            let value = series.and_then(of_step).map(|p| p.value);
            let expected = sample.float();
            let same = value.zip(expected).is_some_and(|(a, b)| close(a, b));
            if !same {
                return Err(format!(
                    "{} at {at}: {expected:?} and {value:?}",
                    sample.labels
                ));
            }
        }
    }
    Ok(())
}

async fn long(s: &Suite<'_>) -> Outcome {
    let step = Duration::from_millis(500);
    let from = s.at.minus(step * 12_000);
    let got = s
        .range("conformance_up{instance=\"a\"} * 2", from, s.at, step)
        .await?;
    let [got] = got.as_slice() else {
        return Err(format!("expected one series, got {}", got.len()));
    };
    expect("how many steps", 12_001, got.points.len())?;
    let expected = (0u32..).map(|i| from.plus(step * i));
    for (point, at) in got.points.iter().zip(expected) {
        expect(
            "a step",
            Point {
                timestamp: at,
                value: 2.0,
            },
            *point,
        )?;
    }
    Ok(())
}

async fn nothing(s: &Suite<'_>) -> Outcome {
    let got = s
        .range("conformance_missing", s.at.minus(MINUTE), s.at, SCRAPE)
        .await?;
    expect("series", 0, got.len())
}

async fn backwards(s: &Suite<'_>) -> Outcome {
    let options = RangeOptions::new(s.at, s.at.minus(MINUTE), SCRAPE);
    match s.backend.range("vector(1)", &options).await {
        Ok(answer) => Err(format!("expected an error, got {:?}", answer.data)),
        Err(error) => expect("the error's class", ErrorClass::Request, error.class()),
    }
}
