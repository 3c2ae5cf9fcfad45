//! Numbers, as the API writes them: bare, and in strings.

use super::{Cursor, Fault, Read};
use crate::value::Point;
use crate::wire::number::{self, Number};
use crate::wire::{sample, seconds};

impl<'a> Cursor<'a> {
    /// A float in a string, as the API writes sample values.
    #[inline]
    pub(crate) fn quoted_float(&mut self) -> Read<f64> {
        if self.peek() != Some(b'"') {
            return self.fault("a number in a string");
        }
        let body = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let found = match number::short_float(body) {
            Some(short) if body.get(short.1) == Some(&b'"') => Some(short),
            _ => number::any_float(body),
        };
        match found {
            Some((value, length)) if body.get(length) == Some(&b'"') => {
                self.at += length + 2;
                Ok(value)
            }
            _ => self.fault("a number in a string"),
        }
    }

    /// A run of points as Prometheus writes them (see [`sample::usual_points`]); stops before the comma
    /// or bracket behind the last of them. `false` where there is none.
    #[inline]
    pub(crate) fn usual_points(&mut self, points: &mut Vec<Point>) -> bool {
        self.peek();
        let length = sample::usual_points(self.rest(), points);
        self.at += length;
        length > 0
    }

    /// Seconds with decimals, as whole milliseconds.
    pub(crate) fn millis(&mut self) -> Read<i64> {
        self.peek();
        if let Some((millis, length)) = seconds::short_millis(self.rest()) {
            self.at += length;
            return Ok(millis);
        }
        let start = self.at;
        let text = self.number()?;
        seconds::millis(text).ok_or(Fault {
            offset: start,
            expected: "seconds within the range of milliseconds",
        })
    }

    /// A small whole number.
    pub(crate) fn digit(&mut self) -> Read<u8> {
        let start = self.at;
        self.number()?.parse().map_err(|_| Fault {
            offset: start,
            expected: "a small whole number",
        })
    }

    /// How many there are of something; none where the value is no such number.
    pub(crate) fn count(&mut self) -> Read<usize> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.skip().map(|()| 0);
        }
        Ok(self.number()?.parse().unwrap_or_default())
    }

    pub(super) fn number(&mut self) -> Read<&'a str> {
        self.peek();
        let Number { length } = match number::scan(self.rest()) {
            Some(number) => number,
            None => return self.fault("a number"),
        };
        let text = self.text.get(self.at..self.at + length);
        self.at += length;
        Ok(text.unwrap_or_default())
    }
}
