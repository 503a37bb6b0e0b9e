//! Rows that cannot be used: kept, counted, written beside the output.

use super::cells::CellError;
use super::write::{Cell, Column, Kind, TableWriter};
use crate::error::{Error, Place, Result};
use std::path::{Path, PathBuf};

/// Characters of a rejected value that are kept.
const LONGEST_VALUE: usize = 200;
/// Rejects that are kept in full; beyond, they are only counted, so that a file that is all
/// wrong does not fill the memory.
const MOST_KEPT: usize = 1_000_000;

/// A row that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The file it stood in.
    pub file: PathBuf,
    /// Line, from 1 with the header counted; for Parquet the row, from 1.
    pub line: u64,
    /// The column, value and reason.
    pub cell: CellError,
}

/// The rejects of a run.
#[derive(Debug, Default)]
pub struct Rejects {
    strict: bool,
    kept: Vec<Reject>,
    count: usize,
}

impl Rejects {
    /// An empty list; with `strict` the first reject becomes an error.
    #[must_use]
    pub fn new(strict: bool) -> Self {
        Self {
            strict,
            ..Self::default()
        }
    }

    /// Takes a row that cannot be used.
    ///
    /// # Errors
    /// The reject itself, when strict.
    pub fn add(&mut self, file: &Path, line: u64, mut cell: CellError) -> Result<()> {
        if let Some((at, _)) = cell.value.char_indices().nth(LONGEST_VALUE) {
            cell.value.truncate(at);
            cell.value.push('…');
        }
        if self.strict {
            return Err(Error::input(
                Place {
                    file: file.to_owned(),
                    line: Some(line),
                    column: (!cell.column.is_empty()).then_some(cell.column),
                },
                cell.reason,
            )
            .with_hint("without --strict such rows are put aside and the run goes on"));
        }
        self.count += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(Reject {
                file: file.to_owned(),
                line,
                cell,
            });
        }
        Ok(())
    }

    /// Rows rejected.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rejects, in the order in which they were met.
    #[must_use]
    pub fn kept(&self) -> &[Reject] {
        &self.kept
    }

    /// Where the rejects of an output go.
    #[must_use]
    pub fn path_for(output: &Path) -> PathBuf {
        let mut name = output.as_os_str().to_owned();
        name.push(".rejects.csv");
        PathBuf::from(name)
    }

    /// Writes the rejects beside `output`; with none, removes what an earlier run left there.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, output: &Path) -> Result<Option<PathBuf>> {
        let path = Self::path_for(output);
        if self.kept.is_empty() {
            if path.is_file() {
                std::fs::remove_file(&path).map_err(|e| Error::io(&path, e))?;
            }
            return Ok(None);
        }
        self.write_to(TableWriter::create(&path, &Self::columns())?)?;
        Ok(Some(path))
    }

    /// The columns of the table of rejects.
    #[must_use]
    pub fn columns() -> [Column; 5] {
        ["file", "line", "column", "value", "reason"].map(|name| {
            let kind = if name == "line" {
                Kind::Int
            } else {
                Kind::Text
            };
            Column::new(name, kind)
        })
    }

    /// Writes the rejects where a table with [`Self::columns`] was begun for them.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write_to(&self, mut writer: TableWriter) -> Result<()> {
        for reject in &self.kept {
            writer.write(&[
                Cell::Text(reject.file.display().to_string()),
                Cell::Int(i64::try_from(reject.line).unwrap_or(i64::MAX)),
                Cell::Text(reject.cell.column.clone()),
                Cell::Text(reject.cell.value.clone()),
                Cell::Text(reject.cell.reason.clone()),
            ])?;
        }
        writer.finish()
    }
}
