//! Workbooks: `.xlsx`, `.xlsm`, `.xlsb`, `.xls` and `.ods`. A sheet is read as the table that its cells show.

use super::bytes::{Opened, cannot_read};
use super::layout::{header_of, preamble};
use super::notes::Notes;
use super::read::Visit;
use super::table_rows::{TableRows, check_names};
use crate::error::{Error, Place, Result, contained};
use calamine::{
    Data, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Sheets, open_workbook_auto_from_rs,
};
use std::io::{Cursor, Read};
use std::path::Path;

/// Largest workbook that is read, in bytes: it is held in memory.
const LARGEST: u64 = 1 << 30;
/// Rows by which the header is found.
const LOOKED_AT: usize = 300;
/// Whole numbers beyond this are not exact in a spreadsheet.
const EXACT: f64 = 1e15;

/// A sheet with its cells as text.
struct Sheet {
    name: String,
    /// Number of the first row, from 1.
    first: u64,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn new(name: String, range: &Range<Data>, notes: &Notes) -> Self {
        let faults = range
            .used_cells()
            .filter(|c| matches!(c.2, Data::Error(_)))
            .count();
        if faults > 0 {
            notes.say(format!("{faults} cells of the sheet {name:?} hold an error such as #N/A; they are taken as empty"));
        }
        Self {
            name,
            first: 1 + u64::from(range.start().map_or(0, |start| start.0)),
            rows: range
                .rows()
                .map(|row| row.iter().map(text).collect())
                .collect(),
        }
    }

    fn filled(&self) -> usize {
        let filled = |row: &&Vec<String>| row.iter().filter(|c| !c.is_empty()).count() > 1;
        self.rows.iter().filter(filled).count()
    }
}

/// A cell as a CSV would print it.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(yes) => yes.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Float(x) => number(*x),
        Data::DateTime(time) => moment(time),
    }
}

/// A number as it is; where digits were lost, as spreadsheets print it, so that nobody takes it for an id.
fn number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() >= EXACT {
        return format!("{x:E}").replace('E', "E+");
    }
    x.to_string()
}

fn moment(time: &ExcelDateTime) -> String {
    if time.is_duration() {
        let seconds = (time.as_f64() * 86_400.0).round();
        let (h, m, s) = (
            (seconds / 3600.0).floor(),
            (seconds / 60.0) % 60.0,
            seconds % 60.0,
        );
        return format!("{h:02}:{:02}:{s:02}", m.floor());
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

type Book = Sheets<Cursor<Vec<u8>>>;

fn open(path: &Path, opened: Opened) -> Result<Book> {
    let mut bytes = Vec::new();
    opened
        .text
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| cannot_read(path, &e))?;
    if bytes.len() as u64 > LARGEST {
        return Err(
            Error::input(Place::file(path), "the workbook is larger than 1 GiB")
                .with_hint("save its sheet as .csv, which is read row by row"),
        );
    }
    let zip = bytes.starts_with(b"PK");
    let part = |name: &[u8]| memchr::memmem::find(&bytes, name).is_some();
    let workbook = !zip || part(b"xl/workbook") || part(b"opendocument.spreadsheet");
    if !workbook {
        return Err(
            Error::input(Place::file(path), "is a ZIP archive, and no workbook")
                .with_hint("unpack it, and give the files in it"),
        );
    }
    match contained(|| open_workbook_auto_from_rs(Cursor::new(bytes))) {
        Ok(Ok(book)) => Ok(book),
        Ok(Err(e)) => Err(damaged(path, &e.to_string())),
        Err(e) => Err(damaged(path, &e)),
    }
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::input(
        Place::file(path),
        format!("cannot be read as a workbook: {why}"),
    )
    .with_hint("open it in a spreadsheet and save it as .xlsx without a password, or as .csv")
}

/// The sheets that may hold a table: those that are shown, the largest first.
fn sheets(path: &Path, book: &mut Book, only: Option<&str>, notes: &Notes) -> Result<Vec<Sheet>> {
    let all = book.sheets_metadata().to_vec();
    let names: Vec<&str> = all.iter().map(|s| s.name.as_str()).collect();
    let wanted = only.and_then(|only| {
        let exact = names.iter().find(|n| **n == only);
        exact.or_else(|| names.iter().find(|n| n.eq_ignore_ascii_case(only.trim())))
    });
    if let (Some(only), None) = (only, wanted) {
        return Err(
            Error::input(Place::file(path), format!("has no sheet {only:?}"))
                .with_hint(format!("its sheets are {}", names.join(", "))),
        );
    }
    let mut sheets = Vec::new();
    for sheet in &all {
        let taken = match wanted {
            Some(name) => sheet.name == *name,
            None => sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet,
        };
        if !taken {
            continue;
        }
        let range = contained(|| book.worksheet_range(&sheet.name));
        let range = range
            .map_err(|e| damaged(path, &e))?
            .map_err(|e| damaged(path, &e.to_string()))?;
        sheets.push(Sheet::new(sheet.name.clone(), &range, notes));
    }
    sheets.sort_by_key(|sheet| std::cmp::Reverse(sheet.filled()));
    if sheets
        .first()
        .is_none_or(|sheet| sheet.filled() == 0 && sheet.rows.is_empty())
    {
        return Err(Error::input(
            Place::file(path),
            "is empty, expected a sheet with a header",
        ));
    }
    Ok(sheets)
}

/// The names of the sheets that hold more than a line.
pub(super) fn names(path: &Path, opened: Opened) -> Result<Vec<String>> {
    let mut book = open(path, opened)?;
    let order: Vec<String> = book
        .sheets_metadata()
        .iter()
        .map(|s| s.name.clone())
        .collect();
    let sheets = sheets(path, &mut book, None, &Notes::default())?;
    let mut names: Vec<String> = sheets
        .into_iter()
        .filter(|s| s.filled() > 1)
        .map(|s| s.name)
        .collect();
    names.sort_by_key(|name| order.iter().position(|n| n == name));
    Ok(names)
}

/// Reads the sheet that was named, else the largest whose header `columns` accepts.
pub(super) fn read(
    path: &Path,
    opened: Opened,
    only: Option<&str>,
    skip_lines: Option<usize>,
    notes: &Notes,
    columns: &mut dyn FnMut(u64, &[String]) -> Result<()>,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let mut book = open(path, opened)?;
    let sheets = sheets(path, &mut book, only, notes)?;
    let several = sheets.len() > 1;
    let mut refused = None;
    for sheet in sheets {
        let looked_at: Vec<Vec<&str>> = sheet
            .rows
            .iter()
            .take(LOOKED_AT)
            .map(|row| row.iter().map(|c| c.trim()).collect())
            .collect();
        let at = skip_lines.map_or_else(
            || header_of(&looked_at),
            |n| n.saturating_sub(usize::try_from(sheet.first).unwrap_or(1) - 1),
        );
        let Some(header) = sheet.rows.get(at) else {
            continue;
        };
        let headers: Vec<String> = header.iter().map(|h| h.trim().to_owned()).collect();
        let line = sheet.first + at as u64;
        if let Err(e) = columns(line, &headers) {
            refused.get_or_insert(e);
            continue;
        }
        if several {
            notes.say(format!("read from the sheet {:?}", sheet.name));
        }
        let filled = |row: &Vec<String>| row.iter().any(|c| !c.is_empty());
        if skip_lines.is_none() && sheet.rows[..at].iter().any(filled) {
            notes.say(preamble(sheet.first, line));
        }
        check_names(&headers, notes);
        return rows(path, &sheet, at, headers, notes, visit);
    }
    Err(refused.unwrap_or_else(|| Error::input(Place::file(path), "holds no row")))
}

fn rows(
    path: &Path,
    sheet: &Sheet,
    header: usize,
    headers: Vec<String>,
    notes: &Notes,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut rows = TableRows::new(stem.into_owned(), headers, None);
    let mut text = String::new();
    let mut bounds = Vec::new();
    for (i, row) in sheet.rows.iter().enumerate().skip(header + 1) {
        text.clear();
        bounds.clear();
        for cell in row {
            let from = text.len();
            text.push_str(cell);
            bounds.push((from, text.len()));
        }
        rows.row(sheet.first + i as u64, &text, &bounds, visit)?;
    }
    rows.finish(notes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_printed_as_they_are() {
        assert_eq!(number(12_400.0), "12400");
        assert_eq!(number(0.082), "0.082");
        assert_eq!(number(-3.0), "-3");
        assert_eq!(number(7_301_234_567_890_123_001.0), "7.301234567890123E+18");
    }
}
