//! How much of an answer is read.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use promql_client::Error;
use wiremock::ResponseTemplate;

use crate::support::{SCALAR, always, ask, builder, json, requests};

fn zipped(bytes: &[u8]) -> ResponseTemplate {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    let body = encoder.finish().unwrap();
    ResponseTemplate::new(200)
        .set_body_raw(body, "application/json")
        .insert_header("Content-Encoding", "gzip")
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    let server = always(json(200, SCALAR)).await;
    let size = SCALAR.len() as u64;
    let exact = builder(server.uri())
        .max_response_bytes(size)
        .build()
        .unwrap();
    ask(&exact).await.unwrap();
    let below = builder(server.uri())
        .max_response_bytes(size - 1)
        .build()
        .unwrap();
    let error = ask(&below).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit_bytes } if limit_bytes == size - 1));
    assert_eq!(requests(&server).await.len(), 2, "not tried again");
}

#[tokio::test]
async fn the_limit_counts_what_is_unpacked() {
    let server = always(zipped(SCALAR.as_bytes())).await;
    let backend = builder(server.uri())
        .max_response_bytes(1 << 20)
        .build()
        .unwrap();
    ask(&backend).await.unwrap();
    // 16 MiB of blanks are 16 KiB of gzip, well under the limit.
    let bomb = always(zipped(&vec![b' '; 16 << 20])).await;
    let backend = builder(bomb.uri())
        .max_response_bytes(1 << 20)
        .build()
        .unwrap();
    let error = ask(&backend).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                limit_bytes: 0x10_0000
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_not_encoded_as_it_says_is_unreadable() {
    let answer = json(200, SCALAR).insert_header("Content-Encoding", "gzip");
    let server = always(answer).await;
    let error = ask(&builder(server.uri()).build().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert_eq!(requests(&server).await.len(), 1);
}
