//! The program, and what its Prometheus knows.

mod mesh;
mod program;
mod silent;

pub(crate) use mesh::{AT, NOW, check, latencies, mesh, spec, start};
pub(crate) use program::{Outcome, command, meshobs};
pub(crate) use silent::silent_about;
pub(crate) use testkit::{FakePrometheus, Fault};
