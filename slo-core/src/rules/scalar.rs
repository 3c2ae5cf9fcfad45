//! Text as YAML reads it back, whichever of its versions the reader knows.

use std::fmt::{self, Write as _};

use promql_client::text::is_active;

/// A string, bare where that is safe beyond doubt.
pub(super) fn quoted(text: &str) -> String {
    let is_bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !is_yaml_word(text);
    if is_bare {
        return text.to_owned();
    }
    // A JSON string is a YAML string, but for the characters that JSON has no need to escape.
    let json = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Writing to a String cannot fail.
        let _ = match u32::from(c) {
            _ if is_raw(c) => out.write_char(c),
            code @ ..=0xffff => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        };
    }
    out
}

/// Writes a field as a literal block, so that PromQL's strings need no second escaping.
pub(super) fn write_block(out: &mut String, pad: &str, name: &str, text: &str) -> fmt::Result {
    // A block ends where its lines do, and has no escapes.
    if text.is_empty()
        || text.ends_with('\n')
        || !text.chars().all(|c| matches!(c, '\n' | '\t') || is_raw(c))
    {
        return writeln!(out, "{pad}{name}: {}", quoted(text));
    }
    // A line of a raw string may start with spaces: the number says which of them are YAML's.
    let sign = match text.contains('\n') || text.starts_with([' ', '\t']) {
        true => "|2-",
        false => "|-",
    };
    writeln!(out, "{pad}{name}: {sign}")?;
    for line in text.split('\n') {
        let indent = if line.is_empty() { "" } else { "  " };
        let pad = if line.is_empty() { "" } else { pad };
        writeln!(out, "{pad}{indent}{line}")?;
    }
    Ok(())
}

/// Whether YAML 1.1 and 1.2 take the character as it is (they differ in what ends a line), and people
/// see it as it is.
fn is_raw(c: char) -> bool {
    !is_active(c) && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Words that some reader of YAML takes for something else than text.
fn is_yaml_word(text: &str) -> bool {
    const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let lower = text.to_ascii_lowercase();
    WORDS.contains(&lower.as_str()) || lower == "null"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, yaml) in [
            ("checkout", "checkout"),
            ("no", "\"no\""),
            ("1.5", "\"1.5\""),
            ("a: b", "\"a: b\""),
            ("{{ $value }}", "\"{{ $value }}\""),
            ("tab\there", "\"tab\\there\""),
            ("a\u{85}b\u{2028}", "\"a\\u0085b\\u2028\""),
            ("\u{1b}[1m\u{202e}", "\"\\u001b[1m\\u202e\""),
            ("\u{e0041}\u{3164}😀", "\"\\U000e0041\\u3164😀\""),
        ] {
            assert_eq!(quoted(text), yaml);
        }
    }

    /// Where a block stands in a rule file: in an item of a list, before another field.
    #[cfg(feature = "spec")]
    fn read_back(text: &str) -> String {
        let mut yaml = "rules:\n  - record: x\n".to_owned();
        write_block(&mut yaml, "    ", "expr", text).unwrap();
        yaml.push_str("    labels:\n      a: b\n");
        let file: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(file["rules"][0]["labels"]["a"], "b", "{yaml}");
        file["rules"][0]["expr"].as_str().unwrap().to_owned()
    }

    #[cfg(feature = "spec")]
    #[test]
    fn a_block_reads_back_to_the_same_text() {
        for text in [
            "sum(rate(x{a=\"b: # c\"}[5m]))",
            "(topk(1, x{a=`  two\n    words  \n\n\t \n of it`}))",
            "(topk(1, # the worst\n  x) # c\n)",
            "  x",
            "\tx",
            "\n  x",
            "x\n",
            "x\n\n",
            "",
            "x  ",
            "x{a=`\r\n`}",
            "x{a=`\r`}",
            "x{a=\"\u{1}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}é😀\"}",
            "x{a=\"\u{202e}\u{2066}\u{e0041}\u{200b}\"}",
            "- x",
            "# only\nx",
        ] {
            assert_eq!(read_back(text), text);
        }
    }

    #[cfg(feature = "spec")]
    #[test]
    fn whatever_is_quoted_reads_back_and_hides_nothing() {
        let every = (0..=0x0010_ffff).filter_map(char::from_u32);
        let unusual: String = every
            .filter(|c| is_active(*c) || u32::from(*c) % 4099 == 0)
            .collect();
        let yaml = quoted(&unusual);
        assert!(!yaml.contains(is_active));
        let read: String = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(read, unusual);
    }

    #[test]
    fn one_line_is_the_simplest_block() {
        let mut yaml = String::new();
        write_block(&mut yaml, "", "expr", "x > 1").unwrap();
        assert_eq!(yaml, "expr: |-\n  x > 1\n");
    }
}
