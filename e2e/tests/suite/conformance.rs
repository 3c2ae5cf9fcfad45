//! The client against real servers of both generations: the suite, the in-memory backend beside it,
//! and servers that misbehave.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use e2e::{Fault, FaultServer, Generation, Options, Prometheus, get, promtool, run_dir};
use promql_client::http::{HttpBackend, Retry};
use promql_client::{
    Error, InstantOptions, MemoryBackend, PromQl, RangeSemantics, Timestamp, conformance,
};
use tempfile::TempDir;

/// On a minute, well inside one block.
const END: Timestamp = Timestamp::from_secs(1_750_000_020);

/// A data folder with the suite's dataset; servers get copies.
fn data() -> PathBuf {
    static DATA: OnceLock<TempDir> = OnceLock::new();
    let dir = DATA.get_or_init(|| {
        let dir = tempfile::tempdir_in(run_dir().unwrap()).unwrap();
        let text = dir.path().join("dataset.txt");
        let series = conformance::dataset(END);
        fs::write(&text, conformance::openmetrics(&series)).unwrap();
        promtool::create_blocks(Generation::Two, &text, &dir.path().join("data")).unwrap();
        dir
    });
    dir.path().join("data")
}

fn server(generation: Generation) -> Prometheus {
    let options = Options {
        data: Some(data()),
        ..Options::default()
    };
    Prometheus::start(generation, &options).unwrap()
}

const RETRY: Retry = Retry {
    times: 1,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_secs(1),
};

fn client(url: String) -> HttpBackend {
    HttpBackend::builder(url).retry(RETRY).build().unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

#[test]
fn both_generations_pass_the_suite() {
    for generation in Generation::ALL {
        let server = server(generation);
        let report = run(conformance::check(&client(server.url()), END));
        let report = report.unwrap_or_else(|failure| panic!("{generation:?}: {failure}"));
        assert_eq!(report.passed.len(), 38);
    }
}

#[test]
fn the_in_memory_backend_says_what_each_generation_says() {
    for (generation, semantics) in [
        (Generation::Two, RangeSemantics::Closed),
        (Generation::Three, RangeSemantics::LeftOpen),
    ] {
        let server = server(generation);
        let memory = MemoryBackend::new().with_semantics(semantics);
        for series in conformance::dataset(END) {
            memory.push_series(&series);
        }
        // So few steps that long ranges are split.
        let http = HttpBackend::builder(server.url()).max_steps(50).build();
        let compared = run(conformance::compare(&memory, &http.unwrap(), END));
        let compared = compared.unwrap_or_else(|failure| panic!("{generation:?}: {failure}"));
        assert_eq!(compared, conformance::expressions().len() * 9);
    }
}

#[test]
fn servers_say_who_they_are() {
    for generation in Generation::ALL {
        let server = server(generation);
        let reply = get(server.address(), "/api/v1/status/buildinfo").unwrap();
        let json = reply.json().unwrap();
        let said = json.pointer("/data/version").unwrap().as_str().unwrap();
        let info = run(client(server.url()).server_info()).unwrap();
        // Empty where the server was built without one.
        let expected = (!said.is_empty()).then(|| said.to_owned());
        assert_eq!(info.version, expected, "{generation:?}");
        assert_eq!(info.retention, Some(Duration::from_secs(60 * 86_400)));
    }
}

async fn ask(client: &HttpBackend) -> Result<(), Error> {
    let options = InstantOptions::at(END);
    client.instant("conformance_up", &options).await.map(|_| ())
}

#[test]
fn each_fault_is_its_own_error() {
    for (fault, kind, attempts) in [
        (Fault::Html, "not_prometheus", 1),
        (Fault::Garbage, "decode", 1),
        (Fault::Status(503, "later".to_owned()), "unavailable", 2),
        (
            Fault::Status(404, "no page".to_owned()),
            "not_prometheus",
            1,
        ),
        (Fault::Hang, "timeout", 1),
        (Fault::Close, "transport", 2),
    ] {
        let server = FaultServer::start(fault).unwrap();
        let builder = HttpBackend::builder(server.url()).retry(RETRY);
        let client = builder.timeout(Duration::from_secs(1)).build().unwrap();
        let error = run(ask(&client)).unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert_eq!(server.requests(), attempts, "{error}");
    }
}

#[test]
fn a_server_that_breaks_in_the_middle_of_a_run_is_noticed() {
    for generation in Generation::ALL {
        let mut server = server(generation);
        let then = Box::new(Fault::Html);
        let fault = Fault::ProxyThen(server.address().to_owned(), 2, then);
        let front = FaultServer::start(fault).unwrap();
        let through = client(front.url());
        let direct = client(server.url());
        run(async {
            ask(&through).await.unwrap();
            ask(&through).await.unwrap();
            let error = ask(&through).await.unwrap_err();
            assert!(matches!(error, Error::NotPrometheus { .. }), "{error}");
            ask(&direct).await.unwrap();
            server.kill();
            let error = ask(&direct).await.unwrap_err();
            assert!(matches!(error, Error::Transport { .. }), "{error}");
        });
    }
}
