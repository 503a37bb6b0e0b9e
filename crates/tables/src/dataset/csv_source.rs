//! CSV, and its relatives with other separators.

use super::bytes::{Opened, cannot_read};
use super::cells::CellError;
use super::csv_records::{Outcome, Record, Records};
use super::layout;
use super::notes::{Notes, lines};
use super::read::{LONGEST_ROW, Visit, too_long};
use super::table_rows::{TableRows, check_names};
use crate::error::{Error, Place, Result};
use std::path::Path;

/// Reads a file record by record; `columns` is called once with the header and its line.
pub(super) fn read(
    path: &Path,
    opened: Opened,
    skip_lines: Option<usize>,
    notes: &Notes,
    columns: &mut dyn FnMut(u64, &[String]) -> Result<()>,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let layout = layout::find(&opened.head, opened.whole, skip_lines, notes);
    let mut text = opened.text;
    for _ in 1..layout.header {
        text.skip_until(b'\n').map_err(|e| cannot_read(path, &e))?;
    }
    let mut records = Records::new(text, layout.dialect, LONGEST_ROW, layout.header);
    let mut record = Record::default();
    let mut line = layout.header;
    let outcome = records
        .next(&mut record, &mut line)
        .map_err(|e| cannot_read(path, &e))?;
    if outcome == Outcome::TooLong {
        return Err(Error::input(
            Place::file(path),
            "the header line is longer than 64 MiB",
        ));
    }
    let headers: Vec<String> = record
        .fields()
        .map(|h| String::from_utf8_lossy(h).trim().to_owned())
        .collect();
    if headers.iter().all(String::is_empty) {
        return Err(Error::input(
            Place::file(path),
            "is empty, expected a header line",
        ));
    }
    records.expect(headers.len());
    check_names(&headers, notes);
    columns(line, &headers)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut rows = TableRows::new(stem.into_owned(), headers, layout.least);
    let mut repaired = Vec::new();
    loop {
        match records
            .next(&mut record, &mut line)
            .map_err(|e| cannot_read(path, &e))?
        {
            Outcome::Record => {}
            Outcome::Repaired => repaired.push(line),
            Outcome::TooLong => {
                visit(line, Err(too_long(record.bytes())))?;
                continue;
            }
            Outcome::End => break,
        }
        match std::str::from_utf8(record.bytes()) {
            Ok(text) => rows.row(line, text, record.bounds(), visit)?,
            Err(_) => visit(line, Err(not_utf8(&record, rows.headers())))?,
        }
    }
    if !repaired.is_empty() {
        notes.say(format!(
            "a quote that nothing closes ({}) is read as a plain character",
            lines(&repaired)
        ));
    }
    rows.finish(notes);
    Ok(())
}

/// The first cell that is no UTF-8.
fn not_utf8(record: &Record, headers: &[String]) -> CellError {
    for (i, field) in record.fields().enumerate() {
        if let Err(e) = std::str::from_utf8(field) {
            return CellError {
                column: headers.get(i).cloned().unwrap_or_default(),
                value: String::from_utf8_lossy(field).into_owned(),
                reason: format!("is not UTF-8 (byte {} of the cell)", e.valid_up_to() + 1),
            };
        }
    }
    CellError::default()
}
