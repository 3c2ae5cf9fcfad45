//! Escapes.

use super::names::{Known, class};
use super::{Reader, Refused};

const UNKNOWN: Refused = "RE2 has no such escape";
const NO_CLASS: Refused = "RE2 has no class of characters of such a name";

impl Reader<'_> {
    /// Behind a `\`, outside of brackets.
    pub(super) fn escape(&mut self) -> Result<(), Refused> {
        if self.eat("Q") {
            let rest = std::mem::take(&mut self.rest);
            let (literal, rest) = rest.split_once("\\E").unwrap_or_else(|| {
                // 2.x puts a group around a pattern, whose end it hides.
                self.is_new("a \\Q without an \\E".to_owned());
                (rest, "")
            });
            self.rest = rest;
            if !literal.is_empty() {
                self.group.push(1);
            }
            return Ok(());
        }
        if !["A", "b", "B", "z"].iter().any(|edge| self.eat(edge)) {
            self.escaped()?;
        }
        self.group.push(1);
        Ok(())
    }

    /// Behind a `\`: the character, or `None` where it is a class of them.
    pub(super) fn escaped(&mut self) -> Result<Option<u32>, Refused> {
        match self.peek() {
            Some('p' | 'P') => {
                self.next();
                self.property().map(|()| None)
            }
            Some('d' | 's' | 'w' | 'D' | 'S' | 'W') => {
                self.next();
                Ok(None)
            }
            _ => self.character().map(Some),
        }
    }

    /// Behind a `\`: one character.
    pub(super) fn character(&mut self) -> Result<u32, Refused> {
        let c = self.next().ok_or("a \\ ends it")?;
        match c {
            '0' => Ok(self.octal(0)),
            // A single digit would refer to a group.
            '1'..='7' if matches!(self.peek(), Some('0'..='7')) => {
                Ok(self.octal(u32::from(c) - 48))
            }
            'x' => self.hexadecimal().ok_or(UNKNOWN),
            'a' => Ok(7),
            'f' => Ok(12),
            'n' => Ok(10),
            'r' => Ok(13),
            't' => Ok(9),
            'v' => Ok(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(u32::from(c)),
            _ => Err(UNKNOWN),
        }
    }

    /// Up to two more digits.
    fn octal(&mut self, first: u32) -> u32 {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else {
                break;
            };
            self.next();
            code = code * 8 + digit;
        }
        code
    }

    /// Behind a `\x`: two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = match self.eat("{") {
            true => self.until("}")?,
            false => {
                let (digits, rest) = self.rest.split_at_checked(2)?;
                self.rest = rest;
                digits
            }
        };
        let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let zeros = digits.trim_start_matches('0');
        let code = match zeros {
            "" if !digits.is_empty() => 0,
            zeros => u32::from_str_radix(zeros, 16).ok()?,
        };
        (hexadecimal && code <= u32::from(char::MAX)).then_some(code)
    }

    /// Behind `\p`: a letter, or a name in braces.
    fn property(&mut self) -> Result<(), Refused> {
        let before = self.rest;
        let name = match self.next() {
            Some('{') => self.until("}").ok_or(NO_CLASS)?,
            Some(letter) => before.get(..letter.len_utf8()).unwrap_or_default(),
            None => "",
        };
        match class(name.strip_prefix('^').unwrap_or(name)) {
            Some(Known::Always) => Ok(()),
            Some(Known::Newly) => {
                self.is_new(format!("the class \\p{{{name}}}"));
                Ok(())
            }
            None => Err(NO_CLASS),
        }
    }
}
