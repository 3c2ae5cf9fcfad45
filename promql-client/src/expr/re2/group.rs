//! Groups, and what in them can be repeated.

use super::{Reader, Refused};

/// A group that is being read.
#[derive(Default)]
pub(super) struct Group {
    /// The item that a repetition would repeat: how often repetitions in it repeat something.
    pub(super) item: Option<u32>,
    /// The most of the items before it.
    most: u32,
}

impl Group {
    /// Another item, in which something is so often repeated.
    pub(super) fn push(&mut self, times: u32) {
        self.end_item();
        self.item = Some(times);
    }

    /// What follows does not repeat the last item.
    pub(super) fn end_item(&mut self) {
        self.most = self.most.max(self.item.take().unwrap_or(1));
    }
}

impl Reader<'_> {
    /// Behind a `(`.
    pub(super) fn open(&mut self) -> Result<(), Refused> {
        if self.rest.starts_with("?P<") || self.rest.starts_with("?<") {
            self.name()?;
        } else if self.eat("?") {
            match self.flags() {
                Some(true) => {}
                Some(false) => return Ok(()),
                None => return Err("after (? RE2 has the flags i, m, s and U, and names, only"),
            }
        }
        self.around.push(std::mem::take(&mut self.group));
        Ok(())
    }

    /// Behind a `)`.
    pub(super) fn close(&mut self) -> Result<(), Refused> {
        let around = self.around.pop().ok_or("a ) closes nothing")?;
        let mut closed = std::mem::replace(&mut self.group, around);
        closed.end_item();
        self.group.push(closed.most);
        Ok(())
    }

    /// `?P<name>`.
    fn name(&mut self) -> Result<(), Refused> {
        let new = !self.eat("?P<");
        if new {
            self.eat("?<");
        }
        let name = self.until(">").unwrap_or_default();
        let in_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
        if name.is_empty() || !name.chars().all(in_name) {
            return Err("a group's name has letters, digits and _ only");
        }
        if new {
            self.is_new(format!("(?<{name}>...) instead of (?P<{name}>...)"));
        }
        Ok(())
    }

    /// Flags, to the `:` that begins a group (true) or the `)` that ends them (false).
    fn flags(&mut self) -> Option<bool> {
        let (mut negated, mut some) = (false, false);
        loop {
            match self.next()? {
                'i' | 'm' | 's' | 'U' => some = true,
                '-' if !negated => (negated, some) = (true, false),
                c @ (':' | ')') if some || !negated => return Some(c == ':'),
                _ => return None,
            }
        }
    }
}
