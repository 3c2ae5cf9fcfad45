//! The names of one object, to find the one that comes twice.

use std::borrow::Cow;
use std::collections::HashSet;

/// Names that need no memory of their own.
const FEW: usize = 8;

/// What a name beyond those takes: its entry, and the set's room for more.
const ENTRY: usize = 4 * size_of::<Cow<'_, str>>();

/// The names seen so far. The API's objects have a handful, so these are compared one by one.
#[derive(Default)]
pub(super) struct Names<'a> {
    few: [&'a str; FEW],
    count: usize,
    more: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> Names<'a> {
    /// Adds a name and says how much memory that took; `None` where it is there already.
    #[inline]
    pub(super) fn add(&mut self, name: Cow<'a, str>) -> Option<usize> {
        let few = self.few.get(..self.count).unwrap_or_default();
        if few.contains(&name.as_ref()) {
            return None;
        }
        if let (Cow::Borrowed(name), None, Some(free)) =
            (&name, &self.more, self.few.get_mut(self.count))
        {
            *free = name;
            self.count += 1;
            return Some(0);
        }
        self.add_to_many(name)
    }

    #[cold]
    fn add_to_many(&mut self, name: Cow<'a, str>) -> Option<usize> {
        let own = match &name {
            Cow::Owned(name) => name.len(),
            Cow::Borrowed(_) => 0,
        };
        let more = self.more.get_or_insert_default();
        more.insert(name).then_some(ENTRY + own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_name_is_new_once(names in prop::collection::vec(("[a-f]{1,2}", any::<bool>()), 0..40)) {
            let mut seen = Names::default();
            let mut known = HashSet::new();
            for (name, owned) in &names {
                let name = if *owned { Cow::Owned(name.clone()) } else { Cow::Borrowed(name.as_str()) };
                prop_assert_eq!(seen.add(name.clone()).is_some(), known.insert(name.into_owned()));
            }
        }
    }
}
