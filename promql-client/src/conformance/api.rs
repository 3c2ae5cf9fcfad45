//! Cases about the rest of the API: series, labels, metadata, rules, refusals.

use std::time::Duration;

use super::dataset::{BORN_AT, time_of};
use super::suite::{Failure, Outcome, Suite, expect};
use crate::backend::{LabelOptions, MetadataOptions, RulesOptions, SeriesOptions};
use crate::error::Error;
use crate::expr::Selector;
use crate::labels::Labels;

pub(super) async fn run(s: &mut Suite<'_>) -> Result<(), Failure> {
    let outcome = bad_queries(s).await;
    s.case("33 what is no PromQL is a bad query, with words", outcome)?;
    let outcome = series(s).await;
    s.case(
        "34 series: the label sets of several selectors, each once",
        outcome,
    )?;
    let outcome = born(s).await;
    s.case(
        "35 series: only those with samples in the time asked for",
        outcome,
    )?;
    let outcome = label_names(s).await;
    s.case("36 label names, sorted", outcome)?;
    let outcome = label_values(s).await;
    s.case("37 label values, sorted", outcome)?;
    let outcome = metadata_and_rules(s).await;
    s.case("38 metadata and rules can be asked for", outcome)
}

async fn bad_queries(s: &Suite<'_>) -> Outcome {
    for query in [
        "sum(",
        "rate(conformance_temperature)",
        "{}",
        "conformance_up[5x]",
        "1 and 2",
        "unknown_function(conformance_up)",
    ] {
        match s.error(query).await? {
            Error::BadQuery { message } if !message.is_empty() => {}
            other => return Err(format!("{query}: expected a bad query, got {other}")),
        }
    }
    Ok(())
}

fn during(s: &Suite<'_>) -> SeriesOptions {
    SeriesOptions {
        start: Some(s.end.minus(Duration::from_secs(3600))),
        end: Some(s.end),
        limit: None,
    }
}

async fn sets(
    s: &Suite<'_>,
    selectors: &[Selector],
    options: &SeriesOptions,
) -> Result<Vec<Labels>, String> {
    let answer = s.backend.series(selectors, options).await;
    let mut sets = answer.map_err(|error| error.to_string())?.data;
    sets.sort();
    Ok(sets)
}

async fn series(s: &Suite<'_>) -> Outcome {
    let selectors = [
        Selector::metric("conformance_up"),
        Selector::any().re("__name__", "conformance_(up|awkward)"),
    ];
    let got = sets(s, &selectors, &during(s)).await?;
    let mut expected = Vec::new();
    for metric in ["conformance_awkward", "conformance_up"] {
        expected.extend(s.of_metric(metric).into_iter().map(|s| s.labels.clone()));
    }
    expected.sort();
    expect("the label sets", expected, got)?;
    let none = sets(s, &[Selector::metric("conformance_missing")], &during(s)).await?;
    expect("of nothing", 0, none.len())
}

async fn born(s: &Suite<'_>) -> Outcome {
    // Servers look at whole chunks of time, so only what is far away tells.
    let selectors = [Selector::metric("conformance_errors_total")];
    expect(
        "afterwards",
        1,
        sets(s, &selectors, &during(s)).await?.len(),
    )?;
    let long_before = time_of(BORN_AT, s.end).minus(Duration::from_secs(30 * 86_400));
    let before = SeriesOptions {
        start: Some(long_before.minus(Duration::from_secs(3600))),
        end: Some(long_before),
        limit: None,
    };
    expect("long before", 0, sets(s, &selectors, &before).await?.len())
}

fn labels_of(s: &Suite<'_>, selectors: Vec<Selector>) -> LabelOptions {
    let SeriesOptions { start, end, .. } = during(s);
    LabelOptions {
        selectors,
        start,
        end,
        limit: None,
    }
}

async fn label_names(s: &Suite<'_>) -> Outcome {
    let selectors = vec![
        Selector::metric("conformance_requests_total"),
        Selector::metric("conformance_awkward"),
    ];
    let got = s.backend.label_names(&labels_of(s, selectors)).await;
    let got = got.map_err(|error| error.to_string())?.data;
    let expected = ["__name__", "code", "instance", "job", "text"];
    expect(
        "the names",
        expected.to_vec(),
        got.iter().map(String::as_str).collect(),
    )
}

async fn label_values(s: &Suite<'_>) -> Outcome {
    let selectors = vec![Selector::metric("conformance_requests_total")];
    for (label, expected) in [
        ("code", vec!["200", "500"]),
        ("instance", vec!["a", "b"]),
        ("nothing", vec![]),
    ] {
        let options = labels_of(s, selectors.clone());
        let got = s.backend.label_values(label, &options).await;
        let got = got.map_err(|error| error.to_string())?.data;
        expect(label, expected, got.iter().map(String::as_str).collect())?;
    }
    let all = s
        .backend
        .label_values("__name__", &labels_of(s, Vec::new()))
        .await;
    let all = all.map_err(|error| error.to_string())?.data;
    expect("sorted", true, all.is_sorted())?;
    expect(
        "without selectors",
        true,
        all.iter().any(|name| name == "conformance_up"),
    )
}

async fn metadata_and_rules(s: &Suite<'_>) -> Outcome {
    let metadata = s.backend.metadata(&MetadataOptions::default()).await;
    metadata.map_err(|error| format!("metadata: {error}"))?;
    let rules = s.backend.rules(&RulesOptions::default()).await;
    rules.map_err(|error| format!("rules: {error}"))?;
    Ok(())
}
