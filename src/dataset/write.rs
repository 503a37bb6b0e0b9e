//! Tables and documents into files, whole or not at all.

use crate::error::{Error, Result};
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression as ParquetCompression;
use parquet::file::properties::WriterProperties;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// Rows of a Parquet file that are held before they are written.
const BATCH: usize = 1 << 16;

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
    File(NamedTempFile, PathBuf),
    Stdout,
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
        let mut builder = tempfile::Builder::new();
        builder.prefix(".microfluence-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What other programs make; the process's umask still takes its part.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder
            .tempfile_in(folder)
            .map_err(|e| Error::io(path, e))?;
        let handle = file.as_file().try_clone().map_err(|e| Error::io(path, e))?;
        Ok((Self::File(file, path.to_owned()), Box::new(handle)))
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::File(file, path) => {
                file.as_file().sync_all().map_err(|e| Error::io(&path, e))?;
                file.persist(&path).map_err(|e| Error::io(&path, e.error))?;
                Ok(())
            }
            Self::Stdout => Ok(()),
        }
    }
}

/// Writes a document under a temporary name and renames it.
///
/// # Errors
/// Where it cannot be written; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let (target, mut out) = Target::open(path)?;
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|e| Error::io(path, e))?;
    drop(out);
    target.finish()
}

type Sink = Box<dyn Write + Send>;

enum Body {
    Csv(Box<csv::Writer<Sink>>),
    JsonLines(BufWriter<Sink>),
    Parquet {
        writer: Box<ArrowWriter<Sink>>,
        schema: Arc<Schema>,
        rows: Vec<Vec<Cell>>,
    },
}

/// A table that is being written row by row.
pub struct TableWriter {
    target: Target,
    body: Body,
    columns: Vec<Column>,
    path: PathBuf,
}

/// Format and whether it is packed, by the ending.
fn format_of(path: &Path) -> Result<(&'static str, bool)> {
    let name = path.to_string_lossy().to_lowercase();
    if name == "-" {
        return Ok(("csv", false));
    }
    let (plain, gzip) = name
        .strip_suffix(".gz")
        .map_or((name.as_str(), false), |plain| (plain, true));
    match plain.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "csv" => Ok(("csv", gzip)),
        "jsonl" => Ok(("jsonl", gzip)),
        "parquet" if !gzip => Ok(("parquet", false)),
        _ => Err(
            Error::usage(format!("{}: unknown ending of an output", path.display()))
                .with_hint("expected .csv, .jsonl, .csv.gz, .jsonl.gz or .parquet"),
        ),
    }
}

impl TableWriter {
    /// Whether a table can be written under this name.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown ending.
    pub fn check_ending(path: &Path) -> Result<()> {
        format_of(path).map(|_| ())
    }

    /// Begins a table; the format follows the ending, `-` is CSV on standard output.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown ending, [`Error::Io`] where nothing can be written.
    pub fn create(path: &Path, columns: &[Column]) -> Result<Self> {
        let (format, gzip) = format_of(path)?;
        let (target, sink) = Target::open(path)?;
        let sink: Sink = if gzip {
            Box::new(GzEncoder::new(BufWriter::new(sink), Compression::default()))
        } else {
            sink
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
            _ => parquet_body(path, columns, sink)?,
        };
        Ok(Self {
            target,
            body,
            columns: columns.to_vec(),
            path: path.to_owned(),
        })
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
        match &mut self.body {
            Body::Csv(writer) => writer
                .write_record(cells.iter().map(csv_cell))
                .map_err(|e| csv_error(&self.path, e)),
            Body::JsonLines(writer) => {
                let row: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(cells)
                    .map(|(column, cell)| (column.name.clone(), json_cell(cell)))
                    .collect();
                serde_json::to_writer(&mut *writer, &row)
                    .map_err(std::io::Error::from)
                    .and_then(|()| writer.write_all(b"\n"))
                    .map_err(|e| Error::io(&self.path, e))
            }
            Body::Parquet {
                writer,
                schema,
                rows,
            } => {
                rows.push(cells.to_vec());
                if rows.len() >= BATCH {
                    write_batch(&self.path, writer, schema, rows)?;
                }
                Ok(())
            }
        }
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
            Body::Parquet {
                mut writer,
                schema,
                mut rows,
            } => {
                write_batch(&path, &mut writer, &schema, &mut rows)?;
                writer
                    .close()
                    .map_err(|e| Error::io(&path, std::io::Error::other(e)))?;
            }
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

fn json_cell(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Text(text) => text.clone().into(),
        Cell::Int(n) => (*n).into(),
        Cell::Float(x) => (*x).into(),
        Cell::Bool(b) => (*b).into(),
        Cell::Empty => serde_json::Value::Null,
    }
}

fn parquet_body(path: &Path, columns: &[Column], sink: Sink) -> Result<Body> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                Kind::Text => DataType::Utf8,
                Kind::Int => DataType::Int64,
                Kind::Float => DataType::Float64,
                Kind::Bool => DataType::Boolean,
            };
            Field::new(&column.name, kind, true)
        })
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder()
        .set_compression(ParquetCompression::SNAPPY)
        .build();
    let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties))
        .map_err(|e| Error::io(path, std::io::Error::other(e)))?;
    Ok(Body::Parquet {
        writer: Box::new(writer),
        schema,
        rows: Vec::new(),
    })
}

fn write_batch(
    path: &Path,
    writer: &mut ArrowWriter<Sink>,
    schema: &Arc<Schema>,
    rows: &mut Vec<Vec<Cell>>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let arrays: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(i, field)| -> ArrayRef {
            match field.data_type() {
                DataType::Int64 => {
                    let mut builder = Int64Builder::new();
                    for row in rows.iter() {
                        builder.append_option(match row[i] {
                            Cell::Int(n) => Some(n),
                            _ => None,
                        });
                    }
                    Arc::new(builder.finish())
                }
                DataType::Float64 => {
                    let mut builder = Float64Builder::new();
                    for row in rows.iter() {
                        builder.append_option(match row[i] {
                            Cell::Float(x) if x.is_finite() => Some(x),
                            Cell::Int(n) => Some(n as f64),
                            _ => None,
                        });
                    }
                    Arc::new(builder.finish())
                }
                DataType::Boolean => {
                    let mut builder = BooleanBuilder::new();
                    for row in rows.iter() {
                        builder.append_option(match row[i] {
                            Cell::Bool(b) => Some(b),
                            _ => None,
                        });
                    }
                    Arc::new(builder.finish())
                }
                _ => {
                    let mut builder = StringBuilder::new();
                    for row in rows.iter() {
                        builder.append_option(match &row[i] {
                            Cell::Text(text) => Some(text.as_str()),
                            _ => None,
                        });
                    }
                    Arc::new(builder.finish())
                }
            }
        })
        .collect();
    rows.clear();
    RecordBatch::try_new(Arc::clone(schema), arrays)
        .map_err(|e| e.to_string())
        .and_then(|batch| writer.write(&batch).map_err(|e| e.to_string()))
        .map_err(|e| Error::io(path, std::io::Error::other(e)))
}

#[cfg(test)]
mod tests {
    use super::{Cell, csv_cell};

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
