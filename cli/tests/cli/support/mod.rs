//! The program, a Prometheus that is none, and what it knows.

mod mesh;
mod program;
mod prometheus;

pub(crate) use mesh::{AT, NOW, check, latencies, mesh, spec, start};
pub(crate) use program::{Outcome, meshobs};
pub(crate) use prometheus::{FakePrometheus, Fault};
