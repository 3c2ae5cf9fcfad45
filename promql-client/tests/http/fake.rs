//! A server that answers what an in-memory backend answers.

use std::time::Duration;

use futures::executor::block_on;
use promql_client::{
    Error, Expr, InstantOptions, LabelOptions, MemoryBackend, MetadataOptions, PromQl,
    RangeOptions, Result, RulesOptions, Selector, SeriesOptions, Timestamp, wire,
};
use wiremock::{Request, Respond, ResponseTemplate};

use crate::support::{fields, json};

pub(crate) struct Fake(pub(crate) MemoryBackend);

impl Respond for Fake {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        match self.answer(request.url.path(), &Fields(fields(request))) {
            Ok(body) => json(200, body),
            Err(error) => {
                let (status, body) = wire::encode_error(&error);
                json(status, body)
            }
        }
    }
}

impl Fake {
    fn answer(&self, path: &str, fields: &Fields) -> Result<String> {
        let memory = &self.0;
        let (selectors, start, end) = (
            fields.selectors()?,
            fields.time("start"),
            fields.time("end"),
        );
        let query = fields.one("query").unwrap_or_default();
        let labels = LabelOptions {
            selectors: selectors.clone(),
            start,
            end,
            limit: None,
        };
        let path = path.strip_prefix("/api/v1/").unwrap();
        Ok(match path {
            "query" => {
                let options = InstantOptions::at(fields.time("time").unwrap());
                wire::encode(&block_on(memory.instant(query, &options))?)
            }
            "query_range" => {
                let step = fields.one("step").unwrap().strip_suffix("ms").unwrap();
                let step = Duration::from_millis(step.parse().unwrap());
                let options = RangeOptions::new(start.unwrap(), end.unwrap(), step);
                wire::encode(&block_on(memory.range(query, &options))?)
            }
            "series" => {
                let options = SeriesOptions {
                    start,
                    end,
                    limit: None,
                };
                wire::encode(&block_on(memory.series(&selectors, &options))?)
            }
            "labels" => wire::encode(&block_on(memory.label_names(&labels))?),
            "metadata" => wire::encode(&block_on(memory.metadata(&MetadataOptions::default()))?),
            "rules" => wire::encode(&block_on(memory.rules(&RulesOptions::default()))?),
            other => {
                let label = other.strip_prefix("label/").unwrap();
                let label = label.strip_suffix("/values").unwrap();
                wire::encode(&block_on(memory.label_values(label, &labels))?)
            }
        })
    }
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn one(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        let seconds: f64 = self.one(name)?.parse().unwrap();
        Some(Timestamp::from_millis((seconds * 1000.0).round() as i64))
    }

    /// Through the language's own parser.
    fn selectors(&self) -> Result<Vec<Selector>> {
        let texts = self.0.iter().filter(|(name, _)| name == "match[]");
        let parsed = texts.map(|(_, text)| match Expr::parse(text) {
            Ok(Expr::Instant { selector, .. }) => Ok(selector),
            other => Err(Error::BadQuery {
                message: format!("{text} is no selector: {other:?}"),
            }),
        });
        parsed.collect()
    }
}
