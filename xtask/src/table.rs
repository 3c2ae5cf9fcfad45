//! The layers of the architecture, as data. Arrows only point down.

/// Where a crate belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Talks to one kind of server through a trait; I/O behind features.
    Client,
    /// Computes; knows traits and plain types only.
    Domain,
    /// Command, examples, benches: the only ones that turn features on.
    Edge,
    /// For tests and chores, never published.
    Dev,
}

/// A crate's place.
#[derive(Debug)]
pub(crate) struct Row {
    /// Package name.
    pub(crate) name: &'static str,
    /// Its layer.
    pub(crate) layer: Layer,
    /// Workspace crates it may depend on; edges and dev crates may depend on all.
    pub(crate) may_use: &'static [&'static str],
}

const fn row(name: &'static str, layer: Layer, may_use: &'static [&'static str]) -> Row {
    Row {
        name,
        layer,
        may_use,
    }
}

/// Every workspace crate, those still to come included.
pub(crate) const TABLE: &[Row] = &[
    row("promql-client", Layer::Client, &[]),
    row("jaeger-client", Layer::Client, &[]),
    row("istio-client", Layer::Client, &[]),
    row("slo-core", Layer::Domain, &["promql-client"]),
    row("trace-core", Layer::Domain, &["jaeger-client"]),
    row(
        "canary-core",
        Layer::Domain,
        &["promql-client", "istio-client"],
    ),
    row("alerting", Layer::Domain, &["slo-core"]),
    row(
        "canary-store",
        Layer::Domain,
        &["canary-core", "istio-client"],
    ),
    row("meshobs", Layer::Edge, &[]),
    row("examples", Layer::Edge, &[]),
    row("benches", Layer::Edge, &[]),
    row("testkit", Layer::Dev, &[]),
    row("xtask", Layer::Dev, &[]),
    row("e2e", Layer::Dev, &[]),
];

/// Crates that never appear in the default tree of a client or a domain crate: executors, I/O,
/// licences that must be asked for, and randomness (a caller's seed is a parameter).
pub(crate) const BANNED: &[&str] = &[
    "tokio",
    "reqwest",
    "kube",
    "hyper",
    "inferno",
    "rand",
    "getrandom",
    "fastrand",
];

/// The row of a crate.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

impl Row {
    /// Whether the crate's dependencies are limited.
    pub(crate) fn is_limited(&self) -> bool {
        matches!(self.layer, Layer::Client | Layer::Domain)
    }
}
