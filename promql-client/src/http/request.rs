//! The fields of a request.

use reqwest::Url;

use crate::options::QueryLimits;
use crate::time::Timestamp;

/// The fields of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(Vec<(&'static str, String)>);

impl Form {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    pub(super) fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    pub(super) fn time(self, name: &'static str, time: Option<Timestamp>) -> Self {
        self.maybe(name, time.map(seconds))
    }

    pub(super) fn limits(self, limits: &QueryLimits) -> Self {
        let millis = |d: std::time::Duration| format!("{}ms", d.as_millis());
        self.maybe("timeout", limits.timeout.map(millis))
            .maybe("limit", limits.limit)
            .maybe("lookback_delta", limits.lookback.map(millis))
    }

    pub(super) fn encoded(&self) -> String {
        // The URL crate's own form encoding, on an address made for it.
        let Ok(mut url) = Url::parse("http://form/") else {
            return String::new();
        };
        url.query_pairs_mut().extend_pairs(&self.0);
        url.query().unwrap_or_default().to_owned()
    }
}

/// Seconds with milliseconds, exactly.
pub(super) fn seconds(time: Timestamp) -> String {
    let millis = time.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}
