//! A command of the program, on tables that Python has.

use crate::arrow::{Batches, Builder};
use crate::error::raise;
use crate::table::Table;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use microfluence::cli::Host;
use microfluence::dataset::{Cell, Column, Kind, MemorySink, MemoryTable, MemoryTables};
use microfluence::inference::{Input, Rows};
use microfluence::{Error, Result};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::input::AnyRecordBatch;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{Debug, Formatter};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Between two looks at Ctrl-C and the progress.
const LOOK: Duration = Duration::from_millis(50);
/// How long a stopped command is waited for; it ends by itself at its next step.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything that goes between Python and a command.
#[derive(Default)]
struct Desk {
    tables: HashMap<String, Arc<Batches>>,
    made: Mutex<BTreeMap<String, RecordBatch>>,
    said: Mutex<Vec<String>>,
    concluded: Mutex<(String, String)>,
    /// Texts read, and texts at hand.
    progress: [AtomicU64; 2],
    stop: AtomicBool,
    /// Who reads texts in place of this process.
    reader: Option<Py<PyAny>>,
    /// What that one raised.
    raised: Mutex<Option<PyErr>>,
}

impl Debug for Desk {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("tables of Python")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    fn go_on(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Internal("stopped".to_owned()));
        }
        Ok(())
    }
}

/// A table of the desk that ends early when the command is stopped.
struct Read(Arc<Batches>, Arc<Desk>);

impl Debug for Read {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl MemoryTable for Read {
    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn each_row(
        &self,
        visit: &mut dyn FnMut(&dyn microfluence::dataset::MemoryRow) -> Result<()>,
    ) -> Result<()> {
        self.0.each_row(&mut |row| {
            self.1.go_on()?;
            visit(row)
        })
    }
}

struct Made {
    name: String,
    builder: Builder,
    desk: Arc<Desk>,
}

impl MemorySink for Made {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.desk.go_on()?;
        self.builder.push(cells);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        lock(&self.desk.made).insert(self.name, self.builder.finish()?);
        Ok(())
    }
}

/// The desk as the library sees it.
struct AtDesk(Arc<Desk>);

impl Debug for AtDesk {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl MemoryTables for AtDesk {
    fn table(&self, name: &str) -> Option<Arc<dyn MemoryTable>> {
        let batches = self.0.tables.get(name)?;
        Some(Arc::new(Read(Arc::clone(batches), Arc::clone(&self.0))))
    }

    fn sink(&self, name: &str, columns: &[Column]) -> Result<Box<dyn MemorySink>> {
        Ok(Box::new(Made {
            name: name.to_owned(),
            builder: Builder::new(columns),
            desk: Arc::clone(&self.0),
        }))
    }
}

impl Host for AtDesk {
    fn say(&self, line: &str) {
        lock(&self.0.said).push(line.to_owned());
    }

    fn progress(&self, done: usize, all: usize) -> Result<()> {
        for (count, now) in self.0.progress.iter().zip([done, all]) {
            count.store(now as u64, Ordering::Relaxed);
        }
        self.0.go_on()
    }

    fn reads(&self) -> bool {
        self.0.reader.is_some()
    }

    fn read(&self, model: &str, inputs: &[Input<'_>]) -> Result<Rows> {
        let answer = Python::attach(|py| -> PyResult<Rows> {
            let reader = self.0.reader.as_ref().map(|reader| reader.bind(py));
            let reader = reader.ok_or_else(|| PyRuntimeError::new_err("there is no reader"))?;
            let answers: AnyRecordBatch = reader.call1((model, texts(inputs)?))?.extract()?;
            let (batches, _) = answers.into_table()?.into_inner();
            rows(&batches, inputs.len())
        });
        answer.map_err(|error| {
            let said = error.to_string();
            *lock(&self.0.raised) = Some(error);
            Error::Internal(said)
        })
    }

    fn conclude(&self, document: &Value, people: &str) {
        *lock(&self.0.concluded) = (document.to_string(), people.to_owned());
    }
}

/// Does a command; gives its tables by name, the summary document as JSON, the text for people, and what was said.
///
/// `settings` is a JSON object of the command's settings, with `memory:NAME` for the table NAME of `tables`.
/// `tell(done, all)` is called while texts are read; `read(model, texts)` reads them in place of this process, where it
/// is given. The interpreter is free meanwhile; Ctrl-C stops the command.
#[pyfunction]
#[pyo3(signature = (command, settings, tables, tell=None, read=None))]
pub(crate) fn call<'py>(
    py: Python<'py>,
    command: String,
    settings: &str,
    tables: HashMap<String, AnyRecordBatch>,
    tell: Option<Bound<'py, PyAny>>,
    read: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyDict>, String, String, Vec<String>)> {
    let settings = serde_json::from_str(settings)
        .map_err(|e| PyValueError::new_err(format!("the settings: {e}")))?;
    let desk = Arc::new(Desk {
        tables: tables
            .into_iter()
            .map(|(name, table)| Ok((name, Arc::new(batches(table)?))))
            .collect::<PyResult<_>>()?,
        reader: read,
        ..Desk::default()
    });
    let outcome = work(py, &desk, tell.as_ref(), {
        let host = Arc::new(AtDesk(Arc::clone(&desk)));
        move || microfluence::cli::call(&command, settings, host)
    });
    if let Some(raised) = lock(&desk.raised).take() {
        return Err(raised);
    }
    outcome?;
    let made = PyDict::new(py);
    for (name, batch) in std::mem::take(&mut *lock(&desk.made)) {
        made.set_item(name, Bound::new(py, Table { batch })?)?;
    }
    let (document, people) = std::mem::take(&mut *lock(&desk.concluded));
    let said = std::mem::take(&mut *lock(&desk.said));
    Ok((made, document, people, said))
}

/// Texts and targets as a table with these columns; the target is null for a model that takes none.
fn texts(inputs: &[Input<'_>]) -> PyResult<Table> {
    let columns = ["text", "target"].map(|name| Column::new(name, Kind::Text));
    let mut builder = Builder::new(&columns);
    for input in inputs {
        builder.push(&[Cell::Text(input.text.to_owned()), input.target.into()]);
    }
    let batch = builder
        .finish()
        .map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
    Ok(Table { batch })
}

/// The answers of a reader: one list of float32 for each text, in their order.
fn rows(batches: &[RecordBatch], texts: usize) -> PyResult<Rows> {
    let odd = |what: &str| PyValueError::new_err(format!("the reader's answers: {what}"));
    let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if count != texts {
        return Err(odd(&format!("{count} for {texts} texts")));
    }
    let mut rows: Option<Rows> = None;
    let mut at = 0;
    for batch in batches {
        let lists = batch
            .columns()
            .last()
            .and_then(|column| column.as_list_opt::<i32>())
            .ok_or_else(|| odd("expected a column of lists"))?;
        for list in lists.iter() {
            let list = list.ok_or_else(|| odd("one is missing"))?;
            let numbers = list
                .as_primitive_opt::<Float32Type>()
                .ok_or_else(|| odd("expected float32"))?
                .values();
            let rows = rows.get_or_insert_with(|| Rows::zeros(texts, numbers.len()));
            if numbers.len() != rows.width() {
                return Err(odd("of different lengths"));
            }
            rows.row_mut(at).copy_from_slice(numbers);
            at += 1;
        }
    }
    Ok(rows.unwrap_or_default())
}

/// A table of Python's, without a copy.
pub(crate) fn batches(table: AnyRecordBatch) -> PyResult<Batches> {
    let (batches, schema) = table.into_table()?.into_inner();
    Batches::new(&schema, batches).map_err(|e| PyValueError::new_err(e.to_string()))
}

/// Runs `task` in a thread of its own and looks after Ctrl-C and the progress here, where alone Python allows it.
fn work(
    py: Python<'_>,
    desk: &Arc<Desk>,
    tell: Option<&Bound<'_, PyAny>>,
    task: impl FnOnce() -> Result<()> + Send + 'static,
) -> PyResult<()> {
    let (to_us, done) = channel();
    let done = Mutex::new(done);
    std::thread::spawn(move || {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(task));
        // Nobody listens any more once the command was stopped.
        let _ = to_us.send(outcome.unwrap_or_else(|_| {
            Err(Error::Internal(
                "a panic; please report it with the call that led here".to_owned(),
            ))
        }));
    });
    let mut told = [0, 0];
    loop {
        let outcome = py.detach(|| lock(&done).recv_timeout(LOOK));
        let now = [0, 1].map(|i: usize| desk.progress[i].load(Ordering::Relaxed));
        let heard = match tell {
            Some(tell) if now != told => tell.call1((now[0], now[1])).map(|_| ()),
            _ => Ok(()),
        };
        told = now;
        match outcome {
            Ok(outcome) => return heard.and(outcome.map_err(|error| raise(py, &error))),
            Err(RecvTimeoutError::Disconnected) => {
                let lost = Error::Internal("the command's thread ended".to_owned());
                return Err(raise(py, &lost));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Err(stopped) = heard.and_then(|()| py.check_signals()) {
            desk.stop.store(true, Ordering::Relaxed);
            // What it still gives is of no use.
            let _ = py.detach(|| lock(&done).recv_timeout(PATIENCE));
            return Err(stopped);
        }
    }
}
