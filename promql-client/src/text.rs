//! Text of others that is shown to people: a server's messages, label values, file content.

use std::borrow::Cow;

/// Makes text of others safe to show in one line: what moves a cursor, colours a terminal, turns the
/// reading direction or hides itself becomes a visible escape such as `\u{202e}`.
///
/// Replaced are
///
/// * all control characters (U+0000–001F, U+007F–009F), so every ANSI sequence with its ESC or CSI;
///   line feed, carriage return and tab become `\n`, `\r` and `\t`
///   ([`neutralize_lines`] keeps line feed and tab);
/// * marks, overrides and isolates of the reading direction (U+061C, U+200E, U+200F, U+202A–202E,
///   U+2066–2069);
/// * line and paragraph separators (U+2028, U+2029);
/// * what is invisible: all that Unicode lets a renderer leave out (`Default_Ignorable_Code_Point`:
///   zero-width spaces, the byte order mark, the soft hyphen, fillers, variation selectors, tags, …), the
///   empty Braille pattern (U+2800) and interlinear annotations (U+FFF9–FFFB).
///
/// Everything else stays. So do four invisible ones that words and emoji are spelled with: the joiners
/// U+200C and U+200D (Persian, Hindi, families) and the selectors U+FE0E and U+FE0F, which say whether an
/// emoji is black or coloured.
/// Backslashes are not doubled: the result is for eyes, and cannot be turned back. Text in which
/// nothing is replaced is borrowed.
///
/// ```
/// use promql_client::text::neutralize;
///
/// assert_eq!(neutralize("5 % of „é“"), "5 % of „é“");
/// assert_eq!(neutralize("\u{1b}[2Jok\nEXIT 0"), r"\u{1b}[2Jok\nEXIT 0");
/// assert_eq!(neutralize("a\u{202e}b"), r"a\u{202e}b");
/// ```
#[must_use]
pub fn neutralize(text: &str) -> Cow<'_, str> {
    replaced(text, is_active)
}

/// As [`neutralize`], for text of several lines: line feeds and tabs stay.
#[must_use]
pub fn neutralize_lines(text: &str) -> Cow<'_, str> {
    replaced(text, |c| !matches!(c, '\n' | '\t') && is_active(c))
}

/// Cuts text to at most so many bytes, at a character's end and with `…` where something is left out.
///
/// ```
/// use promql_client::text::shorten;
///
/// assert_eq!(shorten("four five", 9), "four five");
/// assert_eq!(shorten("four five", 8), "four …");
/// ```
#[must_use]
pub fn shorten(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!(
        "{}…",
        head(text, bytes.saturating_sub('…'.len_utf8()))
    ))
}

/// The first bytes of a text, at most so many, up to a character's end.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Whether a character does something else than to be seen: one that [`neutralize`] replaces.
#[must_use]
pub fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}' | '\u{1160}'
            | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0d}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn replaced(text: &str, active: impl Fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find(&active) else {
        return Cow::Borrowed(text);
    };
    let (clean, rest) = text.split_at_checked(first).unwrap_or((text, ""));
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(clean);
    for c in rest.chars() {
        if active(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shows_what_would_act() {
        for (text, shown) in [
            ("", ""),
            (
                "a b\u{a0}é 👩\u{200d}🚀 ❤\u{fe0f} می\u{200c}خواهم",
                "a b\u{a0}é 👩\u{200d}🚀 ❤\u{fe0f} می\u{200c}خواهم",
            ),
            (r"C:\new", r"C:\new"),
            ("\0\r\t\u{7f}", r"\u{0}\r\t\u{7f}"),
            (
                "\u{9b}31m red \u{1b}]0;title\u{7}",
                r"\u{9b}31m red \u{1b}]0;title\u{7}",
            ),
            (
                "\u{2067}a\u{2069}\u{61c}\u{200f}",
                r"\u{2067}a\u{2069}\u{61c}\u{200f}",
            ),
            ("\u{feff}a\u{200b}b\u{2028}", r"\u{feff}a\u{200b}b\u{2028}"),
            ("\u{e0041}", r"\u{e0041}"),
            ("\u{3164}\u{115f}\u{1160}", r"\u{3164}\u{115f}\u{1160}"),
            ("\u{2800}\u{34f}\u{fe00}", r"\u{2800}\u{34f}\u{fe00}"),
            ("\u{e0100}\u{e01ef}", r"\u{e0100}\u{e01ef}"),
        ] {
            assert_eq!(neutralize(text), shown);
        }
        assert_eq!(neutralize_lines("a\n\tb\r\u{1b}"), "a\n\tb\\r\\u{1b}");
    }

    proptest! {
        #[test]
        fn what_is_cut_is_the_beginning_and_cut_once(text in any::<String>(), bytes in 3usize..40) {
            let short = shorten(&text, bytes);
            prop_assert!(short.len() <= bytes);
            prop_assert_eq!(shorten(&short, bytes), short.as_ref());
            if text.len() > bytes {
                prop_assert!(text.starts_with(short.strip_suffix('…').unwrap()));
            }
        }

        #[test]
        fn nothing_that_acts_is_left_and_nothing_else_changes(text in any::<String>()) {
            let shown = neutralize(&text);
            prop_assert!(!shown.contains(is_active));
            prop_assert_eq!(neutralize(&shown), shown.as_ref());
            let kept = |s: &str| s.chars().filter(|c| !c.is_ascii() && !is_active(*c)).collect::<String>();
            prop_assert_eq!(kept(&shown), kept(&text));
            if !text.contains(is_active) {
                prop_assert_eq!(shown.as_ref(), text.as_str());
            }
        }
    }
}
