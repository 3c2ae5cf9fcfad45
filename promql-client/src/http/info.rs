//! What a server says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use super::client::HttpBackend;
use super::request::Form;
use crate::backend::ServerInfo;
use crate::error::{Error, Result};
use crate::expr::parse_duration;

impl HttpBackend {
    pub(super) async fn info(&self) -> Result<ServerInfo> {
        let build = self.status("buildinfo").await?;
        let runtime = self.status("runtimeinfo").await?;
        let flags = if retention(&runtime).is_none() {
            self.status("flags").await?
        } else {
            None
        };
        let version = build.and_then(|build| build.get("version").cloned());
        Ok(ServerInfo::new(
            version.filter(|version| !version.is_empty()),
            retention(&runtime).or_else(|| flag(&flags?)),
        ))
    }

    /// A status page; `None` where the server has none (Thanos, Mimir) or keeps it to itself, as many
    /// a hosted one does.
    async fn status(&self, page: &str) -> Result<Option<BTreeMap<String, String>>> {
        match self
            .get(&format!("api/v1/status/{page}"), &Form::default())
            .await
        {
            Ok(answer) => Ok(Some(answer.data)),
            Err(error) if is_withheld(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An error that says something of the page and nothing of the server: 400, 403, 404 or 405.
fn is_withheld(error: &Error) -> bool {
    match error {
        Error::BadQuery { .. } => true,
        Error::Unauthorized { status } => *status == 403,
        Error::NotPrometheus { status, .. } | Error::Api { status, .. } => {
            matches!(status, 400 | 404 | 405)
        }
        _ => false,
    }
}

/// `storageRetention` is `15d`, `512MB` or `15d or 512MB`: only a limit in time is one here.
fn retention(runtime: &Option<BTreeMap<String, String>>) -> Option<Duration> {
    let said = runtime.as_ref()?.get("storageRetention")?;
    said.split(" or ").find_map(parse_duration)
}

/// The flag is `0s` where it is not set.
fn flag(flags: &BTreeMap<String, String>) -> Option<Duration> {
    let time = parse_duration(flags.get("storage.tsdb.retention.time")?)?;
    (!time.is_zero()).then_some(time)
}
