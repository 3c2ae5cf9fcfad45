//! How a backend is configured.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::client::HttpBackend;
use super::retry::Retry;
use super::split::MAX_STEPS;

/// Configures an [`HttpBackend`].
pub struct HttpBuilder {
    url: String,
    authorization: Option<Authorization>,
    headers: Vec<(String, SecretString)>,
    ca_pem: Option<Vec<u8>>,
    timeout: Duration,
    max_response_bytes: u64,
    max_steps: u64,
    retry: Retry,
}

enum Authorization {
    Bearer(SecretString),
    Basic(String, SecretString),
}

/// Why a backend could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is none.
    #[error("the address is not usable: {why}; expected http://HOST:PORT[/PREFIX] or https://…")]
    Url {
        /// What is wrong with it.
        why: String,
    },
    /// A header cannot be sent.
    #[error("the header `{name}` has a character that HTTP does not allow in its name or value")]
    Header {
        /// Its name; its value may be a secret.
        name: String,
    },
    /// The certificate authority cannot be read.
    #[error("the certificate authority is no PEM certificate")]
    Certificate {
        /// The TLS stack's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The HTTP stack could not be set up.
    #[error("the HTTP client could not be set up")]
    Client {
        /// Its own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
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
            max_response_bytes: 512 << 20,
            max_steps: MAX_STEPS,
            retry: Retry::default(),
        }
    }

    /// Sends `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer_token(mut self, token: impl Into<SecretString>) -> Self {
        self.authorization = Some(Authorization::Bearer(token.into()));
        self
    }

    /// Sends `Authorization: Basic …`. User and password in the address do the same.
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
    /// as a secret.
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

    /// How long one attempt may take, from connecting to the last byte. By default 30 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How large an answer may be after decompression. By default 512 MiB.
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

    /// Builds the backend. Nothing is sent yet.
    ///
    /// # Errors
    /// [`BuildError`] where address, headers or certificates are not usable.
    pub fn build(self) -> Result<HttpBackend, BuildError> {
        let mut base = Url::parse(self.url.trim()).map_err(|error| BuildError::Url {
            why: error.to_string(),
        })?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(BuildError::Url {
                why: "it is no http address".to_owned(),
            });
        }
        let password = base.password().unwrap_or_default();
        let in_url = (!base.username().is_empty() || !password.is_empty())
            .then(|| Authorization::Basic(decoded(base.username()), decoded(password).into()));
        // Neither can fail on an address with a host.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        base.set_query(None);
        base.set_fragment(None);
        let headers = headers(&self.headers, self.authorization.or(in_url).as_ref())?;
        install_crypto();
        let mut client = reqwest::Client::builder()
            .default_headers(headers)
            .timeout(self.timeout)
            // A redirect would turn POST into GET and may lead credentials elsewhere.
            .redirect(reqwest::redirect::Policy::none());
        if let Some(pem) = &self.ca_pem {
            let bad = |source: reqwest::Error| BuildError::Certificate {
                source: source.into(),
            };
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(bad)?;
            if certificates.is_empty() {
                return Err(BuildError::Certificate {
                    source: "no certificate in it".into(),
                });
            }
            client = client.tls_certs_merge(certificates);
        }
        let client = client.build().map_err(|source| match self.ca_pem {
            Some(_) => BuildError::Certificate {
                source: source.without_url().into(),
            },
            None => BuildError::Client {
                source: source.without_url().into(),
            },
        })?;
        Ok(HttpBackend::new(
            client,
            Arc::new(base),
            self.max_response_bytes,
            self.max_steps,
            self.retry,
        ))
    }
}

/// Percent-decoding of user info; what is no valid escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = tail
            .get(if escaped.is_some() { 2 } else { 0 }..)
            .unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn headers(
    given: &[(String, SecretString)],
    authorization: Option<&Authorization>,
) -> Result<HeaderMap, BuildError> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        let bad = || BuildError::Header {
            name: name.to_owned(),
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(header, value);
        Ok(())
    };
    for (name, value) in given {
        add(name, value.expose_secret())?;
    }
    match authorization {
        None => {}
        Some(Authorization::Bearer(token)) => {
            add(
                AUTHORIZATION.as_str(),
                &format!("Bearer {}", token.expose_secret().trim()),
            )?;
        }
        Some(Authorization::Basic(user, password)) => {
            let pair = format!("{user}:{}", password.expose_secret());
            add(
                AUTHORIZATION.as_str(),
                &format!("Basic {}", base64(pair.as_bytes())),
            )?;
        }
    }
    Ok(headers)
}

/// Standard base64 with padding (RFC 4648): twelve lines against a dependency for one header.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |n: u32| {
        ALPHABET
            .get((n & 63) as usize)
            .map_or('=', |c| char::from(*c))
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n =
            chunk.iter().fold(0, |n, byte| (n << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        out.push(digit(n >> 18));
        out.push(digit(n >> 12));
        out.push(if chunk.len() > 1 { digit(n >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { digit(n) } else { '=' });
    }
    out
}

/// reqwest comes without a crypto provider, so that a program that has chosen one (with kube, say)
/// keeps it; where there is none yet, ring it is.
fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standard_one() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn user_info_is_decoded() {
        assert_eq!(decoded("p%40ss%2"), "p@ss%2");
    }

    #[test]
    fn says_what_is_wrong_with_an_address_or_a_header() {
        for bad in ["", "prometheus:9090", "ftp://x", "http://"] {
            let error = HttpBuilder::new(bad).build().unwrap_err();
            assert!(matches!(error, BuildError::Url { .. }), "{bad}: {error}");
        }
        let error = HttpBuilder::new("http://x")
            .header("X", "a\nsecret")
            .build()
            .unwrap_err();
        assert!(!format!("{error:?} {error}").contains("secret"));
        let error = HttpBuilder::new("http://x")
            .ca_pem("nonsense")
            .build()
            .unwrap_err();
        assert!(matches!(error, BuildError::Certificate { .. }), "{error}");
    }
}
