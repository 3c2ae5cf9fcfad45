//! The Prometheus that is asked.

use std::error::Error as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use promql_client::http::{HttpBackend, Retry};

use crate::args::BackendArgs;
use crate::exit::Stop;

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
        builder = builder.bearer_token(read(file, LONGEST_TOKEN)?);
    }
    if let Some(file) = &args.ca_file {
        builder = builder.ca_pem(read(file, MOST_CERTIFICATES)?);
    }
    builder.build().map_err(|error| match error.source() {
        Some(source) => Stop::usage(format!("{error}: {source}")),
        None => Stop::usage(error),
    })
}

/// In bytes. Servers take no longer headers.
const LONGEST_TOKEN: u64 = 64 << 10;
/// In bytes, some forty times what a system trusts.
const MOST_CERTIFICATES: u64 = 8 << 20;

/// A file's text. One that is longer is not what it is taken for, so no more of it is read.
fn read(file: &Path, limit_bytes: u64) -> Result<String, Stop> {
    let name = file.display();
    let failed = |error| Stop::usage(format!("cannot read {name}: {error}"));
    let mut text = String::new();
    let opened = File::open(file).map_err(failed)?;
    let read = opened.take(limit_bytes + 1).read_to_string(&mut text);
    if read.map_err(failed)? as u64 > limit_bytes {
        let message = format!("{name} is longer than {limit_bytes} bytes");
        return Err(Stop::usage(message));
    }
    Ok(text)
}
