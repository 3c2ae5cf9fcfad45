//! What servers remark on their answers, apart from our own warnings.

use promql_client::Answer;

/// What a server said beside its answers: each remark once, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remarks {
    /// Its warnings and infos, as they came.
    pub said: Vec<String>,
    /// How many there are besides, which were not kept ([`Answer::remarks_left_out`]).
    pub more: usize,
}

impl Remarks {
    /// Those of an answer.
    #[must_use]
    pub fn of<T>(answer: &Answer<T>) -> Self {
        let mut said = answer.warnings.clone();
        said.extend_from_slice(&answer.infos);
        Self {
            said,
            more: answer.remarks_left_out,
        }
    }

    /// Adds those of another answer.
    pub fn add(&mut self, other: &Self) {
        let known = self.said.len();
        for remark in &other.said {
            if !self.said.contains(remark) {
                self.said.push(remark.clone());
            }
        }
        // Whoever says nothing new in what was kept repeats what was not kept, too.
        self.more = match self.said.len() > known {
            true => self.more.saturating_add(other.more),
            false => self.more.max(other.more),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(said: &[&str], more: usize) -> Remarks {
        Remarks {
            said: said.iter().map(ToString::to_string).collect(),
            more,
        }
    }

    #[test]
    fn what_is_said_twice_is_counted_once() {
        let mut all = remarks(&["a", "b"], 10);
        all.add(&remarks(&["a", "b"], 10));
        assert_eq!(all, remarks(&["a", "b"], 10));
        all.add(&remarks(&["c"], 5));
        assert_eq!(all, remarks(&["a", "b", "c"], 15));
        all.add(&remarks(&[], 0));
        all.add(&remarks(&["d"], usize::MAX));
        assert_eq!(all, remarks(&["a", "b", "c", "d"], usize::MAX));
    }
}
