//! A shared backend is a backend.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::backend::{Answer, MetricMetadata, PromQl, RuleGroup, ServerInfo};
use crate::error::Result;
use crate::expr::Selector;
use crate::hold::Hold;
use crate::labels::Labels;
use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, RangeOptions, RulesOptions, SeriesOptions,
};
use crate::value::{Series, Value};

/// So that an `Arc<dyn PromQl>` can stand wherever a backend is wrapped in another one.
#[async_trait]
impl<T: PromQl + ?Sized> PromQl for Arc<T> {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        (**self).instant(query, options).await
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        (**self).range(query, options).await
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        (**self).series(selectors, options).await
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        (**self).label_names(options).await
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        (**self).label_values(label, options).await
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        (**self).metadata(options).await
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        (**self).rules(options).await
    }

    async fn server_info(&self) -> Result<ServerInfo> {
        (**self).server_info().await
    }

    fn holding(&self, hold: &Arc<Hold>) -> Option<Box<dyn PromQl>> {
        (**self).holding(hold)
    }
}
