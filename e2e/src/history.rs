//! The one history that all tests read: generated once, its blocks built once and kept.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use testkit::{History, Spec, Timestamp};

use crate::backends::Generation;
use crate::promtool;
use crate::run::run_dir;

/// End of the history: a fixed time, so that its blocks can be kept. 30 days before it lie within
/// one block's range.
pub const END: Timestamp = Timestamp::from_secs(1_750_500_000);

/// Seed of the history.
pub const SEED: u64 = 1;

/// Thirty days of [`Spec::shop`] up to [`END`].
pub fn shop() -> &'static History {
    static SHOP: OnceLock<History> = OnceLock::new();
    SHOP.get_or_init(|| History::generate(SEED, &Spec::shop(END)))
}

/// A Prometheus data folder with [`shop`] in it; servers get copies. Built in about a minute, and
/// kept under the series' fingerprint for later runs.
///
/// # Panics
/// Where it can't be built: no test can go on without it.
pub fn shop_data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| match blocks_of(shop()) {
        Ok(path) => path,
        Err(error) => panic!("building the history's blocks: {error:#}"),
    })
}

fn blocks_of(history: &History) -> Result<PathBuf> {
    let kept = run_dir()?.join("histories");
    fs::create_dir_all(&kept)?;
    let done = kept.join(format!("{:016x}", history.fingerprint()));
    if done.is_dir() {
        return Ok(done);
    }
    // Renamed when complete: nobody ever sees half of it.
    let work = tempfile::tempdir_in(&kept)?;
    let text = work.path().join("history.txt");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&text)?);
    history.openmetrics(&mut out)?;
    out.flush().context("writing the history")?;
    let data = work.path().join("data");
    promtool::create_blocks(Generation::Two, &text, &data)?;
    match fs::rename(&data, &done) {
        // Another test process was faster.
        Err(_) if done.is_dir() => Ok(done),
        renamed => renamed.map(|()| done).context("keeping the blocks"),
    }
}

/// Copies a folder.
pub(crate) fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
