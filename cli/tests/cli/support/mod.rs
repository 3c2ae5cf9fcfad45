//! The program, and what its Prometheus knows.

mod mesh;
mod program;

pub(crate) use mesh::{AT, NOW, check, latencies, mesh, spec, start};
pub(crate) use program::{Outcome, meshobs};
pub(crate) use testkit::{FakePrometheus, Fault};
