//! "Did you mean …?"

/// The name that was probably meant: at most a third of it is different.
pub(super) fn nearest(given: &str, known: &[&'static str]) -> Option<String> {
    // A long key is no slip of the finger.
    let given = (given.len() <= 40).then(|| given.to_ascii_lowercase())?;
    let distance = |name: &&&str| edits(&given, name);
    let best = known.iter().min_by_key(distance)?;
    (edits(&given, best) <= best.len().div_ceil(3)).then(|| (*best).to_owned())
}

/// Levenshtein's distance, with a swap of neighbours as two edits.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, &above) in b.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != y))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, n) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("name", "name", 0),
        ] {
            assert_eq!(edits(a, b), n, "{a} {b}");
        }
    }

    #[test]
    fn suggests_slips_and_nothing_else() {
        let known = ["objective", "name", "window"];
        assert_eq!(nearest("objectve", &known).as_deref(), Some("objective"));
        assert_eq!(nearest("Window", &known).as_deref(), Some("window"));
        assert_eq!(nearest("zzz", &known), None);
    }
}
