//! Prometheus servers on free loopback ports.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use promql_client::Timestamp;
use tempfile::TempDir;

use crate::backends::Generation;
use crate::history::{copy_dir, shop_data};
use crate::http::{Reply, get, post_form};
use crate::run::{Leashed, run_dir};

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A data folder to start from; the server gets a copy.
    pub data: Option<PathBuf>,
    /// `prometheus.yml`; empty scrapes nothing.
    pub config: String,
    /// More files beside the configuration (rule files), by name.
    pub files: Vec<(String, String)>,
    /// More flags.
    pub flags: Vec<String>,
}

/// A running server; it ends when this is dropped, and with the test process in any case.
#[derive(Debug)]
pub struct Prometheus {
    generation: Generation,
    address: String,
    process: Leashed,
    dir: TempDir,
}

/// Longer than the slowest machine takes with 30 days of data.
const PATIENCE: Duration = Duration::from_secs(60);

impl Prometheus {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// Where it doesn't become ready, with its log.
    pub fn start(generation: Generation, options: &Options) -> Result<Self> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(generation, options) {
                // Somebody else took the port between our look and the server's start.
                Err(error) if tries < 3 && format!("{error:#}").contains("in use") => {}
                started => return started,
            }
        }
    }

    /// The server with [`crate::shop`] in it that all tests of a generation share; they only read.
    ///
    /// # Panics
    /// Where it can't be started: no test can go on without it.
    pub fn shared(generation: Generation) -> &'static Self {
        static SHARED: [OnceLock<Prometheus>; 2] = [OnceLock::new(), OnceLock::new()];
        let [two, three] = &SHARED;
        let shared = match generation {
            Generation::Two => two,
            Generation::Three => three,
        };
        shared.get_or_init(|| {
            let options = Options {
                data: Some(shop_data().to_owned()),
                ..Options::default()
            };
            Self::start(generation, &options)
                .unwrap_or_else(|error| panic!("starting Prometheus {generation:?}: {error:#}"))
        })
    }

    fn try_start(generation: Generation, options: &Options) -> Result<Self> {
        let program = generation.prometheus()?;
        let dir = tempfile::Builder::new()
            .prefix("prometheus-")
            .tempdir_in(run_dir()?)?;
        let data = dir.path().join("data");
        fs::create_dir(&data)?;
        if let Some(from) = &options.data {
            copy_dir(from, &data)?;
        }
        let config = dir.path().join("prometheus.yml");
        fs::write(&config, &options.config)?;
        for (name, text) in &options.files {
            fs::write(dir.path().join(name), text)?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut flags = vec![
            format!("--config.file={}", config.display()),
            format!("--storage.tsdb.path={}", data.display()),
            format!("--web.listen-address={address}"),
            // Counted from the newest block, not from now.
            "--storage.tsdb.retention.time=60d".to_owned(),
        ];
        flags.extend_from_slice(&options.flags);
        let process = Leashed::spawn(&program, &flags, &dir.path().join("log"))?;
        let mut server = Self {
            generation,
            address,
            process,
            dir,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if get(&self.address, "/-/ready").is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
            if self.process.has_ended() {
                bail!("the server ended: {}", self.log());
            }
            if start.elapsed() > PATIENCE {
                bail!("the server is not ready after {PATIENCE:?}: {}", self.log());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Which generation it is.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder with its configuration, data and log.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// An instant query, past the client that is being tested: the `data.result` of the answer.
    ///
    /// # Errors
    /// Where the answer is no success, with the server's words.
    pub fn query(&self, promql: &str, at: Timestamp) -> Result<serde_json::Value> {
        let time = at.as_secs_f64().to_string();
        let fields = [("query", promql), ("time", time.as_str())];
        let reply: Reply = post_form(&self.address, "/api/v1/query", &fields)?;
        let mut json = reply.json()?;
        match json.pointer_mut("/data/result") {
            Some(result) if reply.status == 200 => Ok(result.take()),
            _ => bail!("{promql}: HTTP {}: {}", reply.status, reply.body),
        }
    }

    /// The value of an instant query whose answer is one series.
    ///
    /// # Errors
    /// Where there are none or several, or the query fails.
    pub fn number(&self, promql: &str, at: Timestamp) -> Result<f64> {
        let result = self.query(promql, at)?;
        let one = result.as_array().is_some_and(|series| series.len() == 1);
        let value = result.pointer("/0/value/1").and_then(|v| v.as_str());
        match value {
            Some(value) if one => value.parse().with_context(|| format!("reading {value}")),
            _ => bail!("{promql}: not one series: {result}"),
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("log of Prometheus {:?}:\n{}", self.generation, self.log());
        }
        // Before its folder goes.
        self.process.kill();
    }
}
