//! Parquet, batch by batch.

use super::read::{Row, Visit};
use crate::error::{Error, Place, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

/// Rows that are held at a time.
const BATCH: usize = 8192;

struct ParquetRow<'a> {
    headers: &'a [String],
    batch: &'a RecordBatch,
    row: usize,
    id: &'a dyn Fn() -> String,
}

impl Row for ParquetRow<'_> {
    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        if source == "@row" {
            return Some(Cow::Owned((self.id)()));
        }
        let at = self.headers.iter().position(|h| h == source)?;
        text(self.batch.column(at), self.row)
    }
}

/// Reads a file row by row; `columns` is called once with the columns' names.
pub(super) fn read(
    path: &Path,
    columns: &mut dyn FnMut(&[String]) -> Result<()>,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let file = File::open(path).map_err(|e| super::bytes::cannot_read(path, &e))?;
    let broken = |e: String| {
        let error = Error::input(Place::file(path), format!("cannot be read as Parquet: {e}"));
        if e.to_lowercase().contains("zstd") {
            error.with_hint("write it with another compression, such as snappy")
        } else {
            error
        }
    };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| broken(e.to_string()))?;
    let headers: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().trim().to_owned())
        .collect();
    columns(&headers)?;
    let reader = builder
        .with_batch_size(BATCH)
        .build()
        .map_err(|e| broken(e.to_string()))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut line = 0;
    for batch in reader {
        let batch = batch.map_err(|e| broken(e.to_string()))?;
        for row in 0..batch.num_rows() {
            line += 1;
            let id = || format!("{stem}:{line}");
            visit(
                line,
                Ok(&ParquetRow {
                    headers: &headers,
                    batch: &batch,
                    row,
                    id: &id,
                }),
            )?;
        }
    }
    Ok(())
}

/// A cell as a CSV would print it; `None` for null and for what has no such print.
fn text(array: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    if array.is_null(row) {
        return None;
    }
    macro_rules! number {
        ($kind:ty) => {
            Some(Cow::Owned(
                array.as_primitive::<$kind>().value(row).to_string(),
            ))
        };
    }
    let time = |time: std::result::Result<Timestamp, jiff::Error>| {
        time.ok().map(|t| Cow::Owned(t.to_string()))
    };
    match array.data_type() {
        DataType::Utf8 => Some(Cow::Borrowed(array.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => Some(Cow::Borrowed(array.as_string::<i64>().value(row))),
        DataType::Utf8View => Some(Cow::Borrowed(array.as_string_view().value(row))),
        DataType::Boolean => Some(Cow::Owned(array.as_boolean().value(row).to_string())),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => number!(Float32Type),
        DataType::Float64 => number!(Float64Type),
        DataType::Date32 => {
            let days = i64::from(array.as_primitive::<Date32Type>().value(row));
            time(Timestamp::from_second(days * 86_400))
        }
        DataType::Timestamp(unit, _) => time(match unit {
            TimeUnit::Second => {
                Timestamp::from_second(array.as_primitive::<TimestampSecondType>().value(row))
            }
            TimeUnit::Millisecond => Timestamp::from_millisecond(
                array.as_primitive::<TimestampMillisecondType>().value(row),
            ),
            TimeUnit::Microsecond => Timestamp::from_microsecond(
                array.as_primitive::<TimestampMicrosecondType>().value(row),
            ),
            TimeUnit::Nanosecond => Timestamp::from_nanosecond(i128::from(
                array.as_primitive::<TimestampNanosecondType>().value(row),
            )),
        }),
        DataType::List(_) => Some(list(&array.as_list::<i32>().value(row))),
        DataType::LargeList(_) => Some(list(&array.as_list::<i64>().value(row))),
        _ => None,
    }
}

/// A list's items, joined by blanks.
fn list(items: &dyn Array) -> Cow<'static, str> {
    Cow::Owned(
        (0..items.len())
            .filter_map(|i| text(items, i).map(Cow::into_owned))
            .collect::<Vec<_>>()
            .join(" "),
    )
}
