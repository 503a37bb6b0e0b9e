//! Arrow's columns as the cells that the library reads, and the library's cells as columns.

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, RecordBatch};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow_select::filter::filter_record_batch;
use jiff::Timestamp;
use microfluence::dataset::{Cell, Column, Kind, MemoryRow, MemoryTable};
use microfluence::{Error, Result};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A table that Python handed over; its buffers are Python's.
#[derive(Debug)]
pub(crate) struct Batches {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Batches {
    /// Dictionaries are unpacked, everything else stays as it came.
    pub(crate) fn new(
        schema: &SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> std::result::Result<Self, ArrowError> {
        let plain: Vec<Arc<Field>> = schema
            .fields()
            .iter()
            .map(|field| match field.data_type() {
                DataType::Dictionary(_, values) => {
                    Arc::new(Field::new(field.name(), values.as_ref().clone(), true))
                }
                _ => Arc::clone(field),
            })
            .collect();
        let plain = Arc::new(Schema::new(plain));
        let unpack = |batch: RecordBatch| {
            let columns = batch
                .columns()
                .iter()
                .zip(plain.fields())
                .map(|(array, field)| match array.data_type() {
                    DataType::Dictionary(_, _) => cast(array, field.data_type()),
                    _ => Ok(Arc::clone(array)),
                })
                .collect::<std::result::Result<Vec<_>, _>>()?;
            RecordBatch::try_new(Arc::clone(&plain), columns)
        };
        Ok(Self {
            batches: batches
                .into_iter()
                .map(unpack)
                .collect::<std::result::Result<_, _>>()?,
            schema: plain,
        })
    }
}

impl Batches {
    pub(crate) fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The table without some of its rows, which are counted from 0.
    pub(crate) fn without(mut self, rows: &BTreeSet<usize>) -> Result<Self> {
        if rows.is_empty() {
            return Ok(self);
        }
        let mut from = 0;
        for batch in &mut self.batches {
            let keep: BooleanArray = (from..from + batch.num_rows())
                .map(|row| Some(!rows.contains(&row)))
                .collect();
            from += batch.num_rows();
            *batch =
                filter_record_batch(batch, &keep).map_err(|e| Error::Internal(e.to_string()))?;
        }
        Ok(self)
    }
}

impl MemoryTable for Batches {
    fn columns(&self) -> Vec<String> {
        let fields = self.schema.fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    fn each_row(&self, visit: &mut dyn FnMut(&dyn MemoryRow) -> Result<()>) -> Result<()> {
        for batch in &self.batches {
            for row in 0..batch.num_rows() {
                visit(&BatchRow { batch, row })?;
            }
        }
        Ok(())
    }
}

struct BatchRow<'b> {
    batch: &'b RecordBatch,
    row: usize,
}

impl MemoryRow for BatchRow<'_> {
    fn cell(&self, column: usize) -> Option<Cow<'_, str>> {
        text(self.batch.column(column).as_ref(), self.row)
    }
}

fn number<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Cow<'_, str>
where
    T::Native: ToString,
{
    Cow::Owned(array.as_primitive::<T>().value(row).to_string())
}

/// A value as a CSV would print it, by the rules that hold for Parquet: times in UTC, lists by their elements.
pub(crate) fn text(array: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::Int8 => number::<Int8Type>(array, row),
        DataType::Int16 => number::<Int16Type>(array, row),
        DataType::Int32 => number::<Int32Type>(array, row),
        DataType::Int64 => number::<Int64Type>(array, row),
        DataType::UInt8 => number::<UInt8Type>(array, row),
        DataType::UInt16 => number::<UInt16Type>(array, row),
        DataType::UInt32 => number::<UInt32Type>(array, row),
        DataType::UInt64 => number::<UInt64Type>(array, row),
        DataType::Float32 => {
            let x = array.as_primitive::<Float32Type>().value(row);
            return (!x.is_nan()).then(|| x.to_string().into());
        }
        DataType::Float64 => {
            // Pandas has no other way to say that a number is missing.
            let x = array.as_primitive::<Float64Type>().value(row);
            return (!x.is_nan()).then(|| x.to_string().into());
        }
        DataType::Timestamp(unit, _) => return time(array, row, *unit).map(Cow::Owned),
        DataType::Date32 | DataType::Date64 => {
            let days = cast(
                &array.slice(row, 1),
                &DataType::Timestamp(TimeUnit::Second, None),
            )
            .ok()?;
            return time(days.as_ref(), 0, TimeUnit::Second).map(Cow::Owned);
        }
        DataType::List(_) => words(&array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => words(&array.as_list::<i64>().value(row)),
        _ => return array_value_to_string(array, row).ok().map(Cow::Owned),
    })
}

/// The elements of a list between blanks, as hashtags are.
fn words<'a>(list: &ArrayRef) -> Cow<'a, str> {
    let items: Vec<Cow<'_, str>> = (0..list.len())
        .filter_map(|at| text(list.as_ref(), at))
        .collect();
    Cow::Owned(items.join(" "))
}

fn time(array: &dyn Array, row: usize, unit: TimeUnit) -> Option<String> {
    let at = array.slice(row, 1);
    let number = cast(&at, &DataType::Int64).ok()?;
    let number = number.as_primitive::<Int64Type>().value(0);
    let time = match unit {
        TimeUnit::Second => Timestamp::from_second(number),
        TimeUnit::Millisecond => Timestamp::from_millisecond(number),
        TimeUnit::Microsecond => Timestamp::from_microsecond(number),
        TimeUnit::Nanosecond => Timestamp::from_nanosecond(i128::from(number)),
    };
    time.ok().map(|time| time.to_string())
}

/// A column in the making.
enum Building {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
}

/// A table in the making.
pub(crate) struct Builder {
    schema: SchemaRef,
    columns: Vec<Building>,
}

impl Builder {
    pub(crate) fn new(columns: &[Column]) -> Self {
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
        Self {
            schema: Arc::new(Schema::new(fields)),
            columns: columns
                .iter()
                .map(|column| match column.kind {
                    Kind::Text => Building::Text(StringBuilder::new()),
                    Kind::Int => Building::Int(Int64Builder::new()),
                    Kind::Float => Building::Float(Float64Builder::new()),
                    Kind::Bool => Building::Bool(BooleanBuilder::new()),
                })
                .collect(),
        }
    }

    /// Takes a row. A cell of another kind than its column's is empty, as in the library's Parquet.
    pub(crate) fn push(&mut self, cells: &[Cell]) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match column {
                Building::Text(builder) => builder.append_option(match cell {
                    Cell::Text(text) => Some(text),
                    _ => None,
                }),
                Building::Int(builder) => builder.append_option(match cell {
                    Cell::Int(n) => Some(*n),
                    _ => None,
                }),
                Building::Float(builder) => builder.append_option(match cell {
                    Cell::Float(x) if x.is_finite() => Some(*x),
                    Cell::Int(n) => Some(*n as f64),
                    _ => None,
                }),
                Building::Bool(builder) => builder.append_option(match cell {
                    Cell::Bool(b) => Some(*b),
                    _ => None,
                }),
            }
        }
    }

    pub(crate) fn finish(mut self) -> Result<RecordBatch> {
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter_mut()
            .map(|column| -> ArrayRef {
                match column {
                    Building::Text(builder) => Arc::new(builder.finish()),
                    Building::Int(builder) => Arc::new(builder.finish()),
                    Building::Float(builder) => Arc::new(builder.finish()),
                    Building::Bool(builder) => Arc::new(builder.finish()),
                }
            })
            .collect();
        RecordBatch::try_new(self.schema, arrays).map_err(|e| Error::Internal(e.to_string()))
    }
}

/// The columns of a table that [`Builder`] made.
pub(crate) fn columns(batch: &RecordBatch) -> Vec<Column> {
    let fields = batch.schema_ref().fields().iter();
    fields
        .map(|field| {
            let kind = match field.data_type() {
                DataType::Int64 => Kind::Int,
                DataType::Float64 => Kind::Float,
                DataType::Boolean => Kind::Bool,
                _ => Kind::Text,
            };
            Column::new(field.name(), kind)
        })
        .collect()
}

/// A row of a table that [`Builder`] made.
pub(crate) fn cells(batch: &RecordBatch, row: usize) -> Vec<Cell> {
    let cell = |array: &ArrayRef| {
        if array.is_null(row) {
            return Cell::Empty;
        }
        match array.data_type() {
            DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
            DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
            _ => {
                text(array.as_ref(), row).map_or(Cell::Empty, |text| Cell::Text(text.into_owned()))
            }
        }
    };
    batch.columns().iter().map(cell).collect()
}
