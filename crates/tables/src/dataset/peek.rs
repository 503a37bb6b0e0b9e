//! A look at the beginning of a file: its columns and a few rows, whatever they mean.

use super::bytes::{Format, open};
use super::detect::split_sheet;
use super::json_source::{flatten, is_empty_page, refusal};
use super::notes::Notes;
use super::read::{ReadOptions, Row};
use super::signature::{Fields, fields_of, fields_of_header};
use super::{CellError, csv_source, json_values, parquet_source, workbook};
use crate::error::{Error, Place, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Rows that are looked at.
const ROWS: usize = 200;
/// How deep a list of records may stand in a document.
const DEEPEST: usize = 4;

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peek {
    /// Names of the columns as the export prints them; in JSON the paths of plain values.
    pub columns: Vec<String>,
    /// The first rows, each as long as `columns`; empty where a row has no such value.
    pub rows: Vec<Vec<String>>,
    /// All fields, also of what stands in lists.
    pub fields: Fields,
    /// JSON: where in a document these rows stand; empty at its top.
    pub way: String,
    /// JSON: lists of things in these rows, by their paths; they may hold lists themselves.
    pub nested: Vec<(String, Peek)>,
    /// JSON: what else in the document may be the rows of a table.
    pub others: Vec<Peek>,
    /// JSON: whether all there is are pages without a record.
    pub empty: bool,
    /// JSON: what an answer says that is an error.
    pub error: Option<String>,
}

/// Reads the columns and the first 200 rows of a table. Of several lists in a JSON document it is the one whose things
/// have most to them.
///
/// # Errors
/// [`Error::Input`] where the file cannot be read as any table.
pub fn peek(path: &Path) -> Result<Peek> {
    peek_by(path, &ReadOptions::default())
}

/// The same, with what `options` say of the encoding and of lines before the header.
///
/// # Errors
/// As [`peek`].
pub fn peek_by(path: &Path, options: &ReadOptions) -> Result<Peek> {
    let skip = options.skip_lines;
    let notes = Notes::default();
    if path == Path::new("-") {
        // A look would take its beginning away from who reads it.
        return Err(Error::input(
            Place::file(path),
            "standard input can be read once only",
        ));
    }
    let opened = open(path, options.encoding, &notes)?;
    let names = std::cell::RefCell::new(Vec::new());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let enough = || Error::Internal("enough".to_owned());
    if opened.format == Format::Json {
        let mut values = Vec::new();
        let outcome = json_values::read(path, opened, &mut |_, value| {
            values.extend(value);
            if values.len() >= ROWS {
                return Err(enough());
            }
            Ok(())
        });
        if values.is_empty() {
            outcome?;
        }
        let mut found = objects(&values);
        found.fields = fields_of(&values);
        found.error = values.iter().find_map(refusal);
        found.empty = values.iter().all(is_empty_page);
        return Ok(found);
    }
    let mut columns = |_line: u64, headers: &[String]| {
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
            return Err(enough());
        }
        Ok(())
    };
    let outcome = match opened.format {
        Format::Csv => csv_source::read(path, opened, skip, &notes, &mut columns, &mut visit),
        Format::Workbook => {
            let (file, sheet) = split_sheet(path);
            let sheet = sheet.as_deref();
            workbook::read(&file, opened, sheet, skip, &notes, &mut columns, &mut visit)
        }
        _ => parquet_source::read(path, &mut |headers| columns(1, headers), &mut visit),
    };
    if rows.len() < ROWS {
        outcome?;
    }
    let columns = names.into_inner();
    Ok(Peek {
        fields: fields_of_header(&columns),
        columns,
        rows,
        ..Peek::default()
    })
}

/// The tables of a file: of a workbook with several sheets each of them, as `FILE#SHEET`; else the file.
///
/// # Errors
/// Where it cannot be opened.
pub fn tables_in(path: &Path) -> Result<Vec<PathBuf>> {
    let opened = open(path, None, &Notes::default())?;
    if opened.format != Format::Workbook || split_sheet(path).1.is_some() {
        return Ok(vec![path.to_owned()]);
    }
    let names = workbook::names(path, opened)?;
    if names.len() < 2 {
        return Ok(vec![path.to_owned()]);
    }
    let of = |name: &String| PathBuf::from(format!("{}#{name}", path.display()));
    Ok(names.iter().map(of).collect())
}

/// The records among values: they themselves, or what stands in a list in them.
fn objects(values: &[Value]) -> Peek {
    let mut found = vec![table(values.iter().collect(), "")];
    let mut best = 0;
    let mut level: Vec<(Vec<String>, &Value)> = values
        .iter()
        .take(5)
        .map(|value| (Vec::new(), value))
        .collect();
    let mut seen: Vec<Vec<String>> = Vec::new();
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for (way, value) in level {
            let Some(map) = value.as_object() else {
                continue;
            };
            for (key, inner) in map {
                let mut way = way.clone();
                way.push(key.clone());
                match inner {
                    Value::Object(_) => next.push((way, inner)),
                    Value::Array(items)
                        if items.iter().any(Value::is_object) && !seen.contains(&way) =>
                    {
                        let records = values.iter().flat_map(|value| listed(value, &way));
                        found.push(table(records.collect(), &way.join(".")));
                        let last = found.len() - 1;
                        if found[last].columns.len() >= 2 * found[best].columns.len().max(1) {
                            best = last;
                        }
                        seen.push(way);
                    }
                    _ => {}
                }
            }
        }
        level = next;
    }
    let mut best = found.swap_remove(best);
    best.others = found;
    best
}

/// What stands in the list at the end of a way.
fn listed<'v>(value: &'v Value, way: &[String]) -> impl Iterator<Item = &'v Value> {
    let list = way.iter().try_fold(value, |value, key| value.get(key));
    list.and_then(Value::as_array).into_iter().flatten()
}

/// The first of the values that are objects, with the lists of objects in them; what is nested goes by its path.
fn table(values: Vec<&Value>, way: &str) -> Peek {
    let values: Vec<&Value> = values
        .into_iter()
        .filter(|value| value.is_object())
        .take(ROWS)
        .collect();
    let mut lists: Vec<(String, Vec<&Value>)> = Vec::new();
    for value in &values {
        lists_in(value, "", 0, &mut lists);
    }
    let nested = lists.into_iter();
    Peek {
        nested: nested
            .map(|(path, items)| (path, table(items, "")))
            .collect(),
        way: way.to_owned(),
        ..rows(&values)
    }
}

/// Lists of objects in an object, by their paths.
fn lists_in<'v>(
    value: &'v Value,
    path: &str,
    depth: usize,
    lists: &mut Vec<(String, Vec<&'v Value>)>,
) {
    let Some(map) = value.as_object().filter(|_| depth < DEEPEST) else {
        return;
    };
    for (key, inner) in map {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match inner {
            Value::Object(_) => lists_in(inner, &path, depth + 1, lists),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let at = lists.iter().position(|(known, _)| *known == path);
                let at = at.unwrap_or_else(|| {
                    lists.push((path, Vec::new()));
                    lists.len() - 1
                });
                let room = ROWS.saturating_sub(lists[at].1.len());
                let objects = items.iter().filter(|item| item.is_object());
                lists[at].1.extend(objects.take(room));
            }
            _ => {}
        }
    }
}

/// Values as rows.
fn rows(values: &[&Value]) -> Peek {
    let mut peek = Peek::default();
    for value in values {
        let mut found = Vec::new();
        flatten("", value, &mut found);
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
