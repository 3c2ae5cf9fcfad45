//! The trait over HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use reqwest::Url;

use super::builder::HttpBuilder;
use super::request::{Form, seconds};
use super::retry::Retry;
use super::split::{join, split};
use crate::backend::{Answer, MetricMetadata, PromQl, RuleGroup, RuleKind, ServerInfo};
use crate::error::Result;
use crate::expr::Selector;
use crate::labels::Labels;
use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, RangeOptions, RulesOptions, SeriesOptions,
};
use crate::value::{Series, Value};

/// A Prometheus-compatible server over HTTP. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct HttpBackend {
    pub(super) client: reqwest::Client,
    pub(super) base: Arc<Url>,
    pub(super) max_response_bytes: u64,
    max_steps: u64,
    pub(super) retry: Retry,
    /// Whether POST was refused where GET was not.
    pub(super) get_only: Arc<AtomicBool>,
}

impl HttpBackend {
    /// Configures a backend for a base address: `http://HOST:PORT[/PREFIX]`, without `/api/v1`.
    #[must_use]
    pub fn builder(url: impl Into<String>) -> HttpBuilder {
        HttpBuilder::new(url)
    }

    pub(super) fn new(
        client: reqwest::Client,
        base: Arc<Url>,
        max_response_bytes: u64,
        max_steps: u64,
        retry: Retry,
    ) -> Self {
        let get_only = Arc::default();
        Self {
            client,
            base,
            max_response_bytes,
            max_steps,
            retry,
            get_only,
        }
    }

    /// The base address, without credentials.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str()
    }
}

impl fmt::Debug for HttpBackend {
    /// Without headers: they are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBackend")
            .field("url", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

fn label_form(options: &LabelOptions) -> Form {
    let selectors = options.selectors.iter();
    selectors
        .fold(Form::default(), |form, selector| {
            form.with("match[]", selector.to_string())
        })
        .time("start", options.start)
        .time("end", options.end)
        .maybe("limit", options.limit)
}

#[async_trait]
impl PromQl for HttpBackend {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        let form = Form::default()
            .with("query", query)
            .time("time", options.time)
            .limits(&options.limits);
        self.query("api/v1/query", &form).await
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        let mut parts = Vec::new();
        for part in split(query, options, self.max_steps)? {
            let form = Form::default()
                .with("query", query)
                .with("start", seconds(part.start))
                .with("end", seconds(part.end))
                .with("step", format!("{}ms", part.step.as_millis()))
                .limits(&part.limits);
            parts.push(self.query("api/v1/query_range", &form).await?);
        }
        Ok(join(parts, options.limits.limit))
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        let form = selectors
            .iter()
            .fold(Form::default(), |form, selector| {
                form.with("match[]", selector.to_string())
            })
            .time("start", options.start)
            .time("end", options.end)
            .maybe("limit", options.limit);
        self.query("api/v1/series", &form).await
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        self.query("api/v1/labels", &label_form(options)).await
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        self.get(
            &format!("api/v1/label/{}/values", escaped(label)),
            &label_form(options),
        )
        .await
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        let form = Form::default()
            .maybe("metric", options.metric.as_ref())
            .maybe("limit", options.limit);
        self.get("api/v1/metadata", &form).await
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        let kind = options.kind.map(|kind| match kind {
            RuleKind::Recording => "record",
            RuleKind::Alerting => "alert",
        });
        self.get("api/v1/rules", &Form::default().maybe("type", kind))
            .await
    }

    async fn server_info(&self) -> Result<ServerInfo> {
        self.info().await
    }
}

/// A label outside the classic alphabet, as Prometheus 3 wants it in a path (`U__` escaping).
fn escaped(label: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if label.chars().all(plain) && !label.starts_with(|c: char| c.is_ascii_digit()) {
        return label.to_owned();
    }
    let mut out = "U__".to_owned();
    for c in label.chars() {
        match c {
            '_' => out.push_str("__"),
            c if plain(c) => out.push(c),
            c => out.push_str(&format!("_{:x}_", c as u32)),
        }
    }
    out
}
