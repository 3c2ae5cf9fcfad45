//! The conformance suite over HTTP.

use promql_client::{MemoryBackend, Timestamp, conformance};
use testkit::{FakePrometheus, Fault};

use crate::support::builder;

const END: Timestamp = Timestamp::from_secs(1_700_000_025);

fn memory() -> MemoryBackend {
    let backend = MemoryBackend::new();
    for series in conformance::dataset(END) {
        backend.push_series(&series);
    }
    backend
}

#[tokio::test]
async fn http_passes_the_suite_and_says_what_memory_says() {
    let server = FakePrometheus::start(memory(), Fault::None);
    // So few steps that the suite's ranges are split.
    let http = builder(server.url.as_str()).max_steps(50).build().unwrap();
    let report = conformance::check(&http, END).await.unwrap();
    assert_eq!(report.passed.len(), 38);
    let compared = conformance::compare(&memory(), &http, END).await.unwrap();
    assert_eq!(compared, conformance::expressions().len() * 9);
}
