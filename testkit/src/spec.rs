//! What a history is made of: services with their load, answers, latency and incidents.

use std::time::Duration;

use promql_client::Timestamp;

/// A history to generate.
#[derive(Clone, Debug)]
pub struct Spec {
    /// End of the history, a whole minute.
    pub end: Timestamp,
    /// How long it is, in whole minutes.
    pub length: Duration,
    /// Time between two scrapes of a target; a minute must be a multiple of it.
    pub scrape_interval: Duration,
    /// The services, each named once.
    pub services: Vec<ServiceSpec>,
}

impl Spec {
    /// The same with another length. Incidents keep their distance from the end; those before the
    /// start don't happen.
    #[must_use]
    pub fn lasting(self, length: Duration) -> Self {
        Self { length, ..self }
    }

    /// The same with another scrape interval.
    #[must_use]
    pub fn scraped_every(self, scrape_interval: Duration) -> Self {
        Self {
            scrape_interval,
            ..self
        }
    }

    /// The same with these services only; the ones that stay keep their histories.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.services
            .retain(|service| names.contains(&service.name.as_str()));
        self
    }

    /// Start of the history.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.end.minus(self.length)
    }
}

/// One service of the mesh.
#[derive(Clone, Debug)]
pub struct ServiceSpec {
    /// `destination_service_name`, and the workload's name.
    pub name: String,
    /// What its requests are.
    pub protocol: Protocol,
    /// How many requests it gets.
    pub load: Load,
    /// Its versions; their shares sum to 1.
    pub versions: Vec<VersionSpec>,
    /// Which proxies report latencies.
    pub latency: LatencySeries,
    /// How bucket bounds are written.
    pub bounds: BoundStyle,
    /// What happens to it.
    pub incidents: Vec<Incident>,
}

/// `request_protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP: failures are in `response_code`.
    Http,
    /// gRPC: `response_code` is 200 also where the call failed, `grpc_response_status` says so.
    Grpc,
}

/// Requests over the day.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Mean over a day.
    pub per_second: f64,
    /// Between night and day: 0 is steady, 1 goes from nothing to twice the mean.
    pub swing: f64,
}

impl Load {
    /// Requests per second at a time (milliseconds): lowest at 2:00, highest at 14:00 UTC.
    pub(crate) fn at(&self, millis: i64) -> f64 {
        let day = (millis.rem_euclid(86_400_000) as f64) / 86_400_000.0;
        let wave = ((day - 8.0 / 24.0) * std::f64::consts::TAU).sin();
        self.per_second * (1.0 + self.swing * wave)
    }
}

/// One version of a service: pods with the same behaviour.
#[derive(Clone, Debug)]
pub struct VersionSpec {
    /// `destination_version`.
    pub version: String,
    /// Its part of the service's requests.
    pub share: f64,
    /// Pods at a time.
    pub pods: usize,
    /// Answers other than the protocol's success, with their probabilities.
    pub answers: Vec<(Outcome, f64)>,
    /// Median latency in milliseconds.
    pub median_ms: f64,
    /// Shape of the log-logistic latency: the share at or under `x` is `1/(1 + (median/x)^shape)`.
    pub shape: f64,
}

/// Which proxies report `istio_request_duration_milliseconds` (23 series a label set: leaving some
/// out keeps a history small).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatencySeries {
    /// Neither.
    None,
    /// The server's proxy.
    Destination,
    /// Both proxies, as Istio does by default.
    Both,
}

/// How `le` is written, which depends on the server that scraped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundStyle {
    /// `le="100"`: Prometheus 2.x.
    Plain,
    /// `le="100.0"`: Prometheus 3.x.
    Decimal,
}

/// How a request ended, in Istio's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    /// `response_code`.
    pub code: &'static str,
    /// `response_flags`; `-` is none.
    pub flags: &'static str,
    /// `grpc_response_status`; empty (no label) for HTTP.
    pub grpc: &'static str,
    /// Whether it arrived at a pod; if not, only the caller's proxy knows of it.
    pub reached: bool,
}

impl Outcome {
    /// An answer of the service with this HTTP status.
    #[must_use]
    pub const fn http(code: &'static str) -> Self {
        Self {
            code,
            flags: "-",
            grpc: "",
            reached: true,
        }
    }

    /// An answer of the service with this gRPC status, in an HTTP 200.
    #[must_use]
    pub const fn grpc(status: &'static str) -> Self {
        Self {
            code: "200",
            flags: "-",
            grpc: status,
            reached: true,
        }
    }

    /// The caller went away before the answer: code `0`, flag `DC`.
    #[must_use]
    pub const fn client_left() -> Self {
        Self {
            code: "0",
            flags: "DC",
            grpc: "",
            reached: true,
        }
    }

    /// A 503 of the caller's own proxy, with the flag that says why (`UH`, `UF`).
    #[must_use]
    pub const fn unreachable(flags: &'static str) -> Self {
        Self {
            code: "503",
            flags,
            grpc: "",
            reached: false,
        }
    }

    /// Whether the service failed, by the usual reading: a 5xx, or a gRPC status of the server's
    /// making (2, 4, 12, 13, 14, 15). A caller that left (`0`, `DC`) is not the service's failure;
    /// count with [`crate::Ledger::window_of`] where another reading is tested.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.code.starts_with('5') || matches!(self.grpc, "2" | "4" | "12" | "13" | "14" | "15")
    }
}

/// Something that happens to a service. All times are whole minutes before the history's end.
#[derive(Clone, Copy, Debug)]
pub enum Incident {
    /// A part of the requests ends otherwise for a while.
    Burst {
        /// Start, before the end of the history.
        ago: Duration,
        /// How long.
        lasting: Duration,
        /// How they end.
        outcome: Outcome,
        /// Which part of them.
        ratio: f64,
    },
    /// All pods are replaced at once: new pod names, new instances.
    Deploy {
        /// When, before the end.
        ago: Duration,
    },
    /// The first pod's container restarts in place: same instance, all of its series start anew.
    Restart {
        /// When, before the end.
        ago: Duration,
        /// How long it is down (`up` is 0).
        down: Duration,
    },
    /// All pods vanish for good; their callers' requests fail from then on.
    Vanish {
        /// When, before the end.
        ago: Duration,
    },
}
