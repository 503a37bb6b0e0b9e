//! JSON lines, and whole JSON documents, with records nested in them.

use super::bytes::{Packing, cannot_read, open};
use super::cells::CellError;
use super::map::TableMap;
use super::read::{LONGEST_ROW, Row, Visit, too_long};
use crate::error::{Error, Place, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::path::Path;

/// Longest line, and longest document, that is read: 64 MiB.
const LONGEST: u64 = LONGEST_ROW as u64;

/// One record and what it stands in.
struct JsonRow<'a> {
    value: &'a Value,
    parent: &'a Value,
    id: String,
}

impl Row for JsonRow<'_> {
    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        source.split('|').find_map(|path| {
            if path == "@row" {
                return Some(Cow::Owned(self.id.clone()));
            }
            match path.strip_prefix('^') {
                Some(path) => text(find(self.parent, path)?),
                None => text(find(self.value, path)?),
            }
        })
    }
}

/// Follows `a.b.0.c`.
fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A scalar as a CSV would print it; lists of scalars are joined by blanks.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
        Value::Array(items) => Some(Cow::Owned(
            items.iter().filter_map(text).collect::<Vec<_>>().join(" "),
        )),
    }
}

/// Reads JSON lines; a line that is no JSON is a reject.
pub(super) fn read_lines(
    path: &Path,
    packing: Packing,
    map: &TableMap,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let mut reader = open(path, packing)?;
    let mut line = 0;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let n = reader
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut buffer)
            .map_err(|e| cannot_read(path, &e))?;
        if n == 0 {
            break;
        }
        line += 1;
        if n as u64 == LONGEST && !buffer.ends_with(b"\n") {
            reader
                .skip_until(b'\n')
                .map_err(|e| cannot_read(path, &e))?;
            visit(line, Err(too_long(&buffer)))?;
            continue;
        }
        if buffer.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match std::str::from_utf8(&buffer)
            .map_err(|_| "is not UTF-8".to_owned())
            .and_then(|text| {
                serde_json::from_str::<Value>(text).map_err(|e| format!("is no JSON: {e}"))
            }) {
            Ok(value) => records(path, line, &value, map, visit)?,
            Err(reason) => visit(
                line,
                Err(CellError {
                    column: String::new(),
                    value: String::from_utf8_lossy(&buffer).trim_end().to_owned(),
                    reason,
                }),
            )?,
        }
    }
    Ok(())
}

/// Reads one document: a list of records, or an object that holds them at the map's root.
pub(super) fn read_document(
    path: &Path,
    packing: Packing,
    map: &TableMap,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let mut text = String::new();
    let n = open(path, packing)?
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|e| cannot_read(path, &e))?;
    if n as u64 == LONGEST {
        return Err(
            Error::input(Place::file(path), "the document is longer than 64 MiB")
                .with_hint("write it as JSON lines (.jsonl), which are read line by line"),
        );
    }
    if text.trim().is_empty() {
        return Err(Error::input(Place::file(path), "is empty, expected JSON"));
    }
    let value: Value = serde_json::from_str(&text).map_err(|e| {
        Error::input(
            Place {
                file: path.to_owned(),
                line: Some(e.line() as u64),
                column: None,
            },
            format!("is no JSON: {e}"),
        )
    })?;
    match &value {
        // A list may hold whole answers or plain records; the number of the item is its line.
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                records(path, 1 + i as u64, item, map, visit)?;
            }
            Ok(())
        }
        _ => records(path, 1, &value, map, visit),
    }
}

/// Visits the records of one value.
fn records(
    path: &Path,
    line: u64,
    value: &Value,
    map: &TableMap,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let items: &[Value] = match map.root.as_deref().and_then(|root| find(value, root)) {
        Some(Value::Array(items)) => items,
        // One record a line, without the answer around it.
        _ => std::slice::from_ref(value),
    };
    for (i, item) in items.iter().enumerate() {
        let number = if items.len() > 1 {
            format!("{stem}:{line}:{}", i + 1)
        } else {
            format!("{stem}:{line}")
        };
        if map.explode.is_empty() {
            visit(
                line,
                Ok(&JsonRow {
                    value: item,
                    parent: item,
                    id: number,
                }),
            )?;
            continue;
        }
        for nested in map.explode.iter().filter_map(|path| find(item, path)) {
            let rows: &[Value] = match nested {
                Value::Array(rows) => rows,
                Value::Null => &[],
                one => std::slice::from_ref(one),
            };
            for (j, row) in rows.iter().enumerate() {
                visit(
                    line,
                    Ok(&JsonRow {
                        value: row,
                        parent: item,
                        id: format!("{number}:{}", j + 1),
                    }),
                )?;
            }
        }
    }
    Ok(())
}
