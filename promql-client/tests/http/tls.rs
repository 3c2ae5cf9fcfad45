//! Servers with a certificate of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use promql_client::http::HttpBackend;
use promql_client::{Error, ErrorClass};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::support::{FAST, SCALAR, always, ask, builder, json};

/// An address, and the certificate in PEM that its server shows.
async fn https() -> (String, String) {
    let (url, pem, _) = https_for("localhost", |_| {}).await;
    (url, pem)
}

/// Ends a certificate in that year.
fn ended(year: i32) -> impl FnOnce(&mut CertificateParams) {
    move |parameters| {
        parameters.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
    }
}

/// A server whose certificate is for this name, and how many connected.
async fn https_for(
    name: &str,
    with: impl FnOnce(&mut CertificateParams),
) -> (String, String, Arc<AtomicUsize>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new([name.to_owned()]).unwrap();
    with(&mut parameters);
    let cert = parameters.self_signed(&key).unwrap();
    let (der, pem) = (cert.der().clone(), cert.pem());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let connected = Arc::new(AtomicUsize::new(0));
    let count = connected.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            // A client that does not trust us breaks the handshake off.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let length = SCALAR.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{SCALAR}"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, pem, connected)
}

fn trusting(url: &str, pem: &str) -> HttpBackend {
    let builder = HttpBackend::builder(url).retry(FAST);
    builder.ca_pem(pem).build().unwrap()
}

#[tokio::test]
async fn the_authority_that_is_given_is_trusted_and_no_other() {
    let (url, pem) = https().await;
    let (other_url, other_pem) = https().await;
    ask(&trusting(&url, &pem)).await.unwrap();
    ask(&trusting(&other_url, &format!("{pem}{other_pem}")))
        .await
        .unwrap();
    let wrong = ask(&trusting(&url, &other_pem)).await.unwrap_err();
    let none = ask(&builder(url).build().unwrap()).await.unwrap_err();
    for error in [wrong, none] {
        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
        // Both authorities have the same name.
        let words = ["not trusted here", "not signed by the authority"];
        let text = error.to_string();
        assert!(words.iter().any(|w| text.contains(w)), "{text}");
    }
}

#[tokio::test]
async fn a_bad_certificate_is_told_in_words_and_not_tried_again() {
    // As `openssl req -x509` makes it.
    let an_authority = |parameters: &mut CertificateParams| {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    let for_clients = |parameters: &mut CertificateParams| {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    for (server, trusted, words) in [
        (
            https_for("localhost", |_| {}).await,
            false,
            "not trusted here",
        ),
        (
            https_for("localhost", ended(2020)).await,
            true,
            "has expired",
        ),
        (
            https_for("localhost", ended(2200)).await,
            true,
            "not valid yet",
        ),
        (
            https_for("elsewhere.example", |_| {}).await,
            true,
            "for other names",
        ),
        (
            https_for("localhost", an_authority).await,
            true,
            "an authority's own, not a server's",
        ),
        (
            https_for("localhost", an_authority).await,
            false,
            "an authority's own, not a server's",
        ),
        (
            https_for("localhost", for_clients).await,
            true,
            "not meant for servers",
        ),
    ] {
        let (url, pem, connected) = server;
        let backend = match trusted {
            true => trusting(&url, &pem),
            false => builder(url.as_str()).build().unwrap(),
        };
        let error = ask(&backend).await.unwrap_err();
        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
        assert_eq!(error.class(), ErrorClass::Configuration);
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
        assert!(
            !text.contains("Error") && !text.contains("Context"),
            "{text}"
        );
        assert!(text.contains(url.trim_start_matches("https://")), "{text}");
        assert_eq!(connected.load(Ordering::Relaxed), 1, "{words}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart() {
    let plain = always(json(200, SCALAR)).await;
    let url = plain.uri().replace("http://", "https://");
    let error = ask(&builder(url).build().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
}
