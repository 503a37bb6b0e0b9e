//! What questions are about: the tables, and the settings that a run has for its stages.

use crate::cli::alerts::AlertArgs;
use crate::cli::args::Cli;
use crate::cli::config::RunConfig;
use crate::cli::given::{Given, key};
use crate::dataset::Pseudonyms;
use crate::{Error, Result};
use clap::CommandFactory;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables that a question may be about.
pub(super) const TABLES: [&str; 7] = [
    "creators", "posts", "comments", "visits", "orders", "spend", "panel",
];

/// Settings of which one stands in place of the other.
const INSTEAD: [(&str, &str); 6] = [
    ("niche", "like"),
    ("tier", "min_followers"),
    ("tier", "max_followers"),
    ("brand", "brands"),
    ("alias", "brands"),
    ("named_only", "about_all"),
];

/// Tables, and settings.
#[derive(Debug, Default, Clone)]
pub(crate) struct Source {
    /// Files by table.
    pub(crate) tables: BTreeMap<String, Vec<String>>,
    /// Of every command.
    pub(crate) common: Given,
    /// Of each stage.
    pub(crate) stages: BTreeMap<String, Given>,
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

    /// What a stage is set to; `None` where it is not set.
    pub(crate) fn setting(&self, stage: &str, key: &str) -> Option<&Value> {
        self.stages.get(stage)?.get(key)
    }

    /// The settings of a command: its tables, those of the question, and under them those of the run.
    pub(super) fn settings(&self, command: &str, asked: &Given) -> Result<Given> {
        let cli = Cli::command();
        let own = cli
            .find_subcommand(command)
            .ok_or_else(|| Error::Internal(format!("there is no command {command}")))?;
        let flag = |name: &str| own.get_arguments().find(|arg| key(arg) == name);
        let mut given = Given::default();
        for table in TABLES {
            let Some(arg) = flag(table) else { continue };
            match self.tables.get(table) {
                Some(files) => given.set(table, files.clone()),
                None if arg.is_required_set() => {
                    return Err(Error::usage(format!("{command} needs a table of {table}, and none was named"))
                        .with_hint(format!("name it under [tables] of the run's file, or as --{table} where the server is started")));
                }
                None => {}
            }
        }
        let mut replaced: Vec<&str> = Vec::new();
        for (a, b) in INSTEAD {
            match (asked.has(a), asked.has(b)) {
                (true, false) => replaced.push(b),
                (false, true) => replaced.push(a),
                _ => {}
            }
        }
        let settings = self.stages.get(command).or_else(|| {
            // Comments are drawn for labelling as they are scored.
            (command == "label").then(|| self.stages.get("sentiment"))?
        });
        let mut of_run = settings.cloned().unwrap_or_default();
        of_run.retain(|key| !replaced.contains(&key) && flag(key).is_some());
        let asked = asked.clone().over(&of_run);
        Ok(given.over(&asked).over(&self.common))
    }
}

#[cfg(test)]
mod tests {
    use super::Source;
    use crate::cli::given::Given;

    #[test]
    fn a_question_stands_over_the_run_and_in_place_of_what_excludes_it() {
        let files = |name: &str| vec![name.to_owned()];
        let mut source = Source {
            common: [("seed", 4)].into_iter().collect(),
            ..Source::default()
        };
        source.tables.insert("creators".to_owned(), files("c.csv"));
        source.tables.insert("orders".to_owned(), files("o.csv"));
        let of_run: Given = [
            ("like", "ann"),
            ("tier", "macro"),
            ("brand", "Lumora"),
            ("top", "3"),
        ]
        .into_iter()
        .collect();
        source.stages.insert("rank".to_owned(), of_run);
        let asked: Given = [("niche", "vegan"), ("min_followers", "5")]
            .into_iter()
            .collect();
        let given = source.settings("rank", &asked).unwrap();
        let found: Vec<String> = given
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let expected = [
            "creators=[\"c.csv\"]",
            "niche=\"vegan\"",
            "min_followers=\"5\"",
            "brand=\"Lumora\"",
            "top=\"3\"",
            "seed=4",
        ];
        assert_eq!(found, expected);
        assert_eq!(
            source.setting("rank", "brand").and_then(|v| v.as_str()),
            Some("Lumora")
        );
        let error = source.settings("sentiment", &Given::default());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("needs a table of comments"), "{error}");
    }
}
