//! Times, floats and native histograms.

use super::cursor::{Cursor, Read};
use super::envelope::write_list;
use super::{number, seconds};
use crate::time::Timestamp;
use crate::value::{BucketBounds, HistogramBucket, HistogramPoint, NativeHistogram, Point};

/// `[time, "value"]`
#[inline]
pub(crate) fn point(cursor: &mut Cursor<'_>) -> Read<Point> {
    let timestamp = start(cursor)?;
    let value = cursor.quoted_float()?;
    cursor.expect(b']', "`]`")?;
    Ok(Point { timestamp, value })
}

/// Reads points as long as they are written as Prometheus writes most of them: `[time,"value"]`
/// without spaces, with commas between, the time in ten digits. Says how many bytes they take. Matrices
/// are made of these, so the loop is kept tight; every other spelling is left to the general reader.
pub(crate) fn usual_points(text: &[u8], points: &mut Vec<Point>) -> usize {
    let mut rest = text;
    let mut behind_last = text;
    while let Some((point, tail)) = usual_point(rest) {
        points.push(point);
        behind_last = tail;
        match tail {
            [b',', next @ ..] => rest = next,
            _ => break,
        }
    }
    text.len() - behind_last.len()
}

#[inline]
fn usual_point(text: &[u8]) -> Option<(Point, &[u8])> {
    let [b'[', text @ ..] = text else {
        return None;
    };
    let (millis, text) = seconds::usual_millis(text)?;
    let [b',', b'"', text @ ..] = text else {
        return None;
    };
    let short = number::short_float(text).filter(|(_, length)| text.get(*length) == Some(&b'"'));
    let (value, length) = match short {
        Some(short) => short,
        None => number::any_float(text)?,
    };
    let [b'"', b']', text @ ..] = text.get(length..)? else {
        return None;
    };
    let timestamp = Timestamp::from_millis(millis);
    Some((Point { timestamp, value }, text))
}

/// `[time, {histogram}]`
pub(crate) fn histogram_point(cursor: &mut Cursor<'_>) -> Read<HistogramPoint> {
    let timestamp = start(cursor)?;
    let histogram = histogram(cursor)?;
    cursor.expect(b']', "`]`")?;
    Ok(HistogramPoint {
        timestamp,
        histogram,
    })
}

/// `[time, "text"]`
pub(crate) fn text(cursor: &mut Cursor<'_>) -> Read<(Timestamp, String)> {
    let timestamp = start(cursor)?;
    let text = cursor.owned_string()?;
    cursor.expect(b']', "`]`")?;
    Ok((timestamp, text))
}

#[inline]
fn start(cursor: &mut Cursor<'_>) -> Read<Timestamp> {
    cursor.expect(b'[', "a pair of time and value")?;
    let millis = cursor.millis()?;
    cursor.expect(b',', "`,`")?;
    Ok(Timestamp::from_millis(millis))
}

fn histogram(cursor: &mut Cursor<'_>) -> Read<NativeHistogram> {
    let (mut count, mut sum) = (None, None);
    let mut buckets = Vec::new();
    cursor.object(|c, name| {
        match name {
            "count" => count = Some(c.quoted_float()?),
            "sum" => sum = Some(c.quoted_float()?),
            "buckets" => {
                c.array_or_null(|c| {
                    let bucket = bucket(c)?;
                    c.charge_element::<HistogramBucket>(0)?;
                    buckets.push(bucket);
                    Ok(())
                })?;
            }
            _ => c.skip()?,
        }
        Ok(())
    })?;
    match (count, sum) {
        (Some(count), Some(sum)) => Ok(NativeHistogram {
            count,
            sum,
            buckets,
        }),
        _ => cursor.fault("a histogram with `count` and `sum`"),
    }
}

fn bucket(cursor: &mut Cursor<'_>) -> Read<HistogramBucket> {
    cursor.expect(b'[', "a bucket")?;
    let bounds = match cursor.digit()? {
        0 => BucketBounds::OpenLeft,
        1 => BucketBounds::OpenRight,
        2 => BucketBounds::OpenBoth,
        3 => BucketBounds::ClosedBoth,
        _ => return cursor.fault("a boundary rule from 0 to 3"),
    };
    let mut next = || {
        cursor.expect(b',', "`,`")?;
        cursor.quoted_float()
    };
    let (lower, upper, count) = (next()?, next()?, next()?);
    cursor.expect(b']', "`]`")?;
    Ok(HistogramBucket {
        bounds,
        lower,
        upper,
        count,
    })
}

pub(crate) fn write_point(out: &mut String, point: &Point) {
    write_pair(out, point.timestamp, |out| write_float(out, point.value));
}

pub(crate) fn write_histogram_point(out: &mut String, timestamp: Timestamp, h: &NativeHistogram) {
    write_pair(out, timestamp, |out| {
        out.push_str("{\"count\":");
        write_float(out, h.count);
        out.push_str(",\"sum\":");
        write_float(out, h.sum);
        out.push_str(",\"buckets\":");
        write_list(out, '[', ']', &h.buckets, |out, bucket| {
            out.push_str(match bucket.bounds {
                BucketBounds::OpenLeft => "[0",
                BucketBounds::OpenRight => "[1",
                BucketBounds::OpenBoth => "[2",
                BucketBounds::ClosedBoth => "[3",
            });
            for value in [bucket.lower, bucket.upper, bucket.count] {
                out.push(',');
                write_float(out, value);
            }
            out.push(']');
        });
        out.push('}');
    });
}

pub(crate) fn write_pair(out: &mut String, time: Timestamp, value: impl FnOnce(&mut String)) {
    out.push('[');
    out.push_str(&print_seconds(time.as_millis()));
    out.push(',');
    value(out);
    out.push(']');
}

/// Milliseconds as seconds, with decimals only where there are any.
pub(crate) fn print_seconds(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let (whole, fraction) = (millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000);
    if fraction == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction:03}")
    }
}

/// The shortest text that reads back to the same float, in the API's notation and in quotes.
pub(crate) fn write_float(out: &mut String, value: f64) {
    let text = if value.is_nan() {
        "\"NaN\"".to_owned()
    } else if value.is_infinite() {
        format!("\"{}Inf\"", if value > 0.0 { '+' } else { '-' })
    } else if value != 0.0 && !(1e-6..1e21).contains(&value.abs()) {
        format!("\"{value:e}\"")
    } else {
        format!("\"{value}\"")
    };
    out.push_str(&text);
}
