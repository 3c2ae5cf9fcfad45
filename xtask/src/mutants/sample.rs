//! A draw that a seed repeats.

use crate::mutants::outcome::Mutant;

/// `size` of the mutants, the same for the same seed and list, in the list's order.
pub(crate) fn draw(all: &[Mutant], seed: u64, size: usize) -> Vec<&Mutant> {
    let mut state = seed;
    let mut numbered: Vec<(u64, usize)> = (0..all.len()).map(|at| (next(&mut state), at)).collect();
    numbered.sort_unstable();
    let mut drawn: Vec<usize> = numbered.into_iter().take(size).map(|(_, at)| at).collect();
    drawn.sort_unstable();
    drawn.into_iter().filter_map(|at| all.get(at)).collect()
}

/// SplitMix64: G. Steele, D. Lea, C. Flood, *Fast splittable pseudorandom number generators*, 2014.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A regular expression for this name alone.
pub(crate) fn pattern(name: &str) -> String {
    let mut pattern = String::from("^");
    for c in name.chars() {
        // No others: `\<` would be the beginning of a word.
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('$');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutants(n: usize) -> Vec<Mutant> {
        let mutant = |i| Mutant {
            name: format!("a.rs:{i}:1: replace + with - in a"),
            file: "a.rs".to_owned(),
            ..Mutant::default()
        };
        (0..n).map(mutant).collect()
    }

    #[test]
    fn a_seed_repeats_its_draw_and_another_one_does_not() {
        let all = mutants(500);
        let names = |seed| -> Vec<&str> {
            draw(&all, seed, 60)
                .iter()
                .map(|m| m.name.as_str())
                .collect()
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
        let mut once = names(1);
        once.dedup();
        assert_eq!(once.len(), 60);
        assert_eq!(draw(&all, 1, 1000).len(), 500);
    }

    #[test]
    fn names_are_matched_as_they_stand() {
        assert_eq!(
            pattern("a_b/c.rs:1:2: replace f -> Option<T> with Some(vec![])"),
            r"^a_b/c\.rs:1:2: replace f -> Option<T> with Some\(vec!\[\]\)$"
        );
    }
}
