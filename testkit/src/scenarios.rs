//! The services of the namespace `shop`, one per trap that an SLO tool can fall into.

use std::time::Duration;

use promql_client::Timestamp;

use crate::spec::{
    BoundStyle, Incident, LatencySeries, Load, Outcome, Protocol, ServiceSpec, Spec, VersionSpec,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

impl Spec {
    /// Thirty days of the namespace `shop`, scraped once a minute, up to `end` (a whole minute):
    ///
    /// | service | what it is there for |
    /// |---|---|
    /// | `api-gateway` | busy, day and night, 0.05 % errors, some 404 |
    /// | `feature-service` | two pods; a burst of errors 3 days ago, a deploy on day 12, a restart in place on day 20, callers that leave |
    /// | `model-inference` | two versions of different latency and errors; p95 near 100 ms; `le="100.0"` |
    /// | `post-processing` | never failed: there is no 5xx series; both proxies report latencies |
    /// | `quiet-batch` | about 10 requests an hour, isolated errors |
    /// | `dead-service` | its pods vanish 2 h before the end; from then on only its callers' proxies speak of it |
    /// | `grpc-service` | failures only in `grpc_response_status`: 14 and 2, and 5, which is none of its own |
    #[must_use]
    pub fn shop(end: Timestamp) -> Self {
        Self {
            end,
            length: 30 * DAY,
            scrape_interval: MINUTE,
            services: vec![
                api_gateway(),
                feature_service(),
                model_inference(),
                post_processing(),
                quiet_batch(),
                dead_service(),
                grpc_service(),
            ],
        }
    }
}

/// A steady HTTP service of one version and one pod, answering in about 20 ms.
fn plain(name: &str, per_second: f64) -> ServiceSpec {
    ServiceSpec {
        name: name.to_owned(),
        protocol: Protocol::Http,
        load: Load {
            per_second,
            swing: 0.0,
        },
        versions: vec![version("v1", 1.0, vec![])],
        latency: LatencySeries::None,
        bounds: BoundStyle::Plain,
        incidents: vec![],
    }
}

fn version(name: &str, share: f64, answers: Vec<(Outcome, f64)>) -> VersionSpec {
    VersionSpec {
        version: name.to_owned(),
        share,
        pods: 1,
        answers,
        median_ms: 20.0,
        shape: 4.25,
    }
}

fn api_gateway() -> ServiceSpec {
    ServiceSpec {
        load: Load {
            per_second: 40.0,
            swing: 0.8,
        },
        versions: vec![version(
            "v1",
            1.0,
            vec![(Outcome::http("503"), 0.0005), (Outcome::http("404"), 0.01)],
        )],
        latency: LatencySeries::Destination,
        ..plain("api-gateway", 40.0)
    }
}

fn feature_service() -> ServiceSpec {
    let answers = vec![
        (Outcome::http("500"), 0.0001),
        (Outcome::client_left(), 0.0005),
    ];
    ServiceSpec {
        versions: vec![VersionSpec {
            pods: 2,
            ..version("v1", 1.0, answers)
        }],
        incidents: vec![
            Incident::Burst {
                ago: 3 * DAY,
                lasting: 40 * MINUTE,
                outcome: Outcome::http("500"),
                ratio: 0.4,
            },
            Incident::Deploy { ago: 18 * DAY },
            Incident::Restart {
                ago: 10 * DAY,
                down: 2 * MINUTE,
            },
        ],
        ..plain("feature-service", 8.0)
    }
}

fn model_inference() -> ServiceSpec {
    ServiceSpec {
        load: Load {
            per_second: 5.0,
            swing: 0.5,
        },
        versions: vec![
            VersionSpec {
                median_ms: 45.0,
                ..version("v1", 0.8, vec![])
            },
            VersionSpec {
                median_ms: 60.0,
                ..version("v2", 0.2, vec![(Outcome::http("500"), 0.004)])
            },
        ],
        latency: LatencySeries::Destination,
        bounds: BoundStyle::Decimal,
        ..plain("model-inference", 5.0)
    }
}

fn post_processing() -> ServiceSpec {
    ServiceSpec {
        latency: LatencySeries::Both,
        ..plain("post-processing", 2.0)
    }
}

fn quiet_batch() -> ServiceSpec {
    ServiceSpec {
        versions: vec![version("v1", 1.0, vec![(Outcome::http("500"), 0.002)])],
        latency: LatencySeries::Destination,
        ..plain("quiet-batch", 10.0 / 3_600.0)
    }
}

fn dead_service() -> ServiceSpec {
    ServiceSpec {
        versions: vec![version("v1", 1.0, vec![(Outcome::http("500"), 0.0002)])],
        incidents: vec![Incident::Vanish { ago: 2 * HOUR }],
        ..plain("dead-service", 3.0)
    }
}

fn grpc_service() -> ServiceSpec {
    let answers = vec![
        (Outcome::grpc("14"), 0.0008),
        (Outcome::grpc("2"), 0.0003),
        (Outcome::grpc("5"), 0.02),
    ];
    ServiceSpec {
        protocol: Protocol::Grpc,
        versions: vec![version("v1", 1.0, answers)],
        ..plain("grpc-service", 4.0)
    }
}
