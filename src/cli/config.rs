//! `microfluence config`: one file that says a whole run. Its keys are the commands' flags, so the file is read and
//! described by the flags' own definitions.

use super::alerts::AlertArgs;
use super::args::{Cli, Common};
use super::given::{self, Given};
use super::term::to_stdout;
use super::typed::did_you_mean;
use crate::error::Place;
use crate::{Error, Result};
use clap::{Arg, ArgAction, Args, Command, CommandFactory};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A stage of a run: a command, and the name of what it writes.
pub(crate) struct Stage {
    /// The command, and the section of the file.
    pub(crate) command: &'static str,
    /// Its table and its document, without ending.
    pub(crate) file: &'static str,
    /// Tables without which it has nothing to do. Creators may come out of the posts' file by a map.
    pub(crate) needs: &'static [&'static str],
}

/// The stages in the order in which they run.
pub(crate) const STAGES: [Stage; 8] = [
    stage("sentiment", "sentiment", &["comments"]),
    stage("niches", "niches", &["creators"]),
    stage("engagement", "engagement", &["creators", "posts"]),
    stage("authenticity", "authenticity", &["creators"]),
    stage("rank", "ranking", &["creators"]),
    stage("plan", "plan", &["creators"]),
    stage("campaign", "campaign", &["visits", "orders", "spend"]),
    stage("lift", "lift", &["panel"]),
];

const fn stage(command: &'static str, file: &'static str, needs: &'static [&'static str]) -> Stage {
    Stage {
        command,
        file,
        needs,
    }
}

/// For how many days records are kept where the file does not say.
const HISTORY_DAYS: u32 = 400;

/// Settings that may stand before the sections, for every stage that has them.
const SHARED: [&str; 2] = ["niche", "brand"];

/// The tables, with what they are.
const TABLES: [(&str, &str); 7] = [
    (
        "creators",
        "who they are: creator_id, followers, handle, bio, price ...",
    ),
    (
        "posts",
        "what they posted: post_id, creator_id, published_at, caption, likes ...",
    ),
    (
        "comments",
        "what people wrote: comment_id, text, post_id or creator_id, brand ...",
    ),
    (
        "visits",
        "of a campaign: visit_id, at, visitor_id, creator_id ...",
    ),
    (
        "orders",
        "of a campaign: order_id, at, value, visitor_id, promo_code ...",
    ),
    ("spend", "of a campaign: creator_id, amount, promo_code ..."),
    ("panel", "of a lift test: location, date, outcome"),
];
/// Flags that the run sets itself or that are about the terminal.
const OWN: [&str; 13] = [
    "log-format",
    "shard",
    "output",
    "summary",
    "json",
    "quiet",
    "verbose",
    "help",
    "version",
    "excluded",
    "ranking",
    "safety-hits",
    "quotes",
];

/// Prints the file.
#[derive(Debug, Args, serde::Serialize)]
#[command(after_help = "Examples:\n  microfluence config > run.toml\n  microfluence config | head")]
pub(crate) struct ConfigArgs {}

pub(crate) fn run(_args: &ConfigArgs, _common: &Common) -> Result<()> {
    to_stdout(template(&BTreeMap::new(), &[]).trim_end())
        .map_err(|e| Error::io("standard output", e))
}

/// The commented file with every default; `tables` and `maps` are filled in.
pub(crate) fn template(tables: &BTreeMap<&str, Vec<String>>, maps: &[String]) -> String {
    let mut text = String::from(
        "# A whole run. Paths are relative to this file; globs are allowed. Lines with # show the defaults.\n\
         # microfluence run THIS_FILE does every stage that its tables allow, and skips what is done and unchanged.\n\n\
         # Folder that the run writes to.\noutput = \"microfluence-run\"\n",
    );
    text += &format!(
        "\n# For how many days a record of each run is kept in the folder history, for `diff`; 0 keeps none.\n# history = {HISTORY_DAYS}\n\n\
         # What ends the run with exit status 4: rules such as \"sentiment falls\", \"top 10 changes\", \"rejected > 1%\".\n# alert = []\n\n\
         # A command that gets the alerts on standard input, a JSON object a line.\n# notify = \"COMMAND\"\n"
    );
    let cli = Cli::command();
    for arg in cli.get_arguments().filter(|a| a.is_global_set() && !own(a)) {
        match arg.get_long() {
            Some("map") if !maps.is_empty() => {
                let names: Vec<Value> = maps.iter().map(|m| Value::from(m.as_str())).collect();
                text += &format!("\n{}\nmap = {}\n", comment(arg), Value::Array(names));
            }
            _ => text += &format!("\n{}\n{}\n", comment(arg), default_line(arg)),
        }
    }
    text += "\n[tables]\n";
    for (table, about) in TABLES {
        match tables.get(table) {
            Some(files) => {
                let files: Vec<Value> = files.iter().map(|f| Value::from(f.as_str())).collect();
                text += &format!("# {about}\n{table} = {}\n", Value::Array(files));
            }
            None => text += &format!("# {about}\n# {table} = [\"{table}.csv\"]\n"),
        }
    }
    for stage in &STAGES {
        let Some(command) = find(&cli, stage) else {
            continue;
        };
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        text += &format!(
            "\n# {about} Needs {}.\n[{}]\n# Leave this stage out.\n# skip = false\n",
            stage.needs.join(", "),
            stage.command
        );
        for arg in stage_args(command) {
            text += &format!("\n{}\n{}\n", comment(arg), default_line(arg));
        }
    }
    text
}

fn own(arg: &Arg) -> bool {
    arg.get_long().is_none_or(|long| OWN.contains(&long))
}

/// The command of a stage, where this program has it.
pub(crate) fn find<'c>(cli: &'c Command, stage: &Stage) -> Option<&'c Command> {
    cli.get_subcommands()
        .find(|c| c.get_name() == stage.command)
}

/// Whether this program has a command of that name.
pub(crate) fn has_command(name: &str) -> bool {
    Cli::command()
        .get_subcommands()
        .any(|c| c.get_name() == name)
}

/// What may be set for a stage: its flags but the tables.
fn stage_args(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        !arg.is_global_set()
            && !own(arg)
            && TABLES
                .iter()
                .all(|(table, _)| arg.get_long() != Some(table))
    })
}

fn comment(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let required = if arg.is_required_set() {
        " Without it the stage is left out."
    } else {
        ""
    };
    format!("# {}{required}", help.replace('\n', "\n# "))
}

/// `# key = default`, or an example of the value.
fn default_line(arg: &Arg) -> String {
    let key = arg.get_long().unwrap_or_default().replace('-', "_");
    let quoted = |text: &str| match text.parse::<f64>() {
        Ok(_) => text.to_owned(),
        Err(_) => Value::from(text).to_string(),
    };
    let value = match (arg.get_action(), arg.get_default_values().first()) {
        (ArgAction::SetTrue, _) => "false".to_owned(),
        (_, Some(value)) => quoted(&value.to_string_lossy()),
        (ArgAction::Append, None) => "[]".to_owned(),
        (_, None) => {
            let name = arg
                .get_value_names()
                .and_then(|n| n.first())
                .map(ToString::to_string);
            Value::from(name.unwrap_or_default().as_str()).to_string()
        }
    };
    format!("# {key} = {value}")
}

/// A file that has been read: what is to be done, with what.
pub(crate) struct RunConfig {
    /// The folder to write to.
    pub(crate) output: PathBuf,
    /// Files by table.
    pub(crate) tables: BTreeMap<String, Vec<String>>,
    /// What calls for attention after the run, and who is told.
    pub(crate) alerts: AlertArgs,
    /// For how many days a record of each run is kept; 0 keeps none.
    pub(crate) history: u32,
    /// Settings of every stage.
    pub(crate) common: Given,
    /// Settings by stage; `None` for a stage that is to be left out.
    pub(crate) stages: BTreeMap<&'static str, Option<Given>>,
}

impl RunConfig {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`Error::Input`] with the line of what is wrong.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::input(Place::file(path), format!("cannot be read: {e}"))
                .with_hint("`microfluence config > run.toml` prints a file to begin with, `microfluence init` makes one of your tables")
        })?;
        let file = File { path, text: &text };
        let mut table: Table = toml::from_str(&text).map_err(|e| Error::toml(path, &text, &e))?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let output = match table.remove("output") {
            None => beside.join("microfluence-run"),
            Some(Value::String(folder)) => beside.join(folder),
            Some(_) => return Err(file.at("", "output", "expected the name of a folder")),
        };
        let alerts = file.alerts(&mut table)?;
        let history = match table.remove("history") {
            None => HISTORY_DAYS,
            Some(value) => value
                .as_integer()
                .and_then(|days| u32::try_from(days).ok())
                .ok_or_else(|| {
                    file.at("", "history", "expected a number of days; 0 keeps nothing")
                })?,
        };
        let mut tables = BTreeMap::new();
        if let Some(section) = file.section(&mut table, "tables")? {
            for (name, files) in section {
                if TABLES.iter().all(|(table, _)| *table != name) {
                    let known: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
                    return Err(file
                        .at(
                            "tables",
                            &name,
                            &format!(
                                "there is no such table{}",
                                did_you_mean(&name, known.iter().copied())
                            ),
                        )
                        .with_hint(format!("there are {}", known.join(", "))));
                }
                let files = texts(&files).ok_or_else(|| {
                    file.at("tables", &name, "expected a file or a list of files")
                })?;
                let files: Vec<String> = files
                    .iter()
                    .map(|f| beside.join(f).display().to_string())
                    .collect();
                if !files.is_empty() {
                    tables.insert(name, files);
                }
            }
        }
        let cli = Cli::command();
        let mut stages = BTreeMap::new();
        // What several stages ask for may be said once, before the sections.
        let shared: Vec<(&str, Option<Value>)> = SHARED.map(|key| (key, table.remove(key))).into();
        for stage in &STAGES {
            let section = file.section(&mut table, stage.command)?;
            let (Some(command), mut section) = (find(&cli, stage), section.unwrap_or_default())
            else {
                continue;
            };
            for (key, value) in &shared {
                let known = command.get_arguments().any(|a| a.get_long() == Some(key));
                if let Some(value) = value
                    .as_ref()
                    .filter(|_| known && !section.contains_key(*key))
                {
                    section.insert((*key).to_owned(), value.clone());
                }
            }
            stages.insert(stage.command, file.stage(command, section, beside)?);
        }
        let flags: Vec<&Arg> = cli
            .get_arguments()
            .filter(|a| a.is_global_set() && !own(a))
            .collect();
        let mut common = Given::default();
        for (key, value) in table {
            let value = file.value(&flags, "", &key, &value, beside)?;
            common.set(&key.replace('-', "_"), value);
        }
        Ok(Self {
            output,
            tables,
            alerts,
            history,
            common,
            stages,
        })
    }
}

impl RunConfig {
    /// What was typed beside the file stands over what the file says.
    pub(crate) fn override_by(&mut self, typed: &[String]) {
        let mut typed = Given::typed(typed);
        typed.retain(|key| key != "hash_ids" && !OWN.contains(&key.replace('_', "-").as_str()));
        self.common = typed.over(&self.common);
    }
}

struct File<'f> {
    path: &'f Path,
    text: &'f str,
}

impl File<'_> {
    /// An error at a key of a section; the section before the first is "".
    fn at(&self, section: &str, key: &str, message: &str) -> Error {
        let mut within = "";
        let line = self.text.lines().position(|line| {
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
                within = name.trim();
                return key.is_empty() && within == section;
            }
            let found = line
                .split('=')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"');
            within == section && found == key && !key.is_empty()
        });
        Error::input(
            Place {
                file: self.path.to_owned(),
                line: line.map(|l| l as u64 + 1),
                column: (!key.is_empty()).then(|| key.to_owned()),
            },
            message,
        )
    }

    fn section(&self, table: &mut Table, name: &str) -> Result<Option<Table>> {
        match table.remove(name) {
            None => Ok(None),
            Some(Value::Table(section)) => Ok(Some(section)),
            Some(_) => Err(self.at("", name, &format!("expected a section, [{name}]"))),
        }
    }

    /// The rules of alerts, each read now, and the command that is told.
    fn alerts(&self, table: &mut Table) -> Result<AlertArgs> {
        let mut alerts = AlertArgs::default();
        if let Some(value) = table.remove("alert") {
            alerts.alert = texts(&value)
                .ok_or_else(|| self.at("", "alert", "expected a rule or a list of rules"))?;
            let wrong = |e: Error| self.at("", "alert", &e.to_string());
            alerts.rules().map_err(wrong)?;
        }
        match table.remove("notify") {
            None => {}
            Some(Value::String(command)) => alerts.notify = Some(command),
            Some(_) => return Err(self.at("", "notify", "expected a command")),
        }
        Ok(alerts)
    }

    /// The settings of a stage's command; `None` where it is to be left out.
    fn stage(&self, command: &Command, section: Table, beside: &Path) -> Result<Option<Given>> {
        let flags: Vec<&Arg> = stage_args(command).collect();
        let mut skip = false;
        let mut given = Given::default();
        for (key, value) in section {
            if key == "skip" {
                skip = value
                    .as_bool()
                    .ok_or_else(|| self.at(command.get_name(), "skip", "expected true or false"))?;
                continue;
            }
            let value = self.value(&flags, command.get_name(), &key, &value, beside)?;
            given.set(&key.replace('-', "_"), value);
        }
        Ok((!skip).then_some(given))
    }

    /// The value of a key, paths as seen from here and not from the file.
    fn value(
        &self,
        flags: &[&Arg],
        section: &str,
        key: &str,
        value: &Value,
        beside: &Path,
    ) -> Result<serde_json::Value> {
        let Some(flag) = flags
            .iter()
            .find(|arg| given::key(arg) == key.replace('-', "_"))
        else {
            let known: Vec<String> = flags.iter().map(|arg| given::key(arg)).collect();
            return Err(self
                .at(
                    section,
                    key,
                    &format!(
                        "there is no such setting here{}",
                        did_you_mean(key, known.iter().map(String::as_str))
                    ),
                )
                .with_hint(format!("known are {}", known.join(", "))));
        };
        let is_file = |text: &str| {
            beside.join(text).exists()
                && flag.get_value_names().is_some_and(|names| {
                    names
                        .iter()
                        .any(|n| n.contains("FILE") || n.contains("DIR"))
                })
        };
        let value = as_json(value, &|text| {
            if is_file(text) {
                beside.join(text).display().to_string()
            } else {
                text.to_owned()
            }
        });
        match given::values(flag, &value) {
            Ok(_) => Ok(value),
            Err(expected) => Err(self.at(section, key, &expected)),
        }
    }
}

/// A value of the file, its texts as `change` gives them.
fn as_json(value: &Value, change: &impl Fn(&str) -> String) -> serde_json::Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Integer(n) => (*n).into(),
        Value::Float(n) => (*n).into(),
        Value::Boolean(on) => (*on).into(),
        Value::Datetime(at) => at.to_string().into(),
        Value::Array(items) => items.iter().map(|item| as_json(item, change)).collect(),
        Value::Table(pairs) => pairs
            .iter()
            .map(|(name, worth)| (name.clone(), as_json(worth, change)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// A value, or a list of them, as they would be typed.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(n) => Some(vec![n.to_string()]),
        Value::Float(n) => Some(vec![n.to_string()]),
        Value::Datetime(at) => Some(vec![at.to_string()]),
        Value::Array(items) => items
            .iter()
            .map(|item| texts(item).filter(|t| t.len() == 1))
            .collect::<Option<Vec<_>>>()
            .map(|all| all.concat()),
        Value::Boolean(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, RunConfig, template};
    use std::collections::BTreeMap;

    fn read(text: &str) -> crate::Result<RunConfig> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        std::fs::write(&path, text).unwrap();
        RunConfig::read(&path)
    }

    #[test]
    fn the_printed_file_is_read_back_as_nothing_but_defaults() {
        let text = template(&BTreeMap::new(), &[]);
        let config = read(&text).unwrap();
        assert!(config.tables.is_empty() && config.common == Given::default());
        assert!(config.stages.values().all(|s| *s == Some(Given::default())));
        // Every line with a default is one that may stand without its #.
        let set: String = text
            .lines()
            .filter(|l| !l.starts_with("# #"))
            .map(|line| {
                let bare = line.strip_prefix("# ").unwrap_or(line);
                let is_setting = bare.split_once(" = ").is_some_and(|(key, _)| {
                    key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                });
                if is_setting {
                    format!("{bare}\n")
                } else {
                    format!("{line}\n")
                }
            })
            .collect();
        let config = read(&set).unwrap();
        assert_eq!(config.common.get("seed"), Some(&0.into()));
        assert!(config.tables.contains_key("visits"));
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line_and_those_that_are_known() {
        for (text, parts) in [
            ("[rank]\nnich = \"beauty\"\n", [":2", "niche"]),
            ("sed = 1\n", [":1", "seed"]),
            ("[tables]\n\ncreator = \"a.csv\"\n", [":3", "creators"]),
            ("[rank]\nniche = true\n", [":2", "a text"]),
            ("[rank\n", [":1", ""]),
        ] {
            let error = read(text).err().unwrap();
            assert_eq!(error.exit_status(), 2);
            for part in parts {
                assert!(error.to_string().contains(part), "{error}");
            }
        }
    }
}
