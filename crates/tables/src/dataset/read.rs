//! Whole tables out of one or several files.

use super::binding::ColumnBinding;
use super::bytes::{Format, open};
use super::cells::{CellError, Cells};
use super::columns::{Around, Columns, Conventions, Look, Meaning, meaning};
use super::detect::split_sheet;
use super::key_set::{KeySet, Met, RowHash};
use super::map::ColumnMap;
use super::memory::{self, MemoryTables, memory_name};
use super::notes::Notes;
use super::records::Record;
use super::rejects::{Reject, Rejects};
use super::signature::for_file;
use super::{Pseudonyms, csv_source, json_source, parquet_source, workbook};
use crate::error::{Error, Place, Result};
use crate::hash::file_sha256;
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

/// One row of a file, by the export's names.
pub(super) trait Row {
    fn get(&self, source: &str) -> Option<Cow<'_, str>>;

    /// The cell in that column of the header, which is found faster than by its name; `None` for rows without a header.
    fn at(&self, _column: usize) -> Option<&str> {
        None
    }
}

/// What is done with each row: its line, and the row or why it is none.
pub(super) type Visit<'v> =
    dyn FnMut(u64, std::result::Result<&dyn Row, CellError>) -> Result<()> + 'v;

/// Longest row that is read, in bytes: 64 MiB. A longer one is a reject.
pub(super) const LONGEST_ROW: usize = 64 << 20;
/// Longest cell that is read, in bytes: 1 MiB, many times the longest text that any platform takes.
const LONGEST_CELL: usize = 1 << 20;

/// The reject of a row beyond [`LONGEST_ROW`], of which `start` was read.
pub(super) fn too_long(start: &[u8]) -> CellError {
    CellError {
        column: String::new(),
        value: String::from_utf8_lossy(&start[..start.len().min(1 << 10)]).into_owned(),
        reason: "the row is longer than 64 MiB".to_owned(),
    }
}

/// How tables are read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Column maps; a table is read by the first that describes it.
    pub maps: Vec<ColumnMap>,
    /// The zone of times that are printed without one, where the map names none; UTC by default.
    pub time_zone: Option<String>,
    /// What is told of decimal marks and the order of dates, for columns whose cells leave it open.
    pub conventions: Conventions,
    /// Where inputs named `memory:…` are.
    pub memory: Option<Arc<dyn MemoryTables>>,
    /// Lines before the header of tables of text and of sheets; found where it is not said.
    pub skip_lines: Option<usize>,
    /// The encoding of texts that are not marked; found where it is not said.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// What puts pseudonyms in the place of ids and handles, before anything else sees them; then rejects do not quote.
    pub pseudonyms: Option<Arc<Pseudonyms>>,
}

/// What was read of a file, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputInfo {
    /// The file as the user named it.
    pub path: PathBuf,
    /// The table it was read as.
    pub table: &'static str,
    /// sha256 of its bytes, in hexadecimal; empty for standard input.
    pub sha256: String,
    /// Rows in it.
    pub rows: usize,
    /// Rows of it that were rejected.
    pub rejected: usize,
    /// Rows that print again what an earlier one printed, where the map says so.
    pub repeated: usize,
    /// Rows that are none of the table, or that the map leaves out: totals, headers that come again, empty rows;
    /// payments that failed, further lines of an order.
    pub left_out: usize,
    /// This program's columns that the file has.
    pub columns: BTreeSet<&'static str>,
    /// How many of the used rows have no known value, by column of numbers or times.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<&'static str, usize>,
    /// How many cells say something else than their column holds, by column; the rest of their rows is used.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub faulty: BTreeMap<String, usize>,
    /// How the columns were read, where that could have been otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl InputInfo {
    fn unread(path: &Path, table: &'static str) -> Self {
        Self {
            path: path.to_owned(),
            table,
            sha256: String::new(),
            rows: 0,
            rejected: 0,
            repeated: 0,
            left_out: 0,
            columns: BTreeSet::new(),
            unknown: BTreeMap::new(),
            faulty: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}

/// A table in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T> {
    /// The usable rows, in the order of the files.
    pub rows: Vec<T>,
    /// This program's columns that at least one file has.
    pub columns: BTreeSet<&'static str>,
    /// The files.
    pub inputs: Vec<InputInfo>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            columns: BTreeSet::new(),
            inputs: Vec::new(),
        }
    }
}

/// The files that paths and globs name, in the order given and sorted within a glob.
///
/// # Errors
/// [`Error::Input`] for a path that is not there, or a glob that matches nothing.
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in patterns {
        let path = Path::new(pattern);
        let sheet = split_sheet(path).1.is_some();
        if pattern == "-" || memory_name(path).is_some() || path.exists() || sheet {
            files.push(path.to_owned());
            continue;
        }
        if !pattern.contains(['*', '?', '[']) {
            return Err(Error::input(Place::file(path), "no such file"));
        }
        let matches = glob::glob(pattern)
            .map_err(|e| Error::usage(format!("invalid glob {pattern:?}: {e}")))?;
        let before = files.len();
        files.extend(matches.flatten().filter(|p| p.is_file()));
        if files.len() == before {
            return Err(Error::input(Place::file(path), "no file matches"));
        }
    }
    Ok(files)
}

/// Empty for standard input, which cannot be read again.
fn sha256(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return Ok(String::new());
    }
    file_sha256(&split_sheet(path).0)
}

/// Length and time of a file, by which it is known that nobody wrote to it; `None` for what is no file.
fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(split_sheet(path).0)
        .ok()
        .filter(Metadata::is_file)?;
    Some((about.len(), about.modified().ok()?))
}

/// What is known of a table beside its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// This program's columns that at least one file has.
    pub columns: BTreeSet<&'static str>,
    /// The files.
    pub inputs: Vec<InputInfo>,
}

/// Reads all files as one table. Rows that cannot be used go to `rejects`.
///
/// # Errors
/// [`Error::Input`] for a file that cannot be read, is empty, has no row, lacks a required
/// column, or changes while it is read; the first reject where `rejects` is strict.
pub fn read_table<T: Record>(
    files: &[PathBuf],
    options: &ReadOptions,
    rejects: &mut Rejects,
) -> Result<Table<T>> {
    let mut rows = Vec::new();
    let mut newest: BTreeMap<String, usize> = BTreeMap::new();
    let Sources { columns, inputs } =
        read_all(files, options, rejects, &mut |mut row: T, met, dated| {
            let Some(at) = row.updated_at() else {
                if met == Met::New {
                    rows.push(row);
                    return Ok(true);
                }
                return Ok(false);
            };
            let key = row.key().unwrap_or_default().into_owned();
            match newest.get(&key) {
                None if met != Met::New => return Ok(false),
                None => {
                    newest.insert(key, rows.len());
                    rows.push(row);
                }
                // The newest row about an account is the one that counts, wherever it stands.
                Some(&old) if rows[old].updated_at().is_none_or(|before| before < at) => {
                    std::mem::swap(&mut rows[old], &mut row);
                    if dated {
                        rows[old].remember(row);
                    }
                }
                Some(&old) if dated => rows[old].remember(row),
                Some(_) => {}
            }
            Ok(true)
        })?;
    Ok(Table {
        rows,
        columns,
        inputs,
    })
}

/// The same row by row, for tables that are larger than the memory: `take` gets each usable row
/// in turn, and its error ends the reading.
///
/// # Errors
/// As [`read_table`], and those of `take`.
pub fn read_rows<T: Record>(
    files: &[PathBuf],
    options: &ReadOptions,
    rejects: &mut Rejects,
    take: &mut dyn FnMut(T) -> Result<()>,
) -> Result<Sources> {
    read_all(files, options, rejects, &mut |row, met, _| {
        if met == Met::New {
            take(row)?;
        }
        Ok(met == Met::New)
    })
}

/// Takes a row whose key was met before or not, and which tells of its own time or, as what posts carry of their
/// account, of the time of the export; gives whether it has a place for it.
type Take<'t, T> = dyn FnMut(T, Met, bool) -> Result<bool> + 't;

fn read_all<T: Record>(
    files: &[PathBuf],
    options: &ReadOptions,
    rejects: &mut Rejects,
    take: &mut Take<'_, T>,
) -> Result<Sources> {
    let mut sources = Sources::default();
    let mut keys = KeySet::default();
    let mut before = Conventions::default();
    let rejected_before = rejects.count();
    for path in files {
        let own = for_file::<T>(path, options);
        let reading = Reading::new::<T>(path, &own, before, files.len() > 1)?;
        before = read_file(&reading, options, rejects, &mut keys, take, &mut sources)?.or(before);
    }
    // One empty page among others is an empty page.
    let empty = sources.inputs.iter().all(|input| input.rows == 0);
    if let Some(first) = sources.inputs.first().filter(|_| empty) {
        return Err(Error::input(
            Place::file(&first.path),
            first.notes.join("; "),
        ));
    }
    let counting = |i: &InputInfo| i.rows - i.left_out;
    let rows: usize = sources.inputs.iter().map(counting).sum();
    let rejected = rejects.count() - rejected_before;
    if let Some(first) = sources
        .inputs
        .first()
        .filter(|i| rows == 0 && i.left_out > 0)
    {
        return Err(Error::input(
            Place::file(&first.path),
            format!(
                "no row of the table {} counts: all of them are totals, empty, or left out by the map",
                T::TABLE
            ),
        )
        .with_hint("the sections `only` and `without` of the map say which rows count"));
    }
    if rejected > 0 && rejected == rows {
        return Err(unusable(
            T::TABLE,
            rows,
            rejects.kept().get(rejected_before),
        ));
    }
    Ok(sources)
}

/// A remark without what it quotes of the file, which may be anybody's name.
fn unquoted(note: &str) -> String {
    match note.split_once('"') {
        Some((before, rest)) => {
            let after = rest.rsplit_once('"').map_or("", |(_, after)| after);
            format!("{before}…{after}")
        }
        None => note.to_owned(),
    }
}

/// A table of which every row was rejected is none: whatever would be made of it, it would be of nothing.
fn unusable(table: &str, rows: usize, first: Option<&Reject>) -> Error {
    let place = first.map_or_else(Place::default, |first| Place {
        file: first.file.clone(),
        line: Some(first.line),
        column: (!first.cell.column.is_empty()).then(|| first.cell.column.clone()),
    });
    let reason = first.map_or_else(String::new, |first| {
        let shown: String = first.cell.value.chars().take(60).collect();
        if shown.is_empty() || first.cell.reason.contains(&shown) {
            format!("; the first: {}", first.cell.reason)
        } else {
            format!("; the first: {shown:?} {}", first.cell.reason)
        }
    });
    Error::input(
        place,
        format!("no row of the table {table} is usable, all {rows} were rejected{reason}"),
    )
    .with_hint("the file of rejects has the reason of each; --map says which column is which")
}

/// An error about a file that somebody wrote to while it was read.
fn unchanged(path: &Path, before: Option<(u64, SystemTime)>) -> Result<()> {
    if before.is_none() || stamp(path) == before {
        return Ok(());
    }
    // Half an export looks whole, and the sum of its bytes would be of something else.
    Err(Error::input(
        Place::file(path),
        "changed while it was read, so that nobody could say what was read",
    )
    .with_hint("wait until the export is written, or read a copy of it"))
}

/// One file, and how it is read.
struct Reading<'r> {
    path: &'r Path,
    /// What it was found to be, once it is opened; nothing for a table in memory.
    format: Cell<Option<Format>>,
    binding: RefCell<ColumnBinding>,
    columns: Rc<Columns>,
    /// Of the table's files before this one.
    before: Conventions,
    options: &'r ReadOptions,
    /// Names that the first record of a JSON file has.
    names: RefCell<Vec<String>>,
}

/// Is called with a header and its line.
type Header<'h> = dyn FnMut(u64, &[String]) -> Result<()> + 'h;

impl<'r> Reading<'r> {
    fn new<T: Record>(
        path: &'r Path,
        options: &'r ReadOptions,
        before: Conventions,
        several: bool,
    ) -> Result<Self> {
        let mut binding = ColumnBinding::new::<T>(options)?;
        binding.take_from_name(path, several);
        let columns = Rc::new(Columns::new(binding.known.iter().copied()));
        Ok(Self {
            path,
            format: Cell::new(None),
            binding: RefCell::new(binding),
            columns,
            before,
            options,
            names: RefCell::default(),
        })
    }

    /// Goes over the rows; `header` is called with the columns' names where the format has such. Gives the sha256 of a
    /// table in memory.
    fn walk(
        &self,
        notes: &Notes,
        header: &mut Header<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<Option<String>> {
        let (path, skip) = (self.path, self.options.skip_lines);
        if memory_name(path).is_some() {
            let tables = self.options.memory.as_deref();
            return memory::read(path, tables, &mut |names| header(1, names), visit).map(Some);
        }
        let opened = open(path, self.options.encoding, notes)?;
        self.format.set(Some(opened.format));
        match opened.format {
            Format::Csv => csv_source::read(path, opened, skip, notes, header, visit)?,
            Format::Parquet => parquet_source::read(path, &mut |names| header(1, names), visit)?,
            Format::Workbook => {
                let (file, sheet) = split_sheet(path);
                let sheet = sheet.as_deref();
                workbook::read(&file, opened, sheet, skip, notes, header, visit)?;
            }
            Format::Json => {
                let (map, wanted) = {
                    let binding = self.binding.borrow();
                    (binding.map.clone(), binding.wanted())
                };
                json_source::read(path, opened, &map, &wanted, notes, visit)?;
                self.names.replace(wanted.names.into_inner());
            }
        }
        Ok(None)
    }

    fn cells(&self, row: &dyn Row, seen: &mut BTreeSet<&'static str>) -> Cells {
        self.binding.borrow().cells(row, &self.columns, seen)
    }

    /// A record of a row's cells, with people hidden where that is wanted. Where a cell means what the others of its
    /// column say, the whole file is looked through first.
    fn record<T: Record>(&self, line: u64, row: &dyn Row, mut cells: Cells) -> Result<RowOr<T>> {
        if let Some(column) = cells.longer_than(LONGEST_CELL) {
            return Ok(Err(cells.error(column, "is longer than 1 MiB")));
        }
        while let Err(cell) = cells.clean_ids() {
            if T::FOUND_BY_TEXT {
                cells.replace(&cell.column, String::new());
                continue;
            }
            // One such id may be many: whatever is joined by it is wrong.
            return Err(Error::input(
                Place {
                    file: self.path.to_owned(),
                    line: Some(line),
                    column: Some(cell.column),
                },
                cell.reason,
            ));
        }
        let mut hash = RowHash::new();
        // Counts move on between two pages of a scrape; the rest of a row that is printed again stays.
        let words = cells
            .all()
            .filter(|(column, _)| meaning(column) != Some(Meaning::Count));
        words.for_each(|(_, text)| hash.add(text));
        if let Some(pseudonyms) = &self.options.pseudonyms {
            cells.hide(pseudonyms);
        }
        let mut record = T::from_cells(&cells);
        if self.columns.asks() {
            self.look::<T>(line, row)?;
            cells.begin();
            record = T::from_cells(&cells);
        }
        Ok(record.map(|record| (record, hash.value(), cells.end())))
    }

    /// Looks through the whole file, and settles what its columns mean.
    fn look<T: Record>(&self, line: u64, row: &dyn Row) -> Result<()> {
        let mut look = Look::default();
        let mut seen = BTreeSet::new();
        let mut take = |line: u64, row: &dyn Row| {
            let cells = self.cells(row, &mut seen);
            cells
                .all()
                .for_each(|(column, text)| look.cell(column, text, line));
        };
        if self.path == Path::new("-") {
            // It cannot be read twice.
            take(line, row);
        } else {
            // The sheet that is read, not the first of a workbook.
            let mut same = |_: u64, headers: &[String]| {
                let settled = self.binding.borrow().is_settled_on(headers);
                let other = || Error::Internal("another sheet".to_owned());
                settled.then_some(()).ok_or_else(other)
            };
            self.walk(&Notes::default(), &mut same, &mut |line, row| {
                if let Ok(row) = row {
                    take(line, row);
                }
                Ok(())
            })?;
        }
        let map = &self.binding.borrow().map;
        let around = Around {
            now: Timestamp::now(),
            semicolons: self.format.get() == Some(Format::Csv) && semicolons(self.path),
            told: map.conventions()?.or(self.options.conventions),
            before: self.before,
        };
        let left = self.columns.settle(&look, around);
        // Without such a column the table is of no use; any other is unknown, which is said.
        match left
            .into_iter()
            .find(|left| T::REQUIRED.contains(&left.column) && !left.few)
        {
            Some(left) => Err(Error::input(
                Place {
                    file: self.path.to_owned(),
                    line: Some(left.line),
                    column: Some(left.column.to_owned()),
                },
                left.reason,
            )),
            None => Ok(()),
        }
    }
}

/// Whether a file has semicolons where commas would stand, as spreadsheets write it that have a comma before decimals.
fn semicolons(path: &Path) -> bool {
    let mut start = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut start));
    let lines = start.split(|b| *b == b'\n').take(5);
    let (mut semicolons, mut others) = (0, 0);
    for byte in lines.flatten() {
        semicolons += usize::from(*byte == b';');
        others += usize::from(matches!(byte, b',' | b'\t' | b'|'));
    }
    read.is_ok() && semicolons > others
}

/// Cells in which something else stood than their column holds.
#[derive(Default)]
struct FaultyCells(BTreeMap<String, (usize, String)>);

impl FaultyCells {
    fn add(&mut self, line: u64, fault: &CellError) {
        let column = self.0.entry(fault.column.clone()).or_insert_with(|| {
            let value: String = fault.value.chars().take(60).collect();
            (0, format!("{value:?} (line {line})"))
        });
        column.0 += 1;
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let columns = self.0.iter();
        columns
            .map(|(column, (faults, _))| (column.clone(), *faults))
            .collect()
    }

    /// What there is to say of columns of which a tenth or more cannot be read: they are not what they were taken for.
    fn notes(self, unknown: &BTreeMap<&'static str, usize>, rows: usize) -> Vec<String> {
        let notes = self.0.into_iter().filter_map(|(column, (faults, first))| {
            let known = rows.saturating_sub(unknown.get(column.as_str()).copied().unwrap_or(0));
            let all = known + faults;
            let share = if known == 0 {
                format!("none of the {all} cells that say something")
            } else {
                format!("only {known} of the {all} cells that say something")
            };
            (faults * 10 >= all)
                .then(|| format!("{column}: {share} can be read; the first that cannot is {first}"))
        });
        notes.collect()
    }
}

/// An error about a column whose ids a spreadsheet has rounded.
fn rounded(path: &Path, column: &str) -> Error {
    Error::input(
        Place {
            file: path.to_owned(),
            line: None,
            column: Some(column.to_owned()),
        },
        "every id ends in noughts from its sixteenth digit on: a spreadsheet has rounded them, and which they were cannot be told",
    )
    .with_hint("export it again and open it with this column as text, or do not open it in a spreadsheet at all")
}

/// A record with the hash of its row and the faults of cells that it can do without; or why the row is none.
type RowOr<T> = std::result::Result<(T, u32, Vec<CellError>), CellError>;

/// Says of a file how it was read, where that could have been otherwise.
fn say_how(info: &mut InputInfo, reading: &Reading<'_>, unreadable: FaultyCells) {
    if reading.options.pseudonyms.is_some() {
        info.notes
            .iter_mut()
            .for_each(|note| *note = unquoted(note));
    }
    if info.rows == 0 {
        info.notes.push("holds no row".to_owned());
    }
    if let Some(date) = reading.binding.borrow().dated() {
        info.notes
            .push(format!("updated_at is taken from the file's name: {date}"));
    }
    if let Some(column) = reading.binding.borrow().untold {
        info.notes.push(format!(
            "{column} is unknown: the map takes it from the file's name, which holds no id of a video (expected a name such as VIDEO.json)"
        ));
    }
    info.notes.extend(reading.columns.notes());
    info.faulty = unreadable.counts();
    info.notes.extend(unreadable.notes(
        &reading.columns.unknown(),
        info.rows - info.rejected - info.left_out,
    ));
}

/// Reads a file, and gives how its numbers and dates are written.
fn read_file<T: Record>(
    reading: &Reading<'_>,
    options: &ReadOptions,
    rejects: &mut Rejects,
    keys: &mut KeySet,
    take: &mut Take<'_, T>,
    sources: &mut Sources,
) -> Result<Conventions> {
    let path = reading.path;
    let before = stamp(path);
    let rejected_before = rejects.count();
    let mut info = InputInfo::unread(path, T::TABLE);
    let distinct = reading.binding.borrow().map.distinct;
    let mut seen = reading.binding.borrow().constants();
    let quiet = |cell: CellError| match &options.pseudonyms {
        Some(_) => cell.unquoted(),
        None => cell,
    };
    let map = reading.binding.borrow().map.clone();
    let mut unreadable = FaultyCells::default();
    let mut visit = |line: u64, row: std::result::Result<&dyn Row, CellError>| -> Result<()> {
        info.rows += 1;
        if row.as_ref().is_ok_and(|row| !map.keeps(*row)) {
            info.left_out += 1;
            return Ok(());
        }
        let record = match row {
            Ok(row) => reading.record::<T>(line, row, reading.cells(row, &mut seen))?,
            Err(cell) => Err(cell),
        };
        let (record, hash, faults) = match record {
            Ok(record) => record,
            Err(cell) => return rejects.add(path, line, quiet(cell)),
        };
        for fault in faults {
            let fault = quiet(fault);
            unreadable.add(line, &fault);
            rejects.add_cell(path, line, fault)?;
        }
        let key = record.key().map(Cow::into_owned);
        let met = key
            .as_deref()
            .map_or(Met::New, |key| keys.insert(key, hash));
        let kept = take(record, met, !distinct)?;
        if met == Met::New {
            return Ok(());
        }
        if kept || distinct || met == Met::Again {
            info.repeated += 1;
            return Ok(());
        }
        let twice = CellError {
            column: T::REQUIRED[0].to_owned(),
            value: key.unwrap_or_default(),
            reason: "duplicate key: an earlier row has it with other values".to_owned(),
        };
        rejects.add(path, line, quiet(twice))
    };
    // The header settles the binding before the first row is read by it.
    let mut header = |line: u64, headers: &[String]| {
        reading
            .binding
            .borrow_mut()
            .settle::<T>(path, line, headers)
    };
    let notes = Notes::default();
    let mut each = |line: u64, row: std::result::Result<&dyn Row, CellError>| {
        map.each(row, &mut |row| visit(line, row))
    };
    let in_memory = reading.walk(&notes, &mut header, &mut each)?;
    if reading.format.get() == Some(Format::Json) {
        let lacking = T::REQUIRED.iter().find(|c| !seen.contains(*c));
        if let Some(column) = lacking.filter(|_| info.rows > 0) {
            let names = reading.names.borrow();
            return Err(reading.binding.borrow().lacking::<T>(path, column, &names));
        }
    } else {
        seen.extend(reading.binding.borrow().sources.iter().map(|s| s.0));
    }
    if let Some(column) = reading.columns.rounded_ids().filter(|_| !T::FOUND_BY_TEXT) {
        return Err(rounded(path, column));
    }
    info.rejected = rejects.count() - rejected_before;
    info.sha256 = in_memory.map_or_else(|| sha256(path), Ok)?;
    info.unknown = reading.columns.unknown();
    info.unknown.retain(|column, _| seen.contains(column));
    info.notes = notes.all();
    info.rows += notes.left_out();
    info.left_out += notes.left_out();
    say_how(&mut info, reading, unreadable);
    unchanged(path, before)?;
    info.columns.clone_from(&seen);
    sources.columns.extend(seen);
    sources.inputs.push(info);
    Ok(reading.columns.conventions())
}
