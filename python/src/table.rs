//! A result's table, as Python sees it.

use crate::arrow::{cells, columns};
use crate::error::raise;
use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::Field;
use microfluence::dataset::TableWriter;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};
use std::path::PathBuf;
use std::sync::Arc;

/// A table that anything takes which reads Arrow by the `PyCapsule` interface.
#[pyclass(frozen, module = "microfluence._native")]
pub(crate) struct Table {
    pub(crate) batch: RecordBatch,
}

#[pymethods]
impl Table {
    /// Hands over the table without a copy; for pyarrow, polars, pandas, duckdb and others.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let fields = self.batch.schema_ref().fields().clone();
        let array: ArrayRef = Arc::new(StructArray::from(self.batch.clone()));
        let field = Arc::new(Field::new_struct("", fields, false));
        let stream = ArrayIterator::new(std::iter::once(Ok(array)), field);
        Ok(to_stream_pycapsule(py, Box::new(stream), requested_schema)?)
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        let fields = self.batch.schema_ref().fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    /// Cells of the first rows as text, `None` where there is no value.
    fn head(&self, rows: usize) -> Vec<Vec<Option<String>>> {
        use microfluence::dataset::Cell;
        (0..self.batch.num_rows().min(rows))
            .map(|row| {
                cells(&self.batch, row)
                    .into_iter()
                    .map(|cell| match cell {
                        Cell::Text(text) => Some(text),
                        Cell::Int(n) => Some(n.to_string()),
                        Cell::Float(x) => Some(x.to_string()),
                        Cell::Bool(b) => Some(b.to_string()),
                        Cell::Empty => None,
                    })
                    .collect()
            })
            .collect()
    }

    /// Writes the bytes that the program would write under this name.
    fn write(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| {
            let mut writer = TableWriter::create(&path, &columns(&self.batch))?;
            for row in 0..self.batch.num_rows() {
                writer.write(&cells(&self.batch, row))?;
            }
            writer.finish()
        })
        .map_err(|error| raise(py, &error))
    }
}
