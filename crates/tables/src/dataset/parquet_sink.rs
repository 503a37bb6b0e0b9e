//! Rows to a Parquet file.

use super::write::{Cell, Column, Kind, Sink};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::sync::Arc;

/// Rows of a group: they are held in memory until it is written.
const GROUP: usize = 1 << 16;

/// A Parquet file in the making.
pub(super) struct ParquetSink {
    writer: SerializedFileWriter<Sink>,
    kinds: Vec<Kind>,
    rows: Vec<Vec<Cell>>,
}

impl ParquetSink {
    pub(super) fn new(columns: &[Column], sink: Sink) -> Result<Self> {
        let fields = columns
            .iter()
            .map(|column| {
                let (physical, converted) = match column.kind {
                    Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
                    Kind::Int => (Physical::INT64, ConvertedType::NONE),
                    Kind::Float => (Physical::DOUBLE, ConvertedType::NONE),
                    Kind::Bool => (Physical::BOOLEAN, ConvertedType::NONE),
                };
                Type::primitive_type_builder(&column.name, physical)
                    .with_repetition(Repetition::OPTIONAL)
                    .with_converted_type(converted)
                    .build()
                    .map(Arc::new)
            })
            .collect::<Result<Vec<_>>>()?;
        let schema = Type::group_type_builder("table")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))?,
            kinds: columns.iter().map(|c| c.kind).collect(),
            rows: Vec::new(),
        })
    }

    pub(super) fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows.push(cells.to_vec());
        if self.rows.len() == GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        self.writer.close().map(|_| ())
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        let mut at = 0;
        while let Some(mut column) = group.next_column()? {
            let cells = self.rows.iter().map(|row| &row[at]);
            match (column.untyped(), self.kinds[at]) {
                (ColumnWriter::ByteArrayColumnWriter(writer), Kind::Text) => {
                    let (values, levels) = present(cells, |cell| match cell {
                        Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                        _ => None,
                    });
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                (ColumnWriter::Int64ColumnWriter(writer), Kind::Int) => {
                    let (values, levels) = present(cells, |cell| match cell {
                        Cell::Int(n) => Some(*n),
                        _ => None,
                    });
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                (ColumnWriter::DoubleColumnWriter(writer), Kind::Float) => {
                    let (values, levels) = present(cells, |cell| match cell {
                        Cell::Float(x) if x.is_finite() => Some(*x),
                        Cell::Int(n) => Some(*n as f64),
                        _ => None,
                    });
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                (ColumnWriter::BoolColumnWriter(writer), Kind::Bool) => {
                    let (values, levels) = present(cells, |cell| match cell {
                        Cell::Bool(b) => Some(*b),
                        _ => None,
                    });
                    writer.write_batch(&values, Some(&levels), None)?;
                }
                _ => {
                    return Err(ParquetError::General(
                        "a column of another type than its schema's".to_owned(),
                    ));
                }
            }
            column.close()?;
            at += 1;
        }
        group.close()?;
        self.rows.clear();
        Ok(())
    }
}

/// The values that are there, and for every row whether one is (definition level 1) or not.
fn present<'a, T>(
    cells: impl Iterator<Item = &'a Cell>,
    value: impl Fn(&Cell) -> Option<T>,
) -> (Vec<T>, Vec<i16>) {
    let mut values = Vec::new();
    let levels = cells
        .map(|cell| match value(cell) {
            Some(value) => {
                values.push(value);
                1
            }
            None => 0,
        })
        .collect();
    (values, levels)
}
