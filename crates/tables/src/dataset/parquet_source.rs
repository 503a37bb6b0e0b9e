//! Parquet files to rows, one row group's pages at a time.

use super::parquet_headers::{check_footer, check_pages};
use super::read::{Row, Visit};
use crate::error::{Error, Place, Result, contained};
use jiff::Timestamp;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::column::page::Page;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, Row as Record};
use parquet::schema::types::Type;
use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

/// A top-level column.
struct Column {
    name: String,
    /// The record reader gives nanoseconds as plain integers, which nobody could tell from counts.
    nanoseconds: bool,
}

struct ParquetRow<'a> {
    columns: &'a [Column],
    record: &'a Record,
    id: &'a dyn Fn() -> String,
}

impl Row for ParquetRow<'_> {
    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        if source == "@row" {
            return Some(Cow::Owned((self.id)()));
        }
        let at = self.columns.iter().position(|c| c.name == source)?;
        let (_, field) = self.record.get_column_iter().nth(at)?;
        match field {
            Field::Long(n) if self.columns[at].nanoseconds => {
                Timestamp::from_nanosecond(i128::from(*n))
                    .ok()
                    .map(|time| print(&time))
            }
            field => text(field),
        }
    }
}

/// Reads a file row by row; `columns` is called once with the columns' names.
pub(super) fn read(
    path: &Path,
    columns: &mut dyn FnMut(&[String]) -> Result<()>,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let file = File::open(path).map_err(|e| super::bytes::cannot_read(path, &e))?;
    let broken = |e: parquet::errors::ParquetError| {
        let message = e.to_string();
        let error = Error::input(
            Place::file(path),
            format!("cannot be read as Parquet: {message}"),
        );
        let lower = message.to_lowercase();
        if lower.contains("zstd") || lower.contains("brotli") {
            error.with_hint("write it with another compression, such as snappy or gzip")
        } else {
            error
        }
    };
    // The library panics over some metadata that contradicts itself.
    let lies = |panic: String| {
        Error::input(
            Place::file(path),
            format!("cannot be read as Parquet: {panic}"),
        )
    };
    let reader = contained(|| {
        let headers = file.try_clone()?;
        check_footer(&headers)?;
        let reader = SerializedFileReader::new(file)?;
        check_pages(&headers, &reader)?;
        Ok(reader)
    })
    .map_err(lies)?
    .map_err(broken)?;
    contained(|| check_dictionaries(&reader))
        .map_err(lies)?
        .map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema();
    let of_file: Vec<Column> = schema
        .get_fields()
        .iter()
        .map(|field| Column {
            name: field.name().trim().to_owned(),
            nanoseconds: is_nanoseconds(field),
        })
        .collect();
    let names: Vec<String> = of_file.iter().map(|c| c.name.clone()).collect();
    columns(&names)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut line = 0;
    let mut records = contained(|| reader.into_iter()).map_err(lies)?;
    while let Some(record) = contained(|| records.next()).map_err(lies)? {
        let record = record.map_err(broken)?;
        line += 1;
        let id = || format!("{stem}:{line}");
        visit(
            line,
            Ok(&ParquetRow {
                columns: &of_file,
                record: &record,
                id: &id,
            }),
        )?;
    }
    Ok(())
}

/// The library makes room for as many values as a dictionary claims to have, before it looks at what is there: a few
/// bytes could ask for all memory, and end the process.
fn check_dictionaries(reader: &SerializedFileReader<File>) -> parquet::errors::Result<()> {
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        for column in 0..group.num_columns() {
            let mut pages = group.get_column_page_reader(column)?;
            while let Some(next) = pages.peek_next_page()? {
                if !next.is_dict {
                    pages.skip_next_page()?;
                    continue;
                }
                // A second dictionary the library refuses itself.
                if let Some(Page::DictionaryPage {
                    buf, num_values, ..
                }) = pages.get_next_page()?
                    && num_values as usize > buf.len()
                {
                    return Err(ParquetError::General(format!(
                        "a dictionary of {} bytes claims {num_values} values",
                        buf.len()
                    )));
                }
                break;
            }
        }
    }
    Ok(())
}

fn is_nanoseconds(field: &Type) -> bool {
    matches!(
        field.get_basic_info().logical_type_ref(),
        Some(LogicalType::Timestamp(t)) if matches!(t.unit, TimeUnit::NANOS)
    )
}

fn print<'a>(value: &impl ToString) -> Cow<'a, str> {
    Cow::Owned(value.to_string())
}

/// A cell as a CSV would print it; `None` for null and for what has no such print.
fn text(field: &Field) -> Option<Cow<'_, str>> {
    let time =
        |time: std::result::Result<Timestamp, jiff::Error>| time.ok().map(|time| print(&time));
    match field {
        Field::Str(text) => Some(Cow::Borrowed(text)),
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).ok().map(Cow::Borrowed),
        Field::Bool(b) => Some(print(b)),
        Field::Byte(n) => Some(print(n)),
        Field::Short(n) => Some(print(n)),
        Field::Int(n) => Some(print(n)),
        Field::Long(n) => Some(print(n)),
        Field::UByte(n) => Some(print(n)),
        Field::UShort(n) => Some(print(n)),
        Field::UInt(n) => Some(print(n)),
        Field::ULong(n) => Some(print(n)),
        Field::Float(x) => Some(print(x)),
        Field::Double(x) => Some(print(x)),
        Field::Date(days) => time(Timestamp::from_second(i64::from(*days) * 86_400)),
        Field::TimestampMillis(ms) => time(Timestamp::from_millisecond(*ms)),
        Field::TimestampMicros(us) => time(Timestamp::from_microsecond(*us)),
        // Decimals print as numbers do.
        Field::Decimal(_) => Some(print(field)),
        Field::ListInternal(list) => {
            let items: Vec<Cow<'_, str>> = list.elements().iter().filter_map(text).collect();
            Some(Cow::Owned(items.join(" ")))
        }
        _ => None,
    }
}
