//! A first look at PromQL text, before the parser sees it.
//!
//! The parser behind [`super::parse`] gives no positions, knows no `anchored`, and panics on
//! durations such as `1e30`; deep nesting would overflow the stack. All of that is settled here.

use super::duration::parse_duration;
use super::parse::ParseError;
use super::print::quoted;

/// How deep an expression may nest; every operator may be a level of its own.
pub(super) const MAX_DEPTH: usize = 200;

/// Text the parser can take, and what had to be taken out of it.
pub(super) struct Scanned {
    /// The text with `anchored` blanked out.
    pub(super) text: String,
    /// Which range selectors, counted from the left, were `anchored`.
    pub(super) anchored: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Word,
    Text,
    Sign(char),
    /// A whole `[…]`.
    Brackets,
    /// A whole `{…}`.
    Braces,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

fn syntax(message: impl Into<String>, offset: usize) -> ParseError {
    ParseError::Syntax {
        message: message.into(),
        offset: Some(offset),
    }
}

pub(super) fn scan(query: &str) -> Result<Scanned, ParseError> {
    let tokens = tokens(query)?;
    check_depth(query, &tokens)?;
    let mut text = query.to_owned();
    let mut anchored = Vec::new();
    // The last range selector, as long as only its own modifiers have followed.
    let mut range: Option<usize> = None;
    let mut ranges = 0usize;
    let mut rest = tokens.as_slice();
    while let Some((token, tail)) = rest.split_first() {
        rest = tail;
        let word = query.get(token.start..token.end).unwrap_or_default();
        match token.kind {
            Kind::Brackets => {
                let inside = word.trim_start_matches('[').trim_end_matches(']');
                for part in inside.split(':').filter(|p| !p.trim().is_empty()) {
                    check_duration(part.trim(), token.start)?;
                }
                range = (!inside.contains(':')).then_some(ranges);
                ranges += usize::from(range.is_some());
            }
            Kind::Word if word.eq_ignore_ascii_case("offset") => {
                if let [sign, tail @ ..] = rest
                    && matches!(sign.kind, Kind::Sign('+' | '-'))
                {
                    rest = tail;
                }
                if let Some((next, tail)) = rest.split_first()
                    && next.kind == Kind::Word
                {
                    let duration = query.get(next.start..next.end).unwrap_or_default();
                    if starts_number(duration) || is_special(duration) {
                        check_duration(duration, next.start)?;
                    }
                    rest = tail;
                }
            }
            Kind::Word if word.eq_ignore_ascii_case("anchored") && range.is_some() => {
                anchored.extend(range.take());
                text.replace_range(token.start..token.end, "        ");
            }
            _ => range = None,
        }
    }
    Ok(Scanned {
        text: without_raw_text(&text)?,
        anchored,
    })
}

/// The parser takes escapes in raw strings (`` `5\.` ``) for its own and refuses them, so they are
/// turned into ordinary strings.
fn without_raw_text(query: &str) -> Result<String, ParseError> {
    let mut out = String::with_capacity(query.len());
    for piece in pieces(query) {
        let piece = piece?;
        let raw = piece.strip_prefix('`').and_then(|p| p.strip_suffix('`'));
        match raw {
            Some(raw) => out.push_str(&quoted(raw)),
            None => out.push_str(piece),
        }
    }
    Ok(out)
}

/// Strings and comments as a whole, all else as single characters.
pub(super) fn pieces(query: &str) -> impl Iterator<Item = Result<&str, ParseError>> {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let start = at;
        let c = query.get(start..)?.chars().next()?;
        at = match c {
            '"' | '\'' | '`' => match end_of_text(query, start, c) {
                Ok(end) => end,
                Err(error) => {
                    at = query.len();
                    return Some(Err(error));
                }
            },
            '#' => end_of_comment(query, start),
            c => start + c.len_utf8(),
        };
        query.get(start..at).map(Ok)
    })
}

fn starts_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '.')
}

fn is_special(word: &str) -> bool {
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("nan")
}

/// Refuses what the parser would panic on, or silently read as another duration.
fn check_duration(text: &str, offset: usize) -> Result<(), ParseError> {
    let refuse = || Err(syntax(format!("not a usable duration: {text}"), offset));
    if text.ends_with(|c: char| c.is_ascii_alphabetic()) && !text.starts_with("0x") {
        let small = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|n| !n.is_empty())
            .all(|n| n.parse::<u32>().is_ok());
        return match parse_duration(text) {
            Some(duration) if small && !duration.is_zero() => Ok(()),
            _ => refuse(),
        };
    }
    // Plain numbers are seconds (Prometheus 3).
    match text.parse::<f64>() {
        Ok(seconds) if !(0.0..=1e11).contains(&seconds) => refuse(),
        _ if text.contains(['e', 'E']) && !text.starts_with("0x") => refuse(),
        _ => Ok(()),
    }
}

/// Every operator may be a level of its own, within the parentheses it stands in.
fn check_depth(query: &str, tokens: &[Token]) -> Result<(), ParseError> {
    // Where each parenthesis opened, and how many operators there were at the level around it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut around = 0usize;
    let mut operators = 0usize;
    let mut deepest = 0usize;
    for token in tokens {
        match token.kind {
            Kind::Sign('(') => {
                open.push((token.start, operators));
                around += operators + 1;
                operators = 0;
            }
            Kind::Sign(')') => {
                let closed = open.pop();
                (_, operators) = closed.ok_or_else(|| syntax("unexpected )", token.start))?;
                around -= operators + 1;
            }
            Kind::Sign('+' | '-' | '*' | '/' | '%' | '^' | '=' | '<' | '>' | '!')
            | Kind::Brackets => operators += 1,
            Kind::Word => {
                let word = query.get(token.start..token.end).unwrap_or_default();
                let sets = ["and", "or", "unless", "atan2"];
                operators += usize::from(sets.iter().any(|s| word.eq_ignore_ascii_case(s)));
            }
            _ => {}
        }
        deepest = deepest.max(around + operators);
    }
    if let Some((start, _)) = open.pop() {
        return Err(syntax("( is never closed", start));
    }
    if deepest > MAX_DEPTH {
        return Err(ParseError::Outside {
            construct: format!("an expression of more than {MAX_DEPTH} levels"),
        });
    }
    Ok(())
}

fn tokens(query: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Vec::new();
    let mut at = 0usize;
    while let Some(c) = query.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        let (kind, end) = match c {
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            '#' => {
                at = end_of_comment(query, at);
                continue;
            }
            '"' | '\'' | '`' => (Kind::Text, end_of_text(query, at, c)?),
            '[' => match query.get(at..).and_then(|rest| rest.find(']')) {
                Some(length) => (Kind::Brackets, at + length + 1),
                None => return Err(syntax("[ is never closed", at)),
            },
            '{' => (Kind::Braces, end_of_braces(query, at)?),
            c if is_word(c) => {
                let length = query
                    .get(at..)
                    .and_then(|rest| rest.find(|c: char| !is_word(c)));
                (Kind::Word, length.map_or(query.len(), |n| at + n))
            }
            c => (Kind::Sign(c), at + c.len_utf8()),
        };
        tokens.push(Token { kind, start, end });
        at = end;
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')
}

fn end_of_comment(query: &str, at: usize) -> usize {
    let rest = query.get(at..).unwrap_or_default();
    rest.find(['\n', '\r']).map_or(query.len(), |n| at + n + 1)
}

/// Whether what is written behind the text would belong to a comment in it.
pub(super) fn ends_in_comment(query: &str) -> bool {
    let mut at = 0usize;
    while let Some(c) = query.get(at..).and_then(|rest| rest.chars().next()) {
        at = match c {
            '"' | '\'' | '`' => match end_of_text(query, at, c) {
                Ok(end) => end,
                Err(_) => return false,
            },
            '#' => match end_of_comment(query, at) {
                end if end == query.len() => return !query.ends_with('\n'),
                end => end,
            },
            c => at + c.len_utf8(),
        };
    }
    false
}

fn end_of_text(query: &str, at: usize, quote: char) -> Result<usize, ParseError> {
    let mut chars = query.get(at + 1..).unwrap_or_default().char_indices();
    while let Some((i, c)) = chars.next() {
        if c == quote {
            return Ok(at + i + 2);
        }
        if c == '\\' && quote != '`' {
            chars.next();
        }
    }
    Err(syntax("a string is never closed", at))
}

fn end_of_braces(query: &str, start: usize) -> Result<usize, ParseError> {
    let mut at = start + 1;
    while let Some(c) = query.get(at..).and_then(|rest| rest.chars().next()) {
        at = match c {
            '}' => return Ok(at + 1),
            '"' | '\'' | '`' => end_of_text(query, at, c)?,
            '#' => end_of_comment(query, at),
            c => at + c.len_utf8(),
        };
    }
    Err(syntax("{ is never closed", start))
}
