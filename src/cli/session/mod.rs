//! One run of a command: what it reads, with which models, and what it leaves behind.

mod models;
mod outcome;
mod reading;

use super::args::Common;
use super::settings::Settings;
use super::term::Reporter;
use super::typed::nearest;
use crate::dataset::{
    ColumnMap, Conventions, DateOrder, Decimal, Encoding, InputInfo, MemoryTables, ReadOptions,
    Rejects, built_in_maps,
};
use crate::inference::{CachedEncoder, DiskCache, PartWriter, TextList};
use crate::market::Join;
use crate::report::{Manifest, ModelInfo, Sheet};
use crate::{Error, Result};
use jiff::Timestamp;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The encoding that was named.
fn encoding(common: &Common) -> Option<&'static Encoding> {
    let name = common.encoding.as_deref()?;
    Encoding::for_label(name.as_bytes())
}

/// A map by its name or file.
fn column_map(name: &str) -> Result<ColumnMap> {
    ColumnMap::load(name).map_err(|error| {
        let ready_made = built_in_maps();
        let names = ready_made.iter().map(|map| map.name.as_str());
        match nearest(name, names).filter(|_| Path::new(name).extension().is_none()) {
            Some(near) => Error::usage(format!("no column map is called {name:?}")).with_hint(
                format!("did you mean {near}? `microfluence maps` lists all"),
            ),
            None => error,
        }
    })
}

/// The state of a run.
pub(crate) struct Session<'c> {
    pub(crate) voice: Reporter,
    common: &'c Common,
    command: &'static str,
    options: ReadOptions,
    rejects: Rejects,
    /// Whether the rejects were written, or another run writes them.
    closed: AtomicBool,
    inputs: Vec<InputInfo>,
    joins: Vec<Join>,
    models: Vec<ModelInfo>,
    encoders: Vec<Arc<CachedEncoder>>,
    disk: Option<Arc<DiskCache>>,
    /// Where the answers of a share go.
    part: Option<Arc<PartWriter>>,
    /// The texts of each model, where they are to be forgotten and not to be read.
    to_forget: Option<Vec<Arc<TextList>>>,
    started_at: Timestamp,
    start: Instant,
}
impl<'c> Session<'c> {
    pub(crate) fn new(command: &'static str, common: &'c Common) -> Result<Self> {
        let voice = Self::voice_of(common);
        let maps = common
            .map
            .iter()
            .map(|name| column_map(name))
            .collect::<Result<_>>()?;
        let part = match &common.shard {
            Some(shard) => {
                if common
                    .output
                    .as_deref()
                    .is_none_or(|path| path == Path::new("-"))
                {
                    return Err(Error::usage(
                        "--shard needs --output FILE, where the part goes",
                    ));
                }
                Some(Arc::new(PartWriter::new(shard.parse()?)?))
            }
            None => None,
        };
        if !common.within_run && common.hash_ids.as_ref().is_some_and(|p| p.is_weak()) {
            voice.say("warning: the key of --hash-ids is shorter than 16 letters; who tries all such keys finds out whose ids they are");
        }
        // Found wrong now rather than after an hour of scoring.
        if let Some(output) = common.output.as_ref().filter(|_| part.is_none()) {
            Sheet::check_ending(output)?;
        }
        Ok(Self {
            voice,
            common,
            command,
            options: ReadOptions {
                maps,
                time_zone: None,
                conventions: Conventions {
                    decimal: common.decimal.as_deref().and_then(Decimal::named),
                    dates: common.dates.as_deref().and_then(DateOrder::named),
                },
                skip_lines: common.skip_lines,
                encoding: encoding(common),
                memory: common
                    .host
                    .clone()
                    .map(|host| host as Arc<dyn MemoryTables>),
                pseudonyms: common.hash_ids.clone(),
            },
            rejects: Rejects::new(common.strict),
            closed: AtomicBool::new(common.shard.is_some()),
            inputs: Vec::new(),
            joins: Vec::new(),
            models: Vec::new(),
            encoders: Vec::new(),
            disk: None,
            part,
            to_forget: None,
            started_at: Timestamp::now(),
            start: Instant::now(),
        })
    }

    /// How much is said, and to whom.
    pub(crate) fn voice_of(common: &Common) -> Reporter {
        if let Some(host) = &common.host {
            Reporter::Host(Arc::clone(host))
        } else if common.quiet || common.within_run {
            Reporter::Quiet
        } else if common.verbose {
            Reporter::Verbose
        } else {
            Reporter::Normal
        }
    }

    /// The zone of times that name none, from here on.
    pub(crate) fn time_zone(&mut self, name: Option<&str>) {
        self.options.time_zone = name.map(str::to_owned);
    }

    /// Reads ids and handles as they stand, from here on, for a command that must find people by them.
    pub(crate) fn in_clear(&mut self) {
        self.options.pseudonyms = None;
    }

    /// The settings of the command that runs.
    fn settings(&self) -> Option<&Settings> {
        self.common.settings.as_ref()
    }

    /// The manifest as it stands now: every setting, and over it what the command has `resolved` further.
    pub(crate) fn manifest(&self, resolved: Value) -> Manifest {
        let mut config = self
            .settings()
            .map(|s| s.values().clone())
            .unwrap_or_default();
        if let Value::Object(resolved) = resolved {
            config.extend(resolved);
        }
        let read = |path: &str| self.inputs.iter().any(|i| i.path.as_os_str() == path);
        // What cannot be read any more was read before: its hash stays unknown, and nothing else depends on it.
        let mut files = self
            .settings()
            .and_then(|s| s.files(self.common.memory.as_deref()).ok())
            .unwrap_or_default();
        files.retain(|path, _| !read(path));
        let config = Value::Object(config);
        Manifest {
            program: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            command: self.command.to_owned(),
            config,
            files,
            seed: self.common.seed,
            inputs: self.inputs.clone(),
            rejected: self.rejects.count(),
            joins: self.joins.clone(),
            hash_ids: self.common.fingerprint(),
            models: self.models.clone(),
            started_at: self.started_at,
            seconds: self.start.elapsed().as_secs_f64(),
        }
    }

    /// What was read, and how it joined.
    pub(crate) fn counted(&self) -> (&[InputInfo], &[Join]) {
        (&self.inputs, &self.joins)
    }

    /// Whether this run reads one share only, and stops once it is read.
    pub(crate) fn shares(&self) -> bool {
        self.part.is_some()
    }

    /// Leaves the rejects to those who read the same tables after this.
    pub(crate) fn let_others_write(&mut self) {
        self.closed = AtomicBool::new(true);
    }

    /// Seconds since the run began.
    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}
