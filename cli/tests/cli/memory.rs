//! The memory of the process.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _};
use std::process::Stdio;
use std::time::Duration;

use promql_client::{Labels, MemoryBackend, Timestamp};

use crate::support::{AT, FakePrometheus, Fault, NOW, command};

const SLOS: usize = 200;
const BUCKETS: i64 = 30 * 288;
/// About 31 are needed; if all buckets were kept to the end, 73.
const MOST_MIB: u64 = 52;

/// An SLO's 8,640 buckets are released when it is judged: `check` of many needs no more than of some.
#[test]
fn a_check_of_many_slos_keeps_no_buckets() {
    let backend = MemoryBackend::new();
    let mut spec = "version: meshobs/v1\nservice: s\nnamespace: shop\nslos:\n".to_owned();
    for i in 0..SLOS {
        let sli = format!("{{bad: b{i}_total, total: t{i}_total}}");
        writeln!(
            spec,
            "  - {{name: a{i}, objective: 99.9, availability: {sli}}}"
        )
        .unwrap();
        for (metric, value) in [("slo:bad:increase5m", 1.0), ("slo:total:increase5m", 1e4)] {
            let slo = format!("a{i}");
            let labels =
                Labels::from_pairs([("__name__", metric), ("service", "s"), ("slo", &slo)]);
            for bucket in 0..BUCKETS {
                let at = Timestamp::from_secs(NOW - bucket * 300);
                backend.push(&labels, at, value);
            }
        }
    }
    let prometheus = FakePrometheus::start(backend, Fault::None);
    let specs = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(specs.path(), spec).unwrap();
    let mut command = command();
    command.args([
        "slo", "check", "--source", "recorded", "--at", AT, "-o", "json",
    ]);
    command
        .args(["--prometheus-url", &prometheus.url, "--spec"])
        .arg(specs.path());
    let out = tempfile::tempfile().unwrap();
    let stdout = Stdio::from(out.try_clone().unwrap());
    let mut child = command.stdout(stdout).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // The line is gone when the process is.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut text = String::new();
    (&out).rewind().unwrap();
    (&out).read_to_string(&mut text).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["summary"]["total_slos"], SLOS);
    assert_eq!(json["summary"]["compliant"], SLOS, "{json}");
    assert!(peak > 0 && peak / 1024 < MOST_MIB, "{peak} kB");
}
