//! Results of queries.

use super::cursor::{Cursor, Read};
use super::distinct::{ascending, each_once};
use super::envelope::write_list;
use super::labels::{self, Scratch};
use super::payload::Codec;
use super::sample;
use super::text::write_string;
use crate::labels::Labels;
use crate::value::{HistogramPoint, NativeHistogram, Point, Sample, SampleValue, Series, Value};

impl Codec for Value {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        result(cursor, |shape, c| match shape {
            "vector" => vector(c).map(Value::Vector),
            "matrix" => matrix(c).map(Value::Matrix),
            "scalar" => sample::point(c).map(Value::Scalar),
            "string" => sample::text(c).map(|(time, text)| Value::String(time, text)),
            _ => c.fault("a resultType of scalar, string, vector or matrix"),
        })
    }

    fn write(&self, out: &mut String) {
        write_result(out, self.shape(), |out| match self {
            Self::Scalar(point) => sample::write_point(out, point),
            Self::String(time, text) => {
                sample::write_pair(out, *time, |out| write_string(out, text));
            }
            Self::Vector(samples) => write_list(out, '[', ']', samples, write_sample),
            Self::Matrix(all) => write_matrix(out, all),
        });
    }
}

impl Codec for Vec<Series> {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        result(cursor, |shape, c| match shape {
            "matrix" => matrix(c),
            _ => c.fault("a resultType of matrix"),
        })
    }

    fn write(&self, out: &mut String) {
        write_result(out, "matrix", |out| write_matrix(out, self));
    }
}

/// Reads `{"resultType": …, "result": …}`; a result that comes first is read when its type is known.
fn result<T>(cursor: &mut Cursor<'_>, read: impl Fn(&str, &mut Cursor<'_>) -> Read<T>) -> Read<T> {
    let mut shape = None;
    let mut value = None;
    let mut later = None;
    cursor.object(|c, name| {
        match (name, &shape) {
            ("resultType", _) => shape = Some(c.string()?),
            ("result", Some(shape)) => value = Some(read(shape, c)?),
            ("result", None) => {
                later = Some(c.clone());
                c.skip()?;
            }
            _ => c.skip()?,
        }
        Ok(())
    })?;
    match (value, later, shape) {
        (Some(value), ..) => Ok(value),
        (None, Some(mut at), Some(shape)) => read(&shape, &mut at),
        _ => cursor.fault("a `resultType` and a `result`"),
    }
}

fn vector(cursor: &mut Cursor<'_>) -> Read<Vec<Sample>> {
    let start = cursor.offset();
    let mut scratch = Scratch::default();
    let mut samples = Vec::new();
    cursor.array_or_null(|c| {
        let mut labels = Labels::empty();
        let mut value = None;
        c.object(|c, name| {
            match name {
                "metric" => labels = scratch.labels(c)?,
                "value" | "histogram" if value.is_some() => {
                    return c.fault("either a `value` or a `histogram` before this");
                }
                "value" => {
                    let Point {
                        timestamp,
                        value: v,
                    } = sample::point(c)?;
                    value = Some((timestamp, SampleValue::Float(v)));
                }
                "histogram" => {
                    let HistogramPoint {
                        timestamp,
                        histogram,
                    } = sample::histogram_point(c)?;
                    c.charge(size_of::<NativeHistogram>())?;
                    value = Some((timestamp, SampleValue::Histogram(Box::new(histogram))));
                }
                _ => c.skip()?,
            }
            Ok(())
        })?;
        let Some((timestamp, value)) = value else {
            return c.fault("a `value` or a `histogram` before this");
        };
        c.charge_element::<Sample>(0)?;
        samples.push(Sample {
            labels,
            timestamp,
            value,
        });
        Ok(())
    })?;
    each_once(cursor, start, samples.iter().map(|sample| &sample.labels))?;
    Ok(samples)
}

fn matrix(cursor: &mut Cursor<'_>) -> Read<Vec<Series>> {
    let start = cursor.offset();
    let mut scratch = Scratch::default();
    // Series are filled here and copied once their length is known: no series pays for the length
    // of another, and memory stays in proportion to the body.
    let mut room: Vec<Point> = Vec::new();
    let mut all = Vec::new();
    cursor.array_or_null(|c| {
        let mut series = Series::default();
        c.object(|c, name| {
            match name {
                "metric" => series.labels = scratch.labels(c)?,
                "values" => series.points = points(c, &mut room)?,
                "histograms" => {
                    c.array_or_null(|c| {
                        let point = sample::histogram_point(c)?;
                        c.charge_element::<HistogramPoint>(0)?;
                        series.histograms.push(point);
                        Ok(())
                    })?;
                }
                _ => c.skip()?,
            }
            Ok(())
        })?;
        // Servers leave such series out: one that is there without a point is not known to have been still.
        if !series.has_points() {
            return c.fault("a point in `values` or `histograms` before this");
        }
        if !ascending(&series) {
            return c.fault("times in ascending order, each once, before this");
        }
        c.charge_element::<Series>(0)?;
        all.push(series);
        Ok(())
    })?;
    cursor.refund(room.capacity() * size_of::<Point>());
    each_once(cursor, start, all.iter().map(|series| &series.labels))?;
    Ok(all)
}

fn points(cursor: &mut Cursor<'_>, room: &mut Vec<Point>) -> Read<Vec<Point>> {
    let before = room.capacity();
    room.clear();
    cursor.array_or_null(|c| {
        if !c.usual_points(room) {
            room.push(sample::point(c)?);
        }
        Ok(())
    })?;
    let grown = room.capacity() - before;
    cursor.charge((grown + room.len()) * size_of::<Point>())?;
    Ok(room.as_slice().to_vec())
}

fn write_result(out: &mut String, shape: &str, write: impl FnOnce(&mut String)) {
    out.push_str("{\"resultType\":");
    write_string(out, shape);
    out.push_str(",\"result\":");
    write(out);
    out.push('}');
}

fn write_sample(out: &mut String, s: &Sample) {
    out.push_str("{\"metric\":");
    labels::write(out, &s.labels);
    match &s.value {
        SampleValue::Float(value) => {
            out.push_str(",\"value\":");
            sample::write_pair(out, s.timestamp, |out| sample::write_float(out, *value));
        }
        SampleValue::Histogram(histogram) => {
            out.push_str(",\"histogram\":");
            sample::write_histogram_point(out, s.timestamp, histogram);
        }
    }
    out.push('}');
}

/// Series without points are left out, as servers do.
fn write_matrix(out: &mut String, all: &[Series]) {
    let all = all.iter().filter(|series| series.has_points());
    write_list(out, '[', ']', all, write_series);
}

fn write_series(out: &mut String, series: &Series) {
    out.push_str("{\"metric\":");
    labels::write(out, &series.labels);
    if !series.points.is_empty() {
        out.push_str(",\"values\":");
        write_list(out, '[', ']', &series.points, sample::write_point);
    }
    if !series.histograms.is_empty() {
        out.push_str(",\"histograms\":");
        write_list(out, '[', ']', &series.histograms, |out, point| {
            sample::write_histogram_point(out, point.timestamp, &point.histogram);
        });
    }
    out.push('}');
}
