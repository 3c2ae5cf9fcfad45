//! The decorator that records.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::recording::Recording;
use super::request::Request;
use crate::backend::{Answer, MetricMetadata, PromQl, RuleGroup, ServerInfo};
use crate::error::Result;
use crate::expr::{Selector, format_duration};
use crate::labels::Labels;
use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, RangeOptions, RulesOptions, SeriesOptions,
};
use crate::value::{Series, Value};
use crate::wire::Payload;

/// Asks a backend and keeps every request with its answer or error. May be shared and asked
/// concurrently.
#[derive(Debug)]
pub struct Recorder<B> {
    inner: B,
    recording: Mutex<Recording>,
}

impl<B: PromQl> Recorder<B> {
    /// Records what this backend answers.
    pub fn new(inner: B) -> Self {
        Self {
            inner,
            recording: Mutex::default(),
        }
    }

    /// What was recorded so far.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let recording = self.recording.lock();
        recording.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep<T: Payload>(&self, request: Request, result: Result<Answer<T>>) -> Result<Answer<T>> {
        let mut recording = self
            .recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        recording.push(request, &result);
        result
    }
}

#[async_trait]
impl<B: PromQl> PromQl for Recorder<B> {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        let result = self.inner.instant(query, options).await;
        self.keep(Request::instant(query, options), result)
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        let result = self.inner.range(query, options).await;
        self.keep(Request::range(query, options), result)
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        let result = self.inner.series(selectors, options).await;
        self.keep(Request::series(selectors, options), result)
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        let result = self.inner.label_names(options).await;
        self.keep(Request::labels(None, options), result)
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        let result = self.inner.label_values(label, options).await;
        self.keep(Request::labels(Some(label), options), result)
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        let result = self.inner.metadata(options).await;
        self.keep(Request::metadata(options), result)
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        let result = self.inner.rules(options).await;
        self.keep(Request::rules(options), result)
    }

    async fn server_info(&self) -> Result<ServerInfo> {
        let (info, page) = match self.inner.server_info().await {
            Ok(info) => {
                let mut page = BTreeMap::new();
                page.extend(info.version.clone().map(|v| ("version".to_owned(), v)));
                let retention = info.retention.map(format_duration);
                page.extend(retention.map(|r| ("retention".to_owned(), r)));
                (Some(info), Ok(Answer::new(page)))
            }
            Err(error) => (None, Err(error)),
        };
        let kept = self.keep(Request::server_info(), page);
        kept.map(|_| info.unwrap_or_default())
    }
}
