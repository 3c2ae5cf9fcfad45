//! The Prometheus that is asked.

use std::error::Error as _;

use promql_client::http::{HttpBackend, Retry};

use crate::args::BackendArgs;
use crate::exit::Stop;
use crate::files::read;

/// Prepares the backend; nothing is sent yet.
pub(crate) fn connect(args: &BackendArgs) -> Result<HttpBackend, Stop> {
    let retry = Retry {
        times: args.retries,
        ..Retry::default()
    };
    let mut builder = HttpBackend::builder(&args.prometheus_url)
        .timeout(args.timeout)
        .retry(retry)
        .max_memory_bytes(args.memory.get().saturating_mul(1 << 20))
        .clock(crate::clock::now);
    for header in &args.headers {
        // The text may be a secret, so no message shows it.
        let parts = header.split_once(':').map(|(n, v)| (n.trim(), v.trim()));
        let (name, value) = parts
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Stop::usage("a --header is not of the form 'Name: value'"))?;
        builder = builder.header(name, value);
    }
    if let Some(file) = &args.bearer_token_file {
        builder = builder.bearer_token(read(file)?);
    }
    if let Some(file) = &args.ca_file {
        builder = builder.ca_pem(read(file)?);
    }
    builder.build().map_err(|error| match error.source() {
        Some(source) => Stop::usage(format!("{error}: {source}")),
        None => Stop::usage(error),
    })
}
