//! Repetitions.

use super::{Reader, Refused};

/// RE2 repeats nothing more often.
const MOST: u32 = 1000;

/// `{min,max}`; no maximum where it is open.
pub(super) struct Counts {
    min: u32,
    max: Option<u32>,
}

impl Reader<'_> {
    /// Behind a repetition: `*`, or so many.
    pub(super) fn repeat(&mut self, again: bool, counts: Option<Counts>) -> Result<(), Refused> {
        self.eat("?");
        if again {
            return Err("it repeats a repetition");
        }
        let item = self.group.item.as_mut();
        let item = item.ok_or("a repetition has nothing before it")?;
        let Some(Counts { min, max }) = counts else {
            return Ok(());
        };
        if max.is_some_and(|max| min > max) {
            return Err("a repetition has less at most than at least");
        }
        // Of what stands nowhere nothing is repeated.
        let times = match max.unwrap_or(min) {
            0 if max.is_some() => None,
            times => Some(times.max(1)),
        };
        let times = times.map_or(1, |times| item.saturating_mul(times));
        if times > MOST || min > MOST {
            return Err("it repeats something more than 1000 times");
        }
        *item = times;
        Ok(())
    }

    /// Behind a `{`: the counts, where they are some; else it means itself.
    pub(super) fn counts(&mut self) -> Option<Counts> {
        let (inside, rest) = self.rest.split_once('}')?;
        let counts = match inside.split_once(',') {
            None => {
                let times = number(inside)?;
                Counts {
                    min: times,
                    max: Some(times),
                }
            }
            Some((min, "")) => Counts {
                min: number(min)?,
                max: None,
            },
            Some((min, max)) => Counts {
                min: number(min)?,
                max: Some(number(max)?),
            },
        };
        self.rest = rest;
        Some(counts)
    }
}

/// A number without leading zeros; a very large one is as large as can be.
fn number(digits: &str) -> Option<u32> {
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let plain = all && (digits == "0" || !digits.starts_with('0'));
    plain.then(|| digits.parse().unwrap_or(u32::MAX))
}
