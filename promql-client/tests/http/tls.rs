//! Servers with a certificate of their own.

use std::sync::Arc;

use promql_client::Error;
use promql_client::http::HttpBackend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::support::{FAST, SCALAR, ask, builder};

/// An address, and the certificate in PEM that its server shows.
async fn https() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
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
    (url, made.cert.pem())
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
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        assert!(
            error.to_string().to_lowercase().contains("certificate"),
            "{error}"
        );
    }
}
