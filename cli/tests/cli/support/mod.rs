//! The program, a Prometheus that is none, and what it knows.

mod mesh;
mod program;
mod prometheus;

pub use mesh::{AT, NOW, check, latencies, mesh, spec, start};
pub use program::{Outcome, meshobs};
pub use prometheus::{FakePrometheus, Fault};
