//! The report as JSON text.

use std::borrow::Cow;
use std::fmt::Write as _;

use promql_client::text::neutralize_lines;

use super::schema::Report;

/// The report as indented JSON with a line's end.
///
/// Whatever in a text would act on a terminal or hide from a reader is a `\u` escape, so that the JSON
/// can be looked at; a parser reads the original.
///
/// # Errors
/// Those of the serializer; a report that is made of evaluations has none.
pub fn json(report: &Report) -> serde_json::Result<String> {
    let json = serde_json::to_string_pretty(report)?;
    Ok(escaped(&json).into_owned() + "\n")
}

/// Outside of its strings JSON is plain ASCII, and within them a line feed is an escape already: what
/// is active here can only be part of a string.
fn escaped(json: &str) -> Cow<'_, str> {
    let is_active = |text: &str| matches!(neutralize_lines(text), Cow::Owned(_));
    if !is_active(json) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_active(c.encode_utf8(&mut [0; 4])) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_is_escaped_and_nothing_else() {
        let escaped = |text: &str| escaped(&serde_json::to_string(text).unwrap()).into_owned();
        assert_eq!(escaped("é 漢 \u{a0}"), "\"é 漢 \u{a0}\"");
        assert_eq!(
            escaped("\u{1b}[1m\u{7f}\u{9b}\u{202e}\u{e0041}"),
            r#""\u001b[1m\u007f\u009b\u202e\udb40\udc41""#
        );
    }

    proptest! {
        #[test]
        fn a_parser_reads_the_original(text in any::<String>(), key in any::<String>()) {
            let value = serde_json::json!({ key: [text] });
            let json = serde_json::to_string_pretty(&value).unwrap();
            let escaped = escaped(&json);
            prop_assert!(matches!(neutralize_lines(&escaped), Cow::Borrowed(_)));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
        }
    }
}
