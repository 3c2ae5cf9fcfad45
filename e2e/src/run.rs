//! Where a run keeps its files, and processes that cannot outlive it.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// Says a figure to whoever reads the log, also where a test passes: its `eprintln` would be kept
/// back.
pub fn say(figure: impl std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "figure: {figure}");
}

/// The folder for the files of this run: `MESHOBS_E2E_DIR` (which `cargo xtask e2e` sets and empties
/// afterwards), else one in the system's folder for temporary files.
///
/// # Errors
/// Where it cannot be made.
pub fn run_dir() -> Result<PathBuf> {
    let dir = env::var_os("MESHOBS_E2E_DIR")
        .map_or_else(|| env::temp_dir().join("meshobs-e2e"), PathBuf::from);
    fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
    Ok(dir)
}

/// A server process that ends with its owner, even where the owner is killed or never dropped (as
/// statics are): a shell waits on a pipe that only the owner holds open, and ends the server when
/// the pipe closes.
#[derive(Debug)]
pub(crate) struct Leashed {
    shell: Child,
    /// Closing it ends the server.
    leash: Option<ChildStdin>,
}

/// Runs `$@` until it ends by itself or standard input closes.
const LEASH: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -9 "$server"; } 2>/dev/null & reader=$!
wait "$server"
kill -9 "$reader" 2>/dev/null
"#;

impl Leashed {
    pub(crate) fn spawn(
        program: &Path,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
        log: &Path,
    ) -> Result<Self> {
        let log = File::create(log).with_context(|| format!("creating {}", log.display()))?;
        let mut shell = Command::new("sh")
            .args(["-c", LEASH, "sh"])
            .arg(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let leash = shell.stdin.take();
        Ok(Self { shell, leash })
    }

    /// Whether the server ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.shell.try_wait(), Ok(None))
    }

    /// Ends the server at once, as a crash would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.leash = None;
        // Fails only where the shell was reaped already, which is what is wanted.
        let _ = self.shell.wait();
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_process_is_gone_with_its_leash() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let program = Path::new("sh");
        let mut leashed = Leashed::spawn(program, ["-c", "echo $$; exec sleep 600"], &log).unwrap();
        let pid = loop {
            let text = fs::read_to_string(&log).unwrap();
            if let Some(pid) = text.strip_suffix('\n') {
                break pid.to_owned();
            }
            thread::sleep(Duration::from_millis(5));
        };
        let alive = || {
            let status = Command::new("kill").args(["-0", &pid]).output().unwrap();
            status.status.success()
        };
        assert!(alive());
        assert!(!leashed.has_ended());
        leashed.kill();
        assert!(!alive());
    }

    #[test]
    fn a_process_that_ends_by_itself_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let mut leashed = Leashed::spawn(Path::new("true"), [""; 0], &log).unwrap();
        while !leashed.has_ended() {
            thread::sleep(Duration::from_millis(5));
        }
    }
}
