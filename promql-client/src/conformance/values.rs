//! Cases about values: shapes, exactness, selection, nothing at all.

use std::time::Duration;

use super::dataset::{AWKWARD, BORN_AT, BORN_WITH, GAP, time_of};
use super::suite::{Failure, Outcome, Suite, expect, expect_close, expect_vector};
use crate::expr::Selector;
use crate::labels::Labels;
use crate::value::Value;

pub(super) async fn run(s: &mut Suite<'_>) -> Result<(), Failure> {
    let outcome = scalar(s).await;
    s.case("01 a scalar, exact to the last bit", outcome)?;
    let outcome = string(s).await;
    s.case("02 a string", outcome)?;
    let outcome = vector(s).await;
    s.case("03 a vector: labels, values, evaluation time", outcome)?;
    let outcome = matrix(s).await;
    s.case("04 a range vector: the samples as they were taken", outcome)?;
    let outcome = empty(s).await;
    s.case("05 nothing is an empty vector and no error", outcome)?;
    let outcome = odd(s).await;
    s.case("06 NaN, the infinities, tiny and negative values", outcome)?;
    let outcome = awkward(s).await;
    s.case("07 label values that must be escaped", outcome)?;
    let outcome = matchers(s).await;
    s.case(
        "08 matchers: absent labels, whole regular expressions",
        outcome,
    )?;
    let outcome = lookback(s).await;
    s.case(
        "09 the last sample counts for five minutes, a birth hides nothing",
        outcome,
    )?;
    let outcome = offset(s).await;
    s.case("10 an offset is an earlier evaluation", outcome)?;
    let outcome = taken(s).await;
    s.case("11 timestamp() says when the sample was taken", outcome)
}

async fn scalar(s: &Suite<'_>) -> Outcome {
    for (query, expected) in [
        ("0.1 + 0.2", 0.1_f64 + 0.2),
        ("1 / 3", 1.0 / 3.0),
        ("-1e-9", -1e-9),
    ] {
        match s.ask(query).await? {
            Value::Scalar(point) => {
                expect(query, expected.to_bits(), point.value.to_bits())?;
                expect("its time", s.at, point.timestamp)?;
            }
            other => return Err(format!("{query}: expected a scalar, got {other:?}")),
        }
    }
    Ok(())
}

async fn string(s: &Suite<'_>) -> Outcome {
    match s.ask(r#""two\nlines""#).await? {
        Value::String(time, text) => {
            expect("the string", "two\nlines", text.as_str())?;
            expect("its time", s.at, time)
        }
        other => Err(format!("expected a string, got {other:?}")),
    }
}

async fn vector(s: &Suite<'_>) -> Outcome {
    let got = s.vector("conformance_requests_total").await?;
    let expected: Vec<(Labels, f64)> = s
        .of_metric("conformance_requests_total")
        .into_iter()
        .filter_map(|series| Some((series.labels.clone(), s.truth(series, s.at)?)))
        .collect();
    expect("how many", 4, got.len())?;
    for sample in &got {
        expect("a sample's time", s.at, sample.timestamp)?;
    }
    expect_vector("the vector", &expected, &got)
}

async fn matrix(s: &Suite<'_>) -> Outcome {
    let query = "conformance_temperature[2m]";
    let Value::Matrix(got) = s.ask(query).await? else {
        return Err(format!("{query}: expected a matrix"));
    };
    let [got] = got.as_slice() else {
        return Err(format!("{query}: expected one series, got {got:?}"));
    };
    let from = s.at.minus(Duration::from_secs(120));
    for series in s.of_metric("conformance_temperature") {
        let inside = series.points.iter().copied();
        let inside = inside.filter(|p| p.timestamp > from && p.timestamp <= s.at);
        expect(query, inside.collect::<Vec<_>>(), got.points.clone())?;
        expect("its labels", &series.labels, &got.labels)?;
    }
    Ok(())
}

async fn empty(s: &Suite<'_>) -> Outcome {
    for query in [
        "conformance_missing",
        "sum(conformance_missing)",
        "conformance_temperature > 1000",
        r#"rate(conformance_requests_total{code="404"}[5m])"#,
    ] {
        expect(query, 0, s.vector(query).await?.len())?;
    }
    Ok(())
}

async fn odd(s: &Suite<'_>) -> Outcome {
    for (kind, expected) in [
        ("inf", f64::INFINITY),
        ("neginf", f64::NEG_INFINITY),
        ("tiny", 1e-300),
        ("negative", -0.1),
    ] {
        let query = format!("conformance_odd{{kind=\"{kind}\"}}");
        expect(&query, expected, s.number(&query).await?)?;
    }
    let query = "conformance_odd{kind=\"nan\"}";
    expect_close(query, f64::NAN, s.number(query).await?)?;
    expect_close("0 / 0", f64::NAN, s.number("0 / 0").await?)
}

async fn awkward(s: &Suite<'_>) -> Outcome {
    let selector = Selector::metric("conformance_awkward").eq("text", AWKWARD);
    let got = s.vector(&selector.to_string()).await?;
    let text = got.first().and_then(|sample| sample.labels.get("text"));
    expect("the label's value", Some(AWKWARD), text)
}

async fn matchers(s: &Suite<'_>) -> Outcome {
    for (query, expected) in [
        (r#"conformance_requests_total{code="200"}"#, 2),
        (r#"conformance_requests_total{code!="200"}"#, 2),
        (r#"conformance_requests_total{code=~"20"}"#, 0),
        (r#"conformance_requests_total{code=~"2..|5.."}"#, 4),
        (r#"conformance_requests_total{code!~"2.*"}"#, 2),
        (r#"conformance_requests_total{nothing=""}"#, 4),
        (r#"conformance_requests_total{nothing!=""}"#, 0),
        (r#"conformance_requests_total{instance="a",code="500"}"#, 1),
        (r#"{__name__=~"conformance_(up|temperature)"}"#, 3),
        (r#"conformance_awkward{text=~".*\n.*"}"#, 1),
        // A brace that repeats nothing is itself; whether a dot matches a line's end depends on the
        // generation.
        (r#"conformance_awkward{text=~"(.|\n)*{}"}"#, 1),
    ] {
        expect(query, expected, s.vector(query).await?.len())?;
    }
    Ok(())
}

async fn lookback(s: &Suite<'_>) -> Outcome {
    let jobs = "conformance_jobs_total";
    let last = time_of(GAP.start - 1, s.end);
    for (after, expected) in [(299, 1), (301, 0)] {
        let at = last.plus(Duration::from_secs(after));
        expect(jobs, expected, s.vector_at(jobs, at).await?.len())?;
    }
    let errors = "conformance_errors_total";
    let born = time_of(BORN_AT, s.end);
    let before = s
        .vector_at(errors, born.minus(Duration::from_millis(1)))
        .await?;
    expect("before the birth", 0, before.len())?;
    let at_birth = s.vector_at(errors, born).await?;
    let value = at_birth.first().and_then(crate::Sample::float);
    expect("at the birth", Some(BORN_WITH), value)
}

async fn offset(s: &Suite<'_>) -> Outcome {
    let earlier = s.at.minus(Duration::from_secs(600));
    let then = s.vector_at("conformance_temperature", earlier).await?;
    let now = s.vector("conformance_temperature offset 10m").await?;
    let floats = |v: &[crate::Sample]| v.iter().map(crate::Sample::float).collect::<Vec<_>>();
    expect("ten minutes ago", floats(&then), floats(&now))?;
    expect("how many", 1, now.len())
}

async fn taken(s: &Suite<'_>) -> Outcome {
    let expected = s.end.minus(Duration::from_secs(15)).as_secs_f64();
    let got = s.number("timestamp(conformance_temperature)").await?;
    expect("taken", expected, got)?;
    expect("time()", s.at.as_secs_f64(), s.number("time()").await?)
}
