//! How wide columns and lines are.

use unicode_width::UnicodeWidthStr as _;

use super::cells::{COLUMNS, HEADER, Text};

/// A narrower column of titles would be one of syllables.
const TITLE: usize = 24;
/// A space on either side.
pub(super) const PADDING: usize = 2;

/// A column of a block: which one, and how wide without its padding.
pub(super) type Column = (usize, usize);

/// The columns in blocks that are as wide as that at most, each with the titles in front. One block
/// where they fit, wrapped or not; more of them where numbers would break otherwise.
pub(super) fn blocks(rows: &[[Text; COLUMNS]], most: usize) -> Vec<Vec<Column>> {
    let (title, others) = measured(rows);
    let title = Needs {
        least: title.whole.min(TITLE),
        ..title
    };
    let mut blocks = cut(title, &others, most);
    if blocks.len() > 1 {
        // As even as they can be: nine columns and a lonely tenth would be no help.
        let even = (1..most).map(|most| cut(title, &others, most));
        let fewest = blocks.len();
        let mut even = even.filter(|blocks| blocks.len() == fewest);
        blocks = even.next().unwrap_or(blocks);
    }
    let blocks = blocks.iter();
    blocks.map(|block| widths(title, block, most)).collect()
}

/// From left to right, as many columns a block as fit when all are wrapped.
fn cut(title: Needs, others: &[Needs], most: usize) -> Vec<Vec<(usize, Needs)>> {
    let mut blocks = Vec::new();
    let mut block = Vec::new();
    let mut used = title.least + PADDING;
    for (column, needs) in (1..).zip(others) {
        let width = needs.least + PADDING;
        if used + width > most && !block.is_empty() {
            blocks.push(std::mem::take(&mut block));
            used = title.least + PADDING;
        }
        used += width;
        block.push((column, *needs));
    }
    blocks.push(block);
    blocks
}

/// What a column needs.
#[derive(Clone, Copy, Debug, Default)]
struct Needs {
    /// For every cell in one line.
    whole: usize,
    /// For every word in one piece.
    least: usize,
}

/// What the titles need, and what each of the other columns does.
fn measured(rows: &[[Text; COLUMNS]]) -> (Needs, Vec<Needs>) {
    let needs = |(column, header): (usize, &&str)| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let texts = cells
            .map(|cell| cell.text.as_str())
            .chain(std::iter::once(*header));
        texts.fold(Needs::default(), |needs, text| {
            let word = text.split(' ').map(str::width).max();
            Needs {
                whole: needs.whole.max(text.width()),
                least: needs.least.max(word.unwrap_or(0)),
            }
        })
    };
    let mut all = HEADER.iter().enumerate().map(needs);
    (all.next().unwrap_or_default(), all.collect())
}

/// As wide as they should be, within what there is.
fn widths(title: Needs, others: &[(usize, Needs)], most: usize) -> Vec<Column> {
    let used: usize = others.iter().map(|(_, needs)| needs.least + PADDING).sum();
    let mut spare = most.saturating_sub(used + title.least + PADDING);
    // From the right, where pairs of numbers are; a wrapped title is easier to read. Half of a header is
    // no easier than its words, half of a title is.
    let mut columns: Vec<Column> = Vec::new();
    for (column, needs) in others.iter().rev() {
        let more = needs.whole - needs.least;
        let given = if more <= spare { more } else { 0 };
        spare -= given;
        columns.push((*column, needs.least + given));
    }
    columns.push((0, title.whole.min(title.least + spare)));
    columns.reverse();
    columns
}

/// Appends a text in lines of this width at most, all but the first with an indent. A word that is
/// longer has a line of its own.
pub(super) fn fill(out: &mut String, text: &str, most: usize) {
    let mut used = 0;
    for (i, word) in text.split(' ').enumerate() {
        let width = word.width();
        if i > 0 && used + 1 + width > most {
            out.push_str("\n  ");
            used = 2;
        } else if i > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += width;
    }
    out.push('\n');
}
