//! What questions are about: the tables, and the settings that a run has for its stages.

use crate::cli::alerts::AlertArgs;
use crate::cli::args::Cli;
use crate::cli::config::RunConfig;
use crate::cli::flags::name;
use crate::dataset::Pseudonyms;
use crate::{Error, Result};
use clap::CommandFactory;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables that a question may be about.
pub(super) const TABLES: [&str; 7] = [
    "creators", "posts", "comments", "visits", "orders", "spend", "panel",
];

/// Settings of which one stands in place of the other.
const INSTEAD: [(&str, &str); 6] = [
    ("niche", "like"),
    ("tier", "min-followers"),
    ("tier", "max-followers"),
    ("brand", "brands"),
    ("alias", "brands"),
    ("named-only", "about-all"),
];

/// Tables, and settings as they would be typed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Source {
    /// Files by table.
    pub(crate) tables: BTreeMap<String, Vec<String>>,
    /// Of every command.
    pub(crate) common: Vec<String>,
    /// Of each stage.
    pub(crate) stages: BTreeMap<String, Vec<String>>,
    /// What people are hidden by.
    pub(crate) hash_ids: Option<Arc<Pseudonyms>>,
    /// Keep nothing on disk.
    pub(crate) no_cache: bool,
}

impl Source {
    /// What a run's file says; a stage that it leaves out has no settings.
    pub(crate) fn of_config(config: RunConfig) -> Self {
        let stages = config.stages.into_iter();
        Self {
            tables: config.tables,
            common: config.common,
            stages: stages
                .filter_map(|(stage, own)| Some((stage.to_owned(), own?)))
                .collect(),
            ..Self::default()
        }
    }

    /// The tables as a run's file would name them.
    pub(crate) fn config(&self) -> RunConfig {
        RunConfig {
            output: std::path::PathBuf::new(),
            tables: self.tables.clone(),
            alerts: AlertArgs::default(),
            history: 0,
            common: self.common.clone(),
            stages: BTreeMap::new(),
        }
    }

    /// What a stage is set to, as it would be typed; `None` where it is not set.
    pub(crate) fn setting(&self, stage: &str, flag: &str) -> Option<&str> {
        let own = self.stages.get(stage)?;
        own.iter()
            .find(|typed| name(typed) == flag)
            .map(|typed| typed.split_once('=').map_or("true", |(_, value)| value))
    }

    /// A command as it would be typed: its tables, the settings of the question, and under them those of the run.
    pub(super) fn typed(&self, command: &str, asked: &[String]) -> Result<Vec<String>> {
        let cli = Cli::command();
        let own = cli
            .find_subcommand(command)
            .ok_or_else(|| Error::Internal(format!("there is no command {command}")))?;
        let flag = |long: &str| own.get_arguments().find(|arg| arg.get_long() == Some(long));
        let mut typed = vec![command.to_owned()];
        for table in TABLES {
            let Some(arg) = flag(table) else { continue };
            match self.tables.get(table) {
                Some(files) => typed.extend(files.iter().map(|file| format!("--{table}={file}"))),
                None if arg.is_required_set() => {
                    return Err(Error::usage(format!("{command} needs a table of {table}, and none was named"))
                        .with_hint(format!("name it under [tables] of the run's file, or as --{table} where the server is started")));
                }
                None => {}
            }
        }
        let mut replaced: Vec<&str> = asked.iter().map(|typed| name(typed)).collect();
        for (a, b) in INSTEAD {
            let has = |flag: &str| asked.iter().any(|typed| name(typed) == flag);
            match (has(a), has(b)) {
                (true, false) => replaced.push(b),
                (false, true) => replaced.push(a),
                _ => {}
            }
        }
        let settings = self.stages.get(command).or_else(|| {
            // Comments are drawn for labelling as they are scored.
            (command == "label").then(|| self.stages.get("sentiment"))?
        });
        let defaults = settings.into_iter().flatten();
        typed.extend(
            defaults
                .filter(|typed| !replaced.contains(&name(typed)) && flag(name(typed)).is_some())
                .cloned(),
        );
        typed.extend(asked.iter().cloned());
        typed.extend(self.common.iter().cloned());
        Ok(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_question_stands_over_the_run_and_in_place_of_what_excludes_it() {
        let texts = |all: &[&str]| {
            all.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let mut source = Source {
            common: texts(&["--seed=4"]),
            ..Source::default()
        };
        source
            .tables
            .insert("creators".to_owned(), texts(&["c.csv"]));
        source.tables.insert("orders".to_owned(), texts(&["o.csv"]));
        source.stages.insert(
            "rank".to_owned(),
            texts(&["--like=ann", "--tier=macro", "--brand=Lumora", "--top=3"]),
        );
        let typed = source
            .typed("rank", &texts(&["--niche=vegan", "--min-followers=5"]))
            .unwrap();
        let expected = [
            "rank",
            "--creators=c.csv",
            "--brand=Lumora",
            "--top=3",
            "--niche=vegan",
            "--min-followers=5",
            "--seed=4",
        ];
        assert_eq!(typed, expected);
        assert_eq!(source.setting("rank", "brand"), Some("Lumora"));
        let error = source.typed("sentiment", &[]).unwrap_err().to_string();
        assert!(error.contains("needs a table of comments"), "{error}");
    }
}
