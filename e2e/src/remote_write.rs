//! Remote write of what backfilling can't carry: native histograms and staleness markers. The
//! protocol is `prometheus.WriteRequest` (remote write 1.0) in protobuf, compressed by snappy's block
//! format.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context, Result, bail};

/// A native histogram of schema 3 (eight buckets to each doubling): cumulative counts.
#[derive(Clone, Debug, Default)]
pub struct Exponential {
    /// All observations.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Bucket `first + i` has `counts[i]` observations; bucket `k` is `(2^((k-1)/8), 2^(k/8)]`.
    pub first: i32,
    /// Observations per bucket.
    pub counts: Vec<u64>,
}

/// The value of a sample that marks its series as ended.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Writes series of floats. A server refuses samples that are more than an hour older than its
/// newest, so long histories come in slices of time.
///
/// # Errors
/// Where the server does not take them.
pub fn write_floats<'a>(
    address: &str,
    series: impl IntoIterator<Item = (&'a [(String, String)], &'a [(i64, f64)])>,
) -> Result<()> {
    let mut request = Vec::new();
    for (labels, samples) in series {
        let mut out = Vec::new();
        for (name, value) in labels {
            label(&mut out, name, value);
        }
        for (at, value) in samples {
            let mut sample = Vec::new();
            key(&mut sample, 1, 1);
            sample.extend(value.to_le_bytes());
            number(&mut sample, 2, u64::try_from(*at).unwrap_or(0));
            bytes(&mut out, 2, &sample);
        }
        bytes(&mut request, 1, &out);
    }
    post(address, &literal_snappy(&request))
}

/// Writes one series of histograms, timestamps in milliseconds.
///
/// # Errors
/// Where the server does not take them.
pub fn write_histograms(
    address: &str,
    labels: &[(&str, &str)],
    samples: &[(i64, Exponential)],
) -> Result<()> {
    let mut series = Vec::new();
    for (name, value) in labels {
        label(&mut series, name, value);
    }
    for (at, histogram) in samples {
        bytes(&mut series, 4, &encode(*at, histogram));
    }
    let mut request = Vec::new();
    bytes(&mut request, 1, &series);
    post(address, &literal_snappy(&request))
}

fn label(out: &mut Vec<u8>, name: &str, value: &str) {
    let mut label = Vec::new();
    bytes(&mut label, 1, name.as_bytes());
    bytes(&mut label, 2, value.as_bytes());
    bytes(out, 1, &label);
}

fn encode(at: i64, histogram: &Exponential) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, 1, histogram.count);
    key(&mut out, 3, 1);
    out.extend(histogram.sum.to_le_bytes());
    number(&mut out, 4, zigzag(3));
    let mut span = Vec::new();
    number(&mut span, 1, zigzag(i64::from(histogram.first)));
    number(&mut span, 2, histogram.counts.len() as u64);
    bytes(&mut out, 11, &span);
    let mut deltas = Vec::new();
    let mut before = 0i64;
    for count in &histogram.counts {
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        varint(&mut deltas, zigzag(count - before));
        before = count;
    }
    bytes(&mut out, 12, &deltas);
    number(&mut out, 15, u64::try_from(at).unwrap_or(0));
    out
}

fn key(out: &mut Vec<u8>, field: u64, wire: u64) {
    varint(out, field << 3 | wire);
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    key(out, field, 0);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    key(out, field, 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Snappy's block format without any compression: a length, then literals.
fn literal_snappy(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, data.len() as u64);
    for chunk in data.chunks(1 << 16) {
        out.push(61 << 2);
        out.extend(((chunk.len() - 1) as u16).to_le_bytes());
        out.extend(chunk);
    }
    out
}

fn post(address: &str, body: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(address).context("remote write")?;
    write!(
        stream,
        "POST /api/v1/write HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-protobuf\r\n\
         Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let status = reply.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        bail!("remote write answered {reply}");
    }
    Ok(())
}
