//! `timeWindow`: rolling, or aligned with the calendar.

use std::time::Duration;

use chrono::{Datelike, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use crate::spec::read::{Findings, Map, Value};
use crate::window::{CalendarUnit, CalendarWindow, RollingWindow, Window};

const DURATION: &str = "a duration such as 28d, 4w, 1M or 1Q";
const DEFAULT_DAYS: u32 = 30;

pub(super) fn read(map: &mut Map<'_>, findings: &mut Findings) -> Option<Window> {
    let Some(list) = map.get("timeWindow") else {
        map.at
            .assumed(findings, "no `timeWindow`: the last 30 days");
        return Window::days(DEFAULT_DAYS).ok();
    };
    let items = list.list(findings, "a list of one time window")?;
    let [item] = items.as_slice() else {
        list.expected(findings, "exactly one time window");
        return None;
    };
    let mut map = item.map(findings, "a time window")?;
    let duration = map.need(findings, "duration", DURATION);
    let calendar = map.get("calendar");
    let rolling = map
        .get("isRolling")
        .and_then(|value| value.boolean(findings));
    map.warn_unknown(findings);
    let duration = duration?;
    let (number, unit) = duration.read(findings, DURATION, shorthand)?;
    match (rolling.unwrap_or(calendar.is_none()), calendar) {
        (true, None) => rolled(&duration, number, unit, findings),
        (false, Some(calendar)) => aligned(&duration, number, unit, &calendar, findings),
        (true, Some(calendar)) => {
            calendar.invalid(findings, "a rolling window has no `calendar`");
            None
        }
        (false, None) => {
            item.invalid(
                findings,
                "`isRolling: false` needs `calendar` with a time zone",
            );
            None
        }
    }
}

/// A number and a unit of OpenSLO's: `m`, `h`, `d`, `w`, `M`, `Q`, `Y`.
pub(super) fn shorthand(text: &str) -> Option<(u32, char)> {
    let unit = text
        .chars()
        .last()
        .filter(|unit| "mhdwMQY".contains(*unit))?;
    let number = text.strip_suffix(unit)?;
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let number = number.parse().ok().filter(|n| digits && *n > 0)?;
    Some((number, unit))
}

/// How long that is, a month with 30 days.
pub(super) fn length(number: u32, unit: char) -> Duration {
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'M' => 30 * 86_400,
        'Q' => 90 * 86_400,
        _ => 365 * 86_400,
    };
    Duration::from_secs(u64::from(number) * seconds)
}

fn rolled(at: &Value<'_>, number: u32, unit: char, findings: &mut Findings) -> Option<Window> {
    if matches!(unit, 'M' | 'Q' | 'Y') {
        let what = "in a rolling window a month has 30 days, a quarter 90, a year 365";
        at.assumed(findings, what);
    }
    let window = RollingWindow::new(length(number, unit));
    window
        .map(Window::Rolling)
        .map_err(|error| at.error(findings, error))
        .ok()
}

fn aligned(
    at: &Value<'_>,
    number: u32,
    unit: char,
    calendar: &Value<'_>,
    findings: &mut Findings,
) -> Option<Window> {
    let mut map = calendar.map(findings, "`startTime` and `timeZone`")?;
    let start = map.get("startTime");
    let zone = map.need(findings, "timeZone", "a name of the IANA database");
    map.warn_unknown(findings);
    let start = start.and_then(|value| {
        let time = value.read(
            findings,
            "a date and time such as 2026-01-01 00:00:00",
            date,
        )?;
        Some((value, time))
    });
    let zone = zone.and_then(|value| {
        value.read(findings, "a name of the IANA database", |text| {
            text.parse::<Tz>().ok()
        })
    });
    let unit = match (number, unit) {
        (1, 'd') => CalendarUnit::Day,
        (1, 'w') => CalendarUnit::Week,
        (1, 'M') => CalendarUnit::Month,
        (1, 'Q') | (3, 'M') => CalendarUnit::Quarter,
        _ => {
            at.expected(
                findings,
                "one day, week, month or quarter: 1d, 1w, 1M or 1Q",
            );
            return None;
        }
    };
    if let Some((at, start)) = start.filter(|(_, start)| !is_first(unit, *start)) {
        let why = format!(
            "{start} does not begin a {0}: a {0} is the calendar's own",
            unit.name()
        );
        at.not_honoured(findings, &why);
    }
    let zone = zone?;
    Some(Window::Calendar(CalendarWindow { unit, zone }))
}

fn date(text: &str) -> Option<NaiveDateTime> {
    let formats = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M:%SZ",
    ];
    let read = |format: &&str| NaiveDateTime::parse_from_str(text, format).ok();
    formats.iter().find_map(read)
}

fn is_first(unit: CalendarUnit, start: NaiveDateTime) -> bool {
    let first = match unit {
        CalendarUnit::Day => true,
        CalendarUnit::Week => start.weekday().num_days_from_monday() == 0,
        CalendarUnit::Month => start.day() == 1,
        CalendarUnit::Quarter => start.day() == 1 && start.month0().is_multiple_of(3),
    };
    first && start.time() == NaiveTime::MIN
}
