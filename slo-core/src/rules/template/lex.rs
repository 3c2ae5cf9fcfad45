//! From a template's text to the tokens of its actions.

use std::iter::Peekable;
use std::str::CharIndices;

/// A token. The texts between actions say nothing; that there is one is all that matters.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// Text outside of actions.
    Text,
    /// `{{`, the comment in it left out.
    Left,
    /// `}}`
    Right,
    /// Space within an action.
    Space,
    /// `$name`
    Variable(&'a str),
    /// `.name`
    Field,
    /// `.`
    Dot,
    /// A word: a keyword or a function.
    Word(&'a str),
    /// A string, quoted or raw: its text as written.
    Quoted(&'a str),
    /// A number or a character.
    Number,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`
    Pipe,
    /// `=` or `:=`
    Assign,
    /// Another character.
    Other(char),
}

pub(super) type Result<T> = std::result::Result<T, String>;

/// The tokens of a template.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        if !before.is_empty() {
            tokens.push(Token::Text);
        }
        // A minus and one space; without the space it is a number's.
        let trimmed = inside
            .strip_prefix('-')
            .and_then(|rest| rest.strip_prefix(is_space));
        let inside = trimmed.unwrap_or(inside);
        rest = match inside.strip_prefix("/*") {
            Some(comment) => after_comment(comment)?,
            None => {
                tokens.push(Token::Left);
                Action::new(inside).tokens(&mut tokens)?
            }
        };
    }
    if !rest.is_empty() {
        tokens.push(Token::Text);
    }
    Ok(tokens)
}

fn after_comment(comment: &str) -> Result<&str> {
    let (_, after) = comment
        .split_once("*/")
        .ok_or("a comment `{{/*` is never closed by `*/}}`")?;
    let trimmed = after
        .strip_prefix(is_space)
        .and_then(|rest| rest.strip_prefix("-}}"));
    after
        .strip_prefix("}}")
        .or(trimmed)
        .ok_or_else(|| "a comment ends before its action: write `*/}}`".to_owned())
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Go takes letters of all scripts; labels and functions have none.
fn is_word(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

/// The inside of one action.
struct Action<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    open: usize,
}

impl<'a> Action<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            chars: text.char_indices().peekable(),
            open: 0,
        }
    }

    fn rest(&mut self) -> &'a str {
        let at = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        self.text.get(at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    /// Reads tokens up to the end of the action; what follows it.
    fn tokens(mut self, tokens: &mut Vec<Token<'a>>) -> Result<&'a str> {
        loop {
            let rest = self.rest();
            let trimmed = rest
                .strip_prefix(is_space)
                .and_then(|rest| rest.strip_prefix("-}}"));
            let end = match (rest.strip_prefix("}}"), trimmed) {
                (Some(after), _) => Some(after),
                // The mark takes away the space before the next text, too.
                (None, Some(after)) => Some(after.trim_start_matches(is_space)),
                (None, None) => None,
            };
            if let Some(after) = end {
                if self.open > 0 {
                    return Err("a ( is never closed".to_owned());
                }
                tokens.push(Token::Right);
                return Ok(after);
            }
            let token = self.token()?;
            tokens.push(token);
        }
    }

    fn token(&mut self) -> Result<Token<'a>> {
        let rest = self.rest();
        let Some((_, c)) = self.chars.next() else {
            return Err("`{{` is never closed by `}}`".to_owned());
        };
        match c {
            c if is_space(c) => {
                // A space before `-}}` belongs to that mark.
                while self.peek().is_some_and(is_space) && !self.ends_trimmed() {
                    self.chars.next();
                }
                Ok(Token::Space)
            }
            '"' => self.quoted(rest, '"'),
            '\'' => self.character(rest),
            '`' => self.raw(rest),
            '$' => {
                self.words();
                let name = self.taken(rest);
                self.bounded(Token::Variable(name))
            }
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                if self.words() == 0 {
                    return self.bounded(Token::Dot);
                }
                self.bounded(Token::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(rest),
            '(' => {
                self.open += 1;
                Ok(Token::Open)
            }
            ')' => {
                self.open = self.open.checked_sub(1).ok_or("a ) has no (")?;
                Ok(Token::Close)
            }
            '|' => Ok(Token::Pipe),
            '=' => Ok(Token::Assign),
            ':' if self.peek() == Some('=') => {
                self.chars.next();
                Ok(Token::Assign)
            }
            ':' => Err("expected `:=`".to_owned()),
            c if is_word(c) => {
                self.words();
                let word = self.taken(rest);
                self.bounded(Token::Word(word))
            }
            c if c.is_ascii_graphic() => Ok(Token::Other(c)),
            c => Err(format!("the character {c:?} cannot be in an action")),
        }
    }

    fn ends_trimmed(&mut self) -> bool {
        let rest = self.rest().strip_prefix(is_space);
        rest.is_some_and(|rest| rest.starts_with("-}}"))
    }

    /// Goes on to the end of a word; how many characters that are.
    fn words(&mut self) -> usize {
        let mut count = 0;
        while self.peek().is_some_and(is_word) {
            self.chars.next();
            count += 1;
        }
        count
    }

    /// What has been read since `from` was all there was.
    fn taken(&mut self, from: &'a str) -> &'a str {
        let length = from.len() - self.rest().len();
        from.get(..length).unwrap_or_default()
    }

    /// A word ends where Go's does.
    fn bounded(&mut self, token: Token<'a>) -> Result<Token<'a>> {
        let rest = self.rest();
        let ends = |c: char| is_space(c) || ".,|:)(".contains(c);
        if rest.is_empty() || rest.starts_with(ends) || rest.starts_with("}}") {
            return Ok(token);
        }
        let c = rest.chars().next().unwrap_or_default();
        Err(format!("the character {c:?} cannot stand there"))
    }

    fn quoted(&mut self, rest: &'a str, quote: char) -> Result<Token<'a>> {
        loop {
            match self.chars.next().map(|(_, c)| c) {
                Some('\\') => {
                    if self.chars.next().is_none_or(|(_, c)| c == '\n') {
                        break;
                    }
                }
                Some('\n') | None => break,
                Some(c) if c == quote => return Ok(Token::Quoted(self.taken(rest))),
                Some(_) => {}
            }
        }
        Err("a quoted text is never closed".to_owned())
    }

    fn raw(&mut self, rest: &'a str) -> Result<Token<'a>> {
        if self.chars.any(|(_, c)| c == '`') {
            return Ok(Token::Quoted(self.taken(rest)));
        }
        Err("a text in ` is never closed".to_owned())
    }

    fn character(&mut self, rest: &'a str) -> Result<Token<'a>> {
        let Token::Quoted(text) = self.quoted(rest, '\'')? else {
            return Err("a character is never closed".to_owned());
        };
        let inside = text
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''));
        let one = |text: &str| unquoted(text, '\'').is_some_and(|count| count == 1);
        if inside.is_some_and(one) {
            return Ok(Token::Number);
        }
        Err(format!("{text} is no character"))
    }

    fn number(&mut self, rest: &'a str) -> Result<Token<'a>> {
        let more = |c: char| is_word(c) || c == '.';
        loop {
            let exponent = self.taken(rest).ends_with(['e', 'E']);
            match self.peek() {
                Some(c) if more(c) || (exponent && (c == '+' || c == '-')) => {
                    self.chars.next();
                }
                _ => break,
            }
        }
        let text = self.taken(rest);
        if is_number(text) {
            return Ok(Token::Number);
        }
        Err(format!("`{text}` is no number"))
    }
}

/// Decimal numbers, and whole ones of other bases. Go's rarer forms (`0x1p-2`, `1_000`, `2i`) are left
/// out.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all = |text: &str, radix| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    let based = |prefix: [&str; 2], radix| {
        let rest = prefix
            .iter()
            .find_map(|prefix| digits.strip_prefix(*prefix));
        rest.is_some_and(|rest| all(rest, radix) && u64::from_str_radix(rest, radix).is_ok())
    };
    if based(["0x", "0X"], 16) || based(["0o", "0O"], 8) || based(["0b", "0B"], 2) {
        return true;
    }
    let decimal = |c: char| c.is_ascii_digit() || ".eE+-".contains(c);
    if !digits.chars().all(decimal) || !digits.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if all(digits, 10) {
        let octal = digits.len() > 1 && digits.starts_with('0');
        return text.parse::<i64>().is_ok() && (!octal || all(digits, 8));
    }
    digits.parse::<f64>().is_ok_and(f64::is_finite)
}

/// How many characters a quoted text stands for; `None` where an escape is none of Go's.
pub(super) fn unquoted(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.chars();
    let mut count = 0;
    while let Some(c) = chars.next() {
        count += 1;
        if c != '\\' {
            continue;
        }
        let (length, radix) = match chars.next()? {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => continue,
            c if c == quote => continue,
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            // The first of three digits is read already: up to \377.
            '0'..='3' => (2, 8),
            _ => return None,
        };
        let digits: String = chars.by_ref().take(length).collect();
        let value = u32::from_str_radix(&digits, radix).ok();
        let complete = digits.len() == length && digits.chars().all(|c| c.is_digit(radix));
        let value = value.filter(|_| complete)?;
        if length > 2 {
            char::from_u32(value)?;
        }
    }
    Some(count)
}
