//! How results look on a terminal.

use std::ffi::{OsStr, OsString};

use crate::table::Width;

/// What the environment says of the terminal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    term: Option<OsString>,
    no_color: Option<OsString>,
    columns: Option<OsString>,
}

impl Environment {
    pub(crate) fn read() -> Self {
        Self {
            term: std::env::var_os("TERM"),
            no_color: std::env::var_os("NO_COLOR"),
            columns: std::env::var_os("COLUMNS"),
        }
    }

    /// Whether the terminal understands more than text and line feeds.
    pub(crate) fn is_capable(&self) -> bool {
        match &self.term {
            Some(term) => term != "dumb" && !term.is_empty(),
            // Windows does not know the variable.
            None => cfg!(windows),
        }
    }

    /// Whether results are coloured there, unless `NO_COLOR` says no (<https://no-color.org>).
    pub(crate) fn has_colour(&self) -> bool {
        let refused = self
            .no_color
            .as_ref()
            .is_some_and(|value| !value.is_empty());
        self.is_capable() && !refused
    }

    /// How wide a table may be: as `COLUMNS` says, else as the terminal does.
    pub(crate) fn width(&self, terminal: Option<u16>) -> Width {
        let columns = self.columns.as_deref().and_then(OsStr::to_str);
        let columns = columns.and_then(|columns| columns.parse().ok());
        match columns.filter(|columns| *columns > 0).or(terminal) {
            Some(columns) => Width::Columns(columns),
            None => Width::Unlimited,
        }
    }
}

/// The width of the terminal at stdout.
pub(crate) fn columns() -> Option<u16> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(width.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(term: &str, no_color: &str, columns: &str) -> Environment {
        let some = |text: &str| (text != "unset").then(|| text.into());
        Environment {
            term: some(term),
            no_color: some(no_color),
            columns: some(columns),
        }
    }

    #[test]
    fn only_a_capable_terminal_has_colours() {
        for (term, no_color, colour) in [
            ("xterm-256color", "unset", true),
            ("xterm", "", true),
            ("xterm", "1", false),
            ("dumb", "unset", false),
            ("", "unset", false),
            ("unset", "unset", cfg!(windows)),
        ] {
            let environment = environment(term, no_color, "unset");
            assert_eq!(environment.has_colour(), colour, "{term} {no_color}");
        }
    }

    #[test]
    fn the_width_is_what_the_user_says_or_what_there_is() {
        for (columns, terminal, width) in [
            ("100", Some(80), Width::Columns(100)),
            ("unset", Some(80), Width::Columns(80)),
            ("0", Some(80), Width::Columns(80)),
            ("wide", Some(80), Width::Columns(80)),
            ("100", None, Width::Columns(100)),
            ("unset", None, Width::Unlimited),
        ] {
            // Neither colours nor the lack of them change it.
            for (term, no_color) in [("xterm", "unset"), ("xterm", "1"), ("dumb", "unset")] {
                let environment = environment(term, no_color, columns);
                assert_eq!(environment.width(terminal), width, "{columns} {terminal:?}");
            }
        }
    }
}
