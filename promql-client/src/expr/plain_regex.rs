//! Regular expressions that need not be compiled to be read.
//!
//! The parser behind [`super::parse`] compiles every pattern, only to see whether it is one and
//! whether it matches the empty text; compiling `5..` takes longer than reading the query around it.
//! A pattern of which both are plain to see goes through the parser as an ordinary value with a mark
//! in front, and becomes a pattern again on the way back.

use super::scan::pieces;
use super::selector::MatchOp;
use crate::labels::METRIC_NAME;

/// In no query: one that has it, or could write it as an escape, is not touched.
const MARK: char = '\u{e000}';
/// What makes another operator of one that follows.
const SIGNS: [char; 4] = ['!', '=', '<', '>'];

/// The query with its plain patterns hidden (`=~` becomes `=`, `!~` becomes `!=`); `None` where it has
/// none.
pub(super) fn hide(query: &str) -> Option<String> {
    // The parser looks at conditions on the name itself; comments may stand anywhere.
    let never = query.contains(['\\', '#', MARK]) || query.contains(METRIC_NAME);
    if never || !query.contains('~') {
        return None;
    }
    let mut out = String::with_capacity(query.len() + 8);
    for piece in pieces(query) {
        let piece = piece.ok()?;
        let quote = piece.chars().next().filter(|c| matches!(c, '"' | '\''));
        let pattern = quote.and_then(|q| piece.strip_prefix(q)?.strip_suffix(q));
        let head = out.trim_end();
        let is = |sign: &str| head.strip_suffix(sign).is_some_and(|h| !h.ends_with(SIGNS));
        let (positive, negative) = (is("=~"), is("!~"));
        if let (Some(quote), Some(pattern)) = (quote, pattern)
            && (positive || negative)
            && is_plain(pattern)
        {
            let before = head.len() - 1;
            out.truncate(before);
            out.push_str(if negative { "=" } else { "" });
            out.extend([quote, MARK]);
            out.push_str(pattern);
            out.push(quote);
        } else {
            out.push_str(piece);
        }
    }
    out.contains(MARK).then_some(out)
}

/// What a matcher said before its pattern was hidden.
pub(super) fn reveal(op: MatchOp, value: &str) -> (MatchOp, &str) {
    match (op, value.strip_prefix(MARK)) {
        (MatchOp::Equal, Some(pattern)) => (MatchOp::Regex, pattern),
        (MatchOp::NotEqual, Some(pattern)) => (MatchOp::NotRegex, pattern),
        _ => (op, value),
    }
}

/// Alternatives of characters that mean themselves, and `.`, with at most one of `*`, `+` and `?`
/// after each; none of them matches the empty text. Such a pattern is one to every engine.
fn is_plain(pattern: &str) -> bool {
    pattern.len() <= 256 && pattern.split('|').all(is_plain_sequence)
}

fn is_plain_sequence(sequence: &str) -> bool {
    let (mut needed, mut repeatable) = (false, false);
    let mut chars = sequence.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' | '+' | '?' if !repeatable => return false,
            '*' | '+' | '?' => repeatable = false,
            c if c.is_ascii_alphanumeric() || "._-:/ ,=@".contains(c) => {
                repeatable = true;
                needed |= !matches!(chars.peek(), Some('*' | '?'));
            }
            _ => return false,
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn plain_patterns_are_patterns_and_match_something() {
        let plain = [
            "5..",
            "500|502",
            "a.*",
            ".+",
            "api-.*|web",
            "a?b",
            "a: b",
            "x=y,z",
        ];
        for pattern in plain {
            assert!(is_plain(pattern), "{pattern}");
            let regex = Regex::new(&format!("^(?:{pattern})$")).unwrap();
            assert!(!regex.is_match(""), "{pattern}");
        }
        let others = [
            "", ".*", "a*", "a|", "a|b?", "*", "a**", "a+?", "(", "(a)", "[a]", "a{2}", "^a", "a$",
            r"\d", "é",
        ];
        for pattern in others {
            assert!(!is_plain(pattern), "{pattern}");
        }
        assert!(!is_plain(&"a".repeat(257)));
    }

    #[test]
    fn hides_patterns_only() {
        let hidden = |query: &str| hide(query).map(|text| text.replace(MARK, "^"));
        for (query, text) in [
            (r#"x{a=~"5..",b !~ '1|2'}"#, r#"x{a="^5..",b !='^1|2'}"#),
            (r#"x{a=~"5..",b=~".*"}"#, r#"x{a="^5..",b=~".*"}"#),
            (r#"x{a="=~",b=~"c"}"#, r#"x{a="=~",b="^c"}"#),
        ] {
            assert_eq!(hidden(query).as_deref(), Some(text));
        }
        for query in [
            "x",
            r#"x{a="~"}"#,
            r#"x{a=~"(b)"}"#,
            r#"x{a=~"b",c="\ue000"}"#,
            "x{a=~\"b\",c=\"\u{e000}\"}",
            "x{a= # =~\n \"b\"}",
            r#"x{a!=~"b"}"#,
            r#"x{a==~"b"}"#,
            r#"{__name__=~"b"}"#,
        ] {
            assert_eq!(hidden(query), None, "{query}");
        }
    }
}
