//! The HTTP API's paths and fields, answered by an in-memory backend.

use futures::executor::block_on;
use promql_client::expr::parse_duration;
use promql_client::{
    Error, InstantOptions, LabelOptions, MemoryBackend, MetadataOptions, PromQl, QueryLimits,
    RangeOptions, Result, RulesOptions, Selector, SeriesOptions, Timestamp, wire,
};

/// What a server answers: the status and the body.
pub(crate) fn answer(backend: &MemoryBackend, path: &str, form: &Form) -> (u16, String) {
    match success(backend, path, form) {
        Ok(Some(body)) => (200, body),
        Ok(None) => (404, "not found".to_owned()),
        Err(error) => wire::encode_error(&error),
    }
}

fn success(backend: &MemoryBackend, path: &str, form: &Form) -> Result<Option<String>> {
    let (start, end) = (form.time("start")?, form.time("end")?);
    let limit = form.parsed("limit")?;
    let limits = QueryLimits {
        limit,
        lookback: form.duration("lookback_delta")?,
        ..QueryLimits::default()
    };
    let labels = LabelOptions {
        selectors: form.selectors()?,
        start,
        end,
        limit,
    };
    Ok(Some(match path.trim_start_matches("/api/v1/") {
        "query" => {
            let time = form.time("time")?;
            let options = InstantOptions { time, limits };
            wire::encode(&block_on(backend.instant(form.needed("query")?, &options))?)
        }
        "query_range" => {
            let missing = |name| refused(format!("no {name}"));
            let options = RangeOptions {
                start: start.ok_or_else(|| missing("start"))?,
                end: end.ok_or_else(|| missing("end"))?,
                step: form.duration("step")?.ok_or_else(|| missing("step"))?,
                limits,
            };
            wire::encode(&block_on(backend.range(form.needed("query")?, &options))?)
        }
        "series" => {
            let options = SeriesOptions { start, end, limit };
            wire::encode(&block_on(backend.series(&labels.selectors, &options))?)
        }
        "labels" => wire::encode(&block_on(backend.label_names(&labels))?),
        "metadata" => {
            let metric = form.one("metric").map(str::to_owned);
            let options = MetadataOptions { metric, limit };
            wire::encode(&block_on(backend.metadata(&options))?)
        }
        "rules" => wire::encode(&block_on(backend.rules(&RulesOptions::default()))?),
        "status/runtimeinfo" => {
            r#"{"status":"success","data":{"storageRetention":"15d"}}"#.to_owned()
        }
        other => {
            let label = other
                .strip_prefix("label/")
                .and_then(|l| l.strip_suffix("/values"));
            match label {
                Some(label) => wire::encode(&block_on(backend.label_values(label, &labels))?),
                None => return Ok(None),
            }
        }
    }))
}

fn refused(message: String) -> Error {
    Error::BadQuery { message }
}

/// A request's fields, wherever they stood.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(n, v)| (decoded(n), decoded(v))).collect())
    }

    fn one(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Result<&str> {
        self.one(name).ok_or_else(|| refused(format!("no {name}")))
    }

    fn read_as<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.one(name) else {
            return Ok(None);
        };
        match read(text) {
            None => Err(refused(format!("{name} cannot be {text}"))),
            value => Ok(value),
        }
    }

    fn parsed(&self, name: &str) -> Result<Option<u64>> {
        self.read_as(name, |text| text.parse().ok())
    }

    fn duration(&self, name: &str) -> Result<Option<std::time::Duration>> {
        self.read_as(name, parse_duration)
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>> {
        self.read_as(name, |text| {
            let seconds: f64 = text.parse().ok()?;
            Some(Timestamp::from_millis((seconds * 1000.0).round() as i64))
        })
    }

    fn selectors(&self) -> Result<Vec<Selector>> {
        let texts = self.0.iter().filter(|(name, _)| name == "match[]");
        texts
            .map(|(_, text)| Selector::parse(text).map_err(|error| refused(error.to_string())))
            .collect()
    }
}

/// Percent-decoding of a form.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&hex, 16).expect("two hexadecimal digits")
            }
            other => other,
        });
    }
    String::from_utf8(bytes).expect("UTF-8 in a form")
}
