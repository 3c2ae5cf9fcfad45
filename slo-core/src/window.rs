//! The window a promise is kept over: rolling, or a calendar period in a time zone.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{
    DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveTime, Offset, TimeDelta,
    TimeZone, Utc,
};
use chrono_tz::Tz;
use promql_client::Timestamp;
use promql_client::expr::{format_duration, parse_duration};

use crate::error::{Error, Result};

/// The shortest rolling window: an hour holds twelve of the buckets everything is computed from.
const SHORTEST: Duration = Duration::from_secs(3600);
/// The longest one: more would not fit into the range of an evaluation (two years).
const LONGEST: Duration = Duration::from_secs(2 * 366 * 86_400);

/// The window a promise is kept over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// The last so much time, at every moment.
    Rolling(RollingWindow),
    /// The calendar period that is running.
    Calendar(CalendarWindow),
}

/// A rolling window: at least an hour, at most two years, in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RollingWindow(Duration);

impl RollingWindow {
    /// A rolling window of this length.
    ///
    /// # Errors
    /// [`Error::Window`] where it is shorter than an hour or longer than two years.
    pub fn new(length: Duration) -> Result<Self> {
        if !(SHORTEST..=LONGEST).contains(&length) {
            return Err(Error::Window {
                text: format_duration(length),
                why: "a rolling window is from an hour to two years long".to_owned(),
            });
        }
        Ok(Self(Duration::from_millis(
            u64::try_from(length.as_millis()).unwrap_or(u64::MAX),
        )))
    }

    /// Its length.
    #[must_use]
    pub fn length(self) -> Duration {
        self.0
    }
}

/// A calendar period in a time zone. Months have 28 to 31 days, days 23 to 25 hours: the time zone
/// database decides, not a multiplication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CalendarWindow {
    /// Which period.
    pub unit: CalendarUnit,
    /// Where midnight is taken.
    pub zone: Tz,
}

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CalendarUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday (ISO 8601).
    Week,
    /// From the first to the first.
    Month,
    /// From January, April, July or October on.
    Quarter,
}

impl CalendarUnit {
    /// Its name: `day`, `week`, `month`, `quarter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// The length that burn rates are related to where none can be measured: 1, 7, 30 or 90 days.
    #[must_use]
    pub fn nominal(self) -> Duration {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        };
        Duration::from_secs(days * 86_400)
    }

    fn first_day(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => Some(date),
            Self::Week => {
                date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday())))
            }
            Self::Month => date.with_day(1),
            Self::Quarter => date.with_day(1)?.with_month0(date.month0() / 3 * 3),
        }
    }

    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Quarter => first.checked_add_months(Months::new(3)),
        }
    }
}

/// A window seen from one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Where it starts.
    pub start: Timestamp,
    /// The moment itself; what happened up to here counts.
    pub now: Timestamp,
    /// Where it ends: `now` for a rolling window.
    pub end: Timestamp,
}

impl Period {
    /// How much of it has passed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now.since(self.start)
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.end.since(self.start)
    }

    /// How much of it is to come.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.end.since(self.now)
    }
}

impl Window {
    /// A rolling window of so many days.
    ///
    /// # Errors
    /// [`Error::Window`] for 0 and for more than two years.
    pub fn days(days: u32) -> Result<Self> {
        RollingWindow::new(Duration::from_secs(u64::from(days) * 86_400)).map(Self::Rolling)
    }

    /// The window as it stands at a moment. A calendar period contains its first instant; at that
    /// instant nothing of it has passed.
    ///
    /// # Errors
    /// [`Error::Window`] where the calendar has no such period (outside chrono's years).
    pub fn at(&self, now: Timestamp) -> Result<Period> {
        match self {
            Self::Rolling(window) => Ok(Period {
                start: now.minus(window.length()),
                now,
                end: now,
            }),
            Self::Calendar(calendar) => calendar.at(now).ok_or_else(|| Error::Window {
                text: self.to_string(),
                why: format!("the calendar does not reach {now}"),
            }),
        }
    }

    /// The length that policies are derived from: the window's own, or a calendar unit's nominal one.
    #[must_use]
    pub fn nominal(&self) -> Duration {
        match self {
            Self::Rolling(window) => window.length(),
            Self::Calendar(calendar) => calendar.unit.nominal(),
        }
    }

    /// Whether it is rolling.
    #[must_use]
    pub fn is_rolling(&self) -> bool {
        matches!(self, Self::Rolling(_))
    }
}

impl CalendarWindow {
    fn at(&self, now: Timestamp) -> Option<Period> {
        // A local time at the ends of chrono's range may be beyond them.
        let utc = now.to_datetime()?.naive_utc();
        let offset = self.zone.offset_from_utc_datetime(&utc).fix();
        let date = utc.checked_add_offset(offset)?.date();
        let first = self.unit.first_day(date)?;
        let start = midnight(self.zone, first)?;
        let end = midnight(self.zone, self.unit.next(first)?)?;
        let (start, end) = (start.into(), end.into());
        // Where the calendar begins, a midnight before it was taken for one that the clocks skip.
        (start <= now && now <= end).then_some(Period { start, now, end })
    }
}

/// The first instant of a local day. Where a change of clocks skips midnight, the day starts when the
/// clocks go on; where it comes twice, at the first one.
fn midnight(zone: Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    let mut local = date.and_time(NaiveTime::MIN);
    for _ in 0..8 {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
                return Some(time.with_timezone(&Utc));
            }
            LocalResult::None => local = local.checked_add_signed(TimeDelta::minutes(30))?,
        }
    }
    None
}

impl fmt::Display for Window {
    /// `30d`, or `month (Europe/Berlin)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(window) => f.write_str(&format_duration(window.length())),
            Self::Calendar(calendar) => {
                write!(f, "{} ({})", calendar.unit.name(), calendar.zone.name())
            }
        }
    }
}

impl FromStr for Window {
    type Err = Error;

    /// A duration (`30d`, `4w`), or a calendar unit with a zone (`month`, `quarter Europe/Berlin`,
    /// `month (Europe/Berlin)`); without a zone, UTC.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(length) = parse_duration(text.trim()) {
            return RollingWindow::new(length).map(Self::Rolling);
        }
        let refused = |why: &str| Error::Window {
            text: text.to_owned(),
            why: why.to_owned(),
        };
        let (unit, zone) = text
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((text.trim(), ""));
        let unit = match unit.to_ascii_lowercase().as_str() {
            "day" => CalendarUnit::Day,
            "week" => CalendarUnit::Week,
            "month" => CalendarUnit::Month,
            "quarter" => CalendarUnit::Quarter,
            _ => {
                return Err(refused(
                    "give a duration (30d) or day, week, month or quarter",
                ));
            }
        };
        let zone = zone.trim().trim_start_matches('(').trim_end_matches(')');
        let zone = if zone.is_empty() {
            Tz::UTC
        } else {
            zone.parse()
                .map_err(|_| refused("the time zone is not in the IANA database"))?
        };
        Ok(Self::Calendar(CalendarWindow { unit, zone }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .with_timezone(&Utc)
            .into()
    }

    fn period(window: &str, now: &str) -> (String, String, u64) {
        let period = window.parse::<Window>().unwrap().at(at(now)).unwrap();
        (
            period.start.to_string(),
            period.end.to_string(),
            period.length().as_secs() / 3600,
        )
    }

    #[test]
    fn days_have_23_to_25_hours() {
        let berlin = |now| period("day Europe/Berlin", now).2;
        assert_eq!(berlin("2026-03-29T12:00:00Z"), 23);
        assert_eq!(berlin("2026-10-25T12:00:00Z"), 25);
        assert_eq!(berlin("2026-10-26T12:00:00Z"), 24);
    }

    #[test]
    fn months_quarters_and_weeks_start_where_people_say_they_do() {
        assert_eq!(
            period("month", "2028-02-29T23:59:59Z"),
            (
                "2028-02-01T00:00:00Z".into(),
                "2028-03-01T00:00:00Z".into(),
                29 * 24
            )
        );
        assert_eq!(
            period("quarter America/New_York", "2026-01-01T04:00:00Z"),
            // Still the last evening of December in New York.
            (
                "2025-10-01T04:00:00Z".into(),
                "2026-01-01T05:00:00Z".into(),
                92 * 24 + 1
            )
        );
        assert_eq!(
            period("week", "2026-11-22T10:00:00Z").0,
            "2026-11-16T00:00:00Z"
        );
    }

    #[test]
    fn a_midnight_that_does_not_exist_is_the_next_moment_that_does() {
        // Cairo's clocks go from 24:00 on the last Thursday of April to 01:00.
        let (start, _, hours) = period("day Africa/Cairo", "2026-04-24T12:00:00Z");
        assert_eq!((start.as_str(), hours), ("2026-04-23T22:00:00Z", 23));
    }

    #[test]
    fn the_first_instant_belongs_to_the_period() {
        let window: Window = "month".parse().unwrap();
        let period = window.at(at("2026-11-01T00:00:00Z")).unwrap();
        assert_eq!(period.elapsed(), Duration::ZERO);
        assert_eq!(period.left(), Duration::from_secs(30 * 86_400));
    }

    #[test]
    fn refuses_windows_that_hold_nothing() {
        for text in ["0s", "5m", "3y", "fortnight", "month Mars/Olympus", ""] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }
}
