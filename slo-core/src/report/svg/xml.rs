//! Just enough XML.

use std::fmt;
use std::fmt::Write as _;

use promql_client::text::neutralize;

/// Writes elements, a line each.
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new() -> Self {
        Self(String::new())
    }

    /// An opening tag; [`Writer::close`] it.
    pub(super) fn open(&mut self, tag: fmt::Arguments<'_>) {
        self.line(tag);
    }

    pub(super) fn close(&mut self, name: &str) {
        self.line(format_args!("</{name}>"));
    }

    pub(super) fn line(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{markup}");
    }

    /// A text with its baseline's left end (or what the class makes of it) at a point.
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let text = escaped(text);
        self.line(format_args!(
            r#"<text x="{x}" y="{y}" class="{class}">{text}</text>"#
        ));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Text that stays text and only shows itself; what XML cannot hold at all becomes `U+FFFD`.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in neutralize(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escaped("<a b=\"c\">&'\u{ffff}"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\u{fffd}"
        );
        assert_eq!(
            escaped("\u{1}\n\u{202e}\u{9b}1m"),
            r"\u{1}\n\u{202e}\u{9b}1m"
        );
    }
}
