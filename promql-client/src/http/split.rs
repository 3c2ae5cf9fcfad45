//! Ranges of more steps than a server allows.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::options::RangeOptions;

/// What Prometheus allows in one range query.
pub(super) const MAX_STEPS: u64 = 11_000;

/// Cuts a range into parts of at most `max_steps` steps, on the same grid.
///
/// # Errors
/// [`Error::Unsplittable`] where the query means something else in a part, and
/// [`Error::InvalidRequest`] for a range that is none or of too many steps.
pub(super) fn split(
    query: &str,
    options: &RangeOptions,
    max_steps: u64,
) -> Result<impl ExactSizeIterator<Item = RangeOptions> + Send> {
    let steps = options.steps()?;
    if steps > max_steps && depends_on_ends(query) {
        return Err(Error::Unsplittable { steps });
    }
    let options = options.clone();
    let after = move |options: &RangeOptions, steps: u64| {
        let millis = options.step.as_millis().saturating_mul(u128::from(steps));
        options.start.plus(Duration::from_millis(
            u64::try_from(millis).unwrap_or(u64::MAX),
        ))
    };
    let part = move |first: u64| RangeOptions {
        start: after(&options, first),
        end: match steps <= max_steps {
            // As it was asked for, on the grid or not.
            true => options.end,
            false => after(&options, (first + max_steps - 1).min(steps - 1)),
        },
        ..options.clone()
    };
    // One after the other: there may be millions.
    let parts = u32::try_from(steps.div_ceil(max_steps.max(1))).unwrap_or(u32::MAX);
    Ok((0..parts).map(move |at| part(u64::from(at) * max_steps)))
}

/// Whether `start()`, `end()` or `range()` stands outside of strings and comments: behind an `@`, in a
/// duration, or as a function of newer servers.
fn depends_on_ends(query: &str) -> bool {
    // The last word, and whether `(` has followed it.
    let (mut word, mut open) = (String::new(), false);
    let mut chars = query.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => continue,
            '#' => {
                chars.by_ref().find(|c| matches!(c, '\n' | '\r'));
                continue;
            }
            c if is_word(c) => {
                word = c.to_ascii_lowercase().to_string();
                while let Some(more) = chars.next_if(|c| is_word(*c)) {
                    word.push(more.to_ascii_lowercase());
                }
                open = false;
                continue;
            }
            '(' if !open => {
                open = true;
                continue;
            }
            ')' if open && matches!(word.as_str(), "start" | "end" | "range") => return true,
            '"' | '\'' | '`' => skip_text(&mut chars, c),
            _ => {}
        }
        word.clear();
        open = false;
    }
    false
}

/// Goes behind a string's closing quote.
fn skip_text(chars: &mut impl Iterator<Item = char>, quote: char) {
    while let Some(c) = chars.next() {
        match c {
            '\\' if quote != '`' => {
                chars.next();
            }
            c if c == quote => return,
            _ => {}
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn finds_what_depends_on_the_ends() {
        for query in [
            "x @ start()",
            "rate(x[5m] @end ( ))",
            "x @ end() # y",
            "x @ END()",
            "x @ # why\n Start # '\n (\t)",
            "x # y\r@ end()",
            "x{a=\"#\"} @ end()",
            "x{a='\\''} @ end()",
            "x{a=`\\`} @ end()",
            "rate(x[range()])",
            "x - start()",
        ] {
            assert!(depends_on_ends(query), "{query}");
        }
        for query in [
            "x @ 100",
            "x{a=\"@ start()\"}",
            "x # @ end()",
            "x{a='\\'@end()'}",
            "x{a=`@ end()`}",
            "x{a='@'} # end()",
            "end",
            "sum by (end) (x) + weekend()",
            "rate(x[step()])",
            "x{a='end'}()",
        ] {
            assert!(!depends_on_ends(query), "{query}");
        }
    }

    #[test]
    fn endless_ranges_are_refused_before_anything_is_made_of_them() {
        let at = Timestamp::from_secs;
        let millisecond = Duration::from_millis(1);
        for (start, end) in [(0, 200_000_000), (i64::MIN, i64::MAX), (0, 11_000)] {
            let options = RangeOptions::new(at(start), at(end), millisecond);
            let error = split("x", &options, 11_000).err().unwrap();
            assert!(matches!(error, Error::InvalidRequest { .. }), "{error}");
        }
        let most = RangeOptions::new(at(0), at(10_999), Duration::from_millis(1));
        assert_eq!(split("x", &most, 11_000).unwrap().len(), 1000);
    }

    proptest! {
        #[test]
        fn parts_are_the_whole(start in 0i64..1_000_000, steps in 1u64..500, step in 1u64..100_000, rest in 0u64..100_000, max in 2u64..60) {
            let step_length = Duration::from_millis(step);
            let start = Timestamp::from_millis(start);
            let end = start.plus(Duration::from_millis(step * (steps - 1) + rest % step));
            let options = RangeOptions::new(start, end, step_length);
            let parts = split("x", &options, max).unwrap().collect::<Vec<_>>();
            let grid: Vec<i64> = parts.iter().flat_map(|part| {
                assert!(part.steps().unwrap() <= max.max(1));
                (0..part.steps().unwrap()).map(|i| part.start.as_millis() + (i * step) as i64)
            }).collect();
            let whole: Vec<i64> = (0..steps).map(|i| start.as_millis() + (i * step) as i64).collect();
            prop_assert_eq!(grid, whole);
        }
    }
}
