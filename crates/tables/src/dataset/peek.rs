//! A look at the beginning of a file: its columns and a few rows, whatever they mean.

use super::bytes::{Format, format_of, open};
use super::read::Row;
use super::{CellError, csv_source, parquet_source};
use crate::error::{Error, Place, Result};
use serde_json::Value;
use std::io::BufRead;
use std::path::Path;

/// Rows that are looked at.
const ROWS: usize = 200;

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peek {
    /// Names of the columns as the export prints them; in JSON the paths of plain values.
    pub columns: Vec<String>,
    /// The first rows, each as long as `columns`; empty where a row has no such value.
    pub rows: Vec<Vec<String>>,
}

/// Reads the columns and the first 200 rows of a table.
///
/// # Errors
/// [`Error::Input`] where the file cannot be read, or its ending is unknown.
pub fn peek(path: &Path) -> Result<Peek> {
    let (format, packing) = format_of(path).ok_or_else(|| {
        Error::input(Place::file(path), "unknown ending").with_hint(
            "expected .csv, .tsv, .jsonl, .json or .parquet; the first four also with .gz or .zst",
        )
    })?;
    if matches!(format, Format::JsonLines | Format::Json) {
        return Ok(objects(open(path, packing)?));
    }
    let names = std::cell::RefCell::new(Vec::new());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut columns = |headers: &[String]| {
        *names.borrow_mut() = headers.to_vec();
        Ok(())
    };
    let mut visit = |_line: u64, row: std::result::Result<&dyn Row, CellError>| {
        if let Ok(row) = row {
            let names = names.borrow();
            rows.push(
                names
                    .iter()
                    .map(|name| row.get(name).unwrap_or_default().into_owned())
                    .collect(),
            );
        }
        if rows.len() >= ROWS {
            return Err(Error::Internal("enough".to_owned()));
        }
        Ok(())
    };
    let outcome = if format == Format::Csv {
        csv_source::read(path, packing, &mut columns, &mut visit)
    } else {
        parquet_source::read(path, &mut columns, &mut visit)
    };
    if rows.len() < ROWS {
        outcome?;
    }
    Ok(Peek {
        columns: names.into_inner(),
        rows,
    })
}

/// The first lines that are objects; what is nested goes by its path, lists are passed over.
fn objects(lines: impl BufRead) -> Peek {
    let mut peek = Peek::default();
    for line in lines.lines().take(ROWS) {
        let Ok(line) = line else { break };
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let mut found = Vec::new();
        flatten("", &Value::Object(object), &mut found);
        let mut row = vec![String::new(); peek.columns.len()];
        for (name, value) in found {
            if let Some(at) = peek.columns.iter().position(|c| *c == name) {
                row[at] = value;
            } else {
                peek.columns.push(name);
                row.push(value);
            }
        }
        peek.rows.push(row);
    }
    for row in &mut peek.rows {
        row.resize(peek.columns.len(), String::new());
    }
    peek
}

fn flatten(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&path, value, found);
            }
        }
        Value::String(text) => found.push((path.to_owned(), text.clone())),
        Value::Number(_) | Value::Bool(_) => found.push((path.to_owned(), value.to_string())),
        Value::Array(_) | Value::Null => {}
    }
}
