//! The backend that answers from a recording.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::recording::Recording;
use super::request::Request;
use crate::backend::{Answer, MetricMetadata, PromQl, RuleGroup, ServerInfo};
use crate::error::{Error, Result};
use crate::expr::{Selector, parse_duration};
use crate::labels::Labels;
use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, RangeOptions, RulesOptions, SeriesOptions,
};
use crate::value::{Series, Value};
use crate::wire::Payload;

/// Answers what was recorded, exactly; anything else is [`Error::Unsupported`] with the request
/// named. May be shared and asked concurrently.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
    /// How often each request was asked.
    asked: Mutex<BTreeMap<Request, usize>>,
}

impl Replay {
    /// Answers from this recording.
    #[must_use]
    pub fn new(recording: Recording) -> Self {
        Self {
            recording,
            asked: Mutex::default(),
        }
    }

    fn answer<T: Payload>(&self, request: Request) -> Result<Answer<T>> {
        let Some(outcomes) = self.recording.outcomes.get(&request) else {
            return Err(self.unknown(&request));
        };
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.entry(request.clone()).or_default();
        let outcome = outcomes.get(*count).or(outcomes.last());
        *count += 1;
        drop(asked);
        match outcome {
            Some(outcome) => outcome.replay(),
            None => Err(self.unknown(&request)),
        }
    }

    fn unknown(&self, request: &Request) -> Error {
        let mut known = self.recording.outcomes.keys();
        let hint = if known.any(|known| known.is_about_the_same(request)) {
            "; it has it at other times or with other options"
        } else {
            ""
        };
        Error::Unsupported {
            what: format!("the recording has no answer to {request}{hint}"),
        }
    }
}

#[async_trait]
impl PromQl for Replay {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        self.answer(Request::instant(query, options))
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.answer(Request::range(query, options))
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        self.answer(Request::series(selectors, options))
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        self.answer(Request::labels(None, options))
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        self.answer(Request::labels(Some(label), options))
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        self.answer(Request::metadata(options))
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        self.answer(Request::rules(options))
    }

    async fn server_info(&self) -> Result<ServerInfo> {
        let page: BTreeMap<String, String> = self.answer(Request::server_info())?.data;
        let retention = page.get("retention").and_then(|text| parse_duration(text));
        Ok(ServerInfo::new(page.get("version").cloned(), retention))
    }
}
