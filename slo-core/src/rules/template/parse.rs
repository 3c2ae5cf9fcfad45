//! The grammar of actions.

use std::collections::HashSet;

use super::lex::{Result, Token, tokens, unquoted};

/// What Go's templates and Prometheus know, [`NEW`] included.
const FUNCTIONS: &str = "and call html index slice js len not or print printf println urlquery \
    eq ge gt le lt ne \
    query first label value sortByLabel strvalue args reReplaceAll safeHtml match title toUpper \
    toLower graphLink tableLink stripPort stripDomain humanize humanize1024 humanizeDuration \
    humanizePercentage humanizeTimestamp toTime pathPrefix externalURL parseDuration \
    toDuration now urlQueryEscape";

/// What Prometheus 2 does not know, or not in all of its versions.
const NEW: [&str; 3] = ["toDuration", "now", "urlQueryEscape"];

const VARIABLES: [&str; 5] = ["$", "$labels", "$externalLabels", "$externalURL", "$value"];

/// No text nests deeper; the reader recurses.
const MAX_DEPTH: usize = 64;

/// Why Prometheus refuses a template.
pub(in crate::rules) fn check(text: &str) -> Result<()> {
    if !text.contains("{{") {
        return Ok(());
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        variables: VARIABLES.to_vec(),
        ranges: 0,
        depth: 0,
        defined: HashSet::new(),
    };
    match parser.list(true)? {
        Stop::OfText => Ok(()),
        Stop::Else => Err("`{{else}}` belongs to no `{{if}}`".to_owned()),
        Stop::End => Err("`{{end}}` ends nothing".to_owned()),
    }
}

/// A function that a template calls and that not every Prometheus 2 knows.
pub(in crate::rules) fn newer(text: &str) -> Option<&'static str> {
    if !text.contains("{{") {
        return None;
    }
    let tokens = tokens(text).unwrap_or_default();
    let called = |name: &&str| tokens.contains(&Token::Word(name));
    NEW.into_iter().find(called)
}

/// What ended a list of texts and actions.
#[derive(PartialEq)]
enum Stop {
    OfText,
    Else,
    End,
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    variables: Vec<&'a str>,
    ranges: usize,
    depth: usize,
    defined: HashSet<&'a str>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.at += 1;
        }
    }

    fn peek_word(&mut self) -> Option<&'a str> {
        self.skip_space();
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn right(&mut self, what: &str) -> Result<()> {
        self.skip_space();
        match self.next() {
            Some(Token::Right) => Ok(()),
            _ => Err(format!("`}}}}` is missing in `{{{{{what}}}}}`")),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("it nests deeper than {MAX_DEPTH} levels"));
        }
        let done = read(self);
        self.depth -= 1;
        done
    }

    /// Texts and actions up to an `{{end}}` or `{{else}}`, or the end of the text.
    fn list(&mut self, outermost: bool) -> Result<Stop> {
        loop {
            match self.next() {
                None => return Ok(Stop::OfText),
                Some(Token::Left) => {
                    if let Some(end) = self.deeper(|parser| parser.action(outermost))? {
                        return Ok(end);
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn action(&mut self, outermost: bool) -> Result<Option<Stop>> {
        let Some(word) = self.peek_word() else {
            self.pipeline(&Token::Right, "an action")?;
            return Ok(None);
        };
        if matches!(
            word,
            "break" | "continue" | "end" | "else" | "if" | "with" | "range"
        ) || matches!(word, "block" | "template" | "define")
        {
            self.at += 1;
        }
        match word {
            "end" => {
                self.right(word)?;
                return Ok(Some(Stop::End));
            }
            "else" => return Ok(Some(Stop::Else)),
            "if" | "with" | "range" => self.control(word)?,
            "break" | "continue" => {
                self.right(word)?;
                if self.ranges == 0 {
                    return Err(format!("`{{{{{word}}}}}` is not in a `{{{{range}}}}`"));
                }
            }
            "template" => {
                self.name(word)?;
                self.skip_space();
                if self.peek() == Some(&Token::Right) {
                    self.at += 1;
                } else {
                    self.pipeline(&Token::Right, word)?;
                }
            }
            "block" => {
                let name = self.name(word)?;
                self.pipeline(&Token::Right, word)?;
                self.body(word, name)?;
            }
            "define" if outermost => {
                let name = self.name(word)?;
                self.right(word)?;
                self.body(word, name)?;
            }
            "define" => return Err("`{{define}}` is not on the outermost level".to_owned()),
            _ => self.pipeline(&Token::Right, "an action")?,
        }
        Ok(None)
    }

    /// The quoted name of a template.
    fn name(&mut self, what: &str) -> Result<&'a str> {
        self.skip_space();
        match self.next() {
            Some(Token::Quoted(name)) => self.string(name).map(|()| name),
            _ => Err(format!("`{{{{{what}}}}}` needs a name in quotes")),
        }
    }

    /// The body of another template: it knows no variables from outside.
    fn body(&mut self, what: &str, name: &'a str) -> Result<()> {
        if !self.defined.insert(name) {
            return Err(format!("the template {name} is defined twice"));
        }
        let outside = std::mem::replace(&mut self.variables, vec!["$"]);
        let ranges = std::mem::take(&mut self.ranges);
        let end = self.list(false)?;
        self.variables = outside;
        self.ranges = ranges;
        if end == Stop::End {
            return Ok(());
        }
        Err(format!("`{{{{{what}}}}}` has no `{{{{end}}}}`"))
    }

    fn control(&mut self, what: &str) -> Result<()> {
        let known = self.variables.len();
        self.pipeline(&Token::Right, what)?;
        let range = usize::from(what == "range");
        self.ranges += range;
        let end = self.list(false)?;
        self.ranges -= range;
        let end = match end {
            Stop::Else if what == "if" && self.peek_word() == Some("if") => {
                self.at += 1;
                // Its `{{end}}` ends this one, too.
                self.deeper(|parser| parser.control("if"))?;
                Stop::End
            }
            Stop::Else => {
                self.right("else")?;
                self.list(false)?
            }
            end => end,
        };
        self.variables.truncate(known);
        match end {
            Stop::End => Ok(()),
            Stop::Else => Err(format!("`{{{{{what}}}}}` has two `{{{{else}}}}`")),
            Stop::OfText => Err(format!("`{{{{{what}}}}}` has no `{{{{end}}}}`")),
        }
    }

    /// `$x := a b | c`, up to `end`.
    fn pipeline(&mut self, end: &Token<'_>, what: &str) -> Result<()> {
        self.declarations(what)?;
        let mut commands = 0;
        loop {
            self.skip_space();
            if self.peek() == Some(end) {
                self.at += 1;
                if commands == 0 {
                    return Err(format!("nothing stands in {what}"));
                }
                return Ok(());
            }
            let executable = self.command()?;
            if commands > 0 && !executable {
                return Err("only a function or a field can follow a `|`".to_owned());
            }
            commands += 1;
        }
    }

    fn declarations(&mut self, what: &str) -> Result<()> {
        for second in [false, true] {
            self.skip_space();
            let Some(Token::Variable(name)) = self.peek().cloned() else {
                return Ok(());
            };
            let start = self.at;
            self.at += 1;
            self.skip_space();
            match self.next() {
                Some(Token::Assign) => {
                    self.variables.push(name);
                    return Ok(());
                }
                Some(Token::Other(',')) if what == "range" && !second => {
                    self.variables.push(name);
                    self.skip_space();
                    if !matches!(self.peek(), Some(Token::Variable(_))) {
                        return Err("`{{range $i, $x := …}}` declares two variables".to_owned());
                    }
                }
                Some(Token::Other(',')) => return Err("too many variables".to_owned()),
                _ => {
                    self.at = start;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Operands up to a `|` or an end; whether the first can be executed.
    fn command(&mut self) -> Result<bool> {
        let (mut count, mut executable) = (0, true);
        loop {
            self.skip_space();
            if let Some(executes) = self.operand()? {
                if count == 0 {
                    executable = executes;
                }
                count += 1;
            }
            match self.next() {
                Some(Token::Space) => {}
                Some(Token::Right | Token::Close) => {
                    self.at -= 1;
                    break;
                }
                Some(Token::Pipe) => break,
                _ => return Err("an action cannot be read".to_owned()),
            }
        }
        if count == 0 {
            return Err("an action has an empty command".to_owned());
        }
        Ok(executable)
    }

    /// A term with its fields; whether it can be executed.
    fn operand(&mut self) -> Result<Option<bool>> {
        let (executable, has_fields) = match self.peek().cloned() {
            Some(Token::Word("true" | "false" | "nil")) | Some(Token::Number | Token::Dot) => {
                (false, false)
            }
            Some(Token::Word(word)) => {
                if !FUNCTIONS.split_ascii_whitespace().any(|name| name == word) {
                    return Err(format!("there is no function `{word}`"));
                }
                (true, true)
            }
            Some(Token::Quoted(text)) => {
                self.string(text)?;
                (false, false)
            }
            Some(Token::Variable(name)) => {
                if !self.variables.contains(&name) {
                    return Err(format!("there is no variable `{name}`"));
                }
                (true, true)
            }
            Some(Token::Field) => (true, true),
            Some(Token::Open) => {
                self.at += 1;
                self.deeper(|parser| parser.pipeline(&Token::Close, "( )"))?;
                self.at -= 1;
                (true, true)
            }
            _ => return Ok(None),
        };
        self.at += 1;
        while self.peek() == Some(&Token::Field) {
            if !has_fields {
                return Err("a text, a number or `.` has no fields".to_owned());
            }
            self.at += 1;
        }
        Ok(Some(executable))
    }

    fn string(&self, text: &str) -> Result<()> {
        let inside = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        match inside {
            Some(inside) if unquoted(inside, '"').is_none() => {
                Err(format!("{text} has an escape that is none"))
            }
            _ => Ok(()),
        }
    }
}
