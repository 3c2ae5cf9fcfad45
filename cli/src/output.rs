//! The program's streams.

use std::io::{ErrorKind, Write};
use std::path::Path;

use promql_client::text::neutralize;

use crate::exit::Stop;
use crate::out_file::Target;
use crate::table::Width;
use crate::terminal::{self, Environment};

/// The program's streams, and whether people look at them.
pub struct Streams<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Errors, remarks and progress.
    pub err: &'a mut dyn Write,
    /// Whether `out` is a terminal: only then is it coloured, and as narrow as that.
    pub out_is_terminal: bool,
    /// Whether `err` is a terminal: only then is there progress.
    pub err_is_terminal: bool,
}

impl Streams<'_> {
    /// Writes a result to a file, or to stdout.
    pub(crate) fn result(&mut self, file: Option<&Path>, text: &str) -> Result<(), Stop> {
        let target = Target::open(file, None)?;
        self.write(target, text)
    }

    /// Writes a result where it belongs.
    pub(crate) fn write(&mut self, target: Target, text: &str) -> Result<(), Stop> {
        if !target.is_stdout() {
            return target.write(text);
        }
        let written = self.out.write_all(text.as_bytes());
        written
            .and_then(|()| self.out.flush())
            .map_err(|error| match error.kind() {
                // Whoever reads has read enough (`| head`), or has died: there is nobody to tell.
                ErrorKind::BrokenPipe => Stop::not_written(""),
                _ => Stop::not_written(format!("cannot write to stdout: {error}")),
            })
    }

    /// A remark. There is nobody to tell where stderr is gone.
    pub(crate) fn remark(&mut self, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.err, "{}", neutralize(line));
        }
    }

    /// Whether results are coloured, and how wide they may be.
    pub(crate) fn looks(&self) -> (bool, Width) {
        if !self.out_is_terminal {
            return (false, Width::Unlimited);
        }
        let environment = Environment::read();
        let width = environment.width(terminal::columns());
        (environment.has_colour(), width)
    }

    /// Whether somebody watches who can be shown how far it has come.
    pub(crate) fn has_progress(&self) -> bool {
        self.err_is_terminal && Environment::read().is_capable()
    }
}
