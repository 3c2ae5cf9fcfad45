//! The Prometheus that is asked.

use promql_client::MemoryBackend;

use crate::args::BackendArgs;
use crate::exit::Stop;

pub(crate) fn connect(_args: &BackendArgs) -> Result<MemoryBackend, Stop> {
    Ok(MemoryBackend::new())
}
