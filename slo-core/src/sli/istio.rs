//! Presets for Istio's standard metrics, sidecar and ambient.
//!
//! Istio reports a request twice, from the caller's proxy and from the server's, so every selector
//! here pins `reporter`. A service that is down reports nothing at all: what only the callers' proxies
//! saw (the request never reached a workload) is added to both legs. See Istio's page *Standard
//! Metrics* and Envoy's *response flags*.

use promql_client::Selector;
use promql_client::expr::{check_pattern, escape_regex};

use super::latency::{Buckets, Latency};
use super::leg::{Counter, Leg};
use super::{EventSli, ThroughputSli};
use crate::error::{Error, Result};

/// Response flags of requests that never reached a workload: no healthy upstream, connection failure,
/// overflow (circuit breaker), no route, no cluster. Only the caller's proxy knows of them.
pub const UNREACHED_FLAGS: [&str; 5] = ["UH", "UF", "UO", "NR", "NC"];

const REQUESTS: &str = "istio_requests_total";
const DURATION: &str = "istio_request_duration_milliseconds";

/// Which proxy's word counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reporter {
    /// The server's sidecar. The default.
    #[default]
    Destination,
    /// The callers' sidecars and gateways.
    Source,
    /// The waypoint proxy of an ambient mesh.
    Waypoint,
}

impl Reporter {
    /// The label's value.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Destination => "destination",
            Self::Source => "source",
            Self::Waypoint => "waypoint",
        }
    }
}

/// Whether a service's errors are read from HTTP status codes alone or from gRPC ones, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// `response_code`. The default.
    #[default]
    Http,
    /// `response_code`, and `grpc_response_status` where that says OK.
    Grpc,
}

/// What a request counts as whose client went away before there was a response (`response_code="0"`
/// with flag `DC`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientGone {
    /// Good: nothing says that the service would have failed. The default.
    #[default]
    Good,
    /// Bad: the client may have been tired of waiting.
    Bad,
}

/// What counts as an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorClasses {
    /// An anchored pattern of HTTP status codes. By default `5..|0`: server errors, and no response
    /// at all. A redirect or a client's mistake spends no budget.
    pub http: String,
    /// gRPC status codes. By default the six that OpenTelemetry holds the server responsible for:
    /// UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS.
    pub grpc: Vec<u8>,
    /// What a request is whose client went away.
    pub client_gone: ClientGone,
}

impl Default for ErrorClasses {
    fn default() -> Self {
        Self {
            http: "5..|0".to_owned(),
            grpc: vec![2, 4, 12, 13, 14, 15],
            client_gone: ClientGone::Good,
        }
    }
}

/// One service of the mesh, by its exact name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IstioService {
    /// Which label names it, and its value.
    identity: (&'static str, String),
    /// Its namespace; `None` takes the name in every namespace.
    namespace: Option<(&'static str, String)>,
    /// Whose word counts.
    pub reporter: Reporter,
    /// Which status counts.
    pub protocol: Protocol,
    /// What counts as an error.
    pub errors: ErrorClasses,
}

impl IstioService {
    /// A Kubernetes service: `destination_service_name` and `destination_service_namespace`.
    #[must_use]
    pub fn service(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self::named("destination_service_name", name.into())
            .within("destination_service_namespace", namespace.into())
    }

    /// A workload: `destination_workload` and `destination_workload_namespace`.
    #[must_use]
    pub fn workload(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self::named("destination_workload", name.into())
            .within("destination_workload_namespace", namespace.into())
    }

    fn named(label: &'static str, name: String) -> Self {
        Self {
            identity: (label, name),
            namespace: None,
            reporter: Reporter::default(),
            protocol: Protocol::default(),
            errors: ErrorClasses::default(),
        }
    }

    fn within(mut self, label: &'static str, namespace: String) -> Self {
        self.namespace = Some((label, namespace));
        self
    }

    /// The same service seen by another reporter.
    #[must_use]
    pub fn reported_by(mut self, reporter: Reporter) -> Self {
        self.reporter = reporter;
        self
    }

    /// The same service with other errors.
    #[must_use]
    pub fn with_errors(mut self, protocol: Protocol, errors: ErrorClasses) -> Self {
        self.protocol = protocol;
        self.errors = errors;
        self
    }

    fn select(&self, metric: &str, reporter: Reporter) -> Selector {
        let (label, name) = &self.identity;
        let selector = Selector::metric(metric)
            .eq("reporter", reporter.label())
            .eq(*label, name);
        match &self.namespace {
            Some((label, namespace)) => selector.eq(*label, namespace),
            None => selector,
        }
    }

    /// What only the callers' proxies saw; nothing where they are the reporter anyway.
    fn unreached(&self) -> Option<Counter> {
        if self.reporter == Reporter::Source {
            return None;
        }
        let seen = self.select(REQUESTS, Reporter::Source);
        let flags = format!("(.*,)?({})(,.*)?", UNREACHED_FLAGS.join("|"));
        Some(Counter::new(seen.clone().re("response_flags", flags)).witnessed_by(seen))
    }

    /// All requests.
    #[must_use]
    pub fn requests(&self) -> Leg {
        let own = Counter::new(self.select(REQUESTS, self.reporter));
        Leg::Counters(std::iter::once(own).chain(self.unreached()).collect())
    }

    /// The share of failed requests.
    ///
    /// # Errors
    /// [`Error::Sli`] where the HTTP pattern is no regular expression or nothing counts as an error.
    pub fn availability(&self) -> Result<EventSli> {
        let ErrorClasses {
            http,
            grpc,
            client_gone,
        } = &self.errors;
        if http.is_empty() && (grpc.is_empty() || self.protocol == Protocol::Http) {
            return Err(Error::Sli {
                why: "nothing counts as an error".to_owned(),
            });
        }
        check_pattern(http).map_err(|error| Error::Sli {
            why: error.to_string(),
        })?;
        let all = self.select(REQUESTS, self.reporter);
        let mut bad = Vec::new();
        if !http.is_empty() {
            let failed = all.clone().re("response_code", http.as_str());
            bad.push(match client_gone {
                // The flag alone: a response that had begun when the client left is no service's
                // error, either.
                ClientGone::Good => failed.not_re("response_flags", "(.*,)?DC(,.*)?"),
                ClientGone::Bad => failed,
            });
        }
        if self.protocol == Protocol::Grpc && !grpc.is_empty() {
            let codes: Vec<String> = grpc
                .iter()
                .map(|code| escape_regex(&code.to_string()))
                .collect();
            bad.push(all.clone().re("grpc_response_status", codes.join("|")));
        }
        let own = bad
            .into_iter()
            .map(|s| Counter::new(s).witnessed_by(all.clone()));
        let bad = Leg::Counters(own.chain(self.unreached()).collect());
        Ok(EventSli::new(bad, self.requests()))
    }

    /// The share of requests above a threshold in milliseconds, from classic histograms.
    ///
    /// # Errors
    /// [`Error::Sli`] where the threshold is not above zero.
    pub fn latency(&self, threshold_ms: f64) -> Result<EventSli> {
        let base = self.select(DURATION, self.reporter);
        self.latency_from(Buckets::classic(&base), threshold_ms)
    }

    /// The share of requests above a threshold in milliseconds, from native histograms.
    ///
    /// # Errors
    /// [`Error::Sli`] where the threshold is not above zero.
    pub fn latency_native(&self, threshold_ms: f64) -> Result<EventSli> {
        let histogram = self.select(DURATION, self.reporter);
        self.latency_from(Buckets::Native { histogram }, threshold_ms)
    }

    fn latency_from(&self, buckets: Buckets, threshold: f64) -> Result<EventSli> {
        if !(threshold > 0.0 && threshold.is_finite()) {
            return Err(Error::Sli {
                why: format!("a threshold of {threshold} ms"),
            });
        }
        Ok(EventSli::latency(Latency {
            buckets,
            threshold,
            unit_ms: 1.0,
        }))
    }

    /// A floor on the request rate.
    ///
    /// # Errors
    /// [`Error::Sli`] where the floor is not above zero.
    pub fn throughput(&self, floor_per_second: f64) -> Result<ThroughputSli> {
        ThroughputSli::new(self.requests(), floor_per_second)
    }
}
