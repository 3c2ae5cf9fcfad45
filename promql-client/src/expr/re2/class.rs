//! Classes of characters, in brackets.

use super::{Reader, Refused};

const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

impl Reader<'_> {
    /// Behind a `[`.
    pub(super) fn class(&mut self) -> Result<(), Refused> {
        self.eat("^");
        let mut first = true;
        // One that comes first means itself.
        while first || !self.eat("]") {
            first = false;
            if self.named()? {
                continue;
            }
            let from = match self.eat("\\") {
                true => match self.escaped()? {
                    Some(c) => c,
                    None => continue,
                },
                false => self.member()?,
            };
            // The last one means itself.
            let is_range = self.rest.len() > 1 && self.rest.starts_with('-');
            if is_range && !self.rest.starts_with("-]") {
                self.next();
                let to = match self.eat("\\") {
                    true => self.character()?,
                    false => self.member()?,
                };
                if to < from {
                    return Err("a range of characters ends before it begins");
                }
            }
        }
        Ok(())
    }

    fn member(&mut self) -> Result<u32, Refused> {
        self.next().map(u32::from).ok_or("a [ is never closed")
    }

    /// `[:alpha:]`.
    fn named(&mut self) -> Result<bool, Refused> {
        let Some(inside) = self.rest.strip_prefix("[:") else {
            return Ok(false);
        };
        let Some((name, rest)) = inside.split_once(":]") else {
            return Ok(false);
        };
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err("RE2 has no class of such a name in [: :]");
        }
        self.rest = rest;
        Ok(true)
    }
}
