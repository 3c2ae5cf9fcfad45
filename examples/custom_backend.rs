//! A backend of your own: implement [`PromQl`], prove it with the conformance suite, evaluate an SLO
//! with it.
//!
//! This one notes every query and passes it on; yours may ask another store, cache or limit.
//!
//! ```console
//! $ cargo run --example custom_backend
//! ```
#![allow(clippy::print_stdout, reason = "an example shows something")]

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures::executor::block_on;
use promql_client::{
    Answer, InstantOptions, LabelOptions, Labels, MemoryBackend, MetadataOptions, MetricMetadata,
    PromQl, RangeOptions, Result, RuleGroup, RulesOptions, Selector, Series, SeriesOptions,
    Timestamp, Value, conformance,
};
use slo_core::evaluate::{Options, evaluate};
use slo_core::sli::IstioService;
use slo_core::{Name, Sli, Slo, Window};

/// Notes what is asked.
#[derive(Debug)]
struct Audited<B> {
    inner: B,
    queries: Mutex<Vec<String>>,
}

impl<B> Audited<B> {
    fn new(inner: B) -> Self {
        let queries = Mutex::default();
        Self { inner, queries }
    }

    fn note(&self, query: &str) {
        let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        queries.push(query.to_owned());
    }
}

#[async_trait]
impl<B: PromQl> PromQl for Audited<B> {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        self.note(query);
        self.inner.instant(query, options).await
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.note(query);
        self.inner.range(query, options).await
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        self.inner.series(selectors, options).await
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        self.inner.label_names(options).await
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        self.inner.label_values(label, options).await
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        self.inner.metadata(options).await
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        self.inner.rules(options).await
    }
}

fn main() -> anyhow::Result<()> {
    let now = Timestamp::from_secs(1_795_435_200);

    // 1. The suite: does it answer as a Prometheus does?
    let backend = Audited::new(MemoryBackend::new());
    for series in conformance::dataset(now) {
        backend.inner.push_series(&series);
    }
    let report = block_on(conformance::check(&backend, now))?;
    println!("conformance: {} cases passed", report.passed.len());

    // 2. An SLO, evaluated through it.
    let backend = Audited::new(MemoryBackend::new());
    let slo = Slo::new(
        Name::new("checkout")?,
        Name::new("availability")?,
        "99.9".parse()?,
        Window::days(30)?,
        Sli::Events(IstioService::service("checkout", "shop").availability()?),
    );
    let evaluations = block_on(evaluate(&backend, &[slo], &Options::at(now)));
    for evaluation in evaluations {
        println!("without any series the outcome is {:?}", evaluation.outcome);
    }
    let queries = backend
        .queries
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let longest = queries.iter().map(String::len).max().unwrap_or_default();
    println!(
        "{} queries were asked, the longest of {longest} bytes",
        queries.len()
    );
    Ok(())
}
