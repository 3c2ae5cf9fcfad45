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
            all.push(scratch.labels(c)?);
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
            all.push(c.string()?.into_owned());
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
                all.insert(name.to_owned(), c.string()?.into_owned());
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
                entries.push(metadata(c)?);
                Ok(())
            })?;
            all.insert(name.to_owned(), entries);
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
            "type" => entry.kind = c.string()?.into_owned(),
            "help" => entry.help = c.string()?.into_owned(),
            "unit" => entry.unit = c.string()?.into_owned(),
            _ => c.skip()?,
        }
        Ok(())
    })?;
    Ok(entry)
}
