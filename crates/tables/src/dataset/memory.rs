//! Tables that are no files: those of a program that embeds this one.

use super::read::{Row, Visit};
use super::write::{Cell, Column};
use crate::error::{Error, Place, Result};
use crate::hash::hex;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

/// What the name of such a table begins with, where a path could stand: `memory:creators`.
const SCHEME: &str = "memory:";

/// The name after `memory:`; `None` for a path.
#[must_use]
pub fn memory_name(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(SCHEME)
}

/// One row of a table in memory.
pub trait MemoryRow {
    /// The cell of a column, counted from 0, as a CSV would print it; `None` where there is no value.
    fn cell(&self, column: usize) -> Option<Cow<'_, str>>;
}

/// A table to read from.
pub trait MemoryTable: Debug + Send + Sync {
    /// The names of its columns.
    fn columns(&self) -> Vec<String>;

    /// Hands on every row in turn.
    ///
    /// # Errors
    /// The first of `visit`, which ends the reading.
    fn each_row(&self, visit: &mut dyn FnMut(&dyn MemoryRow) -> Result<()>) -> Result<()>;
}

/// A table to write to, row by row.
pub trait MemorySink: Send {
    /// Takes a row: one cell per column, in their order.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn write(&mut self, cells: &[Cell]) -> Result<()>;

    /// Ends the table; without it, the table never was.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The tables in memory, by their names without `memory:`.
pub trait MemoryTables: Debug + Send + Sync {
    /// A table to read from.
    fn table(&self, name: &str) -> Option<Arc<dyn MemoryTable>>;

    /// Begins a table to write to.
    ///
    /// # Errors
    /// Where no table of this name is wanted.
    fn sink(&self, name: &str, columns: &[Column]) -> Result<Box<dyn MemorySink>>;
}

struct Named<'a> {
    columns: &'a [String],
    row: &'a dyn MemoryRow,
    id: &'a dyn Fn() -> String,
}

impl Row for Named<'_> {
    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        if source == "@row" {
            return Some(Cow::Owned((self.id)()));
        }
        let at = self.columns.iter().position(|name| name == source)?;
        self.row.cell(at)
    }
}

/// Reads a table row by row; `columns` is called once with the columns' names. Gives the sha256 of what stands in the
/// table.
pub(super) fn read(
    path: &Path,
    tables: Option<&dyn MemoryTables>,
    columns: &mut dyn FnMut(&[String]) -> Result<()>,
    visit: &mut Visit<'_>,
) -> Result<String> {
    let name = memory_name(path).unwrap_or_default();
    let table = tables
        .and_then(|tables| tables.table(name))
        .ok_or_else(|| Error::input(Place::file(path), "no such table"))?;
    let names: Vec<String> = table
        .columns()
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    columns(&names)?;
    let mut hasher = Sha256::new();
    for name in &names {
        add(&mut hasher, Some(name));
    }
    let mut line = 0;
    table.each_row(&mut |row| {
        line += 1;
        for column in 0..names.len() {
            add(&mut hasher, row.cell(column).as_deref());
        }
        let id = || format!("{name}:{line}");
        visit(
            line,
            Ok(&Named {
                columns: &names,
                row,
                id: &id,
            }),
        )
    })?;
    Ok(hex(&hasher.finalize()))
}

/// Each cell with its length, so that no two tables read alike.
fn add(hasher: &mut Sha256, cell: Option<&str>) {
    match cell {
        Some(text) => {
            hasher.update((text.len() as u64 + 1).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        None => hasher.update(0_u64.to_le_bytes()),
    }
}
