//! Tables and documents into files, whole or not at all.

use super::Pseudonyms;
use super::detect::Packing;
use super::memory::{MemorySink, memory_name};
use super::parquet_sink::ParquetSink;
use super::xlsx_sink::{XlsxSink, failed};
use super::zstd::ZstdWriter;
use crate::error::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::NamedTempFile;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Int,
    /// Numbers.
    Float,
    /// Yes or no.
    Bool,
}

/// A column of an output table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column.
    #[must_use]
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
        }
    }
}

/// A cell of an output table; a float that is not finite is written as empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// No value.
    Empty,
}

impl Cell {
    /// The cell as JSON prints it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Int(n) => (*n).into(),
            Self::Float(x) => (*x).into(),
            Self::Bool(b) => (*b).into(),
            Self::Empty => serde_json::Value::Null,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            Self::Float(value)
        } else {
            Self::Empty
        }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A file in the making: a temporary one beside its place, or standard output.
enum Target {
    File(NamedTempFile, PathBuf, Unfinished),
    Stdout,
    Memory,
}

/// Temporary files of this process that are being written.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has begun to write and not finished: for a program that is told to stop. Nothing is
/// finished after that, for the files are gone.
pub fn remove_unfinished() {
    for path in std::mem::take(&mut *unfinished()) {
        // There is nobody left to tell.
        let _ = std::fs::remove_file(path);
    }
}

/// What the names of temporary files begin with.
const TEMPORARY: &str = ".microfluence-";
/// A younger temporary file may be one that another process is about to lock.
const SETTLED: Duration = Duration::from_secs(10);

/// Removes what a process that was killed has left in a folder. A file that is being written is locked by who writes
/// it, and the system takes the lock back however that process ends.
fn remove_dead(folder: &Path) {
    static LOOKED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut looked = LOOKED.lock().unwrap_or_else(PoisonError::into_inner);
    if !looked.insert(folder.to_owned()) {
        return;
    }
    // What cannot be looked at or removed does no harm but to take room.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        let settled = || {
            let modified = entry.metadata().and_then(|m| m.modified()).ok()?;
            Some(modified.elapsed().ok()? > SETTLED)
        };
        if ours
            && settled() == Some(true)
            && let Ok(file) = File::options().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// An entry of [`UNFINISHED`].
struct Unfinished(PathBuf);

impl Unfinished {
    fn new(path: &Path) -> Self {
        unfinished().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

impl Target {
    fn open(path: &Path) -> Result<(Self, Box<dyn Write + Send>)> {
        if path == Path::new("-") {
            return Ok((Self::Stdout, Box::new(std::io::stdout())));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        remove_dead(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What other programs make; the process's umask still takes its part.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder
            .tempfile_in(folder)
            .map_err(|e| Error::io(path, e))?;
        // Where there are no locks, none tells the dead from the living, and none is removed.
        let _ = file.as_file().try_lock();
        let listed = Unfinished::new(file.path());
        let handle = file.as_file().try_clone().map_err(|e| Error::io(path, e))?;
        Ok((Self::File(file, path.to_owned(), listed), Box::new(handle)))
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::File(file, path, _listed) => {
                file.as_file().sync_all().map_err(|e| Error::io(&path, e))?;
                file.persist(&path).map_err(|e| Error::io(&path, e.error))?;
                Ok(())
            }
            Self::Stdout | Self::Memory => Ok(()),
        }
    }
}

/// Writes a document under a temporary name and renames it.
///
/// # Errors
/// Where it cannot be written; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomically_by(path, |out| out.write_all(bytes))
}

/// The same for what `fill` writes piece by piece.
///
/// # Errors
/// Where it cannot be written; nothing is left behind then.
pub fn write_atomically_by(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<()> {
    let (target, mut out) = Target::open(path)?;
    fill(&mut out)
        .and_then(|()| out.flush())
        .map_err(|e| Error::io(path, e))?;
    drop(out);
    target.finish()
}

/// Where bytes go.
pub(super) type Sink = Box<dyn Write + Send>;

enum Body {
    Csv(Box<csv::Writer<Sink>>),
    JsonLines(BufWriter<Sink>),
    Parquet(Box<ParquetSink>),
    Xlsx(Box<XlsxSink>, Sink),
    Memory(Box<dyn MemorySink>),
}

/// A table that is being written row by row.
pub struct TableWriter {
    target: Target,
    body: Body,
    columns: Vec<Column>,
    path: PathBuf,
    pseudonyms: Option<Arc<Pseudonyms>>,
}

/// Format and packing, by the ending.
fn format_of(path: &Path) -> Result<(&'static str, Packing)> {
    let name = path.to_string_lossy().to_lowercase();
    if name == "-" {
        return Ok(("csv", Packing::Plain));
    }
    let (plain, packing) = if let Some(plain) = name.strip_suffix(".gz") {
        (plain, Packing::Gzip)
    } else if let Some(plain) = name.strip_suffix(".zst") {
        (plain, Packing::Zstd)
    } else {
        (name.as_str(), Packing::Plain)
    };
    match plain.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "csv" => Ok(("csv", packing)),
        "jsonl" => Ok(("jsonl", packing)),
        "parquet" if packing == Packing::Plain => Ok(("parquet", packing)),
        "xlsx" if packing == Packing::Plain => Ok(("xlsx", packing)),
        _ => Err(Error::usage(format!(
            "{}: unsupported extension of an output",
            path.display()
        ))
        .with_hint(
            "expected .csv, .jsonl, .parquet or .xlsx; the first two also with .gz or .zst",
        )),
    }
}

impl TableWriter {
    /// Whether a table can be written under this name.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown ending.
    pub fn check_ending(path: &Path) -> Result<()> {
        if memory_name(path).is_some() {
            return Ok(());
        }
        format_of(path).map(|_| ())
    }

    /// Begins a table; the format follows the ending, `-` is CSV on standard output.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown ending, [`Error::Io`] where nothing can be written.
    pub fn create(path: &Path, columns: &[Column]) -> Result<Self> {
        let (format, packing) = format_of(path)?;
        let (target, sink) = Target::open(path)?;
        let sink: Sink = match packing {
            Packing::Plain => sink,
            Packing::Gzip => Box::new(GzEncoder::new(BufWriter::new(sink), Compression::default())),
            Packing::Zstd => Box::new(ZstdWriter::new(BufWriter::new(sink))),
        };
        let body = match format {
            "csv" => {
                let mut writer = csv::Writer::from_writer(sink);
                writer
                    .write_record(columns.iter().map(|c| c.name.as_str()))
                    .map_err(|e| csv_error(path, e))?;
                Body::Csv(Box::new(writer))
            }
            "jsonl" => Body::JsonLines(BufWriter::new(sink)),
            "xlsx" => {
                let table = XlsxSink::new(columns).map_err(|e| failed(path, &e))?;
                Body::Xlsx(Box::new(table), sink)
            }
            _ => {
                let sink = ParquetSink::new(columns, sink).map_err(|e| parquet_error(path, e))?;
                Body::Parquet(Box::new(sink))
            }
        };
        Ok(Self {
            target,
            body,
            columns: columns.to_vec(),
            path: path.to_owned(),
            pseudonyms: None,
        })
    }

    /// Begins a table in memory.
    #[must_use]
    pub fn in_memory(sink: Box<dyn MemorySink>, name: &Path, columns: &[Column]) -> Self {
        Self {
            target: Target::Memory,
            body: Body::Memory(sink),
            columns: columns.to_vec(),
            path: name.to_owned(),
            pseudonyms: None,
        }
    }

    /// The same table, written without ids, handles and addresses of people.
    #[must_use]
    pub fn hiding(mut self, pseudonyms: Option<Arc<Pseudonyms>>) -> Self {
        self.pseudonyms = pseudonyms;
        self
    }

    /// Appends a row: one cell per column, in their order.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&mut self, cells: &[Cell]) -> Result<()> {
        if cells.len() != self.columns.len() {
            return Err(Error::Internal(format!(
                "a row of {} cells for {} columns",
                cells.len(),
                self.columns.len()
            )));
        }
        let hidden: Vec<Cell>;
        let cells = match &self.pseudonyms {
            None => cells,
            Some(pseudonyms) => {
                let columns = self.columns.iter();
                hidden = columns
                    .zip(cells)
                    .map(|(column, cell)| match cell {
                        Cell::Text(text) => {
                            Cell::Text(pseudonyms.shown(&column.name, text).into_owned())
                        }
                        other => other.clone(),
                    })
                    .collect();
                &hidden
            }
        };
        match &mut self.body {
            Body::Csv(writer) => writer
                .write_record(cells.iter().map(csv_cell))
                .map_err(|e| csv_error(&self.path, e)),
            Body::JsonLines(writer) => {
                let row: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(cells)
                    .map(|(column, cell)| (column.name.clone(), Cell::to_json(cell)))
                    .collect();
                serde_json::to_writer(&mut *writer, &row)
                    .map_err(std::io::Error::from)
                    .and_then(|()| writer.write_all(b"\n"))
                    .map_err(|e| Error::io(&self.path, e))
            }
            Body::Parquet(sink) => sink.write(cells).map_err(|e| parquet_error(&self.path, e)),
            Body::Xlsx(table, _) => table.write(&self.path, cells),
            Body::Memory(sink) => sink.write(cells),
        }
    }

    /// Gives the file another name at the end than it was begun under.
    #[must_use]
    pub fn named(mut self, path: &Path) -> Self {
        if let Target::File(_, place, _) = &mut self.target {
            path.clone_into(place);
        }
        self
    }

    /// Ends the table and gives the file its name.
    ///
    /// # Errors
    /// Where it cannot be written; nothing is left under the final name then.
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        match self.body {
            Body::Csv(writer) => {
                let mut sink = writer
                    .into_inner()
                    .map_err(|e| Error::io(&path, e.into_error()))?;
                sink.flush().map_err(|e| Error::io(&path, e))?;
            }
            Body::JsonLines(writer) => {
                let mut sink = writer
                    .into_inner()
                    .map_err(|e| Error::io(&path, e.into_error()))?;
                sink.flush().map_err(|e| Error::io(&path, e))?;
            }
            Body::Parquet(sink) => sink.finish().map_err(|e| parquet_error(&path, e))?,
            Body::Xlsx(table, mut sink) => {
                let bytes = table.finish().map_err(|e| failed(&path, &e))?;
                sink.write_all(&bytes)
                    .and_then(|()| sink.flush())
                    .map_err(|e| Error::io(&path, e))?;
            }
            Body::Memory(sink) => sink.finish()?,
        }
        self.target.finish()
    }
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    Error::io(path, std::io::Error::other(error))
}

/// A cell as text. Text that a spreadsheet would run as a formula is led by an apostrophe; a
/// leading minus stays where the rest could be an id or a number.
fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => {
            let harmless = |rest: &str| {
                rest.chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
            };
            let runs = match text.chars().next() {
                Some('=' | '@' | '+' | '\t' | '\r') => true,
                Some('-') => !harmless(&text[1..]),
                _ => false,
            };
            if runs {
                format!("'{text}")
            } else {
                text.clone()
            }
        }
        Cell::Int(n) => n.to_string(),
        Cell::Float(x) if x.is_finite() => x.to_string(),
        Cell::Bool(b) => b.to_string(),
        Cell::Float(_) | Cell::Empty => String::new(),
    }
}

fn parquet_error(path: &Path, error: parquet::errors::ParquetError) -> Error {
    Error::io(path, std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::{Cell, SETTLED, csv_cell, remove_dead};
    use std::fs::File;
    use std::time::SystemTime;

    #[test]
    fn what_a_dead_process_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - 2 * SETTLED;
        let make = |name: &str, at: SystemTime| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(at).unwrap();
            file
        };
        drop(make(".microfluence-dead", old));
        drop(make("ranking.csv", old));
        drop(make(".microfluence-young", SystemTime::now()));
        let living = make(".microfluence-living", old);
        living.lock().unwrap();
        remove_dead(folder.path());
        let mut left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [".microfluence-living", ".microfluence-young", "ranking.csv"]
        );
    }

    #[test]
    fn formulas_are_not_run_and_ids_stay_whole() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+cmd|' /C calc'!A0", "'-2+cmd|' /C calc'!A0"),
            ("-aB_3x", "-aB_3x"),
            ("plain", "plain"),
        ] {
            assert_eq!(csv_cell(&Cell::Text(text.into())), expected);
        }
        assert_eq!(csv_cell(&Cell::Float(f64::NAN)), "");
    }
}
