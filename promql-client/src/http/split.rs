//! Ranges of more steps than a server allows.

use std::collections::HashMap;
use std::time::Duration;

use crate::backend::{Answer, Completeness};
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::options::RangeOptions;
use crate::value::Series;

/// What Prometheus allows in one range query.
pub(super) const MAX_STEPS: u64 = 11_000;

/// Cuts a range into parts of at most `max_steps` steps, on the same grid.
///
/// # Errors
/// [`Error::Unsplittable`] where the query means something else in a part, and
/// [`Error::InvalidRequest`] for a range that is none.
pub(super) fn split(
    query: &str,
    options: &RangeOptions,
    max_steps: u64,
) -> Result<Vec<RangeOptions>> {
    let steps = options.steps()?;
    if steps <= max_steps {
        return Ok(vec![options.clone()]);
    }
    if depends_on_ends(query) {
        return Err(Error::Unsplittable { steps });
    }
    let after = |steps: u64| {
        let millis = options.step.as_millis().saturating_mul(u128::from(steps));
        options.start.plus(Duration::from_millis(
            u64::try_from(millis).unwrap_or(u64::MAX),
        ))
    };
    let part = |first: u64| RangeOptions {
        start: after(first),
        end: after((first + max_steps - 1).min(steps - 1)),
        ..options.clone()
    };
    let stride = usize::try_from(max_steps).unwrap_or(usize::MAX);
    Ok((0..steps).step_by(stride).map(part).collect())
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

/// Puts the parts of a range together again: series by label set in the order they first came, their
/// points in time order, each remark once.
///
/// The limit is for the whole. Servers cut what is sorted by labels, so the first series of the whole
/// are among the first of each part, and the ones that stay have no gaps.
pub(super) fn join(parts: Vec<Answer<Vec<Series>>>, limit: Option<u64>) -> Answer<Vec<Series>> {
    let mut joined: Answer<Vec<Series>> = Answer::default();
    let mut index: HashMap<Labels, usize> = HashMap::new();
    for part in parts {
        for series in part.data {
            let known = index
                .get(&series.labels)
                .and_then(|at| joined.data.get_mut(*at));
            if let Some(known) = known {
                known.points.extend(series.points);
                known.histograms.extend(series.histograms);
            } else {
                index.insert(series.labels.clone(), joined.data.len());
                joined.data.push(series);
            }
        }
        for (all, new) in [
            (&mut joined.warnings, part.warnings),
            (&mut joined.infos, part.infos),
        ] {
            for remark in new {
                if !all.contains(&remark) {
                    all.push(remark);
                }
            }
        }
        if part.completeness == Completeness::Partial {
            joined.completeness = Completeness::Partial;
        }
    }
    if limit.is_some() {
        joined.data.sort_by(|a, b| a.labels.cmp(&b.labels));
    }
    joined.limited(limit)
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

    proptest! {
        #[test]
        fn parts_are_the_whole(start in 0i64..1_000_000, steps in 1u64..500, step in 1u64..100_000, rest in 0u64..100_000, max in 2u64..60) {
            let step_length = Duration::from_millis(step);
            let start = Timestamp::from_millis(start);
            let end = start.plus(Duration::from_millis(step * (steps - 1) + rest % step));
            let options = RangeOptions::new(start, end, step_length);
            let parts = split("x", &options, max).unwrap();
            let grid: Vec<i64> = parts.iter().flat_map(|part| {
                assert!(part.steps().unwrap() <= max.max(1));
                (0..part.steps().unwrap()).map(|i| part.start.as_millis() + (i * step) as i64)
            }).collect();
            let whole: Vec<i64> = (0..steps).map(|i| start.as_millis() + (i * step) as i64).collect();
            prop_assert_eq!(grid, whole);
        }
    }
}
