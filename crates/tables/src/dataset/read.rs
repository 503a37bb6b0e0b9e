//! Whole tables out of one or several files.

use super::bytes::{Format, format_of};
use super::cells::{CellError, Cells};
use super::map::{ColumnMap, TableMap, built_in_maps};
use super::memory::{self, MemoryTables, memory_name};
use super::records::Record;
use super::rejects::Rejects;
use super::seen::Seen;
use super::{Pseudonyms, csv_source, json_source, parquet_source};
use crate::error::{Error, Place, Result};
use crate::hash::file_sha256;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// One row of a file, by the export's names.
pub(super) trait Row {
    fn get(&self, source: &str) -> Option<Cow<'_, str>>;
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
    /// Where inputs named `memory:…` are.
    pub memory: Option<Arc<dyn MemoryTables>>,
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
        if pattern == "-" || memory_name(path).is_some() || path.exists() {
            files.push(path.to_owned());
            continue;
        }
        if !pattern.contains(['*', '?', '[']) {
            return Err(Error::input(Place::file(path), "no such file"));
        }
        let matches = glob::glob(pattern)
            .map_err(|e| Error::usage(format!("{pattern:?} is no pattern: {e}")))?;
        let before = files.len();
        files.extend(matches.flatten().filter(|p| p.is_file()));
        if files.len() == before {
            return Err(Error::input(Place::file(path), "no file matches"));
        }
    }
    Ok(files)
}

fn time_zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        Error::usage(format!("{name:?} is not a time zone"))
            .with_hint("expected a name such as Europe/Berlin, America/New_York or UTC")
    })
}

/// Where each of a table's columns comes from in the export.
struct Plan {
    map: TableMap,
    /// This program's column and the export's; fixed once the header is known.
    sources: Vec<(&'static str, String)>,
    mapped: bool,
    /// Of times that name none.
    zone: Option<TimeZone>,
}

impl Plan {
    fn new<T: Record>(options: &ReadOptions) -> Result<Self> {
        let known = || T::REQUIRED.iter().chain(T::OPTIONAL).copied();
        let map = options.maps.iter().find_map(|m| m.table(T::TABLE));
        let named = map.and_then(|m| m.time_zone.as_deref());
        let zone = named
            .or(options.time_zone.as_deref())
            .map(time_zone)
            .transpose()?;
        Ok(match map {
            Some(map) => Self {
                zone,
                sources: known()
                    .filter_map(|c| map.columns.get(c).map(|s| (c, s.clone())))
                    .collect(),
                map: map.clone(),
                mapped: true,
            },
            None => Self {
                zone,
                map: TableMap::default(),
                sources: known()
                    .map(|c| {
                        let alias = T::ALIASES.iter().find(|(column, _)| *column == c);
                        (
                            c,
                            alias.map_or_else(|| c.to_owned(), |(_, names)| format!("{c}|{names}")),
                        )
                    })
                    .collect(),
                mapped: false,
            },
        })
    }

    /// Settles the sources against a header: exact names, else whatever their case.
    fn settle<T: Record>(&mut self, path: &Path, headers: &[String]) -> Result<()> {
        let mut settled = Vec::new();
        for (column, source) in &self.sources {
            let found = source.split('|').find_map(|wanted| {
                if wanted == "@row" {
                    return Some(wanted.to_owned());
                }
                headers
                    .iter()
                    .find(|h| *h == wanted)
                    .or_else(|| headers.iter().find(|h| h.eq_ignore_ascii_case(wanted)))
                    .cloned()
            });
            if let Some(found) = found {
                settled.push((*column, found));
            } else if T::REQUIRED.contains(column) && !self.map.constants.contains_key(*column) {
                return Err(self.missing::<T>(path, column, source, Some(headers)));
            }
        }
        self.sources = settled;
        Ok(())
    }

    fn missing<T: Record>(
        &self,
        path: &Path,
        column: &str,
        source: &str,
        headers: Option<&[String]>,
    ) -> Error {
        let shown = if self.mapped { source } else { column };
        let mut message = format!("the table {} needs the column {shown:?}", T::TABLE);
        if self.mapped && source != column {
            message = format!("{message} (mapped to {column})");
        }
        let Some(headers) = headers else {
            return Error::input(Place::file(path), format!("{message}, no record has it"))
                .with_hint("--map names an export's columns; see `microfluence maps`");
        };
        let shown: Vec<&str> = headers.iter().take(30).map(String::as_str).collect();
        let fitting = built_in_maps().into_iter().find(|map| {
            map.table(T::TABLE).is_some_and(|section| {
                T::REQUIRED.iter().all(|c| {
                    section.constants.contains_key(*c)
                        || section
                            .columns
                            .get(*c)
                            .is_some_and(|s| s == "@row" || headers.contains(s))
                })
            })
        });
        let hint = fitting.map_or_else(
            || "--map names an export's columns; see `microfluence maps`".to_owned(),
            |map| format!("the columns fit --map {}", map.name),
        );
        Error::input(
            Place {
                file: path.to_owned(),
                line: Some(1),
                column: None,
            },
            format!("{message}; found {}", shown.join(", ")),
        )
        .with_hint(hint)
    }

    fn cells(&self, row: &dyn Row, seen: &mut BTreeSet<&'static str>) -> Cells {
        let mut cells = Cells::in_zone(self.zone.clone());
        for (column, source) in &self.sources {
            if let Some(text) = row.get(source) {
                seen.insert(column);
                let meant = self
                    .map
                    .values
                    .get(*column)
                    .and_then(|v| v.get(text.trim()));
                cells.set(column, meant.cloned().unwrap_or_else(|| text.into_owned()));
            }
        }
        cells
    }
}

/// Empty for standard input, which cannot be read again.
fn sha256(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return Ok(String::new());
    }
    file_sha256(path)
}

/// Length and time of a file, by which it is known that nobody wrote to it; `None` for what is no file.
fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
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
    let Sources { columns, inputs } = read_rows(files, options, rejects, &mut |row| {
        rows.push(row);
        Ok(())
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
    let mut sources = Sources::default();
    let mut keys = Seen::default();
    for path in files {
        read_file(path, options, rejects, &mut keys, take, &mut sources)?;
    }
    Ok(sources)
}

/// A record of a row's cells, with people hidden where that is wanted.
fn record_of<T: Record>(
    mut cells: Cells,
    pseudonyms: Option<&Pseudonyms>,
) -> std::result::Result<T, CellError> {
    if let Some(column) = cells.longer_than(LONGEST_CELL) {
        return Err(cells.error(column, "is longer than 1 MiB"));
    }
    if let Some(pseudonyms) = pseudonyms {
        cells.hide(pseudonyms);
    }
    T::from_cells(&cells)
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

fn read_file<T: Record>(
    path: &Path,
    options: &ReadOptions,
    rejects: &mut Rejects,
    keys: &mut Seen,
    take: &mut dyn FnMut(T) -> Result<()>,
    sources: &mut Sources,
) -> Result<()> {
    let (format, packing) = format_of(path).ok_or_else(|| {
        Error::input(Place::file(path), "unknown ending").with_hint(
            "expected .csv, .tsv, .jsonl, .json or .parquet; the first four also with .gz or .zst",
        )
    })?;
    let mut plan = Plan::new::<T>(options)?;
    let constants: Vec<(&'static str, String)> = T::REQUIRED
        .iter()
        .chain(T::OPTIONAL)
        .filter_map(|c| plan.map.constants.get(*c).map(|v| (*c, v.clone())))
        .collect();
    let before = stamp(path);
    let rejected_before = rejects.count();
    let mut info = InputInfo::unread(path, T::TABLE);
    let mut seen: BTreeSet<&'static str> = constants.iter().map(|c| c.0).collect();
    let mut visit_with =
        |plan: &Plan, line: u64, row: std::result::Result<&dyn Row, CellError>| -> Result<()> {
            info.rows += 1;
            let record = row.and_then(|row| {
                let mut cells = plan.cells(row, &mut seen);
                for (column, value) in &constants {
                    cells.set(column, value.clone());
                }
                record_of::<T>(cells, options.pseudonyms.as_deref())
            });
            let quiet = |cell: CellError| match &options.pseudonyms {
                Some(_) => cell.unquoted(),
                None => cell,
            };
            match record {
                Ok(record) => {
                    if let Some(key) = record.key().filter(|key| !keys.insert(key)) {
                        if plan.map.distinct {
                            info.repeated += 1;
                            return Ok(());
                        }
                        let twice = CellError {
                            column: T::REQUIRED[0].to_owned(),
                            value: key.to_owned(),
                            reason: "stands in an earlier row too".to_owned(),
                        };
                        return rejects.add(path, line, quiet(twice));
                    }
                    take(record)
                }
                Err(cell) => rejects.add(path, line, quiet(cell)),
            }
        };
    let mut in_memory = None;
    match format {
        Format::Csv | Format::Parquet | Format::Memory => {
            // The header settles the plan before the first row is read by it.
            let settled = std::cell::RefCell::new(plan);
            let mut columns = |headers: &[String]| settled.borrow_mut().settle::<T>(path, headers);
            let mut visit = |line, row: std::result::Result<&dyn Row, CellError>| {
                visit_with(&settled.borrow(), line, row)
            };
            match format {
                Format::Csv => csv_source::read(path, packing, &mut columns, &mut visit)?,
                Format::Memory => {
                    let tables = options.memory.as_deref();
                    in_memory = Some(memory::read(path, tables, &mut columns, &mut visit)?);
                }
                _ => parquet_source::read(path, &mut columns, &mut visit)?,
            }
            let plan = settled.into_inner();
            seen.extend(plan.sources.iter().map(|s| s.0));
        }
        Format::JsonLines | Format::Json => {
            let mut visit =
                |line, row: std::result::Result<&dyn Row, CellError>| visit_with(&plan, line, row);
            if format == Format::JsonLines {
                json_source::read_lines(path, packing, &plan.map, &mut visit)?;
            } else {
                json_source::read_document(path, packing, &plan.map, &mut visit)?;
            }
            let lacking = T::REQUIRED.iter().find(|c| !seen.contains(*c));
            if let Some(column) = lacking.filter(|_| info.rows > 0) {
                let source = plan
                    .sources
                    .iter()
                    .find(|s| s.0 == *column)
                    .map_or(*column, |s| s.1.as_str())
                    .to_owned();
                plan.sources.clear();
                return Err(plan.missing::<T>(path, column, &source, None));
            }
        }
    }
    if info.rows == 0 {
        return Err(Error::input(Place::file(path), "holds no row"));
    }
    info.rejected = rejects.count() - rejected_before;
    info.sha256 = in_memory.map_or_else(|| sha256(path), Ok)?;
    unchanged(path, before)?;
    sources.columns.extend(seen);
    sources.inputs.push(info);
    Ok(())
}
