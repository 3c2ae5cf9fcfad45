//! From a configuration to a backend.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::base64;
use super::builder::{Authorization, HttpBuilder};
use super::client::{HttpBackend, Inner};
use super::proxy;
use super::room::Room;
use super::secrets::Secrets;

/// A host that does not take a connection in this time will not.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much may be on its way in one HTTP/2 stream, and in a connection of many. An answer that waits
/// for memory is not read; its window must be so small beside the connection's that others go on.
const STREAM_WINDOW: u32 = 512 << 10;
const CONNECTION_WINDOW: u32 = 64 << 20;

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
    /// There is nothing in the bearer token.
    #[error("the bearer token is empty")]
    EmptyToken,
    /// Headers and token together are of megabytes.
    #[error("the headers are too long to be sent")]
    TooLong,
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
    /// A variable of the environment names a proxy that is none; see [`HttpBuilder`].
    #[error(
        "the variable {variable} names no proxy that can be used: expected http://[USER:PASSWORD@]HOST:PORT, or nothing to ask directly"
    )]
    Proxy {
        /// The variable's name; its value may hold credentials.
        variable: String,
    },
    /// The HTTP stack could not be set up.
    #[error("the HTTP client could not be set up")]
    Client {
        /// Its own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

pub(super) fn backend(builder: HttpBuilder) -> Result<HttpBackend, BuildError> {
    let (base, in_url) = address(&builder.url)?;
    let authorization = builder.authorization.or(in_url);
    let (headers, secrets) = headers(&builder.headers, authorization.as_ref())?;
    install_crypto();
    let via = proxy::of(&base, proxy::variable)?;
    let connect_timeout = CONNECT_TIMEOUT.min(builder.timeout);
    let mut client = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        // A redirect would turn POST into GET and may lead credentials elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    let mut host = format!(
        "{}:{}",
        base.host_str().unwrap_or_default(),
        base.port_or_known_default().unwrap_or_default()
    );
    let mut proxy_host = None;
    if let Some(via) = via {
        client = client.proxy(via.proxy);
        host = format!("{host} through the proxy {}", via.host);
        proxy_host = Some(via.host);
    }
    if let Some(pem) = &builder.ca_pem {
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
    let client = client.build().map_err(|source| match builder.ca_pem {
        Some(_) => BuildError::Certificate {
            source: source.without_url().into(),
        },
        None => BuildError::Client {
            source: source.without_url().into(),
        },
    })?;
    let inner = Inner {
        client,
        base,
        host,
        proxy_host,
        headers,
        secrets,
        timeout: builder.timeout,
        connect_timeout,
        max_response_bytes: builder.max_response_bytes,
        max_steps: builder.max_steps,
        retry: builder.retry,
        room: Arc::new(Room::new(builder.max_memory_bytes)),
        clock: builder.clock,
        get_only: AtomicBool::new(false),
        given_up: AtomicBool::new(false),
        past_cache: AtomicBool::new(false),
    };
    Ok(HttpBackend {
        inner: Arc::new(inner),
        hold: None,
    })
}

/// The base address, and what user and password in it stand for.
fn address(text: &str) -> Result<(Url, Option<Authorization>), BuildError> {
    let bad = |why: &str| BuildError::Url {
        why: why.to_owned(),
    };
    let mut base = Url::parse(text.trim()).map_err(|error| bad(&error.to_string()))?;
    if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
        return Err(bad("it is no http address"));
    }
    if base.query().is_some() {
        return Err(bad(
            "it has a query (?…), which requests would not have: a tenant or token is a header",
        ));
    }
    if base.fragment().is_some() {
        return Err(bad("it has a fragment (#…), which is never sent"));
    }
    let password = base.password().unwrap_or_default();
    let in_url = (!base.username().is_empty() || !password.is_empty())
        .then(|| Authorization::Basic(decoded(base.username()), decoded(password).into()));
    // Neither can fail on an address with a host.
    let _ = base.set_username("");
    let _ = base.set_password(None);
    Ok((base, in_url))
}

/// Percent-decoding of user info; what is no valid escape stays as it is.
pub(super) fn decoded(text: &str) -> String {
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

/// The headers of every request, and the secrets in them.
fn headers(
    given: &[(String, SecretString)],
    authorization: Option<&Authorization>,
) -> Result<(HeaderMap, Secrets), BuildError> {
    let mut headers = HeaderMap::new();
    let mut secrets = Secrets::default();
    for (name, value) in given {
        let (header, sent) = header(name, value.expose_secret())?;
        headers
            .try_append(header, sent)
            .map_err(|_| BuildError::TooLong)?;
        secrets.add_header(name, value.expose_secret());
    }
    if let Some(authorization) = authorization {
        let value = match authorization {
            Authorization::Bearer(token) => match bare(token.expose_secret()) {
                "" => return Err(BuildError::EmptyToken),
                token => format!("Bearer {token}"),
            },
            Authorization::Basic(user, password) => {
                let password = password.expose_secret();
                secrets.add_basic(user, password);
                format!(
                    "Basic {}",
                    base64::encode(format!("{user}:{password}").as_bytes())
                )
            }
        };
        let (header, sent) = header(AUTHORIZATION.as_str(), &value)?;
        headers.insert(header, sent);
        secrets.add_header(AUTHORIZATION.as_str(), &value);
    }
    for (user, password) in proxy::credentials(proxy::variable) {
        secrets.add_basic(&user, &password);
    }
    let secrets = secrets.ready().ok_or(BuildError::TooLong)?;
    Ok((headers, secrets))
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), BuildError> {
    let bad = || BuildError::Header {
        name: name.to_owned(),
    };
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
    value.set_sensitive(true);
    Ok((header, value))
}

/// A token without what files and copied headers have around it.
fn bare(token: &str) -> &str {
    let token = token.trim().trim_start_matches('\u{feff}').trim();
    let scheme = token
        .get(..6)
        .filter(|word| word.eq_ignore_ascii_case("bearer"));
    let rest = scheme.and_then(|word| token.strip_prefix(word));
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => rest.trim(),
        _ => token,
    }
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
    use crate::http::HttpBuilder;

    #[test]
    fn user_info_is_decoded() {
        assert_eq!(decoded("p%40ss%2"), "p@ss%2");
    }

    #[test]
    fn a_token_may_stand_in_its_file_as_it_is_sent() {
        for text in [
            "abc",
            " abc\n",
            "Bearer abc",
            "\u{feff}bearer  abc\r\n",
            "BEARER\tabc",
        ] {
            assert_eq!(bare(text), "abc", "{text:?}");
        }
        assert_eq!(bare("bearerabc"), "bearerabc");
        for empty in ["", "\u{feff}\n", "Bearer "] {
            let error = HttpBuilder::new("http://x")
                .bearer_token(empty.to_owned())
                .build();
            assert!(matches!(error, Err(BuildError::EmptyToken)), "{empty:?}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_an_address_or_a_header() {
        for bad in [
            "",
            "prometheus:9090",
            "ftp://x",
            "http://",
            "http://x/?tenant=a",
            "http://x/#top",
        ] {
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
