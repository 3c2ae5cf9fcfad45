//! How a backend is configured.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use super::build::{self, BuildError};
use super::client::{Clock, HttpBackend};
use super::retry::Retry;
use super::split::MAX_STEPS;
use crate::time::Timestamp;

/// Configures an [`HttpBackend`].
///
/// # Proxies
///
/// A proxy that the environment names is used: `HTTP_PROXY` for `http://` addresses, `HTTPS_PROXY` for
/// `https://`, `ALL_PROXY` for both, each also in lower case, as `http://[USER:PASSWORD@]HOST:PORT`.
/// `NO_PROXY` lists what is asked directly: `localhost,127.0.0.1,.cluster.local,10.0.0.0/8`. What is no
/// such proxy is [`BuildError::Proxy`], unless it is empty. In a CGI program (`REQUEST_METHOD` is set), all
/// are ignored.
pub struct HttpBuilder {
    pub(super) url: String,
    pub(super) authorization: Option<Authorization>,
    pub(super) headers: Vec<(String, SecretString)>,
    pub(super) ca_pem: Option<Vec<u8>>,
    pub(super) timeout: Duration,
    pub(super) max_response_bytes: u64,
    pub(super) max_memory_bytes: u64,
    pub(super) max_steps: u64,
    pub(super) retry: Retry,
    pub(super) clock: Option<Clock>,
}

pub(super) enum Authorization {
    Bearer(SecretString),
    Basic(String, SecretString),
}

impl fmt::Debug for HttpBuilder {
    /// Without address and headers: either may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBuilder")
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl HttpBuilder {
    pub(super) fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            authorization: None,
            headers: Vec::new(),
            ca_pem: None,
            timeout: Duration::from_secs(30),
            max_response_bytes: u64::MAX,
            max_memory_bytes: 256 << 20,
            max_steps: MAX_STEPS,
            retry: Retry::default(),
            clock: None,
        }
    }

    /// Sends `Authorization: Bearer …`, in place of a header `Authorization`. A byte order mark and the
    /// word `Bearer` in front, and white space around it, are taken off: files of tokens have them.
    #[must_use]
    pub fn bearer_token(mut self, token: impl Into<SecretString>) -> Self {
        self.authorization = Some(Authorization::Bearer(token.into()));
        self
    }

    /// Sends `Authorization: Basic …`, in place of a header `Authorization`. User and password in the
    /// address do the same.
    #[must_use]
    pub fn basic_auth(
        mut self,
        user: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.authorization = Some(Authorization::Basic(user.into(), password.into()));
        self
    }

    /// Sends a header with every request, such as a tenant's (`X-Scope-OrgID`). Its value is treated
    /// as a secret. A name that is given twice is sent twice, in the order given.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers
            .push((name.into(), SecretString::from(value.into())));
        self
    }

    /// Trusts these certificate authorities (PEM, one or several) besides the system's.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// How long one attempt may take, from connecting to the last byte; waiting for memory does not
    /// count. By default 30 s, of which connecting may take 10 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How much memory all answers together may take while they are read or held, in bytes: those of
    /// this backend and of its clones. By default 256 MiB. See [the module](crate::http#memory).
    #[must_use]
    pub fn max_memory_bytes(mut self, limit: u64) -> Self {
        self.max_memory_bytes = limit;
        self
    }

    /// How large the body of an answer may be after decompression, in bytes. By default as large as
    /// memory allows ([`HttpBuilder::max_memory_bytes`]), which is the limit in any case.
    #[must_use]
    pub fn max_response_bytes(mut self, limit: u64) -> Self {
        self.max_response_bytes = limit;
        self
    }

    /// How many steps the server allows in one range query. By default 11,000, as in Prometheus.
    #[must_use]
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.max_steps = steps.max(2);
        self
    }

    /// How requests are tried again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The clock that a server's `Date` is compared with: over a minute apart, answers carry a warning.
    /// By default none, and nothing is compared: this crate does not read the clock by itself.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(now));
        self
    }

    /// Builds the backend. Nothing is sent yet.
    ///
    /// # Errors
    /// [`BuildError`] where address, token, headers, certificates or the proxy are not usable.
    pub fn build(self) -> Result<HttpBackend, BuildError> {
        build::backend(self)
    }
}
