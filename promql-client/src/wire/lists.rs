//! Flat answers: label sets, names and values, status pages, metadata.

use std::collections::BTreeMap;

use super::cursor::{Cursor, Read};
use super::envelope::write_list;
use super::labels::{self, Scratch};
use super::payload::Codec;
use super::text::write_string;
use crate::backend::MetricMetadata;
use crate::labels::Labels;

impl Codec for Vec<Labels> {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        let mut scratch = Scratch::default();
        let mut all = Vec::new();
        cursor.array_or_null(|c| {
            let labels = scratch.labels(c)?;
            c.charge_element::<Labels>(0)?;
            all.push(labels);
            Ok(())
        })?;
        Ok(all)
    }

    fn write(&self, out: &mut String) {
        write_list(out, '[', ']', self, labels::write);
    }
}

impl Codec for Vec<String> {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        let mut all = Vec::new();
        cursor.array_or_null(|c| {
            let text = c.owned_string()?;
            c.charge_element::<String>(0)?;
            all.push(text);
            Ok(())
        })?;
        Ok(all)
    }

    fn write(&self, out: &mut String) {
        write_list(out, '[', ']', self, |out, text| write_string(out, text));
    }
}

impl Codec for BTreeMap<String, String> {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        let mut all = BTreeMap::new();
        cursor.object(|c, name| {
            if c.peek() == Some(b'"') {
                let text = c.owned_string()?;
                c.charge_element::<(String, String)>(name.len())?;
                all.insert(c.clean().data(name).into_owned(), text);
                Ok(())
            } else {
                c.skip()
            }
        })?;
        Ok(all)
    }

    fn write(&self, out: &mut String) {
        write_list(out, '{', '}', self, |out, (name, value)| {
            write_string(out, name);
            out.push(':');
            write_string(out, value);
        });
    }
}

impl Codec for BTreeMap<String, Vec<MetricMetadata>> {
    fn read(cursor: &mut Cursor<'_>) -> Read<Self> {
        let mut all = BTreeMap::new();
        if cursor.null() {
            return Ok(all);
        }
        cursor.object(|c, name| {
            let mut entries = Vec::new();
            c.array_or_null(|c| {
                let entry = metadata(c)?;
                c.charge_element::<MetricMetadata>(0)?;
                entries.push(entry);
                Ok(())
            })?;
            c.charge_element::<(String, Vec<MetricMetadata>)>(name.len())?;
            all.insert(c.clean().data(name).into_owned(), entries);
            Ok(())
        })?;
        Ok(all)
    }

    fn write(&self, out: &mut String) {
        write_list(out, '{', '}', self, |out, (name, entries)| {
            write_string(out, name);
            out.push(':');
            write_list(out, '[', ']', entries, |out, entry| {
                out.push_str("{\"type\":");
                write_string(out, &entry.kind);
                out.push_str(",\"help\":");
                write_string(out, &entry.help);
                out.push_str(",\"unit\":");
                write_string(out, &entry.unit);
                out.push('}');
            });
        });
    }
}

fn metadata(cursor: &mut Cursor<'_>) -> Read<MetricMetadata> {
    let mut entry = MetricMetadata::default();
    cursor.object(|c, name| {
        match name {
            "type" => entry.kind = c.owned_string()?,
            "help" => entry.help = c.owned_string()?,
            "unit" => entry.unit = c.owned_string()?,
            _ => c.skip()?,
        }
        Ok(())
    })?;
    Ok(entry)
}
