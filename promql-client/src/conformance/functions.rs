//! Cases about functions, aggregation and operators.

use std::time::Duration;

use super::dataset::RESET_AT;
use super::suite::{Failure, Outcome, Suite, expect, expect_close, expect_vector};
use crate::error::Error;
use crate::labels::Labels;

const FIVE_MINUTES: Duration = Duration::from_secs(300);

pub(super) async fn run(s: &mut Suite<'_>) -> Result<(), Failure> {
    let outcome = over_time(s).await;
    s.case(
        "12 functions over time see the samples of their range",
        outcome,
    )?;
    let outcome = increase(s).await;
    s.case("13 increase and rate of a steady counter", outcome)?;
    let outcome = extrapolation(s).await;
    s.case("14 increase is extrapolated to the range's ends", outcome)?;
    let outcome = reset(s).await;
    s.case("15 a reset loses nothing", outcome)?;
    let outcome = aggregation(s).await;
    s.case("16 aggregation by and without labels", outcome)?;
    let outcome = quantile(s).await;
    s.case("17 quantiles from classic buckets", outcome)?;
    let outcome = matching(s).await;
    s.case(
        "18 matching: one to one, many to one, labels taken over",
        outcome,
    )?;
    let outcome = comparison(s).await;
    s.case("19 comparisons filter, or answer 0 and 1", outcome)?;
    let outcome = sets(s).await;
    s.case("20 and, or, unless", outcome)?;
    let outcome = many_to_many(s).await;
    s.case("21 many-to-many matching is an execution error", outcome)?;
    let outcome = absent(s).await;
    s.case("22 absence is 1 with the labels that are known", outcome)?;
    let outcome = replace(s).await;
    s.case("23 label_replace, vector and scalar", outcome)?;
    let outcome = subquery(s).await;
    s.case(
        "24 a subquery is evaluated on multiples of its step",
        outcome,
    )
}

async fn over_time(s: &Suite<'_>) -> Outcome {
    for series in s.of_metric("conformance_temperature") {
        let values = s.inside(series, FIVE_MINUTES);
        let count = values.len() as f64;
        let sum: f64 = values.iter().sum();
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let last = values.last().copied().unwrap_or(f64::NAN);
        let pairs = || values.iter().zip(values.iter().skip(1));
        for (function, expected) in [
            ("count_over_time", count),
            ("sum_over_time", sum),
            ("avg_over_time", sum / count),
            ("min_over_time", smallest),
            ("max_over_time", largest),
            ("last_over_time", last),
            ("present_over_time", 1.0),
            ("changes", pairs().filter(|(a, b)| a != b).count() as f64),
            ("resets", pairs().filter(|(a, b)| b < a).count() as f64),
        ] {
            let query = format!("{function}(conformance_temperature[5m])");
            expect_close(&query, expected, s.number(&query).await?)?;
        }
    }
    let kept = s
        .vector("last_over_time(conformance_temperature[5m])")
        .await?;
    let name = kept.first().and_then(|sample| sample.labels.metric_name());
    expect(
        "last_over_time keeps the name",
        Some("conformance_temperature"),
        name,
    )?;
    let dropped = s
        .vector("max_over_time(conformance_temperature[5m])")
        .await?;
    let name = dropped
        .first()
        .and_then(|sample| sample.labels.metric_name());
    expect("max_over_time drops the name", None, name)
}

async fn increase(s: &Suite<'_>) -> Outcome {
    let steady = r#"conformance_requests_total{instance="a",code="200"}[5m]"#;
    for (query, expected) in [
        (format!("increase({steady})"), 600.0),
        (format!("rate({steady})"), 2.0),
        (format!("irate({steady})"), 2.0),
        (format!("delta({steady})"), 600.0),
    ] {
        expect_close(&query, expected, s.number(&query).await?)?;
    }
    Ok(())
}

async fn extrapolation(s: &Suite<'_>) -> Outcome {
    // Twenty samples span 285 seconds, and both ends are nearer than a scrape: times 300 / 285.
    let uneven = r#"increase(conformance_requests_total{instance="a",code="500"}[5m])"#;
    let all = s.of_metric("conformance_requests_total");
    let is_uneven = |l: &Labels| l.get("instance") == Some("a") && l.get("code") == Some("500");
    let Some(series) = all.into_iter().find(|series| is_uneven(&series.labels)) else {
        return Err("the dataset has no such series".to_owned());
    };
    let values = s.inside(series, FIVE_MINUTES);
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return Err("the dataset has no such samples".to_owned());
    };
    let expected = (last - first) * 300.0 / 285.0;
    expect_close(uneven, expected, s.number(uneven).await?)
}

async fn reset(s: &Suite<'_>) -> Outcome {
    let back = 480u64.saturating_sub(RESET_AT) * 15;
    // A window around the reset, whose two ends are between scrapes.
    let window = format!("[10m] offset {}s", back.saturating_sub(300));
    let of = |function: &str| {
        format!(r#"{function}(conformance_requests_total{{instance="b",code="200"}}{window})"#)
    };
    expect("resets", 1.0, s.number(&of("resets")).await?)?;
    // 39 steps of 15 seconds; the scrape of the reset itself counts from zero.
    let expected = 38.0 * 20.0 * 600.0 / 585.0;
    expect_close("increase", expected, s.number(&of("increase")).await?)
}

async fn aggregation(s: &Suite<'_>) -> Outcome {
    let mut by_code = Vec::new();
    for code in ["200", "500"] {
        let of_code = |series: &&crate::Series| series.labels.get("code") == Some(code);
        let series = s.of_metric("conformance_requests_total").into_iter();
        let values = series.filter(of_code).filter_map(|one| s.truth(one, s.at));
        by_code.push((Labels::from_pairs([("code", code)]), values.sum::<f64>()));
    }
    let got = s
        .vector("sum by (code) (conformance_requests_total)")
        .await?;
    expect_vector("sum by", &by_code, &got)?;
    let got = s
        .vector("sum without (job, instance) (conformance_requests_total)")
        .await?;
    expect_vector("sum without", &by_code, &got)?;
    let total = by_code.iter().map(|(_, value)| value).sum::<f64>();
    for (query, expected) in [
        ("sum(conformance_requests_total)", total),
        ("count(conformance_requests_total)", 4.0),
        ("avg(conformance_requests_total)", total / 4.0),
        ("group(conformance_requests_total)", 1.0),
        ("max(conformance_up) + min(conformance_up)", 2.0),
        ("max(conformance_odd)", f64::INFINITY),
        ("min(conformance_odd)", f64::NEG_INFINITY),
    ] {
        expect_close(query, expected, s.number(query).await?)?;
    }
    Ok(())
}

async fn quantile(s: &Suite<'_>) -> Outcome {
    // Of 40 observations per scrape, 10, 20, 30 and 38 are at or under 0.1, 0.25, 0.5 and 2.5.
    let buckets = "sum by (le) (rate(conformance_latency_seconds_bucket[5m]))";
    for (q, expected) in [
        ("0", 0.0),
        ("0.125", 0.05),
        ("0.5", 0.25),
        ("0.9", 2.0),
        ("0.99", 2.5),
        ("-1", f64::NEG_INFINITY),
        ("2", f64::INFINITY),
    ] {
        let query = format!("histogram_quantile({q}, {buckets})");
        expect_close(&query, expected, s.number(&query).await?)?;
    }
    Ok(())
}

async fn matching(s: &Suite<'_>) -> Outcome {
    let a = r#"conformance_requests_total{instance="a"}"#;
    let b = r#"conformance_requests_total{instance="b"}"#;
    let one_to_one = format!("{a} - ignoring (instance) {b}");
    let got = s.vector(&one_to_one).await?;
    let labels: Vec<String> = got.iter().map(|sample| sample.labels.to_string()).collect();
    let expected = [
        r#"{code="200",job="conformance"}"#,
        r#"{code="500",job="conformance"}"#,
    ];
    expect(
        &one_to_one,
        expected.to_vec(),
        labels.iter().map(String::as_str).collect(),
    )?;

    let all = "conformance_requests_total";
    let share = format!("{all} / on (instance) group_left () sum by (instance) ({all})");
    let total = format!("sum({share})");
    expect_close(&total, 2.0, s.number(&total).await?)?;
    expect(&share, 4, s.vector(&share).await?.len())?;

    let taken = "conformance_up * on (job) group_left (extra) label_replace(conformance_temperature, \"extra\", \"x\", \"\", \"\")";
    let got = s.vector(taken).await?;
    expect(taken, 2, got.len())?;
    for sample in &got {
        expect(
            "the label taken over",
            Some("x"),
            sample.labels.get("extra"),
        )?;
    }
    let swapped = format!("sum by (instance) ({all}) + on (instance) group_right () {all}");
    expect(&swapped, 4, s.vector(&swapped).await?.len())
}

async fn comparison(s: &Suite<'_>) -> Outcome {
    for (query, expected) in [
        ("count(conformance_requests_total > 1000)", 2.0),
        ("sum(conformance_requests_total > bool 1000)", 2.0),
        ("count(1000 < conformance_requests_total)", 2.0),
        ("1 > bool 2", 0.0),
        ("count(conformance_odd == conformance_odd)", 4.0),
    ] {
        expect_close(query, expected, s.number(query).await?)?;
    }
    let kept = s.vector("0 < conformance_temperature").await?;
    let name = kept.first().and_then(|sample| sample.labels.metric_name());
    expect(
        "a filter keeps the name",
        Some("conformance_temperature"),
        name,
    )?;
    let all = s.vector("conformance_temperature").await?;
    expect("a filter keeps the value", all, kept)
}

async fn sets(s: &Suite<'_>) -> Outcome {
    let all = "conformance_requests_total";
    let a = r#"conformance_requests_total{instance="a"}"#;
    for (query, expected) in [
        (format!("{all} and {a}"), 2),
        (format!("{all} unless {a}"), 2),
        (format!("{a} or {all}"), 4),
        (format!("{all} and on (instance) conformance_up"), 4),
        (format!("{all} unless on (job) conformance_temperature"), 0),
        // The metric's name is no part of what is matched.
        (
            "conformance_jobs_total or conformance_errors_total".to_owned(),
            1,
        ),
        ("conformance_missing or vector(0)".to_owned(), 1),
    ] {
        expect(&query, expected, s.vector(&query).await?.len())?;
    }
    Ok(())
}

async fn many_to_many(s: &Suite<'_>) -> Outcome {
    let all = "conformance_requests_total";
    for query in [
        format!("{all} / on (instance) {all}"),
        format!("{all} + on (job) conformance_up"),
        format!("{all} / on (job) group_left () conformance_up"),
    ] {
        match s.error(&query).await? {
            Error::Execution { .. } => {}
            other => return Err(format!("{query}: expected an execution error, got {other}")),
        }
    }
    Ok(())
}

async fn absent(s: &Suite<'_>) -> Outcome {
    let query = r#"absent(conformance_missing{job="x",instance=~"a.*"})"#;
    let expected = [(Labels::from_pairs([("job", "x")]), 1.0)];
    expect_vector(query, &expected, &s.vector(query).await?)?;
    let query = "absent(conformance_temperature)";
    expect(query, 0, s.vector(query).await?.len())?;
    let query = "absent_over_time(conformance_missing[5m])";
    expect_vector(query, &[(Labels::empty(), 1.0)], &s.vector(query).await?)
}

async fn replace(s: &Suite<'_>) -> Outcome {
    let query = r#"label_replace(conformance_temperature, "short", "${1}!", "job", "(con).*")"#;
    let got = s.vector(query).await?;
    let short = got.first().and_then(|sample| sample.labels.get("short"));
    expect(query, Some("con!"), short)?;
    for (query, expected) in [
        ("scalar(vector(3)) + 1", 4.0),
        ("scalar(conformance_requests_total)", f64::NAN),
        ("round(vector(2.5))", 3.0),
        ("clamp_max(clamp_min(vector(7), 1), 5)", 5.0),
        ("abs(-vector(2))", 2.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("7 % 4 - -1", 4.0),
    ] {
        expect_close(query, expected, s.number(query).await?)?;
    }
    Ok(())
}

async fn subquery(s: &Suite<'_>) -> Outcome {
    // At its own times, multiples of a minute, the inner query is an ordinary one.
    let inner = "rate(conformance_requests_total{instance=\"a\",code=\"500\"}[2m] offset 7s)";
    let minute = Duration::from_secs(60);
    let last = s.at.as_millis().div_euclid(60_000) * 60_000;
    let last = crate::Timestamp::from_millis(last);
    let steps = s.range(inner, last.minus(minute * 9), last, minute).await?;
    let points = steps.iter().flat_map(|series| &series.points);
    let largest = points.map(|p| p.value).fold(f64::NEG_INFINITY, f64::max);
    let query = format!("max_over_time({inner}[{}s:1m])", subquery_range(s));
    expect_close(&query, largest, s.number(&query).await?)
}

/// From half a minute before the first of ten evaluations to the query's time.
fn subquery_range(s: &Suite<'_>) -> i64 {
    let past_minute = s.at.as_millis().div_euclid(1000).rem_euclid(60);
    9 * 60 + 30 + past_minute
}
