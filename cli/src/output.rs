//! Where results go.

use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::exit::Stop;
use crate::table::plain;

/// The program's streams, and whether people look at them.
pub struct Streams<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Errors, remarks and progress.
    pub err: &'a mut dyn Write,
    /// Whether `out` is a terminal: only then is it coloured.
    pub out_is_terminal: bool,
    /// Whether `err` is a terminal: only then is there progress.
    pub err_is_terminal: bool,
}

impl Streams<'_> {
    /// Writes a result to a file, or to stdout.
    pub(crate) fn result(&mut self, file: Option<&Path>, text: &str) -> Result<(), Stop> {
        match file {
            Some(file) => std::fs::write(file, text)
                .map_err(|error| Stop::usage(format!("cannot write {}: {error}", file.display()))),
            None => match self
                .out
                .write_all(text.as_bytes())
                .and_then(|()| self.out.flush())
            {
                // Whoever reads has read enough (`| head`); the verdict stands.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                written => written.map_err(|error| Stop::usage(format!("cannot write: {error}"))),
            },
        }
    }

    /// A remark. There is nobody to tell where stderr is gone.
    pub(crate) fn remark(&mut self, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.err, "{}", plain(line));
        }
    }

    /// Whether results are coloured: on a terminal, unless `NO_COLOR` says no (<https://no-color.org>).
    pub(crate) fn coloured(&self) -> bool {
        self.out_is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }
}
