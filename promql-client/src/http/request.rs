//! Sending a request: as a form by POST, by GET where POST is refused.

use std::sync::atomic::Ordering;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode, Url};

use super::body::{Body, transport};
use super::client::HttpBackend;
use crate::backend::Answer;
use crate::error::Result;
use crate::options::QueryLimits;
use crate::time::Timestamp;
use crate::wire::Payload;

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

    fn encoded(&self) -> String {
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

impl HttpBackend {
    /// A request that has both a POST and a GET form.
    pub(super) async fn query<T: Payload>(&self, path: &str, form: &Form) -> Result<Answer<T>> {
        let form = form.encoded();
        self.retry.run(|| self.query_once(path, &form)).await
    }

    /// A request that only has a GET form.
    pub(super) async fn get<T: Payload>(&self, path: &str, form: &Form) -> Result<Answer<T>> {
        let form = form.encoded();
        self.retry
            .run(|| async { self.send(Method::GET, path, &form).await?.decode() })
            .await
    }

    async fn query_once<T: Payload>(&self, path: &str, form: &str) -> Result<Answer<T>> {
        if !self.get_only.load(Ordering::Relaxed) {
            let body = self.send(Method::POST, path, form).await?;
            let refused = [
                StatusCode::FORBIDDEN,
                StatusCode::METHOD_NOT_ALLOWED,
                StatusCode::NOT_IMPLEMENTED,
            ];
            if !refused.contains(&body.status) {
                return body.decode();
            }
        }
        let body = self.send(Method::GET, path, form).await?;
        if body.status.is_success() {
            self.get_only.store(true, Ordering::Relaxed);
        }
        body.decode()
    }

    async fn send(&self, method: Method, path: &str, form: &str) -> Result<Body> {
        let mut url = (*self.base).clone();
        // An address with a host can always have a path.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        let request = if method == Method::POST {
            let kind = "application/x-www-form-urlencoded";
            self.client
                .post(url)
                .header(CONTENT_TYPE, kind)
                .body(form.to_owned())
        } else {
            if !form.is_empty() {
                url.set_query(Some(form));
            }
            self.client.get(url)
        };
        let response = request.send().await.map_err(transport)?;
        Body::read(response, self.max_response_bytes).await
    }
}
