//! CSV, and its relatives with other separators.

use super::bytes::{Packing, cannot_read, open};
use super::cells::CellError;
use super::csv_records::{Outcome, Record, Records};
use super::read::{LONGEST_ROW, Row, Visit, too_long};
use crate::error::{Error, Place, Result};
use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;

/// Separators that are tried, the likeliest first.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// One record and where its columns stand.
struct CsvRow<'a> {
    headers: &'a [String],
    fields: Vec<&'a str>,
    id: &'a dyn Fn() -> String,
}

impl Row for CsvRow<'_> {
    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        if source == "@row" {
            return Some(Cow::Owned((self.id)()));
        }
        let at = self.headers.iter().position(|h| h == source)?;
        Some(Cow::Borrowed(self.fields[at]))
    }
}

/// Reads a file record by record; `columns` is called once with the header.
pub(super) fn read(
    path: &Path,
    packing: Packing,
    columns: &mut dyn FnMut(&[String]) -> Result<()>,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let mut bytes = open(path, packing)?;
    let separator = separator_of(bytes.fill_buf().map_err(|e| cannot_read(path, &e))?);
    let mut records = Records::new(bytes, separator, LONGEST_ROW);
    let mut record = Record::default();
    let outcome = records
        .next(&mut record)
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
    columns(&headers)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    loop {
        let line = records.line();
        match records
            .next(&mut record)
            .map_err(|e| cannot_read(path, &e))?
        {
            Outcome::Record => {}
            Outcome::TooLong => {
                visit(line, Err(too_long(record.bytes())))?;
                continue;
            }
            Outcome::End => return Ok(()),
        }
        if record.len() != headers.len() {
            let reason = format!("{} fields, the header has {}", record.len(), headers.len());
            visit(
                line,
                Err(CellError {
                    column: String::new(),
                    value: String::from_utf8_lossy(record.bytes()).into_owned(),
                    reason,
                }),
            )?;
            continue;
        }
        let mut fields = Vec::with_capacity(record.len());
        let mut bad = None;
        for (field, header) in record.fields().zip(&headers) {
            match std::str::from_utf8(field) {
                Ok(text) => fields.push(text),
                Err(e) => {
                    bad = Some(CellError {
                        column: header.clone(),
                        value: String::from_utf8_lossy(field).into_owned(),
                        reason: format!("is not UTF-8 (byte {} of the cell)", e.valid_up_to() + 1),
                    });
                    break;
                }
            }
        }
        if let Some(bad) = bad {
            visit(line, Err(bad))?;
            continue;
        }
        let id = || format!("{stem}:{line}");
        visit(
            line,
            Ok(&CsvRow {
                headers: &headers,
                fields,
                id: &id,
            }),
        )?;
    }
}

/// The separator that stands most often in the header line, outside quotes.
fn separator_of(start: &[u8]) -> u8 {
    let mut counts = [0usize; SEPARATORS.len()];
    let mut quoted = false;
    for &b in start {
        match b {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                if let Some(i) = SEPARATORS.iter().position(|&s| s == b) {
                    counts[i] += 1;
                }
            }
            _ => {}
        }
    }
    let mut best = 0;
    for i in 1..SEPARATORS.len() {
        if counts[i] > counts[best] {
            best = i;
        }
    }
    SEPARATORS[best]
}

#[cfg(test)]
mod tests {
    use super::separator_of;

    #[test]
    fn separators_are_told_by_the_header() {
        assert_eq!(separator_of(b"a,b;c,d\n1;2;3;4;5"), b',');
        assert_eq!(separator_of(b"a;b;c\n"), b';');
        assert_eq!(separator_of(b"\"x,y,z\"\tb\n"), b'\t');
        assert_eq!(separator_of(b"single\n"), b',');
    }
}
