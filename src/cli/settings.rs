//! What a command does, as one value: every setting as resolved, and every file that decides the result beside the
//! tables.
//!
//! The manifest, what `run` knows a stage by, and the identity of a shard are made of this value, so that none of them
//! can leave out a setting that another one has.

use super::args::Cli;
use super::given::hide_ids;
use super::memory::RunMemory;
use crate::hash::file_sha256;
use crate::{Error, Result};
use clap::{Arg, CommandFactory};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A command with its settings. Where results go, and how fast, is no part of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// The command's name, as typed.
    command: String,
    /// Setting by its key in a run's file.
    values: Map<String, Value>,
    /// What the settings name that is read: tables, maps, taxonomies, lists, labelled sheets.
    files: Vec<PathBuf>,
}

impl Settings {
    /// What was typed, resolved; ids of people as they are hidden.
    ///
    /// # Errors
    /// [`Error::Internal`] if a setting cannot be written down, which is a defect.
    pub(crate) fn of(cli: &Cli) -> Result<Self> {
        let defect = |e: serde_json::Error| Error::Internal(format!("the settings: {e}"));
        let (command, own) = match serde_json::to_value(&cli.command).map_err(defect)? {
            Value::Object(tagged) => tagged.into_iter().next().unwrap_or_default(),
            Value::String(name) => (name, Value::Null),
            _ => (String::new(), Value::Null),
        };
        let mut values = match own {
            Value::Object(values) => values,
            _ => Map::new(),
        };
        if let Value::Object(common) = serde_json::to_value(&cli.common).map_err(defect)? {
            values.extend(common);
        }
        hide_ids(&mut values, cli.common.hash_ids.as_deref());
        let files = files(&command, &values);
        Ok(Self {
            command,
            values,
            files,
        })
    }

    /// The settings by their keys.
    pub(crate) fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// sha256 of each file that the settings name, by its path, and of nothing else: what is not there is an error of
    /// the command itself, which says what it wanted there. What a run's memory has read is not read again.
    ///
    /// # Errors
    /// [`Error::Io`] where a file cannot be read.
    pub(crate) fn files(&self, memory: Option<&RunMemory>) -> Result<BTreeMap<String, String>> {
        let sha256 = |path: &Path| match memory {
            Some(memory) => memory.sha256(path),
            None => file_sha256(path),
        };
        let there = self.files.iter().filter(|path| path.is_file());
        there
            .map(|path| Ok((path.display().to_string(), sha256(path)?)))
            .collect()
    }

    /// Everything that decides the result but the program and the models, as one text that is the same for the same
    /// settings and files.
    ///
    /// # Errors
    /// [`Error::Io`] where a file cannot be read.
    pub(crate) fn identity(&self, memory: Option<&RunMemory>) -> Result<String> {
        let files = self.files(memory)?;
        let all = json!({ "command": self.command, "settings": self.values, "files": files });
        Ok(all.to_string())
    }
}

/// Every file that the settings name for reading, by what the flags' definitions say of their values.
fn files(command: &str, values: &Map<String, Value>) -> Vec<PathBuf> {
    let cli = Cli::command();
    let own = cli.find_subcommand(command);
    let args = cli
        .get_arguments()
        .chain(own.into_iter().flat_map(clap::Command::get_arguments));
    let mut files = Vec::new();
    for arg in args.filter(|arg| is_read(arg)) {
        for text in values
            .get(arg.get_id().as_str())
            .map(texts)
            .unwrap_or_default()
        {
            let text = text.strip_prefix('@').unwrap_or(text);
            // A sheet of a workbook is named behind the file.
            let file = text.rsplit_once('#').map_or(text, |(file, _)| file);
            if Path::new(text).exists() || !Path::new(file).exists() {
                // What matches nothing is an error of the command itself.
                files.extend(crate::dataset::expand(&[text.to_owned()]).unwrap_or_default());
            } else {
                files.push(PathBuf::from(file));
            }
        }
    }
    files.sort();
    files.dedup();
    files
}

/// Whether a flag names files to read. Those to write are called PATH, folders of models DIR.
fn is_read(arg: &Arg) -> bool {
    arg.get_value_names()
        .is_some_and(|names| names.iter().any(|name| name.contains("FILE")))
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, is_read};
    use crate::cli::args::Cli;
    use clap::{CommandFactory, Parser};

    fn settings(typed: &[&str]) -> Settings {
        let all = std::iter::once("microfluence").chain(typed.iter().copied());
        Settings::of(&Cli::try_parse_from(all).unwrap()).unwrap()
    }

    /// A flag that is no setting says where results go, how fast, or how much is said.
    const NO_SETTINGS: [&str; 21] = [
        "log_format",
        "max_rejected",
        "max_unmatched",
        "threads",
        "output",
        "summary",
        "json",
        "no_cache",
        "quiet",
        "verbose",
        "shard",
        "hash_ids",
        "excluded",
        "hits",
        "safety_hits",
        "quotes",
        "comment_output",
        "daily",
        "html",
        "help",
        "version",
    ];

    #[test]
    fn every_flag_of_every_command_that_reads_tables_is_a_setting_or_says_where_results_go() {
        let required: [(&str, &[&str]); 12] = [
            ("sentiment", &["--comments=a"]),
            ("label", &["--comments=a"]),
            ("niches", &[]),
            ("engagement", &[]),
            ("authenticity", &[]),
            ("safety", &[]),
            ("rank", &["--niche=a"]),
            ("plan", &["--budget=1"]),
            ("campaign", &["--visits=a", "--orders=a", "--spend=a"]),
            (
                "lift",
                &["--panel=a", "--treated=b", "--start=c", "--end=d"],
            ),
            ("evaluate", &["--data=a"]),
            ("evaluate-ranking", &["--ranking=a", "--outcomes=b"]),
        ];
        let cli = Cli::command();
        for (command, needed) in required {
            let typed: Vec<&str> = std::iter::once(command)
                .chain(needed.iter().copied())
                .collect();
            let settings = settings(&typed);
            let own = cli.find_subcommand(command).unwrap();
            for arg in cli.get_arguments().chain(own.get_arguments()) {
                let id = arg.get_id().as_str();
                if NO_SETTINGS.contains(&id) {
                    continue;
                }
                assert!(settings.values().contains_key(id), "{command} lacks {id}");
            }
        }
    }

    #[test]
    fn an_edited_file_is_another_identity_and_another_place_for_results_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taxonomy.toml");
        let text = path.display().to_string();
        for flag in ["--taxonomy", "--safety-lists", "--map"] {
            std::fs::write(&path, "one").unwrap();
            let typed = ["rank", "--niche", "a", flag, &text];
            let before = settings(&typed).identity(None).unwrap();
            let elsewhere = [&typed[..], &["--output", "x.csv", "--threads", "2"]].concat();
            assert_eq!(settings(&elsewhere).identity(None).unwrap(), before);
            std::fs::write(&path, "two").unwrap();
            assert_ne!(settings(&typed).identity(None).unwrap(), before, "{flag}");
        }
        std::fs::write(&path, "one").unwrap();
        let niche = format!("@{text}");
        let before = settings(&["rank", "--niche", &niche])
            .identity(None)
            .unwrap();
        std::fs::write(&path, "two").unwrap();
        assert_ne!(
            settings(&["rank", "--niche", &niche])
                .identity(None)
                .unwrap(),
            before
        );
    }

    #[test]
    fn files_to_write_are_not_taken_for_files_to_read() {
        let cli = Cli::command();
        for command in cli.get_subcommands() {
            for arg in command.get_arguments().filter(|arg| is_read(arg)) {
                assert!(!NO_SETTINGS.contains(&arg.get_id().as_str()), "{arg:?}");
            }
        }
    }
}
