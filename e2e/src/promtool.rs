//! promtool: checks and tests rule files, and turns OpenMetrics text into blocks.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use promql_client::Timestamp;

use crate::backends::Generation;

/// `promtool check rules FILE`; answers what it printed.
///
/// # Errors
/// Where it finds the file wrong, with its words.
pub fn check_rules(generation: Generation, file: &Path) -> Result<String> {
    run(generation, |c| c.args(["check", "rules"]).arg(file))
}

/// `promtool test rules FILE`; answers what it printed. Rule files named in it are relative to it.
///
/// # Errors
/// Where a test fails, with what was expected and what came.
pub fn test_rules(generation: Generation, file: &Path) -> Result<String> {
    run(generation, |c| c.args(["test", "rules"]).arg(file))
}

/// `promtool tsdb create-blocks-from openmetrics`: fills a data folder.
///
/// # Errors
/// Where it can't read the text.
pub fn create_blocks(generation: Generation, text: &Path, data: &Path) -> Result<String> {
    // The file is read once for every block: blocks so long that a month needs one or two of them.
    let long = "--max-block-duration=1458h";
    run(generation, |c| {
        c.args(["tsdb", "create-blocks-from", "openmetrics", long])
            .args([text, data])
    })
}

/// `promtool tsdb create-blocks-from rules`: evaluates recording rules over the past of a running
/// server, and writes the blocks into a data folder.
///
/// A group is evaluated at a second of its own, which follows from its name and the file's as it is
/// given, and promtool loses evaluations within the last second of a block. So the file is given
/// without its folder: the second is the same on every machine.
///
/// # Errors
/// Where a rule or the server is wrong.
pub fn backfill(
    generation: Generation,
    url: &str,
    (start, end): (Timestamp, Timestamp),
    data: &Path,
    rules: &Path,
) -> Result<String> {
    let seconds = |flag: &str, at: Timestamp| format!("--{flag}={}", at.as_millis() / 1000);
    let (folder, name) = rules.parent().zip(rules.file_name()).context("no file")?;
    run(generation, |c| {
        c.current_dir(folder);
        c.args([
            "tsdb",
            "create-blocks-from",
            "rules",
            "--quiet",
            "--url",
            url,
        ])
        .args([seconds("start", start), seconds("end", end)])
        .arg("--output-dir")
        .arg(data)
        .arg(name)
    })
}

fn run(generation: Generation, with: impl FnOnce(&mut Command) -> &mut Command) -> Result<String> {
    let promtool = generation.promtool()?;
    let mut command = Command::new(&promtool);
    let Output {
        status,
        stdout,
        stderr,
    } = with(&mut command)
        .output()
        .with_context(|| format!("running {}", promtool.display()))?;
    let [stdout, stderr] = [stdout, stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
    if !status.success() {
        bail!("{command:?} failed: {stdout}{stderr}");
    }
    Ok(stdout + &stderr)
}
