//! One run of a command: what it reads, with which models, and what it leaves behind.

use super::args::{Common, CreatorTables};
use super::host::Elsewhere;
use super::limits;
use super::merge::{PartManifest, PartModel, hidden};
use super::progress::Watched;
use super::settings::Settings;
use super::term::{Voice, count, to_stdout};
use crate::dataset::{
    Accounts, Adopted, Column, ColumnMap, Conventions, DateOrder, Decimal, Encoding, InputInfo,
    MemoryTables, ReadOptions, Record, Rejects, Table, TableWriter, adopt_post_ids, expand,
    memory_name, read_rows, read_table, write_atomically,
};
use crate::inference::{
    Backend, CachedEncoder, DiskCache, Encoder, ModelFolder, ModelSet, PartWriter,
    SENTIMENT_MODELS, Sharing, cache_folder, open_encoder, shipped_model,
};
use crate::market::{Join, Market};
use crate::pipeline::Tables;
use crate::report::{Manifest, ModelInfo, Sheet};
use crate::schema::{Comment, Creator, Post};
use crate::sentiment::{ScoredComment, Scorer, Target, score_stream};
use crate::{Error, Place, Result};
use jiff::Timestamp;
use serde_json::Value;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// The encoding that was named.
fn encoding(common: &Common) -> Option<&'static Encoding> {
    let name = common.encoding.as_deref()?;
    Encoding::for_label(name.as_bytes())
}

/// The state of a run.
pub(crate) struct Session<'c> {
    pub(crate) voice: Voice,
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
    /// How many entries of the store were removed, where that is what is done.
    forgotten: Option<Arc<AtomicU64>>,
    started_at: Timestamp,
    start: Instant,
}

impl<'c> Session<'c> {
    pub(crate) fn new(command: &'static str, common: &'c Common) -> Result<Self> {
        let voice = if let Some(host) = &common.host {
            Voice::Host(Arc::clone(host))
        } else if common.quiet || common.within_run {
            Voice::Quiet
        } else if common.verbose {
            Voice::Verbose
        } else {
            Voice::Normal
        };
        let maps = common
            .map
            .iter()
            .map(|name| ColumnMap::load(name))
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
            forgotten: None,
            started_at: Timestamp::now(),
            start: Instant::now(),
        })
    }

    /// The zone of times that name none, from here on.
    pub(crate) fn time_zone(&mut self, name: Option<&str>) {
        self.options.time_zone = name.map(str::to_owned);
    }

    /// Reads ids and handles as they stand, from here on, for a command that must find people by them.
    pub(crate) fn in_clear(&mut self) {
        self.options.pseudonyms = None;
    }

    /// Reads a table by a map of the command's own, before those that were typed.
    pub(crate) fn read_by<T: Record>(
        &mut self,
        map: Option<ColumnMap>,
        patterns: &[String],
    ) -> Result<Table<T>> {
        let typed = self.options.maps.clone();
        self.options.maps.splice(0..0, map);
        let table = self.read(patterns);
        self.options.maps = typed;
        table
    }

    /// Reads one table row by row, for tables that are folded into something smaller.
    pub(crate) fn read_each<T: Record>(
        &mut self,
        patterns: &[String],
        take: &mut dyn FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let files = expand(patterns)?;
        let sources = read_rows(&files, &self.options, &mut self.rejects, take)?;
        self.note(&sources.inputs)
    }

    /// Reads one table; without files, an empty one.
    pub(crate) fn read<T: Record>(&mut self, patterns: &[String]) -> Result<Table<T>> {
        let files = expand(patterns)?;
        let table: Table<T> = read_table(&files, &self.options, &mut self.rejects)?;
        self.note(&table.inputs)?;
        Ok(table)
    }

    /// Says what was read, and keeps it for the manifest.
    fn note(&mut self, inputs: &[InputInfo]) -> Result<()> {
        for input in inputs {
            self.check_input(input)?;
            let mut line = format!(
                "{}: {} {}",
                input.path.display(),
                count((input.rows - input.rejected - input.repeated - input.left_out) as u64),
                input.table
            );
            if input.repeated > 0 {
                line += &format!(", {} rows that repeat them", count(input.repeated as u64));
            }
            if input.left_out > 0 {
                line += &format!(", {} left out by the map", count(input.left_out as u64));
            }
            if input.rejected > 0 {
                line += &format!(", {} rejected", count(input.rejected as u64));
            }
            for (column, rows) in &input.unknown {
                line += &format!(", {column} unknown in {}", count(*rows as u64));
            }
            self.voice.say(&line);
            for note in &input.notes {
                self.voice.say(&format!("{}: {note}", input.path.display()));
            }
        }
        self.inputs.extend_from_slice(inputs);
        Ok(())
    }

    /// A file must be the one that the shares have read.
    fn check_input(&self, input: &InputInfo) -> Result<()> {
        let Some(parts) = &self.common.parts else {
            return Ok(());
        };
        let path = input.path.display().to_string();
        let read = (path, input.sha256.clone());
        if parts.inputs.contains(&read) {
            return Ok(());
        }
        Err(Error::input(
            Place::file(&input.path),
            "is not the file that the parts were made from",
        )
        .with_hint("run the shares again, or bring the file back as it was"))
    }

    /// Reads comments, judges them and hands them on at the same time, a few thousand rows after
    /// the other, so that a table may be larger than the memory.
    pub(crate) fn judge(
        &mut self,
        patterns: &[String],
        encoder: &dyn Encoder,
        target: &Target,
        mut take: impl FnMut(&[Comment], &[ScoredComment]) -> Result<()> + Send,
    ) -> Result<()> {
        let shares = self.shares();
        let files = expand(patterns)?;
        let scorer = Scorer::new(encoder)?;
        let (options, rejects) = (&self.options, &mut self.rejects);
        let sources = score_stream(
            &scorer,
            target,
            |comment| read_rows(&files, options, rejects, comment),
            |comments, rows| {
                // A share's answers are no results yet.
                if shares { Ok(()) } else { take(comments, rows) }
            },
        )?;
        self.note(&sources.inputs)
    }

    /// Reads creators, posts and comments. Where a map reads creators out of the posts' file
    /// (or the other way round), one flag gives both.
    pub(crate) fn tables(&mut self, args: &CreatorTables) -> Result<Tables> {
        let maps_table = |table: &str| self.options.maps.iter().any(|m| m.table(table).is_some());
        let creators_from_posts = self.reads_from_posts(args);
        let posts_from_creators = args.posts.is_empty() && maps_table(Post::TABLE);
        let creators = if creators_from_posts {
            &args.posts
        } else {
            &args.creators
        };
        let posts = if posts_from_creators {
            &args.creators
        } else {
            &args.posts
        };
        if creators.is_empty() {
            return Err(Error::usage("the table of creators is missing").with_hint(
                "give --creators FILE; or --posts FILE with a --map that reads creators from it",
            ));
        }
        let mut creators = self.read::<Creator>(creators)?.rows;
        let mut posts = self.read::<Post>(posts)?.rows;
        let mut comments = self.read::<Comment>(&args.comments)?.rows;
        let accounts = Accounts::of(&mut creators);
        self.say_adopted("posts", &accounts.adopt_posts(&mut posts));
        let mut sum = adopt_post_ids(&posts, &mut comments);
        for comment in &mut comments {
            accounts.adopt_comment(comment, &mut sum);
        }
        self.say_adopted("comments", &sum);
        Ok(Tables::new(creators, posts, comments))
    }

    /// Says which ids were spelled otherwise than in the table that they are of.
    pub(crate) fn say_adopted(&self, table: &str, sum: &Adopted) {
        for mut note in sum.notes(table) {
            if self.common.hash_ids.is_some() {
                // Addresses name people in clear.
                note = note.split(", as ").next().unwrap_or_default().to_owned();
            }
            self.voice.say(&note);
        }
    }

    /// Whether a map reads creators out of the posts' file.
    pub(crate) fn reads_from_posts(&self, args: &CreatorTables) -> bool {
        let mapped = || self.options.maps.iter().any(|m| m.creators.is_some());
        args.creators.is_empty() && !args.posts.is_empty() && mapped()
    }

    /// Leaves the rejects to those who read the same tables after this.
    pub(crate) fn let_others_write(&mut self) {
        self.closed = AtomicBool::new(true);
    }

    /// The same, joined: what did not join is said, and kept for the manifest.
    ///
    /// # Errors
    /// As [`Session::join`].
    pub(crate) fn market(&mut self, args: &CreatorTables) -> Result<Tables> {
        let tables = self.tables(args)?;
        let mut market = Market::new(&tables.creators, &tables.posts);
        tables.comments.iter().for_each(|c| market.push(c));
        let joins = market.joins();
        self.join(joins)?;
        Ok(tables)
    }

    /// Says what did not join, and keeps it for the manifest.
    ///
    /// # Errors
    /// [`Error::Input`] where nothing of a table joins.
    pub(crate) fn join(&mut self, joins: Vec<Join>) -> Result<()> {
        limits::check_joins(&joins, &self.inputs)?;
        self.say_joins(joins);
        Ok(())
    }

    /// The same where any one of the joins is enough.
    ///
    /// # Errors
    /// [`Error::Input`] where none of them finds anything.
    pub(crate) fn join_either(&mut self, joins: Vec<Join>) -> Result<()> {
        if joins.iter().all(Join::finds_nothing) {
            limits::check_joins(&joins, &self.inputs)?;
        }
        self.say_joins(joins);
        Ok(())
    }

    fn say_joins(&mut self, mut joins: Vec<Join>) {
        if self.common.hash_ids.is_some() {
            // Links and codes name people in clear.
            let links = joins.iter_mut().filter(|j| !j.limited);
            links.for_each(|j| j.unmatched_say.clear());
        }
        for join in &joins {
            if join.unmatched == 0 {
                let line = format!(
                    "{}: {} of {} joined to {}",
                    join.table, join.joined, join.rows, join.to
                );
                self.voice.detail(&line);
            } else {
                self.voice
                    .say(&format!("{} ({})", join.sentence(), join.spellings()));
            }
        }
        self.joins.extend(joins);
    }

    /// What was read, and how it joined.
    pub(crate) fn counted(&self) -> (&[InputInfo], &[Join]) {
        (&self.inputs, &self.joins)
    }

    /// The limits that are exceeded; those of a stage are the run's to hold.
    fn excesses(&self) -> Vec<limits::Excess> {
        if self.common.within_run {
            return Vec::new();
        }
        limits::excesses(self.common, &self.inputs, &self.joins)
    }

    /// Where a result goes: beside its place, where a limit that the user set is exceeded.
    ///
    /// # Errors
    /// [`Error::Usage`] where a limit is exceeded and nothing may be lost.
    fn place<'p>(&self, path: &'p Path) -> Result<Cow<'p, Path>> {
        let excesses = self.excesses();
        if let Some(excess) = excesses.first().filter(|_| self.common.strict) {
            return Err(
                Error::usage(excess.text.clone()).with_hint("without --strict this is a warning")
            );
        }
        let aside = excesses.iter().any(|excess| excess.set)
            && path != Path::new("-")
            && memory_name(path).is_none();
        Ok(if aside {
            Cow::Owned(limits::beside(path))
        } else {
            Cow::Borrowed(path)
        })
    }

    /// Ends a table that was begun before all rows were read.
    pub(crate) fn finish_table(&self, table: TableWriter) -> Result<()> {
        match &self.common.output {
            Some(path) => table.named(&self.place(path)?).finish(),
            None => table.finish(),
        }
    }

    /// Loads the sentiment model.
    pub(crate) fn sentiment_model(&mut self) -> Result<Arc<dyn Encoder>> {
        let own = self.common.model.as_deref();
        let languages = self.common.languages()?;
        let mut models = Vec::new();
        match own {
            Some(_) => models.push(self.model(own, "sentiment")?),
            None => {
                for name in SENTIMENT_MODELS {
                    models.push(self.model(None, name)?);
                }
            }
        }
        Ok(Arc::new(ModelSet::new(models, languages)?))
    }

    /// Loads the embedding model.
    pub(crate) fn embedding_model(&mut self) -> Result<Arc<dyn Encoder>> {
        self.model(self.common.embedding_model.as_deref(), "embedding")
    }

    fn model(&mut self, path: Option<&Path>, shipped: &'static str) -> Result<Arc<dyn Encoder>> {
        let folder = match path {
            Some(path) => ModelFolder::open(path)?,
            None => shipped_model(shipped)?,
        };
        let encoder = open_encoder(&folder, Backend::named(&self.common.backend)?)?;
        let sharing = match (&self.part, &self.common.parts) {
            _ if self.forgotten.is_some() => self.forgotten.clone().map(Sharing::Forgets),
            (Some(part), _) => Some(Sharing::Writes(Arc::clone(part))),
            (None, Some(parts)) => Some(Sharing::Reads(Arc::clone(&parts.answers))),
            (None, None) => None,
        };
        let host = self.common.host.clone().filter(|host| host.reads());
        let elsewhere = host.is_some();
        let encoder: Box<dyn Encoder> = match host {
            Some(host) => Box::new(Elsewhere {
                inner: encoder,
                host,
                model: shipped,
            }),
            None => encoder,
        };
        let mut encoder =
            CachedEncoder::new(encoder, &folder, self.disk_cache())?.with_sharing(sharing);
        if elsewhere {
            encoder = encoder.asking_at_once();
        }
        let encoder = Arc::new(encoder);
        self.voice.detail(&format!(
            "model {} from {}",
            encoder.settings().name,
            folder.path().display()
        ));
        let model = ModelInfo {
            name: encoder.settings().name.clone(),
            sha256: folder.weights_sha256().to_owned(),
            backend: encoder.backend().to_owned(),
        };
        if let Some(parts) = &self.common.parts
            && !parts.models.contains(&part_model(&model))
        {
            return Err(Error::input(
                Place::file(folder.path()),
                "is not the model that the parts were read by",
            )
            .with_hint("merge with the model of the shares, or run them again with this one"));
        }
        self.models.push(model);
        self.encoders.push(Arc::clone(&encoder));
        if self.common.quiet || elsewhere {
            return Ok(encoder);
        }
        Ok(Arc::new(Watched::new(encoder, self.common.host.clone())))
    }

    /// The store on disk, unless it is unwanted. A run does not fail for want of it.
    fn disk_cache(&mut self) -> Option<Arc<DiskCache>> {
        if self.disk.is_none() && !self.common.no_cache {
            match cache_folder().map(|folder| DiskCache::open(&folder)) {
                Some(Ok(disk)) => self.disk = Some(Arc::new(disk)),
                Some(Err(error)) => self.voice.say(&format!("warning: {error}")),
                None => {}
            }
        }
        self.disk.clone()
    }

    /// Says what the cache spared, and what went wrong with it.
    fn close_cache(&self) {
        for encoder in &self.encoders {
            let counts = encoder.counts();
            if counts.from_disk > 0 {
                self.voice.say(&format!(
                    "{} of {} texts were known from an earlier run (--no-cache reads them anew)",
                    count(counts.from_disk),
                    count(counts.from_disk + counts.read),
                ));
            }
        }
        // Both models share the store, so one word is enough.
        if let Some(trouble) = self.encoders.iter().find_map(|e| e.trouble()) {
            self.voice.say(&format!("warning: {trouble}"));
        }
    }

    /// From here on the models read nothing, and what the store knows of their texts is removed.
    pub(crate) fn forget(&mut self) -> Result<Arc<AtomicU64>> {
        if self.disk_cache().is_none() {
            return Err(Error::usage("there is no cache to forget anything in"));
        }
        let count = Arc::new(AtomicU64::new(0));
        self.forgotten = Some(Arc::clone(&count));
        Ok(count)
    }

    /// Whether this run reads one share only, and stops once it is read.
    pub(crate) fn shares(&self) -> bool {
        self.part.is_some()
    }

    /// Writes the part of a share.
    pub(crate) fn finish_part(&self) -> Result<()> {
        let (Some(part), Some(path)) = (&self.part, &self.common.output) else {
            return Ok(());
        };
        let inputs = self.inputs.iter();
        let arguments = hidden(&self.common.arguments, self.common.hash_ids.as_deref());
        let manifest = PartManifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: self.command.to_owned(),
            config: self
                .settings()
                .map_or(Ok(String::new()), Settings::identity)?,
            arguments,
            shard: part.shard().number(),
            of: part.shard().of(),
            inputs: inputs
                .map(|i| (i.path.display().to_string(), i.sha256.clone()))
                .collect(),
            models: self.models.iter().map(part_model).collect(),
            hash_ids: self.common.fingerprint(),
        };
        let manifest = serde_json::to_value(&manifest)
            .map_err(|e| Error::Internal(format!("the part's manifest: {e}")))?;
        part.write(path, &manifest)?;
        self.voice.say(&format!(
            "share {}: {} answers in {}; `microfluence merge` puts all shares together",
            part.shard(),
            count(part.len() as u64),
            path.display()
        ));
        self.close_cache();
        Ok(())
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
        // What cannot be read any more was read before: its hash is unknown, and the run is none the worse.
        let mut files = self
            .settings()
            .and_then(|s| s.files().ok())
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

    /// Writes table and document where they were asked for, prints the document or the text for
    /// people, and says what became of the rows.
    pub(crate) fn finish(self, sheet: &Sheet, summary: &Value, people: &str) -> Result<()> {
        if self.shares() {
            return self.finish_part();
        }
        if let Some(output) = &self.common.output {
            self.write(output, sheet)?;
        }
        self.conclude(summary, people)
    }

    /// The output, to be written row by row; `None` where none was asked for.
    pub(crate) fn table(&self, columns: &[Column]) -> Result<Option<TableWriter>> {
        self.common
            .output
            .as_ref()
            .filter(|_| !self.shares())
            .map(|output| self.writer(output, columns))
            .transpose()
    }

    /// A table to be written to a file, or to the program that embeds this one.
    fn writer(&self, path: &Path, columns: &[Column]) -> Result<TableWriter> {
        let writer = match (memory_name(path), &self.common.host) {
            (Some(name), Some(host)) => {
                TableWriter::in_memory(host.sink(name, columns)?, path, columns)
            }
            _ => TableWriter::create(path, columns)?,
        };
        Ok(writer.hiding(self.common.hash_ids.clone()))
    }

    /// Writes a table that the command makes beside its output, or the output itself.
    pub(crate) fn write(&self, path: &Path, sheet: &Sheet) -> Result<()> {
        sheet.write_to(self.writer(&self.place(path)?, &sheet.columns)?)
    }

    /// What [`Session::finish`] does beside writing the table.
    pub(crate) fn conclude(self, summary: &Value, people: &str) -> Result<()> {
        if self.shares() {
            return self.finish_part();
        }
        let (mut summary, mut people) = (Cow::Borrowed(summary), Cow::Borrowed(people));
        if let Some(pseudonyms) = &self.common.hash_ids {
            pseudonyms.document(summary.to_mut());
            people = Cow::Owned(pseudonyms.text(&people).into_owned());
        }
        let (summary, people) = (summary.as_ref(), people.as_ref());
        if let Some(host) = &self.common.host {
            self.place(Path::new("-"))?;
            host.conclude(summary, people);
            self.close_rejects()?;
            return self.close_limits();
        }
        let document = format!("{summary:#}\n");
        if let Some(path) = &self.common.summary {
            write_atomically(&self.place(path)?, document.as_bytes())?;
        }
        self.place(Path::new("-"))?;
        let stdout = |text: &str| to_stdout(text).map_err(|e| Error::io("standard output", e));
        let to_stdout_already = self.common.output.as_deref() == Some(Path::new("-"));
        if self.common.json {
            stdout(document.trim_end())?;
        } else if !self.common.quiet && !self.common.within_run && !to_stdout_already {
            stdout(people)?;
        }
        self.close_rejects()?;
        self.close_limits()
    }

    /// Says which limits were exceeded; an error where the user had set one.
    fn close_limits(&self) -> Result<()> {
        let (set, usual): (Vec<_>, Vec<_>) = self.excesses().into_iter().partition(|e| e.set);
        for excess in &usual {
            self.voice.say(&format!("WARNING: {}", excess.text));
        }
        if set.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = set.iter().map(|e| e.text.as_str()).collect();
        let written: Vec<String> = [&self.common.output, &self.common.summary]
            .into_iter()
            .flatten()
            .filter(|path| path.as_path() != Path::new("-") && memory_name(path).is_none())
            .map(|path| limits::beside(path).display().to_string())
            .collect();
        let mut message = texts.join("; ");
        if !written.is_empty() {
            message += &format!(
                "; what stood there before is untouched, the new results are in {}",
                written.join(" and ")
            );
        }
        Err(Error::limit(message))
    }

    /// Writes the rejects beside the output, and the sum of rows.
    pub(crate) fn close_rejects(&self) -> Result<()> {
        self.close_rejects_beside(&self.beside())
    }

    /// The same, beside a file or folder of the command's own choice.
    pub(crate) fn close_rejects_beside(&self, beside: &Path) -> Result<()> {
        let rows: usize = self.inputs.iter().map(|i| i.rows).sum();
        let repeated: usize = self.inputs.iter().map(|i| i.repeated).sum();
        let left_out: usize = self.inputs.iter().map(|i| i.left_out).sum();
        let rejected = self.rejects.count();
        self.write_rejects(beside)?;
        let mut line = format!(
            "rows: {} read = {} used + {} rejected",
            count(rows as u64),
            count((rows - rejected - repeated - left_out) as u64),
            count(rejected as u64)
        );
        if repeated > 0 {
            line += &format!(" + {} repeated", count(repeated as u64));
        }
        if left_out > 0 {
            line += &format!(" + {} left out by the map", count(left_out as u64));
        }
        self.voice.say(&line);
        self.close_cache();
        Ok(())
    }

    /// The file that the rejects stand beside: the first one that the run was told to write.
    fn beside(&self) -> PathBuf {
        let path = self
            .named_file()
            .cloned()
            .unwrap_or_else(|| PathBuf::from("microfluence"));
        match self.place(&path) {
            Ok(place) => place.into_owned(),
            Err(_) => path,
        }
    }

    fn named_file(&self) -> Option<&PathBuf> {
        [&self.common.output, &self.common.summary]
            .into_iter()
            .flatten()
            .find(|path| path.as_path() != Path::new("-"))
    }

    fn write_rejects(&self, beside: &Path) -> Result<()> {
        self.closed.store(true, Ordering::Relaxed);
        if self.common.host.is_some() {
            return self
                .rejects
                .write_to(self.writer(Path::new("memory:rejects"), &Rejects::columns())?);
        }
        let written = self.rejects.write(beside)?;
        if self.rejects.cell_count() > 0 {
            self.voice.say(&format!(
                "{} cells are unknown because something else stood there, in {}",
                count(self.rejects.cell_count() as u64),
                Rejects::cells_path_for(beside).display()
            ));
        }
        if let Some(path) = written {
            self.voice.say(&format!(
                "{} rejected rows, with the reasons, are in {}",
                count(self.rejects.count() as u64),
                path.display()
            ));
        }
        Ok(())
    }

    /// Seconds since the run began.
    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

impl Drop for Session<'_> {
    /// A run that ends with an error has often done so because of rows that it could not use, so they are written then too.
    fn drop(&mut self) {
        // A stage that writes no table of its own reads what another one has read and told of.
        let stage = self.common.within_run && self.named_file().is_none();
        let settled = self.closed.load(Ordering::Relaxed) || self.common.host.is_some() || stage;
        if !settled && self.rejects.count() > 0 && !std::thread::panicking() {
            // The error that ends the run is the one to tell.
            let _ = self.write_rejects(&self.beside());
        }
    }
}

fn part_model(model: &ModelInfo) -> PartModel {
    PartModel {
        name: model.name.clone(),
        sha256: model.sha256.clone(),
        backend: model.backend.clone(),
    }
}
