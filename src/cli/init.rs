//! `microfluence init`: from somebody's files to the file that says the run.

use super::args::Common;
use super::config::template;
use super::term::{printable, table, to_stdout};
use crate::dataset::{Guess, Peek, expand, guess, peek, tables_in, write_atomically};
use crate::{Error, Result};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Value;

/// Characters of an example value that are shown.
const SHOWN: usize = 32;
/// Tables of campaigns, by the columns that they must have.
const CAMPAIGN: [(&str, &[&str]); 4] = [
    ("visits", &["visit_id", "at"]),
    ("orders", &["order_id", "at", "value"]),
    ("spend", &["creator_id", "amount"]),
    ("panel", &["location", "date"]),
];

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence init datasets/sample/creators.csv datasets/sample/posts.csv --niche \"street food\"\n  microfluence init exports/*.csv --niche skincare --output skincare.toml"
)]
pub(crate) struct InitArgs {
    /// Your files: what a platform exports of creators, posts and comments.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// The niche to rank for; without it, no ranking is made.
    #[arg(long, value_name = "TEXT")]
    pub(crate) niche: Option<String>,
    /// The brand that comments are judged towards.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Option<String>,
    /// Write over a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

pub(crate) fn run(args: &InitArgs, common: &Common) -> Result<()> {
    let output = common
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from("microfluence.toml"));
    if output.extension().is_none_or(|e| e != "toml") {
        return Err(Error::usage(format!(
            "--output {}: expected a name that ends in .toml",
            output.display()
        )));
    }
    let map_file = output.with_extension("map.toml");
    for path in [&output, &map_file] {
        if path.exists() && !args.force {
            return Err(Error::usage(format!("{} is there already", path.display()))
                .with_hint("--force writes over it, --output takes another name"));
        }
    }
    let mut found = Found::default();
    for file in expand(&args.files)? {
        // One file that cannot be read is named, and does not keep the others from being read.
        let tables = tables_in(&file).and_then(|tables| {
            let looked = tables
                .into_iter()
                .map(|table| peek(&table).map(|peek| (table, peek)));
            looked.collect::<Result<Vec<_>>>()
        });
        match tables {
            Ok(tables) => tables
                .iter()
                .for_each(|(table, peek)| found.look(table, peek)),
            Err(e) => found.left.push(e.to_string()),
        }
    }
    if common.hash_ids.is_some() {
        // The examples are whatever stands in the first rows.
        found
            .lines
            .iter_mut()
            .filter_map(|l| l.last_mut())
            .for_each(String::clear);
    }
    if !common.quiet {
        to_stdout(&found.text()).map_err(|e| Error::io("standard output", e))?;
    }
    if found.tables.is_empty() {
        return Err(Error::usage("none of the files is a table of creators, posts or comments").with_hint(
            "a table of creators needs a name and followers; of posts an id, a creator and a time; of comments an id and a text; \
             columns under other names are read by a map of your own, see `microfluence maps`",
        ));
    }
    if found.own.creators.is_some() || found.own.posts.is_some() || found.own.comments.is_some() {
        let text = toml::to_string(&found.own).map_err(|e| Error::Internal(e.to_string()))?;
        let text = format!(
            "# Which column of the export is which: guessed, to be checked and changed.\n{text}"
        );
        write_atomically(&map_file, text.as_bytes())?;
        found.maps.push(
            map_file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        );
    }
    write_atomically(&output, found.config(args, &output)?.as_bytes())?;
    if !common.quiet {
        let next = format!(
            "\nwrote {}; next: microfluence run {}",
            output.display(),
            output.display()
        );
        to_stdout(&next).map_err(|e| Error::io("standard output", e))?;
    }
    Ok(())
}

/// What the files are.
struct Found {
    /// Files by table.
    tables: BTreeMap<&'static str, Vec<String>>,
    /// Maps to be named in the file.
    maps: Vec<String>,
    /// The columns of files that no ready-made map reads.
    own: crate::dataset::ColumnMap,
    /// For people: file, table, column, the export's column, an example.
    lines: Vec<Vec<String>>,
    /// Files and sections that could not be taken.
    left: Vec<String>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            tables: BTreeMap::new(),
            maps: Vec::new(),
            own: crate::dataset::ColumnMap {
                name: "own".to_owned(),
                description: "Guessed from the names and the values of the columns.".to_owned(),
                ..crate::dataset::ColumnMap::default()
            },
            lines: Vec::new(),
            left: Vec::new(),
        }
    }
}

impl Found {
    fn look(&mut self, file: &Path, peek: &Peek) {
        let name = file.display().to_string();
        let campaign = CAMPAIGN
            .iter()
            .find(|(_, needed)| needed.iter().all(|n| peek.columns.iter().any(|c| c == n)));
        if let Some((table, needed)) = campaign {
            for column in *needed {
                self.line(&name, table, column, column, peek);
            }
            self.tables.entry(table).or_default().push(name);
            return;
        }
        let Some(guess) = guess(peek) else {
            self.left.push(format!(
                "{name}: no table that is known here; its columns are {}",
                peek.columns.join(", ")
            ));
            return;
        };
        if self.take(&guess) {
            for (table, column, source) in &guess.columns {
                self.line(&name, table, column, source, peek);
            }
            // One flag gives both tables where a map reads them of one file.
            let table = if guess.tables.contains(&"posts") {
                "posts"
            } else {
                guess.tables[0]
            };
            self.tables.entry(table).or_default().push(name);
        } else {
            self.left.push(format!("{name}: its {} have other columns than those of a file before it; give it a run of its own", guess.tables.join(" and ")));
        }
    }

    /// Takes the map of a file; not where another file's map of the same table differs.
    fn take(&mut self, guess: &Guess) -> bool {
        if let Some(name) = &guess.ready_made {
            if !self.maps.contains(name) {
                self.maps.push(name.clone());
            }
            return true;
        }
        let Some(map) = &guess.map else { return true };
        let slots = [
            (&mut self.own.creators, &map.creators),
            (&mut self.own.posts, &map.posts),
            (&mut self.own.comments, &map.comments),
        ];
        if slots
            .iter()
            .any(|(own, new)| own.is_some() && new.is_some() && *own != *new)
        {
            return false;
        }
        for (own, new) in slots {
            if new.is_some() {
                own.clone_from(new);
            }
        }
        true
    }

    fn line(&mut self, file: &str, table: &str, column: &str, source: &str, peek: &Peek) {
        let at = peek.columns.iter().position(|c| c == source);
        let example = at.and_then(|at| {
            peek.rows
                .iter()
                .map(|row| &row[at])
                .find(|v| !v.trim().is_empty())
        });
        let example = example
            .map(|v| printable(v).replace('\n', " "))
            .unwrap_or_default();
        let mut short: String = example.chars().take(SHOWN).collect();
        if short.len() < example.len() {
            short.push('…');
        }
        self.lines.push(vec![
            file.to_owned(),
            table.to_owned(),
            column.to_owned(),
            printable(source),
            short,
        ]);
    }

    fn text(&self) -> String {
        let mut text = table(
            &[
                "file",
                "table",
                "is read as",
                "from the column",
                "for example",
            ],
            self.lines.clone(),
        );
        for left in &self.left {
            text += &format!("\nleft out: {}", printable(left));
        }
        text
    }

    /// The run's file, paths as seen from it.
    fn config(&self, args: &InitArgs, output: &Path) -> Result<String> {
        let beside = output.parent().unwrap_or(Path::new(""));
        let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (table, files) in &self.tables {
            for file in files {
                let path = if beside == Path::new("") {
                    PathBuf::from(file)
                } else {
                    std::path::absolute(file).map_err(|e| Error::io(file, e))?
                };
                tables
                    .entry(table)
                    .or_default()
                    .push(path.display().to_string());
            }
        }
        let mut text = template(&tables, &self.maps);
        if let Some(niche) = &args.niche {
            text = set(&text, "niche", niche);
        }
        if let Some(brand) = &args.brand {
            text = set(&text, "brand", brand);
        }
        Ok(text)
    }
}

/// Puts a value in the place of every line that shows the key's default.
fn set(text: &str, key: &str, value: &str) -> String {
    let value = Value::from(value).to_string();
    let start = format!("# {key} = ");
    let lines = text.lines().map(|line| {
        if line.starts_with(&start) {
            format!("{key} = {value}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
