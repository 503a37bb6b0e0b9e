//! A table that is ready to be written, and the cells that many tables share.

use crate::dataset::{Cell, Column, Kind, TableWriter};
use crate::error::Result;
use crate::schema::CreatorId;
use std::path::Path;

/// A table that is ready to be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    pub(super) fn new(columns: &[(&str, Kind)]) -> Self {
        Self {
            columns: columns
                .iter()
                .map(|(name, kind)| Column::new(name, *kind))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Whether a table can be written under this name, said before the work is done.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] for an unknown ending.
    pub fn check_ending(path: &Path) -> Result<()> {
        TableWriter::check_ending(path)
    }

    /// Writes the table; the format follows the ending, `-` is CSV on standard output.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        self.write_to(TableWriter::create(path, &self.columns)?)
    }

    /// Writes the table where one was begun for it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_to(&self, mut writer: TableWriter) -> Result<()> {
        for row in &self.rows {
            writer.write(row)?;
        }
        writer.finish()
    }
}

pub(super) fn int(n: usize) -> Cell {
    Cell::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(super) fn id(id: &CreatorId) -> Cell {
    Cell::from(id.as_str())
}
