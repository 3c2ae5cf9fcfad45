//! A deadline for a whole run.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use promql_client::expr::format_duration;
use promql_client::{
    Answer, Error, Hold, InstantOptions, LabelOptions, Labels, MetadataOptions, MetricMetadata,
    PromQl, RangeOptions, Result, RuleGroup, RulesOptions, Selector, Series, SeriesOptions,
    ServerInfo, Value,
};
use tokio::time::{Instant, timeout_at};

/// A backend that answers until a moment, and then with a typed error at once. A request that runs at
/// that moment is cut, so a run with a deadline ends, and with all that is known by then.
#[derive(Debug)]
pub(crate) struct Deadline<B> {
    backend: B,
    limit: Option<Limit>,
    reached: Arc<AtomicBool>,
}

/// When a run ends at the latest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    length: Duration,
    end: Instant,
}

impl Limit {
    /// So long from now on; `None` never ends.
    pub(crate) fn from_now(length: Option<Duration>) -> Option<Self> {
        let length = length?;
        // One that no clock can hold is none.
        let end = Instant::now().checked_add(length)?;
        Some(Self { length, end })
    }

    /// What may wait for another program, in a thread of its own: one that is late goes on there, and
    /// ends with the program. `None` where it is late.
    pub(crate) fn wait<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, done) = mpsc::channel();
        thread::spawn(move || sender.send(work()));
        let left = self.end.saturating_duration_since(Instant::now());
        done.recv_timeout(left).ok()
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deadline of {}", format_duration(self.length))
    }
}

impl<B: PromQl> Deadline<B> {
    /// Until then; `None` never ends.
    pub(crate) fn new(backend: B, limit: Option<Limit>) -> Self {
        Self {
            backend,
            limit,
            reached: Arc::default(),
        }
    }

    /// The deadline in words, where any answer missed it.
    pub(crate) fn missed(&self) -> Option<String> {
        let limit = self
            .limit
            .filter(|_| self.reached.load(Ordering::Relaxed))?;
        Some(format!("the {limit} for the whole run was reached"))
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let Some(limit) = self.limit else {
            return answer.await;
        };
        // An answer that is ready at once would still be taken.
        if Instant::now() < limit.end
            && let Ok(answer) = timeout_at(limit.end, answer).await
        {
            return answer;
        }
        self.reached.store(true, Ordering::Relaxed);
        Err(Error::NoAnswer {
            message: self.missed().unwrap_or_default(),
        })
    }
}

#[async_trait]
impl<B: PromQl> PromQl for Deadline<B> {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        self.in_time(self.backend.instant(query, options)).await
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.in_time(self.backend.range(query, options)).await
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        self.in_time(self.backend.series(selectors, options)).await
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        self.in_time(self.backend.label_names(options)).await
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        let answer = self.backend.label_values(label, options);
        self.in_time(answer).await
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        self.in_time(self.backend.metadata(options)).await
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        self.in_time(self.backend.rules(options)).await
    }

    async fn server_info(&self) -> Result<ServerInfo> {
        self.in_time(self.backend.server_info()).await
    }

    fn holding(&self, hold: &Arc<Hold>) -> Option<Box<dyn PromQl>> {
        let backend: Arc<dyn PromQl> = self.backend.holding(hold)?.into();
        Some(Box::new(Deadline {
            backend,
            limit: self.limit,
            reached: self.reached.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use promql_client::{MemoryBackend, Timestamp};

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(future)
    }

    fn soon(length: Duration) -> Option<Limit> {
        Limit::from_now(Some(length))
    }

    #[test]
    fn after_the_deadline_nothing_is_asked() {
        let nobody = Deadline::new(MemoryBackend::new(), soon(Duration::from_nanos(1)));
        thread::sleep(Duration::from_millis(1));
        let options = InstantOptions::default();
        let error = run(nobody.instant("1", &options)).unwrap_err();
        assert_eq!(error.kind(), "timeout");
        assert!(error.to_string().contains("deadline"), "{error}");
        assert!(nobody.missed().is_some());
    }

    #[test]
    fn until_then_everything_is_passed_on() {
        for length in [None, Some(Duration::from_secs(60)), Some(Duration::MAX)] {
            let backend = Deadline::new(MemoryBackend::new(), Limit::from_now(length));
            let options = InstantOptions::at(Timestamp::from_secs(0));
            run(backend.instant("1", &options)).unwrap();
            assert_eq!(backend.missed(), None);
        }
    }

    #[test]
    fn a_running_request_is_cut() {
        let backend = Deadline::new(MemoryBackend::new(), soon(Duration::from_millis(20)));
        let never = std::future::pending::<Result<()>>();
        assert!(run(backend.in_time(never)).is_err());
        assert!(backend.missed().unwrap().contains("20ms"));
    }
}
