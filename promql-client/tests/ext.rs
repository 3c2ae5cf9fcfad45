//! Exactly one number, a ratio, one series: and what is neither.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use promql_client::expr::{Function, call, sum};
use promql_client::replay::Recorder;
use promql_client::{
    Answer, Completeness, Error, Expr, InstantOptions, Labels, MemoryBackend, NativeHistogram,
    PromQl, PromQlExt, RangeOptions, Ratio, Selector, Timestamp, Value,
};

fn backend() -> MemoryBackend {
    let backend = MemoryBackend::new();
    for (i, value) in [("a", 3.0), ("b", 5.0)] {
        let labels = Labels::from_pairs([("__name__", "x"), ("i", i)]);
        backend.push(&labels, Timestamp::from_secs(0), value);
    }
    let histogram = Labels::from_pairs([("__name__", "h")]);
    backend.push_histogram(
        &histogram,
        Timestamp::from_secs(0),
        NativeHistogram::default(),
    );
    backend
}

fn x() -> Expr {
    Selector::metric("x").instant()
}

fn at() -> InstantOptions {
    InstantOptions::at(Timestamp::from_secs(60))
}

fn missing() -> Expr {
    Selector::metric("missing").instant()
}

#[test]
fn a_label_set_is_selected_by_its_metric_and_labels() {
    let labels = Labels::from_pairs([("__name__", "up"), ("job", "api")]);
    assert_eq!(Selector::exactly(&labels).to_string(), r#"up{job="api"}"#);
}

#[test]
fn a_number_is_one_or_none() {
    let backend = backend();
    let number = |expr: &Expr| block_on(backend.number(expr, &at())).map(|a| a.data);
    assert_eq!(number(&sum(x())).unwrap(), Some(8.0));
    assert_eq!(number(&Expr::Number(2.0)).unwrap(), Some(2.0));
    assert_eq!(number(&missing()).unwrap(), None);
    assert!(
        number(&call(Function::Scalar, [missing()]))
            .unwrap()
            .unwrap()
            .is_nan()
    );
}

#[test]
fn what_is_no_number_is_named() {
    let backend = backend();
    for (expr, names) in [
        (x(), "2 series: x{i=\"a\"}, x{i=\"b\"}"),
        (Selector::metric("h").instant(), "a native histogram: h{}"),
        (Expr::Text("words".to_owned()), "a string"),
        (
            Selector::metric("x").range(Duration::from_secs(60)).into(),
            "a matrix",
        ),
    ] {
        match block_on(backend.number(&expr, &at())) {
            Err(Error::Shape { got, .. }) => assert_eq!(got, names),
            other => panic!("{expr}: {other:?}"),
        }
    }
}

#[test]
fn a_ratio_has_one_time_and_knows_nothing_from_zero() {
    let backend = backend();
    let ratio =
        |part: Expr, whole: Expr| block_on(backend.ratio(&part, &whole, &at())).unwrap().data;
    let three = sum(Selector::metric("x").eq("i", "a").instant());
    let both = Ratio::Value {
        part: 3.0,
        whole: 8.0,
    };
    assert_eq!(ratio(three.clone(), sum(x())), both);
    assert_eq!(both.value(), Some(0.375));
    assert_eq!(ratio(missing(), sum(x())).value(), Some(0.0));
    assert_eq!(ratio(three.clone(), missing()), Ratio::NoData);
    assert_eq!(ratio(three.clone(), Expr::Number(0.0)).value(), None);
    let unpinned = block_on(backend.ratio(&three, &three, &InstantOptions::default()));
    assert!(matches!(unpinned, Err(Error::InvalidRequest { .. })));
}

#[test]
fn a_ratios_remarks_are_those_of_both_legs() {
    let backend = MemoryBackend::new();
    let part = Answer::with_remarks(
        Value::Vector(Vec::new()),
        vec!["partial response: one store is down".to_owned()],
        vec!["an info".to_owned()],
    );
    backend.script("missing", part);
    let ratio = block_on(backend.ratio(&missing(), &Expr::Number(1.0), &at())).unwrap();
    assert_eq!(ratio.completeness, Completeness::Partial);
    assert_eq!((ratio.warnings.len(), ratio.infos.len()), (1, 1));
}

#[test]
fn one_series_is_one_or_none() {
    let backend = backend();
    let options = RangeOptions::new(
        Timestamp::from_secs(0),
        Timestamp::from_secs(60),
        Duration::from_secs(15),
    );
    let one = |expr: &Expr| block_on(backend.one_series(expr, &options)).map(|a| a.data);
    assert_eq!(one(&sum(x())).unwrap().unwrap().points.len(), 5);
    assert_eq!(one(&missing()).unwrap(), None);
    assert!(matches!(one(&x()), Err(Error::Shape { .. })));
}

#[test]
fn a_shared_backend_is_a_backend() {
    let shared: Arc<dyn PromQl> = Arc::new(backend());
    let recorder = Recorder::new(shared.clone());
    let number = block_on(recorder.number(&sum(x()), &at())).unwrap();
    assert_eq!(number.data, Some(8.0));
}
