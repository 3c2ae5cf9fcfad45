//! A backend whose answers take a few turns, and that counts how many are under way.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use promql_client::{
    Answer, InstantOptions, LabelOptions, Labels, MetadataOptions, MetricMetadata, PromQl,
    RangeOptions, Result, RuleGroup, RulesOptions, Selector, Series, SeriesOptions, ServerInfo,
    Value,
};

#[derive(Debug, Default)]
pub(crate) struct Slow {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Slow {
    /// The most requests that were under way at once.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    async fn wait(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        let mut turns = 3;
        poll_fn(|context| {
            turns -= 1;
            context.waker().wake_by_ref();
            if turns > 0 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        self.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait::async_trait]
impl PromQl for Slow {
    async fn instant(&self, _: &str, _: &InstantOptions) -> Result<Answer<Value>> {
        self.wait().await;
        Ok(Answer::new(Value::Vector(Vec::new())))
    }

    async fn range(&self, _: &str, _: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.wait().await;
        Ok(Answer::new(Vec::new()))
    }

    async fn series(&self, _: &[Selector], _: &SeriesOptions) -> Result<Answer<Vec<Labels>>> {
        Ok(Answer::new(Vec::new()))
    }

    async fn label_names(&self, _: &LabelOptions) -> Result<Answer<Vec<String>>> {
        Ok(Answer::new(Vec::new()))
    }

    async fn label_values(&self, _: &str, _: &LabelOptions) -> Result<Answer<Vec<String>>> {
        self.wait().await;
        Ok(Answer::new(Vec::new()))
    }

    async fn metadata(
        &self,
        _: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        Ok(Answer::new(BTreeMap::new()))
    }

    async fn rules(&self, _: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        Ok(Answer::new(Vec::new()))
    }

    async fn server_info(&self) -> Result<ServerInfo> {
        self.wait().await;
        Ok(ServerInfo::default())
    }
}
