//! The query API over the store.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::backend::{MemoryBackend, Request, State};
use super::eval::{Evaluator, Steps};
use crate::backend::{
    Answer, InstantOptions, LabelOptions, MetadataOptions, MetricMetadata, PromQl, QueryLimits,
    RangeOptions, RuleGroup, RulesOptions, SeriesOptions,
};
use crate::error::{Error, Result};
use crate::expr::{Expr, ParseError, Selector};
use crate::labels::Labels;
use crate::time::Timestamp;
use crate::value::{Series, Value};

const DEFAULT_LOOKBACK_MS: i64 = 300_000;
/// A server stops at 11,000; this only keeps a typo from taking all memory.
const MAX_STEPS: u64 = 1_000_000;

#[async_trait]
impl PromQl for MemoryBackend {
    async fn instant(&self, query: &str, options: &InstantOptions) -> Result<Answer<Value>> {
        self.announce(Request::Instant(query, options))?;
        let state = self.read();
        if let Some(answer) = state.scripts.get(query) {
            return Ok(answer.clone());
        }
        let time = options.time.or(state.now);
        let Some(time) = time else {
            return Err(Error::InvalidRequest {
                message: "no time given, and the in-memory backend has no clock: pin the query's time or set one with `with_now`".to_owned(),
            });
        };
        let expr = parse(query)?;
        let value = state.evaluator(&options.limits).instant(&expr, time)?;
        Ok(cut(value, options.limits.limit))
    }

    async fn range(&self, query: &str, options: &RangeOptions) -> Result<Answer<Vec<Series>>> {
        self.announce(Request::Range(query, options))?;
        let count = options.steps()?;
        let state = self.read();
        if let Some(answer) = state.scripts.get(query) {
            return answer.clone().try_map(|value| match value {
                Value::Matrix(series) => Ok(series),
                other => Err(Error::Shape {
                    expected: "a scripted matrix",
                    got: other.shape().to_owned(),
                }),
            });
        }
        let expr = parse(query)?;
        if count > MAX_STEPS {
            return Err(Error::Execution {
                message: format!("a range of {count} steps is more than {MAX_STEPS}"),
            });
        }
        let steps = Steps {
            start: options.start.as_millis(),
            step: i64::try_from(options.step.as_millis()).unwrap_or(i64::MAX),
            count: usize::try_from(count).unwrap_or(usize::MAX),
        };
        let series = state.evaluator(&options.limits).range(&expr, &steps)?;
        Ok(Answer::new(series).limited(options.limits.limit))
    }

    async fn series(
        &self,
        selectors: &[Selector],
        options: &SeriesOptions,
    ) -> Result<Answer<Vec<Labels>>> {
        self.announce(Request::Other("series"))?;
        if selectors.is_empty() {
            return Err(Error::BadQuery {
                message: "no selector given".to_owned(),
            });
        }
        let sets = self.sets(selectors, options.start, options.end)?;
        Ok(Answer::new(sets).limited(options.limit))
    }

    async fn label_names(&self, options: &LabelOptions) -> Result<Answer<Vec<String>>> {
        self.announce(Request::Other("label_names"))?;
        let sets = self.sets(&options.selectors, options.start, options.end)?;
        let pairs = sets.iter().flat_map(Labels::iter);
        let names: BTreeSet<&str> = pairs.map(|(name, _)| name).collect();
        Ok(Answer::new(owned(names)).limited(options.limit))
    }

    async fn label_values(
        &self,
        label: &str,
        options: &LabelOptions,
    ) -> Result<Answer<Vec<String>>> {
        self.announce(Request::Other("label_values"))?;
        let sets = self.sets(&options.selectors, options.start, options.end)?;
        let values: BTreeSet<&str> = sets.iter().filter_map(|set| set.get(label)).collect();
        Ok(Answer::new(owned(values)).limited(options.limit))
    }

    async fn metadata(
        &self,
        options: &MetadataOptions,
    ) -> Result<Answer<BTreeMap<String, Vec<MetricMetadata>>>> {
        self.announce(Request::Other("metadata"))?;
        let limit = options.limit.unwrap_or(u64::MAX);
        let wanted = |metric: &str| options.metric.as_deref().is_none_or(|only| only == metric);
        let state = self.read();
        let all = state.metadata.iter().filter(|(metric, _)| wanted(metric));
        let kept = all.take(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Answer::new(
            kept.map(|(k, v)| (k.clone(), v.clone())).collect(),
        ))
    }

    async fn rules(&self, options: &RulesOptions) -> Result<Answer<Vec<RuleGroup>>> {
        self.announce(Request::Other("rules"))?;
        let mut groups = self.read().rules.clone();
        if let Some(kind) = options.kind {
            for group in &mut groups {
                group.rules.retain(|rule| rule.kind == kind);
            }
            groups.retain(|group| !group.rules.is_empty());
        }
        Ok(Answer::new(groups))
    }
}

impl State {
    fn evaluator(&self, limits: &QueryLimits) -> Evaluator<'_> {
        let lookback = limits.lookback.map(|l| l.as_millis());
        let lookback = lookback.and_then(|l| i64::try_from(l).ok());
        Evaluator::new(
            &self.store,
            self.semantics,
            lookback.unwrap_or(DEFAULT_LOOKBACK_MS),
        )
    }
}

impl MemoryBackend {
    fn sets(
        &self,
        selectors: &[Selector],
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<Vec<Labels>> {
        let from = start.map_or(i64::MIN, Timestamp::as_millis);
        let to = end.map_or(i64::MAX, Timestamp::as_millis);
        self.read().store.label_sets(selectors, from, to)
    }
}

fn parse(query: &str) -> Result<Expr> {
    Expr::parse(query).map_err(|error| match error {
        ParseError::Syntax { .. } => Error::BadQuery {
            message: error.to_string(),
        },
        ParseError::Outside { construct } => Error::Unsupported { what: construct },
    })
}

fn owned(texts: BTreeSet<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn cut(value: Value, limit: Option<u64>) -> Answer<Value> {
    match value {
        Value::Vector(samples) => Answer::new(samples).limited(limit).map(Value::Vector),
        Value::Matrix(series) => Answer::new(series).limited(limit).map(Value::Matrix),
        other => Answer::new(other),
    }
}
