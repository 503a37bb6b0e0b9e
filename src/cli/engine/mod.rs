//! The commands as answers to questions, over tables that are read once: what `serve` and `mcp` have in common.
//!
//! A question is a command with settings; it goes the way of a command that is typed, so an answer is what the command
//! says. What was read, scored and embedded for one question is kept for the next.

mod answer;
mod listener;
mod question;
mod source;

pub(crate) use answer::{Answer, Table, ranked, shortened};
pub(crate) use listener::Watch;
pub(crate) use question::{of_json, of_pairs, schema};
pub(crate) use source::Source;

use super::args::{Common, CreatorTables};
use super::given::Given;
use super::memory::RunMemory;
use super::session::Session;
use super::term::Reporter;
use crate::dataset::expand;
use crate::schema::Creator;
use crate::{Error, Result};
use listener::Listener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// What tells that a file has changed.
type Stamp = (PathBuf, u64, Option<SystemTime>);

/// The tables of one run, ready to be asked about. One question at a time: a model uses all cores.
pub(crate) struct Engine {
    source: Source,
    memory: Arc<RunMemory>,
    stamps: Vec<Stamp>,
}

impl Engine {
    pub(crate) fn new(source: Source) -> Self {
        let stamps = stamps(&source);
        Self {
            source,
            memory: fresh(),
            stamps,
        }
    }

    /// Takes over what another engine has made of the same files.
    pub(crate) fn share(&mut self, other: &Self) {
        if self.stamps == other.stamps {
            self.memory = Arc::clone(&other.memory);
        }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Does a command with these settings, over those that the run has for it.
    ///
    /// # Errors
    /// Those of the command; [`Error::Usage`] for a setting that it does not take.
    pub(crate) fn ask(
        &mut self,
        command: &str,
        asked: &Given,
        watch: &Arc<Watch>,
    ) -> Result<Answer> {
        self.notice_changes();
        let mut cli = self.source.settings(command, asked)?.command(command)?;
        let listener = Arc::new(Listener::new(Arc::clone(watch)));
        self.equip(&mut cli.common, &listener);
        let done = contained(|| super::dispatch(cli));
        listener.answer(done)
    }

    /// The creators of the tables, for their names.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn creators(&mut self) -> Result<Arc<Vec<Creator>>> {
        self.with_common(|source, common| {
            let files = |table: &str| source.tables.get(table).cloned().unwrap_or_default();
            let tables = CreatorTables {
                creators: files("creators"),
                posts: files("posts"),
                comments: files("comments"),
            };
            let mut session = Session::new("rank", common)?;
            session.let_others_write();
            Ok(session.tables(&tables)?.creators)
        })
    }

    /// Something else that is done with the tables and the flags of every command; nothing is printed.
    ///
    /// # Errors
    /// Those of `act`.
    pub(crate) fn with_common<T>(
        &mut self,
        act: impl FnOnce(&Source, &Common) -> Result<T>,
    ) -> Result<T> {
        self.notice_changes();
        let mut common = self.source.common.command("maps")?.common;
        self.equip(&mut common, &Arc::new(Listener::new(Arc::default())));
        contained(|| act(&self.source, &common))
    }

    fn equip(&self, common: &mut Common, listener: &Arc<Listener>) {
        common.host = Some(Arc::clone(listener) as Arc<dyn super::host::Host>);
        common.memory = Some(Arc::clone(&self.memory));
        common.no_cache |= self.source.no_cache;
        if self.source.hash_ids.is_some() {
            common.hash_ids.clone_from(&self.source.hash_ids);
        }
    }

    /// Forgets what was read of files that are others now.
    fn notice_changes(&mut self) {
        let now = stamps(&self.source);
        if now != self.stamps {
            self.stamps = now;
            self.memory = fresh();
        }
    }
}

fn fresh() -> Arc<RunMemory> {
    Arc::new(RunMemory::new(Reporter::Quiet))
}

fn stamps(source: &Source) -> Vec<Stamp> {
    let patterns: Vec<String> = source.tables.values().flatten().cloned().collect();
    let files = expand(&patterns).unwrap_or_default();
    files
        .into_iter()
        .map(|file| {
            let seen = std::fs::metadata(&file).ok();
            let changed = seen.as_ref().and_then(|seen| seen.modified().ok());
            (file, seen.map_or(0, |seen| seen.len()), changed)
        })
        .collect()
}

/// A defect ends the question and not the server.
fn contained<T>(act: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| {
        Err(Error::Internal(
            "the question could not be answered; what the program says beside it tells where"
                .to_owned(),
        ))
    })
}
