//! Answers share memory: what does not fit waits, what never will is an error, nothing waits for ever.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use promql_client::http::{HttpBackend, Retry};
use promql_client::{Error, Hold, InstantOptions, PromQl, RangeOptions, Result, Timestamp, Value};

use crate::support::{SCALAR, always, ask, backend, builder, each, in_turn, json};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// A vector of about so many bytes.
fn vector(bytes: usize) -> String {
    let sample =
        |i: usize| format!(r#"{{"metric":{{"pod":"pod-{i:08}"}},"value":[1700000000,"1"]}}"#);
    let count = bytes / sample(0).len();
    let samples: Vec<_> = (0..count).map(sample).collect();
    let list = samples.join(",");
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{list}]}}}}"#)
}

/// Starts an answer without saying how long it is.
fn start(mut stream: &TcpStream) -> bool {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).is_ok()
}

/// Sends a chunk; an empty one is the last.
fn send(mut stream: &TcpStream, chunk: &str) -> bool {
    let framed = format!("{:x}\r\n{chunk}\r\n", chunk.len());
    stream.write_all(framed.as_bytes()).is_ok()
}

/// Sends a body in chunks of 16 KiB with pauses.
fn drip(stream: &TcpStream, body: &str, pause: Duration) {
    let mut open = start(stream);
    for chunk in body.as_bytes().chunks(16 * KIB) {
        open = open && send(stream, std::str::from_utf8(chunk).unwrap());
        std::thread::sleep(pause);
    }
    let _ = open && send(stream, "");
}

async fn count(backend: &HttpBackend) -> Result<usize> {
    match ask(backend).await?.data {
        Value::Vector(samples) => Ok(samples.len()),
        other => panic!("{other:?}"),
    }
}

/// Nothing here takes so long, unless it waits for ever.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.unwrap()
}

#[tokio::test]
async fn answers_that_do_not_fit_together_wait_for_each_other() {
    let body = Arc::new(vector(MIB));
    let samples = body.matches("metric").count();
    let (sent, pause) = (body.clone(), Duration::from_millis(1));
    let url = each(move |stream| drip(&stream, &sent, pause));
    // Sixty half-read bodies would take ten times the memory there is.
    let backend = builder(url)
        .max_memory_bytes(6 * MIB as u64)
        .build()
        .unwrap();
    let clone = backend.clone();
    let all = (0..60).map(|i| count(if i % 2 == 0 { &backend } else { &clone }));
    for got in soon(join_all(all)).await {
        assert_eq!(got.unwrap(), samples);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_of_all_sizes_come_through_whoever_gives_up() {
    let sizes = [KIB, 40 * KIB, 300 * KIB, MIB];
    let bodies = Arc::new(sizes.map(vector));
    let next = AtomicUsize::new(0);
    let url = each(move |mut stream| {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let body = &bodies[at % sizes.len()];
        if at.is_multiple_of(3) {
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body.as_bytes());
        } else {
            drip(&stream, body, Duration::from_micros(200));
        }
    });
    let backend = builder(url)
        .max_memory_bytes(7 * MIB as u64)
        .build()
        .unwrap();
    let tasks: Vec<_> = (0..80u64)
        .map(|i| {
            let backend = backend.clone();
            tokio::spawn(async move {
                if i % 4 == 3 {
                    // Gives up in the middle; what it held must come back.
                    let gone = tokio::time::timeout(Duration::from_millis(i), count(&backend));
                    return drop(gone.await);
                }
                assert!(count(&backend).await.unwrap() > 0);
            })
        })
        .collect();
    for task in soon(join_all(tasks)).await {
        task.unwrap();
    }
    // All of the memory is there again.
    let large = soon(count(&backend)).await;
    assert!(large.unwrap() > 0);
}

/// An answer of about so many bytes that is tiny once it is decoded.
fn padded(bytes: usize) -> String {
    SCALAR.replacen('{', &format!(r#"{{"pad":"{}","#, "x".repeat(bytes)), 1)
}

#[tokio::test]
async fn waiting_for_memory_is_not_the_servers_time() {
    // Half a megabyte is for all but the eldest: the second answer comes at once up to its last part
    // and waits for memory, until the first is done. Its last part takes time again.
    let (first, second) = (padded(160 * KIB), padded(640 * KIB));
    let (asked, first_is_done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let url = each(move |stream| {
        if asked.fetch_add(1, Ordering::SeqCst) == 0 {
            drip(&stream, &first, Duration::from_millis(140));
            // The client closes the connection when it has the answer.
            let _ = (&stream).read(&mut [0; 16]);
            first_is_done.store(true, Ordering::SeqCst);
            return;
        }
        let (at_once, later) = second.split_at(600 * KIB);
        start(&stream);
        send(&stream, at_once);
        while !first_is_done.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        for chunk in later.as_bytes().chunks(8 * KIB) {
            std::thread::sleep(Duration::from_millis(200));
            send(&stream, std::str::from_utf8(chunk).unwrap());
        }
        send(&stream, "");
    });
    let limit = Duration::from_secs(2);
    let backend = builder(url)
        .max_memory_bytes(4 * MIB as u64)
        .timeout(limit)
        .retry(Retry::never())
        .build()
        .unwrap();
    let begin = Instant::now();
    let second = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        ask(&backend).await
    };
    let (first, second) = soon(futures::future::join(ask(&backend), second)).await;
    first.unwrap();
    second.unwrap();
    let took = begin.elapsed() - Duration::from_millis(100);
    assert!(took > limit, "{took:?}");
}

#[tokio::test]
async fn what_never_fits_is_an_error_with_the_limit() {
    let (known, body) = (vector(4 * MIB), vector(4 * MIB));
    let known = always(json(200, known)).await;
    let chunked = each(move |stream| drip(&stream, &body, Duration::ZERO));
    for url in [known.uri(), chunked] {
        let small = builder(url.as_str()).max_memory_bytes(4 * MIB as u64);
        let error = soon(ask(&small.build().unwrap())).await.unwrap_err();
        let limit = 7 * MIB as u64 / 2;
        assert!(
            matches!(error, Error::TooLarge { limit_bytes } if limit_bytes == limit),
            "{error}"
        );
        // The body alone would fit; body and answer do not.
        let between = builder(url.as_str()).max_memory_bytes(6 * MIB as u64);
        let error = soon(ask(&between.build().unwrap())).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        let large = builder(url.as_str()).max_memory_bytes(40 * MIB as u64);
        soon(ask(&large.build().unwrap())).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_small_as_text_and_large_as_an_answer_is_counted_as_an_answer() {
    // Two bytes of text each, and an entry of some dozens in memory.
    let list = vec!["\"\""; MIB].join(",");
    let body = format!(r#"{{"status":"success","data":[{list}]}}"#);
    let server = always(json(200, body)).await;
    let labels = Default::default();
    let small = builder(server.uri()).max_memory_bytes(48 * MIB as u64);
    let error = small
        .build()
        .unwrap()
        .label_names(&labels)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { limit_bytes } if limit_bytes == 42 * MIB as u64),
        "{error}"
    );
    let answer = backend(server.uri()).label_names(&labels).await.unwrap();
    assert_eq!(answer.data.len(), MIB);
}

#[tokio::test]
async fn the_parts_of_a_range_count_until_they_are_one() {
    let part = |first: u64| {
        let values: Vec<_> = (first..first + 10_000)
            .map(|t| format!(r#"[{t},"1"]"#))
            .collect();
        let list = values.join(",");
        let body = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{list}]}}]}}}}"#
        );
        json(200, body)
    };
    let at = Timestamp::from_secs;
    let range = RangeOptions::new(at(0), at(99_999), Duration::from_secs(1));
    let ask = async |memory: usize| {
        let server = in_turn((0..10).map(|i| part(i * 10_000))).await;
        let builder = builder(server.uri()).max_steps(10_000);
        let backend = builder.max_memory_bytes(memory as u64).build().unwrap();
        backend.range("x", &range).await
    };
    // One part of 10,000 points fits into a megabyte, ten do not.
    let error = ask(MIB).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let answer = ask(8 * MIB).await.unwrap();
    assert_eq!(answer.data[0].points.len(), 100_000);
}

#[tokio::test]
async fn failed_attempts_give_everything_back() {
    let page = "x".repeat(900 * KIB);
    let failures = (0..2).map(|_| crate::support::page(503, page.as_str()));
    let server = in_turn(failures.chain([json(200, SCALAR)])).await;
    let backend = builder(server.uri())
        .max_memory_bytes(4 * MIB as u64)
        .build()
        .unwrap();
    soon(ask(&backend)).await.unwrap();
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let backend = backend("http://127.0.0.1:9");
    let options = InstantOptions::at(Timestamp::from_secs(0));
    let error = futures::executor::block_on(backend.instant("up", &options)).unwrap_err();
    assert!(matches!(error, Error::NoRuntime { .. }), "{error:?}");
    assert!(error.to_string().contains("tokio"), "{error}");
    let range = RangeOptions::new(
        Timestamp::from_secs(0),
        Timestamp::from_secs(1),
        Duration::from_secs(1),
    );
    let answers = [
        futures::executor::block_on(backend.range("up", &range)).unwrap_err(),
        futures::executor::block_on(backend.server_info()).unwrap_err(),
        futures::executor::block_on(backend.label_names(&Default::default())).unwrap_err(),
    ];
    for error in answers {
        assert_eq!(error.kind(), "no_runtime");
    }
}

#[tokio::test]
async fn five_hundred_groups_of_thirty_days_fit_into_the_default() {
    const STEPS: i64 = 8640;
    let values: Vec<_> = (0..STEPS)
        .map(|i| format!(r#"[{},"12345.678901234567"]"#, i * 300))
        .collect();
    let values = values.join(",");
    let series: Vec<_> = (0..500)
        .map(|i| format!(r#"{{"metric":{{"version":"v{i}"}},"values":[{values}]}}"#))
        .collect();
    let body = format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#,
        series.join(",")
    );
    // As compressed answers come: of unknown length.
    let url = each(move |stream| {
        start(&stream);
        for chunk in body.as_bytes().chunks(MIB) {
            send(&stream, std::str::from_utf8(chunk).unwrap());
        }
        send(&stream, "");
    });
    let at = Timestamp::from_secs;
    let range = RangeOptions::new(at(0), at((STEPS - 1) * 300), Duration::from_secs(300));
    let answer = backend(url).range("x", &range).await.unwrap();
    assert_eq!(answer.data.len(), 500);
}

#[tokio::test]
async fn what_is_held_counts_until_it_is_dropped_and_what_is_urgent_does_not_wait_for_it() {
    let start = 1_700_000_000_u32;
    let times = (0..8000).map(|step| format!(r#"[{},"1"]"#, start + 60 * step));
    let values = times.collect::<Vec<_>>().join(",");
    let series = format!(r#"{{"metric":{{}},"values":[{values}]}}"#);
    let data = format!(r#"{{"resultType":"matrix","result":[{series}]}}"#);
    let body = format!(r#"{{"status":"success","data":{data}}}"#);
    let server = always(json(200, body)).await;
    // Half a megabyte is for all that is not urgent: one is read in it, but none beside one that is held.
    let memory = builder(server.uri()).max_memory_bytes(4 * MIB as u64);
    let backend = memory.build().unwrap();
    let start = Timestamp::from_secs(start.into());
    let minute = Duration::from_secs(60);
    let options = RangeOptions::new(start, start.plus(minute * 7999), minute);
    let [first, second, third] = [(); 3].map(|()| Arc::new(Hold::default()));
    let held = |hold| {
        let backend = backend.holding(hold).unwrap();
        let options = &options;
        async move { backend.range("up", options).await.unwrap() }
    };
    soon(held(&first)).await;
    let short = Duration::from_millis(300);
    let mut waiting = std::pin::pin!(held(&second));
    let waited = tokio::time::timeout(short, waiting.as_mut()).await;
    assert!(waited.is_err());
    second.urge();
    soon(waiting).await;
    let mut waiting = std::pin::pin!(held(&third));
    let waited = tokio::time::timeout(short, waiting.as_mut()).await;
    assert!(waited.is_err());
    // By now it takes less than when it came.
    first.shrink(KIB as u64);
    soon(waiting).await;
    // What nobody holds is not affected, once the urgent one is gone.
    drop(second);
    assert!(soon(backend.range("up", &options)).await.is_ok());
}
