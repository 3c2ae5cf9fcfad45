//! Rule groups.

use std::time::Duration;

use super::cursor::{Cursor, Read};
use super::envelope::{optional_string, write_list};
use super::labels::{self, Scratch};
use super::payload::Codec;
use super::sample::print_seconds;
use super::text::write_string;
use crate::backend::{Rule, RuleGroup, RuleKind};
use crate::labels::Labels;

impl Codec for Vec<RuleGroup> {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        let mut groups = Vec::new();
        cursor.object(|c, name| match name {
            "groups" => c.array_or_null(|c| {
                let group = group(c)?;
                c.charge_element::<RuleGroup>(0)?;
                groups.push(group);
                Ok(())
            }),
            _ => c.skip(),
        })?;
        Ok(groups)
    }

    fn write(&self, out: &mut String) {
        out.push_str("{\"groups\":");
        write_list(out, '[', ']', self, write_group);
        out.push('}');
    }
}

fn group(cursor: &mut Cursor<'_>) -> Read<RuleGroup> {
    let mut group = RuleGroup::default();
    cursor.object(|c, name| {
        match name {
            "name" => group.name = c.owned_string()?,
            "file" => group.file = c.owned_string()?,
            "interval" => {
                // Prometheus has intervals in whole milliseconds.
                let Ok(millis) = u64::try_from(c.millis()?) else {
                    return c.fault("an interval that is not negative before this");
                };
                group.interval = Duration::from_millis(millis);
            }
            "rules" => {
                c.array_or_null(|c| {
                    let rule = rule(c)?;
                    c.charge_element::<Rule>(0)?;
                    group.rules.push(rule);
                    Ok(())
                })?;
            }
            _ => c.skip()?,
        }
        Ok(())
    })?;
    Ok(group)
}

fn rule(cursor: &mut Cursor<'_>) -> Read<Rule> {
    let mut kind = None;
    let mut rule = Rule::new(RuleKind::Recording, "", "");
    cursor.object(|c, name| {
        match name {
            "type" => {
                kind = Some(match &*c.string()? {
                    "recording" => RuleKind::Recording,
                    "alerting" => RuleKind::Alerting,
                    _ => return c.fault("a rule of type recording or alerting before this"),
                });
            }
            "name" => rule.name = c.owned_string()?,
            "query" => rule.query = c.owned_string()?,
            "labels" => rule.labels = labels_or_null(c)?,
            "health" => rule.health = c.owned_string()?,
            "state" => rule.state = some_text(c)?,
            "lastError" => rule.last_error = some_text(c)?,
            _ => c.skip()?,
        }
        Ok(())
    })?;
    let Some(kind) = kind else {
        return cursor.fault("a rule's `type` before this");
    };
    rule.kind = kind;
    Ok(rule)
}

fn labels_or_null(cursor: &mut Cursor<'_>) -> Read<Labels> {
    if cursor.null() {
        return Ok(Labels::empty());
    }
    Scratch::default().labels(cursor)
}

/// Some servers write an empty text where others leave the field out.
fn some_text(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    Ok(optional_string(cursor)?.filter(|text| !text.is_empty()))
}

fn write_group(out: &mut String, group: &RuleGroup) {
    out.push_str("{\"name\":");
    write_string(out, &group.name);
    out.push_str(",\"file\":");
    write_string(out, &group.file);
    out.push_str(",\"interval\":");
    let millis = i64::try_from(group.interval.as_millis()).unwrap_or(i64::MAX);
    out.push_str(&print_seconds(millis));
    out.push_str(",\"rules\":");
    write_list(out, '[', ']', &group.rules, write_rule);
    out.push('}');
}

fn write_rule(out: &mut String, rule: &Rule) {
    out.push_str(match rule.kind {
        RuleKind::Recording => "{\"type\":\"recording\"",
        RuleKind::Alerting => "{\"type\":\"alerting\"",
    });
    let texts = [
        ("name", Some(&rule.name)),
        ("query", Some(&rule.query)),
        ("health", Some(&rule.health)),
        ("state", rule.state.as_ref()),
        ("lastError", rule.last_error.as_ref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            out.push(',');
            write_string(out, name);
            out.push(':');
            write_string(out, text);
        }
    }
    out.push_str(",\"labels\":");
    labels::write(out, &rule.labels);
    out.push('}');
}
