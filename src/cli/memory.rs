//! What a run has read and made, so that its stages share it: every table is read and hashed once, comments are scored
//! once for what they are scored towards, profiles are made once and engagement is fitted once for a set of options.

use super::term::{Reporter, count};
use crate::Result;
use crate::dataset::{
    Adopted, ColumnMap, Conventions, Encoding, InputInfo, ReadOptions, Record, Rejects, read_table,
};
use crate::hash::file_sha256;
use crate::inference::{CachedEncoder, DiskCache};
use crate::market::Join;
use crate::pipeline::{Memo, Profiles, Tables};
use crate::report::ModelInfo;
use crate::schema::{Comment, Creator, Post};
use crate::sentiment::{ScoredComment, Target};
use serde_json::Value;
use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What decides the rows of a table: the files, and how they are read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadKey {
    table: &'static str,
    files: Vec<PathBuf>,
    maps: Vec<ColumnMap>,
    time_zone: String,
    conventions: Conventions,
    skip_lines: Option<usize>,
    encoding: Option<&'static str>,
    hash_ids: Option<String>,
}

impl ReadKey {
    pub(crate) fn of<T: Record>(files: &[PathBuf], options: &ReadOptions) -> Self {
        Self {
            table: T::TABLE,
            files: files.to_vec(),
            maps: options.maps.clone(),
            // Times are read in UTC where no zone is named.
            time_zone: options
                .time_zone
                .clone()
                .unwrap_or_else(|| "UTC".to_owned()),
            conventions: options.conventions,
            skip_lines: options.skip_lines,
            encoding: options.encoding.map(Encoding::name),
            hash_ids: options.pseudonyms.as_ref().map(|p| p.fingerprint()),
        }
    }
}

/// A table as it was read.
pub(crate) struct ReadTable<T> {
    pub(crate) rows: Arc<Vec<T>>,
    pub(crate) inputs: Vec<InputInfo>,
    rejects: Rejects,
}

/// The tables of creators, ids in one spelling, joined.
#[derive(Clone)]
pub(crate) struct JoinedTables {
    pub(crate) tables: Tables,
    /// Ids that were spelled otherwise: of posts, of comments.
    pub(crate) adopted: [Adopted; 2],
    pub(crate) joins: Vec<Join>,
}

/// The same rows, and not rows that are alike.
pub(crate) struct SameRows(
    pub(crate) Arc<Vec<Creator>>,
    pub(crate) Arc<Vec<Post>>,
    pub(crate) Arc<Vec<Comment>>,
);

impl PartialEq for SameRows {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            && Arc::ptr_eq(&self.1, &other.1)
            && Arc::ptr_eq(&self.2, &other.2)
    }
}

/// Which model: its folder where one was given, its job, and what runs it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModelKey {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) job: &'static str,
    pub(crate) backend: String,
    pub(crate) languages: Vec<String>,
}

/// A model that was loaded.
pub(crate) type Loaded = (Arc<CachedEncoder>, ModelInfo);

/// What [`crate::pipeline::read_profiles`] is made of beside the tables: the taxonomy's file, and the model.
type ProfilesKey = (SameRows, Option<PathBuf>, ModelKey);

/// The memory of one run.
#[derive(Default)]
pub(crate) struct RunMemory {
    voice: Option<Reporter>,
    read: Memo<ReadKey, Arc<dyn Any + Send + Sync>>,
    joined: Memo<SameRows, JoinedTables>,
    scored: Memo<(ReadKey, Target, ModelKey), Arc<Vec<ScoredComment>>>,
    profiles: Memo<ProfilesKey, Arc<Profiles>>,
    models: Memo<ModelKey, Loaded>,
    disk: Mutex<Option<Arc<DiskCache>>>,
    hashes: Mutex<BTreeMap<PathBuf, String>>,
    /// The summary documents that the end of the run speaks of, by command.
    documents: Mutex<BTreeMap<&'static str, Value>>,
}

impl std::fmt::Debug for RunMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tables", self.read.all().len())
    }
}

impl RunMemory {
    /// A memory that says by `-v` what is read and made.
    pub(crate) fn new(voice: Reporter) -> Self {
        Self {
            voice: Some(voice),
            ..Self::default()
        }
    }

    fn detail(&self, line: &str) {
        if let Some(voice) = &self.voice {
            voice.detail(line);
        }
    }

    /// A table, read now if no stage has read it. What was rejected is added to `rejects` in either case.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn table<T: Record + Send + Sync + 'static>(
        &self,
        files: &[PathBuf],
        options: &ReadOptions,
        rejects: &mut Rejects,
    ) -> Result<Arc<ReadTable<T>>> {
        let key = ReadKey::of::<T>(files, options);
        let mut now = false;
        let read = self.read.get(key, || {
            now = true;
            for file in files {
                self.detail(&format!("reading {} as {}", file.display(), T::TABLE));
            }
            let mut own = rejects.of_the_same_kind();
            let outcome = read_table::<T>(files, options, &mut own);
            // A table that cannot be used often cannot because of its rejects.
            rejects.absorb(&own);
            let table = outcome?;
            self.know(&table.inputs);
            Ok(Arc::new(ReadTable {
                rows: Arc::new(table.rows),
                inputs: table.inputs,
                rejects: own,
            }))
        })?;
        let read: Arc<ReadTable<T>> = read
            .downcast()
            .map_err(|_| crate::Error::Internal(format!("{} in memory", T::TABLE)))?;
        if !now {
            rejects.absorb(&read.rejects);
        }
        Ok(read)
    }

    /// Rows in one spelling and joined, made now if no stage has asked.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn joined(
        &self,
        rows: SameRows,
        make: impl FnOnce() -> Result<JoinedTables>,
    ) -> Result<JoinedTables> {
        self.joined.get(rows, || {
            self.detail("joining creators, posts and comments");
            make()
        })
    }

    /// Comments scored towards a target, now if no stage has asked.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn scored(
        &self,
        key: (ReadKey, Target, ModelKey),
        make: impl FnOnce() -> Result<Vec<ScoredComment>>,
    ) -> Result<Arc<Vec<ScoredComment>>> {
        self.scored.get(key, || {
            self.detail("scoring comments");
            make().map(Arc::new)
        })
    }

    /// What creators are about, read now if no stage has asked.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn profiles(
        &self,
        tables: &Tables,
        taxonomy: Option<&Path>,
        model: ModelKey,
        make: impl FnOnce() -> Result<Profiles>,
    ) -> Result<Arc<Profiles>> {
        let rows = SameRows(
            Arc::clone(&tables.creators),
            Arc::clone(&tables.posts),
            Arc::clone(&tables.comments),
        );
        let key = (rows, taxonomy.map(Path::to_owned), model);
        self.profiles.get(key, || {
            self.detail("reading profiles");
            make().map(Arc::new)
        })
    }

    /// A model, loaded now if no stage has asked.
    ///
    /// # Errors
    /// Those of `load`.
    pub(crate) fn model(
        &self,
        key: ModelKey,
        load: impl FnOnce() -> Result<Loaded>,
    ) -> Result<Loaded> {
        self.models.get(key, load)
    }

    /// The store on disk that every model of the run asks.
    pub(crate) fn disk(
        &self,
        open: impl FnOnce() -> Option<Arc<DiskCache>>,
    ) -> Option<Arc<DiskCache>> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if disk.is_none() {
            *disk = open();
        }
        disk.clone()
    }

    /// sha256 of a file, computed once.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn sha256(&self, path: &Path) -> Result<String> {
        let known = |memory: &Self| memory.hashes().get(path).cloned();
        if let Some(known) = known(self) {
            return Ok(known);
        }
        let hash = file_sha256(path)?;
        self.hashes().insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    fn hashes(&self) -> MutexGuard<'_, BTreeMap<PathBuf, String>> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the hashes of files that were read.
    fn know(&self, inputs: &[InputInfo]) {
        let files = inputs.iter().filter(|input| !input.sha256.is_empty());
        self.hashes()
            .extend(files.map(|input| (input.path.clone(), input.sha256.clone())));
    }

    /// Keeps what a stage has found.
    pub(crate) fn conclude(&self, command: &'static str, document: &Value) {
        let documents = self.documents.lock();
        let mut documents = documents.unwrap_or_else(PoisonError::into_inner);
        documents.insert(command, document.clone());
    }

    /// What a stage has found in this run, taken out.
    pub(crate) fn concluded(&self, command: &str) -> Option<Value> {
        let documents = self.documents.lock();
        let mut documents = documents.unwrap_or_else(PoisonError::into_inner);
        documents.remove(command)
    }

    /// What the store on disk has spared, in a line; `None` where it knew nothing.
    pub(crate) fn spared(&self) -> Option<String> {
        let models = self.models.all();
        let counts = models.iter().map(|(_, (encoder, _))| encoder.counts());
        let (known, read) = counts.fold((0, 0), |(known, read), one| {
            (known + one.from_disk, read + one.read)
        });
        (known > 0).then(|| {
            format!(
                "{} of {} texts were known from an earlier run (--no-cache reads them anew)",
                count(known),
                count(known + read)
            )
        })
    }

    /// Gives back what no later stage asks for: profiles hold more than all other things together.
    pub(crate) fn forget_profiles(&self) {
        self.profiles.all().clear();
    }
}
