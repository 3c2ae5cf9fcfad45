//! The trait over HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::builder::HttpBuilder;
use super::call::Call;
use super::join::Joined;
use super::request::{Form, seconds};
use super::retry::Retry;
use super::room::Room;
use super::secrets::Secrets;
use super::split::split;
use super::times::{check_instant, check_range};
use super::transport::Peer;
use crate::backend::{Answer, MetricMetadata, PromQl, RuleGroup, RuleKind, ServerInfo};
use crate::error::Result;
use crate::expr::Selector;
use crate::hold::Hold;
use crate::labels::Labels;
use crate::options::{
    InstantOptions, LabelOptions, MetadataOptions, RangeOptions, RulesOptions, SeriesOptions,
};
use crate::time::Timestamp;
use crate::value::{Series, Value};
use crate::wire::Payload;

/// A Prometheus-compatible server over HTTP. Cheap to clone; clones share their connections and their
/// memory.
///
/// It must be asked in a tokio runtime; elsewhere every method is
/// [`Error::NoRuntime`](crate::Error::NoRuntime).
///
/// # Panics
/// In a tokio runtime that was built without I/O or without time (`enable_all` has both).
#[derive(Clone)]
pub struct HttpBackend {
    pub(super) inner: Arc<Inner>,
    /// Who keeps the answers, where somebody does.
    pub(super) hold: Option<Arc<Hold>>,
}

/// What all clones share.
pub(super) struct Inner {
    pub(super) client: reqwest::Client,
    pub(super) base: Url,
    /// Host and port, and the proxy between, as messages show them.
    pub(super) host: String,
    /// Host and port of the proxy.
    pub(super) proxy_host: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) secrets: Secrets,
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) max_response_bytes: u64,
    pub(super) max_steps: u64,
    pub(super) retry: Retry,
    pub(super) room: Arc<Room>,
    pub(super) clock: Option<Clock>,
    /// Whether POST was refused where GET was not.
    pub(super) get_only: AtomicBool,
    /// Whether a call has tried as often as it may since the last answer, and never had a connection.
    pub(super) given_up: AtomicBool,
    /// Whether times were only right when the server's cache was left out.
    pub(super) past_cache: AtomicBool,
}

/// Reads a clock.
pub(super) type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

impl Inner {
    /// The address of a path of the API.
    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        // An address with a host can always have a path.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url
    }

    pub(super) fn peer(&self) -> Peer<'_> {
        Peer {
            host: &self.host,
            proxy_host: self.proxy_host.as_deref(),
            connect_timeout: self.connect_timeout,
            secrets: &self.secrets,
        }
    }
}

impl HttpBackend {
    /// Configures a backend for a base address: `http://HOST:PORT[/PREFIX]`, without `/api/v1`.
    #[must_use]
    pub fn builder(url: impl Into<String>) -> HttpBuilder {
        HttpBuilder::new(url)
    }

    /// The base address, without credentials.
    #[must_use]
    pub fn url(&self) -> &str {
        self.inner.base.as_str()
    }

    /// A call of one request that has both a POST and a GET form.
    async fn query<T: Payload>(&self, path: &str, form: &Form) -> Result<Answer<T>> {
        let mut call = Call::new(self)?;
        let answer = call.query(path, form).await?;
        Ok(call.finish(answer))
    }

    /// A query whose answer must be of certain times. VictoriaMetrics rounds the times of longer ranges
    /// so that it can cache them, and a cache between may answer with something older: who answers
    /// with other times is asked once more, past its cache.
    async fn timed<T: Payload + Sync>(
        &self,
        call: &mut Call<'_>,
        path: &str,
        form: Form,
        fits: impl Fn(&T) -> Result<()> + Send,
    ) -> Result<Answer<T>> {
        let past_cache = &self.inner.past_cache;
        let mut wrong = None;
        if !past_cache.load(Ordering::Relaxed) {
            let answer = call.query(path, &form).await?;
            match fits(&answer.data) {
                Ok(()) => return Ok(answer),
                Err(error) => wrong = Some(error),
            }
        }
        let again = call.query(path, &form.with("nocache", "1")).await;
        let answer = match (again, wrong) {
            // Not every server takes a field that it does not know.
            (Err(_), Some(wrong)) => return Err(wrong),
            (again, _) => again?,
        };
        fits(&answer.data)?;
        past_cache.store(true, Ordering::Relaxed);
        Ok(answer)
    }

    /// A call of one request that only has a GET form.
    pub(super) async fn get<T: Payload>(&self, path: &str, form: &Form) -> Result<Answer<T>> {
        let mut call = Call::new(self)?;
        let answer = call.get(path, form).await?;
        Ok(call.finish(answer))
    }
}

impl fmt::Debug for HttpBackend {
    /// Without headers: they are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBackend")
            .field("url", &self.url())
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
        let mut call = Call::new(self)?;
        let fits = |value: &Value| check_instant(value, query, options.time);
        let answer = self.timed(&mut call, "api/v1/query", form, fits).await?;
        Ok(call.finish(answer))
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        let mut joined = Joined::default();
        let parts = split(query, options, self.inner.max_steps)?;
        let mut call = Call::new(self)?;
        for part in parts {
            let form = Form::default()
                .with("query", query)
                .with("start", seconds(part.start))
                .with("end", seconds(part.end))
                .with("step", format!("{}ms", part.step.as_millis()))
                .limits(&part.limits);
            let fits = |all: &Vec<Series>| check_range(all, &part);
            let path = "api/v1/query_range";
            joined.add(self.timed(&mut call, path, form, fits).await?);
        }
        Ok(call.finish(joined.finish(options.limits.limit)))
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

    fn holding(&self, hold: &Arc<Hold>) -> Option<Box<dyn PromQl>> {
        Some(Box::new(Self {
            inner: self.inner.clone(),
            hold: Some(hold.clone()),
        }))
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
