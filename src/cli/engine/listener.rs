//! Where a command's words and tables go while it answers a question.

use super::Answer;
use super::answer::Table;
use crate::cli::host::Host;
use crate::dataset::{Cell, Column, MemorySink, MemoryTable, MemoryTables};
use crate::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows of a table beside the answer that are kept; the answer itself is kept whole.
const ASIDE: usize = 100;

/// How far a question has come, and whether anybody still waits for it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stop: AtomicBool,
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Watch {
    /// Ends the question at its next step.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Texts read, of how many; the last reading that was begun.
    pub(crate) fn progress(&self) -> (usize, usize) {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        (read(&self.done), read(&self.all))
    }

    fn go_on(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::limit(
                "stopped before the answer was there; what was read is kept, so asking again goes on from there",
            ));
        }
        Ok(())
    }
}

/// What a command has told.
#[derive(Debug)]
pub(super) struct Listener {
    watch: Arc<Watch>,
    said: Mutex<Vec<String>>,
    concluded: Mutex<Option<(Value, String)>>,
    tables: Arc<Mutex<BTreeMap<String, Table>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Listener {
    pub(super) fn new(watch: Arc<Watch>) -> Self {
        Self {
            watch,
            said: Mutex::default(),
            concluded: Mutex::default(),
            tables: Arc::default(),
        }
    }

    /// The answer. A limit that is exceeded is a warning beside it, as the command says it after its results.
    pub(super) fn answer(&self, done: Result<()>) -> Result<Answer> {
        let mut said = std::mem::take(&mut *lock(&self.said));
        let concluded = lock(&self.concluded).take();
        match (done, &concluded) {
            (Err(Error::Limit { message, .. }), Some(_)) => {
                said.push(format!("WARNING: {message}"));
            }
            (Err(error), _) => return Err(error),
            (Ok(()), _) => {}
        }
        let (document, people) = concluded.unwrap_or_default();
        let table = lock(&self.tables).remove("table");
        Ok(Answer::new(document, people, table, said))
    }
}

impl MemoryTables for Listener {
    fn table(&self, _name: &str) -> Option<Arc<dyn MemoryTable>> {
        None
    }

    fn sink(&self, name: &str, columns: &[Column]) -> Result<Box<dyn MemorySink>> {
        Ok(Box::new(Sink {
            name: name.to_owned(),
            table: Table {
                columns: columns.iter().map(|column| column.name.clone()).collect(),
                rows: Vec::new(),
            },
            tables: Arc::clone(&self.tables),
            watch: Arc::clone(&self.watch),
        }))
    }
}

impl Host for Listener {
    fn say(&self, line: &str) {
        lock(&self.said).push(line.to_owned());
    }

    fn progress(&self, done: usize, all: usize) -> Result<()> {
        self.watch.done.store(done, Ordering::Relaxed);
        self.watch.all.store(all, Ordering::Relaxed);
        self.watch.go_on()
    }

    fn conclude(&self, document: &Value, people: &str) {
        *lock(&self.concluded) = Some((document.clone(), people.to_owned()));
    }
}

struct Sink {
    name: String,
    table: Table,
    tables: Arc<Mutex<BTreeMap<String, Table>>>,
    watch: Arc<Watch>,
}

impl MemorySink for Sink {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.watch.go_on()?;
        if self.name == "table" || self.table.rows.len() < ASIDE {
            self.table
                .rows
                .push(cells.iter().map(Cell::to_json).collect());
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        lock(&self.tables).insert(self.name, self.table);
        Ok(())
    }
}
