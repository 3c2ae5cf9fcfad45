//! The figures of a run, file by file.

use std::collections::BTreeMap;
use std::fmt;

use crate::mutants::outcome::Kind;

/// How many mutants of a file ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    caught: usize,
    timeout: usize,
    unviable: usize,
    equivalent: usize,
    survived: usize,
}

/// The rows by file.
#[derive(Debug, Default)]
pub(crate) struct Table(BTreeMap<String, Row>);

impl Table {
    /// Counts a mutant; `is_known` of a missed one that is in the list of equivalent ones.
    pub(crate) fn count(&mut self, file: &str, kind: Kind, is_known: bool) {
        let row = self.0.entry(file.to_owned()).or_default();
        let cell = match kind {
            Kind::Caught => &mut row.caught,
            Kind::Timeout => &mut row.timeout,
            Kind::Unviable => &mut row.unviable,
            Kind::Missed if is_known => &mut row.equivalent,
            Kind::Missed => &mut row.survived,
        };
        *cell += 1;
    }

    /// How many survived.
    pub(crate) fn survived(&self) -> usize {
        self.0.values().map(|row| row.survived).sum()
    }
}

impl Row {
    fn plus(self, other: &Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            timeout: self.timeout + other.timeout,
            unviable: self.unviable + other.unviable,
            equivalent: self.equivalent + other.equivalent,
            survived: self.survived + other.survived,
        }
    }

    fn total(&self) -> usize {
        self.caught + self.timeout + self.unviable + self.equivalent + self.survived
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.keys().map(String::len).max().unwrap_or(0).max(5);
        let titles = [
            "tried",
            "caught",
            "timeout",
            "unviable",
            "equivalent",
            "survived",
        ];
        write!(f, "{:width$}", "")?;
        titles.iter().try_for_each(|title| write!(f, "  {title}"))?;
        let all = self.0.values().fold(Row::default(), Row::plus);
        let rows = self.0.iter().map(|(file, row)| (file.as_str(), row));
        for (file, row) in rows.chain([("total", &all)]) {
            write!(f, "\n{file:width$}")?;
            let cells = [
                row.total(),
                row.caught,
                row.timeout,
                row.unviable,
                row.equivalent,
                row.survived,
            ];
            for (cell, title) in cells.iter().zip(titles) {
                write!(f, "  {cell:>0$}", title.len())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_is_in_one_cell_and_in_the_total() {
        let mut table = Table::default();
        table.count("a.rs", Kind::Caught, false);
        table.count("a.rs", Kind::Missed, true);
        table.count("src/b.rs", Kind::Missed, false);
        table.count("src/b.rs", Kind::Timeout, false);
        table.count("src/b.rs", Kind::Unviable, false);
        assert_eq!(table.survived(), 1);
        let expected = "
          tried  caught  timeout  unviable  equivalent  survived
a.rs          2       1        0         0           1         0
src/b.rs      3       0        1         1           0         1
total         5       1        1         1           1         1";
        assert_eq!(format!("\n{table}"), expected);
    }
}
