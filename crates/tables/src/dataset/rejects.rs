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

fn shorten(cell: &mut CellError) {
    if let Some((at, _)) = cell.value.char_indices().nth(LONGEST_VALUE) {
        cell.value.truncate(at);
        cell.value.push('…');
    }
}

fn stopped(file: &Path, line: u64, cell: CellError) -> Error {
    Error::input(
        Place {
            file: file.to_owned(),
            line: Some(line),
            column: (!cell.column.is_empty()).then_some(cell.column),
        },
        cell.reason,
    )
    .with_hint("without --strict such rows are put aside and the run goes on")
}

/// The rejects of a run.
#[derive(Debug, Default)]
pub struct Rejects {
    strict: bool,
    kept: Vec<Reject>,
    count: usize,
    /// Cells that are wrong in rows that were used without them.
    cells: Vec<Reject>,
    cell_count: usize,
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

    /// An empty list that is as strict as this one.
    #[must_use]
    pub fn of_the_same_kind(&self) -> Self {
        Self::new(self.strict)
    }

    /// Adds the rejects of another list, which were met after those of this one.
    pub fn absorb(&mut self, other: &Self) {
        let room = |kept: &[Reject]| MOST_KEPT - kept.len().min(MOST_KEPT);
        let (rows, cells) = (room(&self.kept), room(&self.cells));
        self.kept.extend(other.kept.iter().take(rows).cloned());
        self.cells.extend(other.cells.iter().take(cells).cloned());
        self.count += other.count;
        self.cell_count += other.cell_count;
    }

    /// Takes a row that cannot be used.
    ///
    /// # Errors
    /// The reject itself, when strict.
    pub fn add(&mut self, file: &Path, line: u64, mut cell: CellError) -> Result<()> {
        shorten(&mut cell);
        if self.strict {
            return Err(stopped(file, line, cell));
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

    /// Takes a cell that cannot be used, of a row that goes on without it.
    ///
    /// # Errors
    /// The fault itself, when strict.
    pub fn add_cell(&mut self, file: &Path, line: u64, mut cell: CellError) -> Result<()> {
        shorten(&mut cell);
        if self.strict {
            return Err(stopped(file, line, cell));
        }
        self.cell_count += 1;
        if self.cells.len() < MOST_KEPT {
            self.cells.push(Reject {
                file: file.to_owned(),
                line,
                cell,
            });
        }
        Ok(())
    }

    /// These cells, in the order in which they were met.
    #[must_use]
    pub fn cells(&self) -> &[Reject] {
        &self.cells
    }

    /// Cells that are unknown because something else stood there.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.cell_count
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
        beside(output, ".rejects.csv")
    }

    /// Where the cells go that an output's rows were used without.
    #[must_use]
    pub fn cells_path_for(output: &Path) -> PathBuf {
        beside(output, ".cells.csv")
    }

    /// Writes the rejects beside `output`, and in a file of their own the cells that rows were used without; where
    /// there are none, removes what an earlier run left there.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn write(&self, output: &Path) -> Result<Option<PathBuf>> {
        write_or_remove(&self.cells, &Self::cells_path_for(output))?;
        write_or_remove(&self.kept, &Self::path_for(output))
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
        write_rows(&self.kept, &mut writer)?;
        writer.finish()
    }
}

fn beside(output: &Path, ending: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn write_or_remove(rows: &[Reject], path: &Path) -> Result<Option<PathBuf>> {
    if rows.is_empty() {
        if path.is_file() {
            std::fs::remove_file(path).map_err(|e| Error::io(path, e))?;
        }
        return Ok(None);
    }
    let mut writer = TableWriter::create(path, &Rejects::columns())?;
    write_rows(rows, &mut writer)?;
    writer.finish()?;
    Ok(Some(path.to_owned()))
}

fn write_rows(rows: &[Reject], writer: &mut TableWriter) -> Result<()> {
    for reject in rows {
        writer.write(&[
            Cell::Text(reject.file.display().to_string()),
            Cell::Int(i64::try_from(reject.line).unwrap_or(i64::MAX)),
            Cell::Text(reject.cell.column.clone()),
            Cell::Text(reject.cell.value.clone()),
            Cell::Text(reject.cell.reason.clone()),
        ])?;
    }
    Ok(())
}
