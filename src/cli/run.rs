//! `microfluence run`: every stage from one file, what is done and unchanged left as it is.

mod dry;

use super::alerts::{AlertArgs, fired};
use super::args::{Cli, Common, CreatorTables};
use super::config::{RunConfig, STAGES, Stage, find};
use super::flags::refuse;
use super::folder_lock::FolderLock;
use super::given::{Given, key};
use super::limits;
use super::memory::RunMemory;
use super::metrics;
use super::nightly::{ALERTS, Nightly};
use super::report::write_report;
use super::results::{Answer, stage_result};
use super::session::Session;
use super::settings::Settings;
use super::survey::Survey;
use super::term::{Reporter, count, say_answer, to_stderr, to_stdout};
use crate::dataset::{ColumnMap, Pseudonyms, expand, write_atomically};
use crate::hash::{file_sha256, hex};
use crate::history::Alert;
use crate::inference::{ModelFolder, shipped_model};
use crate::report::creators_sheet;
use crate::{Error, Result};
use clap::{Args, CommandFactory};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence init --force datasets/sample/creators.csv datasets/sample/posts.csv --niche vegan\n  microfluence run microfluence.toml\n  microfluence run microfluence.toml --force"
)]
pub(crate) struct RunArgs {
    /// The file that says the run; `microfluence config` prints one, `microfluence init` makes one of your tables.
    #[arg(value_name = "CONFIG.toml")]
    pub(crate) config: PathBuf,
    /// Do every stage again, whatever is done.
    #[arg(long)]
    pub(crate) force: bool,
    /// Say what would be done and about how long it would take; nothing is scored and nothing is written.
    #[arg(long, conflicts_with_all = ["metrics", "alert", "notify"])]
    pub(crate) dry_run: bool,
    /// Write counts and durations of the run here, as `OpenMetrics` text for a collector, whatever its end.
    #[arg(long, value_name = "PATH")]
    pub(crate) metrics: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alerts: AlertArgs,
}

pub(crate) fn run(args: &RunArgs, common: &Common) -> Result<()> {
    let start = Instant::now();
    if args.dry_run {
        refuse("run --dry-run", &common.typed, &["summary", "json"])?;
    }
    let mut output = None;
    let outcome = start_run(args, common, &mut output);
    let Some(path) = &args.metrics else {
        return outcome;
    };
    let written = metrics::write(path, output.as_deref(), &outcome, start.elapsed());
    match (outcome, written) {
        // What the run itself ends with is the graver.
        (Err(error), Err(beside)) => {
            to_stderr(&format!("WARNING: --metrics: {beside}"));
            Err(error)
        }
        (outcome, written) => outcome.and(written),
    }
}

/// Reads the file and does what it says; `output` gets the folder as soon as it is known.
fn start_run(args: &RunArgs, common: &Common, output: &mut Option<PathBuf>) -> Result<()> {
    let mut config = RunConfig::read(&args.config)?;
    if let Some(folder) = &common.output {
        config.output.clone_from(folder);
    }
    *output = Some(config.output.clone());
    config.alerts.add(&args.alerts);
    config.alerts.check(config.history)?;
    let asked = json!({ "config": args.config, "output": config.output });
    let effort = Effort {
        force: args.force,
        dry: args.dry_run,
    };
    Run::new("run", config, effort, common)?.all(&asked)
}

/// Whether a table of the run's own has a line below its header.
fn has_rows(table: &Path) -> bool {
    std::fs::File::open(table).is_ok_and(|file| {
        BufReader::new(file)
            .lines()
            .nth(1)
            .is_some_and(|line| line.is_ok())
    })
}

/// Whether a stage's command has this flag.
fn has_flag(stage: &Stage, name: &str) -> bool {
    find(&Cli::command(), stage)
        .is_some_and(|c| c.get_arguments().any(|a| a.get_long() == Some(name)))
}

/// Where a run keeps what it has done.
const STATE: &str = "run.json";

/// How much of a run is done. By default what is not done yet, or was done with other data or settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Every stage is to do, whatever is done.
    force: bool,
    /// Nothing is done: what would be is said.
    dry: bool,
}

/// A run on its way.
pub(crate) struct Run<'c> {
    command: &'static str,
    config: RunConfig,
    effort: Effort,
    /// Where the last good results are; another folder than the output where a limit is exceeded.
    good: PathBuf,
    common: &'c Common,
    voice: Reporter,
    models: Vec<String>,
    /// What people are hidden by.
    hash_ids: Option<Arc<Pseudonyms>>,
    /// What was read, and how it joined.
    survey: Survey,
    /// The flags of every command, as the file and what was typed give them.
    resolved: Common,
    /// What the stages share.
    memory: Arc<RunMemory>,
    /// Whether a map reads creators.
    maps_creators: bool,
    /// What was done, by stage.
    done: Map<String, Value>,
    /// The summary documents of the ranking and the plan.
    ranking: Option<Value>,
    plan: Option<Value>,
    /// No other run writes to the folder while this one lives.
    _alone: Option<FolderLock>,
}

impl<'c> Run<'c> {
    /// Looks at the inputs and at what an earlier run has left.
    pub(crate) fn new(
        command: &'static str,
        mut config: RunConfig,
        effort: Effort,
        common: &'c Common,
    ) -> Result<Self> {
        if config.tables.is_empty() {
            return Err(Error::usage("the file names no table")
                .with_hint("under [tables], name at least creators, posts or comments"));
        }
        // Without the `.` of a file that says where it is itself.
        config.output = config.output.components().collect();
        config.override_by(&common.typed);
        let mut settings = resolve("maps", &config.common)?.common;
        settings.quiet = common.quiet;
        settings.verbose = common.verbose;
        settings.host.clone_from(&common.host);
        if common.hash_ids.is_some() {
            settings.hash_ids.clone_from(&common.hash_ids);
        }
        if let Some(threads) = settings.threads.filter(|_| common.threads.is_none()) {
            super::use_threads(threads)?;
        }
        let memory = Arc::new(RunMemory::new(Session::voice_of(&settings)));
        settings.memory = Some(Arc::clone(&memory));
        let survey = Survey::of(command, &config, &settings)?;
        if let Some(excess) = survey.excesses.first().filter(|_| settings.strict) {
            return Err(
                Error::usage(excess.text.clone()).with_hint("without `strict` this is a warning")
            );
        }
        let good = config.output.clone();
        if survey.beyond().is_some() {
            config.output = limits::beside(&config.output);
        }
        let alone = if effort.dry {
            None
        } else {
            Some(FolderLock::in_folder(&config.output)?)
        };
        for files in config.tables.values() {
            expand(files)?;
        }
        let model = |given: &Option<PathBuf>, shipped: &str| -> Result<String> {
            let folder = match given {
                Some(path) => ModelFolder::open(path)?,
                None => shipped_model(shipped)?,
            };
            Ok(folder.weights_sha256().to_owned())
        };
        let hash_ids = settings.hash_ids.clone();
        let resolved = settings.clone();
        let models = vec![
            model(
                &settings.model.or_else(|| common.model.clone()),
                "sentiment",
            )?,
            model(
                &settings
                    .embedding_model
                    .or_else(|| common.embedding_model.clone()),
                "embedding",
            )?,
        ];
        let state: Option<Value> = std::fs::read(config.output.join(STATE))
            .ok()
            .and_then(|b| serde_json::from_slice(&b).ok());
        let done = state
            .and_then(|s| s.get("stages").and_then(Value::as_object).cloned())
            .unwrap_or_default();
        let voice = if common.quiet {
            Reporter::Quiet
        } else {
            Reporter::Normal
        };
        Ok(Self {
            command,
            config,
            effort,
            good,
            common,
            voice,
            models,
            hash_ids,
            survey,
            maps_creators: maps_creators(&resolved),
            resolved,
            memory,
            done,
            ranking: None,
            plan: None,
            _alone: alone,
        })
    }

    /// Every stage that the tables allow, then the page.
    pub(crate) fn all(mut self, asked: &Value) -> Result<()> {
        if self.effort.dry {
            return self.say_what_is_to_do();
        }
        let start = Instant::now();
        let mut session_common = self.common.clone();
        session_common.output = None;
        session_common.summary = None;
        let cli = Cli::command();
        let mut left = Vec::new();
        for stage in &STAGES {
            match self.settings(&cli, stage) {
                Ok(given) => self.stage(stage, &given)?,
                Err(reason) => {
                    let line = format!("{}: left out, {reason}", stage.command);
                    self.voice.say(&line);
                    left.push(line);
                }
            }
        }
        if left.len() == STAGES.len() {
            return Err(Error::usage(format!(
                "no stage can be done with these tables: {}",
                left.join("; ")
            )));
        }
        self.names()?;
        self.save(asked, start.elapsed().as_secs_f64())?;
        let alerts = self.since_last_time()?;
        let page = self.config.output.join("report.html");
        write_report(&self.config.output, &page)?;
        let rejected: usize = self.survey.inputs.iter().map(|input| input.rejected).sum();
        if rejected > 0 {
            self.voice.say(&format!(
                "{} rejected rows, with the reasons, are in {}",
                count(rejected as u64),
                self.config.output.join("*.rejects.csv").display()
            ));
        }
        if let Some(spared) = self.memory.spared() {
            self.voice.say(&spared);
        }
        for excess in self.survey.excesses.iter().filter(|e| !e.set) {
            self.voice.say(&format!("WARNING: {}", excess.text));
        }
        self.answer()?;
        self.voice.say(&format!(
            "done in {:.1} s; all tables are in {}",
            start.elapsed().as_secs_f64(),
            self.config.output.display()
        ));
        self.voice.say(&format!("open {}", page.display()));
        match self.survey.beyond() {
            None => fired(&alerts, Some(&self.config.output.join(ALERTS))),
            Some(beyond) => Err(Error::limit(format!(
                "{beyond}; the last good results are untouched, these are in {}",
                self.config.output.display()
            ))),
        }
    }

    /// The tables and settings of a stage, or why it cannot be done.
    fn settings(&self, cli: &clap::Command, stage: &Stage) -> std::result::Result<Given, String> {
        let command = find(cli, stage).ok_or("this version has no such command")?;
        let Some(Some(own)) = self.config.stages.get(stage.command) else {
            return Err("the file says skip".to_owned());
        };
        let has = |table: &str| self.config.tables.contains_key(table);
        // A map may read creators out of the posts' file.
        let there =
            |table: &&str| has(table) || *table == "creators" && has("posts") && self.maps_creators;
        if let Some(missing) = stage.needs.iter().find(|table| !there(table)) {
            return Err(format!("[tables] names no {missing}"));
        }
        let mut given = Given::default();
        // A ranking is of a niche, or of accounts like another.
        let one_of = |long: &str| long == "niche" && has_flag(stage, "like") && !own.has("like");
        for arg in command.get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            match self.config.tables.get(long) {
                Some(files) => given.set(long, files.clone()),
                None if (arg.is_required_set() || one_of(long)) && !own.has(&key(arg)) => {
                    return Err(format!("[{}] {} is not set", stage.command, key(arg)));
                }
                None => {}
            }
        }
        Ok(given.over(own))
    }

    /// A stage's command as it is called, and the files that it writes.
    fn command(&self, stage: &Stage, given: &Given) -> Result<(Cli, Vec<PathBuf>)> {
        let out = &self.config.output;
        let path = |ending: &str| out.join(format!("{}.{ending}", stage.file));
        let mut files = vec![path("csv"), path("json")];
        let mut all = given.clone();
        // What came of a campaign is shown beside what its ranking had said, where it had ranked anybody.
        let ranking = out.join("ranking.csv");
        if has_flag(stage, "ranking") && self.done.contains_key("rank") && has_rows(&ranking) {
            all.set("ranking", ranking.display().to_string());
        }
        all.set("output", files[0].display().to_string());
        all.set("summary", files[1].display().to_string());
        let excluded = if stage.command == "rank" {
            "excluded.csv".to_owned()
        } else {
            format!("{}-excluded.csv", stage.file)
        };
        for (flag, name) in [
            ("excluded", excluded),
            ("safety-hits", "safety.csv".to_owned()),
            ("quotes", "quotes.csv".to_owned()),
        ] {
            if has_flag(stage, flag) {
                let path = out.join(name);
                all.set(&flag.replace('-', "_"), path.display().to_string());
                files.push(path);
            }
        }
        Ok((
            resolve(stage.command, &all.over(&self.config.common))?,
            files,
        ))
    }

    /// Does a stage, unless it is done.
    fn stage(&mut self, stage: &Stage, given: &Given) -> Result<()> {
        let (mut cli, files) = self.command(stage, given)?;
        let fingerprint = self.fingerprint(&Settings::of(&cli)?)?;
        if self.is_done(stage.command, &fingerprint) {
            let document = written(&files[1]);
            let result = stage_result(stage.command, &document);
            self.voice.stage(stage.command, &result, None);
            self.keep(stage.command, document);
            return Ok(());
        }
        let start = Instant::now();
        cli.common.within_run = true;
        cli.common.quiet = self.common.quiet;
        cli.common.no_cache |= self.common.no_cache;
        cli.common.hash_ids.clone_from(&self.hash_ids);
        cli.common.memory = Some(Arc::clone(&self.memory));
        for (own, given) in [
            (&mut cli.common.model, &self.common.model),
            (
                &mut cli.common.embedding_model,
                &self.common.embedding_model,
            ),
        ] {
            if own.is_none() {
                own.clone_from(given);
            }
        }
        super::dispatch(cli)?;
        if stage.command == "plan" {
            self.memory.forget_profiles();
        }
        let document = self.memory.concluded(stage.command).unwrap_or_default();
        let result = stage_result(stage.command, &document);
        let seconds = start.elapsed().as_secs_f64();
        self.voice.stage(stage.command, &result, Some(seconds));
        self.keep(stage.command, document);
        self.remember(stage.command, &fingerprint, &files, start)
    }

    /// What differs from the run before, and what of that somebody wants to be called for.
    fn since_last_time(&self) -> Result<Vec<Alert>> {
        let nightly = Nightly {
            output: &self.config.output,
            good: &self.good,
            days: self.config.history,
            voice: &self.voice,
        };
        nightly.look_back(&self.config.alerts)
    }

    /// Keeps the documents that the answer is made of.
    fn keep(&mut self, command: &str, document: Value) {
        match command {
            "rank" => self.ranking = Some(document),
            "plan" => self.plan = Some(document),
            _ => {}
        }
    }

    /// Whom to book, on standard output.
    fn answer(&self) -> Result<()> {
        if self.common.quiet || self.common.json {
            return Ok(());
        }
        let own = self.config.stages.get("rank").and_then(Option::as_ref);
        let asked = own.and_then(|own| own.text("niche").or_else(|| own.text("like")));
        let (ranking, plan) = (self.ranking.as_ref(), self.plan.as_ref());
        match Answer::new(
            asked.unwrap_or_default(),
            &self.survey.creators,
            ranking,
            plan,
        )
        .text()
        {
            Some(text) => say_answer(self.common, &text),
            None => Ok(()),
        }
    }

    /// Names of creators, for the page.
    fn names(&mut self) -> Result<()> {
        let files = |table: &str| self.config.tables.get(table).cloned().unwrap_or_default();
        let tables = CreatorTables {
            creators: files("creators"),
            posts: files("posts"),
            comments: files("comments"),
        };
        if tables.creators.is_empty() && tables.posts.is_empty() {
            return Ok(());
        }
        let of_tables: Given = [("creators", &tables.creators), ("posts", &tables.posts)]
            .into_iter()
            .map(|(table, files)| (table, files.clone()))
            .collect();
        let cli = resolve("authenticity", &of_tables.over(&self.config.common))?;
        let fingerprint = self.fingerprint(&Settings::of(&cli)?)?;
        if self.is_done("page", &fingerprint) {
            return Ok(());
        }
        let start = Instant::now();
        let mut common = cli.common;
        common.within_run = true;
        common.quiet = true;
        common.hash_ids.clone_from(&self.hash_ids);
        common.memory = Some(Arc::clone(&self.memory));
        let mut session = Session::new(self.command, &common)?;
        let mut tables = session.tables(&tables)?;
        if self.hash_ids.is_some() {
            // People introduce themselves by name there.
            let creators = Arc::make_mut(&mut tables.creators).iter_mut();
            creators.for_each(|c| c.bio = None);
        }
        let path = self.config.output.join("creators.csv");
        session.write(&path, &creators_sheet(&tables.creators))?;
        self.remember("page", &fingerprint, &[path], start)
    }

    /// The settings of every stage, but for the key, which is nobody's to read.
    fn every_stage(&self) -> Given {
        let mut all = self.config.common.clone();
        all.retain(|key| key != "hash_ids");
        all
    }

    /// What a stage's outputs depend on, as one hash: its settings, every file that they name, and the models.
    fn fingerprint(&self, settings: &Settings) -> Result<String> {
        let all = json!({
            "version": env!("CARGO_PKG_VERSION"), "settings": settings.identity(Some(&self.memory))?,
            "hash_ids": self.hash_ids.as_ref().map(|p| p.fingerprint()), "models": self.models,
        });
        Ok(hex(&Sha256::digest(all.to_string().as_bytes())))
    }

    /// Whether a stage was done with the same inputs, settings, models and version, and what it wrote still stands as
    /// it was written.
    fn is_done(&self, name: &str, fingerprint: &str) -> bool {
        let Some(entry) = self.done.get(name).filter(|_| !self.effort.force) else {
            return false;
        };
        let same = entry.get("fingerprint").and_then(Value::as_str) == Some(fingerprint);
        let outputs = entry.get("outputs").and_then(Value::as_object);
        same && outputs.is_some_and(|files| {
            files.iter().all(|(file, hash)| {
                file_sha256(&self.config.output.join(file)).ok().as_deref() == hash.as_str()
            })
        })
    }

    fn remember(
        &mut self,
        name: &str,
        fingerprint: &str,
        files: &[PathBuf],
        start: Instant,
    ) -> Result<()> {
        let mut outputs = Map::new();
        for file in files.iter().filter(|f| f.is_file()) {
            let name = file
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            outputs.insert(name, file_sha256(file)?.into());
        }
        self.done.insert(name.to_owned(), json!({ "fingerprint": fingerprint, "outputs": outputs, "seconds": start.elapsed().as_secs_f64() }));
        // After every stage, so that a run that is stopped goes on where it was.
        let state = json!({ "stages": self.done });
        write_atomically(
            &self.config.output.join(STATE),
            format!("{state:#}\n").as_bytes(),
        )
    }

    fn save(&self, asked: &Value, seconds: f64) -> Result<()> {
        let mut config = asked.clone();
        if let Value::Object(config) = &mut config {
            let stages: BTreeMap<_, _> = self
                .config
                .stages
                .iter()
                .map(|(stage, own)| {
                    let own = own.as_ref();
                    (stage, own.map(|own| own.hidden(self.hash_ids.as_deref())))
                })
                .collect();
            config.insert("stages".to_owned(), json!(stages));
            config.insert("tables".to_owned(), json!(self.config.tables));
            config.insert("every_stage".to_owned(), json!(self.every_stage()));
        }
        let mut quiet = self.resolved.clone();
        quiet.quiet = true;
        quiet.settings = None;
        let mut session = Session::new(self.command, &quiet)?.manifest(config);
        session.hash_ids = self.hash_ids.as_ref().map(|p| p.fingerprint());
        session.seconds = seconds;
        session.inputs.clone_from(&self.survey.inputs);
        session.joins.clone_from(&self.survey.joins);
        session.rejected = session.inputs.iter().map(|input| input.rejected).sum();
        let state = json!({ "manifest": session, "data": self.survey.data(), "stages": self.done });
        let text = format!("{state:#}\n");
        write_atomically(&self.config.output.join(STATE), text.as_bytes())?;
        if let Some(path) = &self.common.summary {
            write_atomically(path, text.as_bytes())?;
        }
        if self.common.json {
            to_stdout(text.trim_end()).map_err(|e| Error::io("standard output", e))?;
        }
        Ok(())
    }
}

/// A document that an earlier run has written.
fn written(path: &Path) -> Value {
    let bytes = std::fs::read(path).ok();
    let document = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    document.unwrap_or_default()
}

/// Whether one of the maps reads creators, which may then stand in the posts' file.
fn maps_creators(common: &Common) -> bool {
    let mut maps = common.map.iter();
    maps.any(|map| ColumnMap::load(map).is_ok_and(|map| map.creators.is_some()))
}

/// A command with the settings of the file.
fn resolve(command: &str, given: &Given) -> Result<Cli> {
    let wrong = |error| Error::usage(format!("in the file, {error}"));
    given.command(command).map_err(wrong)
}
