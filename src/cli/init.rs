//! `microfluence init`: from somebody's files to the file that says the run.

use super::args::Common;
use super::flags::name;
use super::term::{count, printable, table, to_stdout};
use crate::dataset::{
    Certainty, ColumnMap, Encoding, Guess, GuessedColumn, Peek, ReadOptions, expand, guess,
    guess_by, peek_by, tables_in, why_none, write_atomically,
};
use crate::{Error, Result};
use clap::Args;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::Value;

/// Characters of an example value that are shown.
const SHOWN: usize = 32;
/// Unused columns of a file that are named.
const NAMED: usize = 12;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence init datasets/sample/creators.csv datasets/sample/posts.csv --niche \"street food\"\n  microfluence init exports/*.csv --niche skincare --output skincare.toml"
)]
pub(crate) struct InitArgs {
    /// Your files: what a platform exports of creators, posts and comments, and the tables of a campaign.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// The niche to rank for; without it, no ranking is made.
    #[arg(long, value_name = "TEXT")]
    pub(crate) niche: Option<String>,
    /// The brand that comments are scored towards.
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
    if output.exists() && !args.force {
        return Err(
            Error::usage(format!("{} is there already", output.display()))
                .with_hint("--force writes over it, --output takes another name"),
        );
    }
    let found = find(&args.files, common, &output)?;
    let maps = found.write_maps(&output, args.force)?;
    let text = config(args, common, &found, &maps, &output)?;
    write_atomically(&output, text.as_bytes())?;
    found.show(common, &output)
}

/// What the files are, as a document and for people; nothing is written.
///
/// # Errors
/// As `init`.
#[cfg(feature = "mcp")]
pub(crate) fn look(files: &[String], common: &Common) -> Result<(Json, String)> {
    let output = Path::new("microfluence.toml");
    let found = find(files, common, output)?;
    let mut document = found.document(output);
    if let Some(all) = document.as_object_mut() {
        all.remove("config");
    }
    Ok((document, found.text(common.hash_ids.is_some())))
}

/// Looks at the files.
fn find(files: &[String], common: &Common, output: &Path) -> Result<Found> {
    let mut found = Found {
        named: named_maps(&common.map, output)?,
        ..Found::default()
    };
    let options = ReadOptions {
        skip_lines: common.skip_lines,
        encoding: common
            .encoding
            .as_deref()
            .and_then(|name| Encoding::for_label(name.as_bytes())),
        ..ReadOptions::default()
    };
    for file in expand(files)? {
        let tables = tables_in(&file).and_then(|tables| {
            let looked = tables
                .into_iter()
                .map(|table| peek_by(&table, &options).map(|seen| (table, seen)));
            looked.collect::<Result<Vec<_>>>()
        });
        match tables {
            Ok(tables) => {
                for (table, seen) in tables {
                    found.look(&table, seen);
                }
            }
            // One file that cannot be read must not keep the others from being read.
            Err(error) if !common.strict => found.left.push(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    found.check_maps()?;
    found.join();
    found.arrange(common.hash_ids.is_some());
    if found.files.is_empty() {
        let left = found.left.iter().map(|l| printable(l)).collect::<Vec<_>>();
        return Err(Error::usage(format!(
            "none of the files is a table that is known here{}",
            if left.is_empty() { String::new() } else { format!(": {}", left.join("; ")) }
        ))
        .with_hint(
            "a table of creators needs a name and followers; of posts an id, a creator and a time; of comments a text; \
             columns under other names are read by a map of your own, see `microfluence maps`",
        ));
    }
    Ok(found)
}

/// A file and what it was taken for.
struct File {
    path: PathBuf,
    seen: Peek,
    guess: Guess,
}

/// What the files are.
#[derive(Default)]
struct Found {
    /// The maps that were named, by the names that the file for `run` gives them.
    named: Vec<(String, ColumnMap)>,
    files: Vec<File>,
    /// Which files are read as each table.
    tables: BTreeMap<&'static str, Vec<PathBuf>>,
    /// Files and columns that could not be taken.
    left: Vec<String>,
    /// What was decided between files.
    notes: Vec<String>,
}

impl Found {
    fn look(&mut self, path: &Path, seen: Peek) {
        if let Some(guess) = guess_by(&seen, &self.named).or_else(|| guess(&seen)) {
            self.files.push(File {
                path: path.to_owned(),
                seen,
                guess,
            });
            return;
        }
        let columns: Vec<&str> = seen.columns.iter().take(30).map(String::as_str).collect();
        self.left.push(if let Some(error) = &seen.error {
            format!(
                "{}: no rows, but an answer that says: {error}",
                path.display()
            )
        } else if seen.empty || seen.rows.is_empty() {
            format!("{}: holds no row", path.display())
        } else {
            let reason = why_none(&seen).map_or_else(String::new, |why| format!(" ({why})"));
            format!(
                "{}: no table that is known here{reason}; its columns are {}",
                path.display(),
                columns.join(", ")
            )
        });
    }

    /// An error where a map was named that reads none of the files.
    fn check_maps(&self) -> Result<()> {
        let reads = |name: &str| {
            let mut files = self.files.iter();
            files.any(|file| file.guess.ready_made.as_deref() == Some(name))
        };
        let Some((name, map)) = self.named.iter().find(|(name, _)| !reads(name)) else {
            return Ok(());
        };
        let mut needs: Vec<String> = Vec::new();
        for table in [
            "creators", "posts", "comments", "visits", "orders", "spend", "panel",
        ] {
            if let Some(section) = map.table(table) {
                let sources: Vec<&str> = section.columns.values().map(String::as_str).collect();
                needs.push(format!("{table} from {}", sources.join(", ")));
            }
        }
        Err(Error::usage(format!(
            "--map {name}: it fits none of the files; it reads {}",
            needs.join("; ")
        ))
        .with_hint("without --map, `init` finds out what the files are"))
    }

    /// Looks whether what joins two tables is spelt alike in both, and takes the column that is.
    fn join(&mut self) {
        for (table, column, other, key) in [
            ("posts", "creator_id", "creators", "creator_id"),
            ("comments", "post_id", "posts", "post_id"),
            ("comments", "creator_id", "creators", "creator_id"),
        ] {
            let keys: BTreeSet<String> = self.values(other, key);
            if keys.is_empty() {
                continue;
            }
            for file in &mut self.files {
                if file.guess.tables.contains(&other) || file.guess.ready_made.is_some() {
                    continue;
                }
                if let Some(note) = respell(file, table, column, &keys) {
                    self.notes.push(note);
                }
            }
            // What the other table is known by may be what has to change.
            let named: BTreeSet<String> = self.values(table, column);
            for file in &mut self.files {
                if file.guess.tables.contains(&table)
                    || file.guess.ready_made.is_some()
                    || named.is_empty()
                {
                    continue;
                }
                if let Some(note) = respell(file, other, key, &named) {
                    self.notes.push(note);
                }
            }
        }
    }

    /// The values of a column in the first rows of every file that has it.
    fn values(&self, table: &str, column: &str) -> BTreeSet<String> {
        let columns = self.files.iter().flat_map(|file| {
            let own = file.guess.columns.iter();
            own.filter(|c| c.table == table && c.column == column)
                .map(move |c| (file, c.source.as_str()))
        });
        columns
            .flat_map(|(file, source)| cells(&file.seen, source))
            .map(|cell| bare(&cell))
            .collect()
    }

    /// Which files are read as each table.
    fn arrange(&mut self, hidden: bool) {
        let only_creators = |file: &File| file.guess.tables == ["creators"];
        let apart = self.files.iter().any(only_creators);
        for file in &self.files {
            for table in &file.guess.tables {
                if *table == "creators" && apart && !only_creators(file) {
                    self.notes.push(format!(
                        "{}: what it says of creators (followers and the like) is not used, a table of creators is there",
                        file.path.display()
                    ));
                    continue;
                }
                self.tables
                    .entry(table)
                    .or_default()
                    .push(file.path.clone());
            }
        }
        self.doubts(hidden);
        let has = |table: &str| self.tables.contains_key(table);
        if !has("creators") && (has("posts") || has("comments")) {
            self.notes.push(
                "no file says how many followers anybody has, so that nobody can be ranked: add a table of creators (a name and followers)"
                    .to_owned(),
            );
        }
    }

    /// Says which columns may be something else; without quoting the file where people are hidden.
    fn doubts(&mut self, hidden: bool) {
        for file in &self.files {
            let path = file.path.display();
            for c in &file.guess.columns {
                let read = format!(
                    "{path}: {} of {} is read from {:?}",
                    c.column, c.table, c.source
                );
                if !c.competing.is_empty() {
                    let others = c.competing.join(", ");
                    self.notes.push(format!("{read}; {others} could be it too"));
                }
                if let Some(value) = &c.doubt {
                    let value = if hidden {
                        "…".to_owned()
                    } else {
                        short(value)
                    };
                    self.notes.push(format!(
                        "{read}, which holds {value:?}, an invalid value for it"
                    ));
                }
            }
        }
    }

    /// Writes the maps of files that no ready-made one reads; all maps by the names that the file for `run` gives them.
    fn write_maps(&self, output: &Path, force: bool) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut own: Vec<&ColumnMap> = Vec::new();
        for file in &self.files {
            if let Some(name) = &file.guess.ready_made
                && !names.contains(name)
            {
                names.push(name.clone());
            }
            if let Some(map) = &file.guess.map
                && !own.contains(&map)
            {
                own.push(map);
            }
        }
        for (i, map) in own.into_iter().enumerate() {
            let ending = if i == 0 {
                "map.toml".to_owned()
            } else {
                format!("{}.map.toml", i + 1)
            };
            let path = output.with_extension(ending);
            if path.exists() && !force {
                return Err(Error::usage(format!("{} is there already", path.display()))
                    .with_hint("--force writes over it, --output takes another name"));
            }
            let text = toml::to_string(map).map_err(|e| Error::Internal(e.to_string()))?;
            let text = format!(
                "# Which column of the export is which: guessed, to be checked and changed.\n{text}"
            );
            write_atomically(&path, text.as_bytes())?;
            names.push(
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        Ok(names)
    }

    /// What was found, for people or as one document.
    fn show(&self, common: &Common, output: &Path) -> Result<()> {
        let said = |text: &str| to_stdout(text).map_err(|e| Error::io("standard output", e));
        let document = self.document(output);
        if let Some(path) = &common.summary {
            write_atomically(path, format!("{document:#}\n").as_bytes())?;
        }
        if common.json {
            return said(&format!("{document:#}"));
        }
        if common.quiet {
            return Ok(());
        }
        said(&self.text(common.hash_ids.is_some()))?;
        said(&format!(
            "\nwrote {}; next: microfluence run {}",
            output.display(),
            output.display()
        ))
    }

    fn text(&self, hidden: bool) -> String {
        let lines = self.files.iter().flat_map(|file| {
            let columns = file.guess.columns.iter();
            columns.map(move |c| {
                let mut sure = c.certainty.name().to_owned();
                if !c.competing.is_empty() {
                    sure += &format!(": or {}", c.competing.join(", "));
                }
                if let Some(value) = c.doubt.as_ref().filter(|_| !hidden) {
                    sure += &format!(": {:?} is invalid", short(value));
                }
                vec![
                    file.path.display().to_string(),
                    c.table.to_owned(),
                    c.column.clone(),
                    printable(&c.source),
                    printable(&sure),
                    // The examples are whatever stands in the first rows.
                    if hidden {
                        String::new()
                    } else {
                        example(&file.seen, &c.source)
                    },
                ]
            })
        });
        let mut text = table(
            &[
                "file",
                "table",
                "is read as",
                "from the column",
                "how sure",
                "for example",
            ],
            lines.collect(),
        );
        for file in &self.files {
            let map = match (&file.guess.ready_made, &file.guess.map) {
                (Some(name), _) if self.named.iter().any(|(given, _)| given == name) => {
                    format!("by --map {name}")
                }
                (Some(name), _) => format!("by the ready-made map {name}"),
                (None, Some(_)) => "by a map made for it".to_owned(),
                (None, None) => "by its own names".to_owned(),
            };
            text += &format!(
                "\n{}: {} {map}",
                file.path.display(),
                file.guess.tables.join(" and ")
            );
            let unused = &file.guess.unused;
            if !unused.is_empty() {
                let shown: Vec<String> = unused.iter().take(NAMED).map(|c| printable(c)).collect();
                let more = unused.len().saturating_sub(NAMED);
                text += &format!("; not used: {}", shown.join(", "));
                if more > 0 {
                    text += &format!(" and {} more", count(more as u64));
                }
            }
        }
        for note in &self.notes {
            text += &format!("\nnote: {}", printable(note));
        }
        for left in &self.left {
            text += &format!("\nleft out: {}", printable(left));
        }
        text
    }

    fn document(&self, output: &Path) -> Json {
        let column = |c: &GuessedColumn| {
            json!({
                "table": c.table, "column": c.column, "from": c.source, "certainty": c.certainty.name(), "competing": c.competing,
                "doubt": c.doubt,
            })
        };
        let files: Vec<Json> = self
            .files
            .iter()
            .map(|file| {
                json!({
                    "file": file.path, "tables": file.guess.tables, "map": file.guess.ready_made,
                    "columns": file.guess.columns.iter().map(column).collect::<Vec<_>>(), "unused": file.guess.unused,
                })
            })
            .collect();
        json!({ "config": output, "files": files, "left_out": self.left, "notes": self.notes })
    }
}

/// The first rows' cells of a column.
fn cells<'s>(seen: &'s Peek, source: &str) -> impl Iterator<Item = String> + use<'s> {
    let at = seen.columns.iter().position(|c| c == source);
    let rows = seen.rows.iter();
    rows.filter_map(move |row| Some(row.get(at?)?.trim().to_owned()))
        .filter(|cell| !cell.is_empty())
}

/// An id without what does not tell it from another: letter case, `@`, the way to it.
fn bare(id: &str) -> String {
    let id = id.trim().trim_end_matches('/').to_lowercase();
    let last = id.rsplit('/').next().unwrap_or_default();
    last.trim_start_matches('@').to_owned()
}

/// Takes another of a file's columns for the one that joins it, where that one's values are not known to the other
/// table and this one's are; gives what was decided.
fn respell(file: &mut File, table: &str, column: &str, keys: &BTreeSet<String>) -> Option<String> {
    let found = |source: &str| {
        cells(&file.seen, source)
            .filter(|cell| keys.contains(&bare(cell)))
            .count()
    };
    let at = file
        .guess
        .columns
        .iter()
        .position(|c| c.table == table && c.column == column)?;
    let now = file.guess.columns[at].source.clone();
    if found(&now) > 0 {
        return None;
    }
    let (best, _) = file
        .seen
        .columns
        .iter()
        .filter(|c| **c != now)
        .map(|c| (c.clone(), found(c)))
        .filter(|(_, n)| *n > 0)
        .max_by_key(|(_, n)| *n)?;
    let note = format!(
        "{}: {column} of {table} is read from {best:?} and not from {now:?}, because that is what the other table says",
        file.path.display()
    );
    let changed = &mut file.guess.columns[at];
    changed.source.clone_from(&best);
    changed.certainty = Certainty::Contested;
    changed.competing = vec![now];
    file.guess.unused.retain(|c| *c != best);
    let mut map = file.guess.map.take().unwrap_or_else(|| ColumnMap {
        name: "own".to_owned(),
        description: "Guessed from the names and the values of the columns.".to_owned(),
        ..ColumnMap::default()
    });
    for table in file.guess.tables.clone() {
        let mut section = map.table(table).cloned().unwrap_or_default();
        let columns = file.guess.columns.iter().filter(|c| c.table == table);
        section.columns = columns
            .map(|c| (c.column.clone(), c.source.clone()))
            .collect();
        map.set(table, section);
    }
    file.guess.map = Some(map);
    Some(note)
}

/// The first value of a column, short.
fn example(seen: &Peek, source: &str) -> String {
    fn first(level: &Peek, source: &str) -> Option<String> {
        let mut nested = level.nested.iter();
        cells(level, source)
            .next()
            .or_else(|| nested.find_map(|(_, rows)| first(rows, source)))
    }
    let bare = source.trim_start_matches('^');
    let mut levels = std::iter::once(seen).chain(&seen.others);
    short(
        &levels
            .find_map(|level| first(level, bare))
            .unwrap_or_default(),
    )
}

/// A text in one line, as it is shown beside others.
fn short(text: &str) -> String {
    let text = printable(text).replace('\n', " ");
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The maps that were named, by the names that the file for `run` gives them: of a file, its place as seen from there.
fn named_maps(names: &[String], output: &Path) -> Result<Vec<(String, ColumnMap)>> {
    let beside = output.parent().unwrap_or(Path::new(""));
    let placed = |name: &String| {
        let map = ColumnMap::load(name)?;
        let path = Path::new(name);
        let is_file = map.name != *name && path.is_file() && beside != Path::new("");
        let name = if is_file {
            let path = std::path::absolute(path).map_err(|e| Error::io(path, e))?;
            path.display().to_string()
        } else {
            name.clone()
        };
        Ok((name, map))
    };
    names.iter().map(placed).collect()
}

/// The run's file, paths as seen from it.
fn config(
    args: &InitArgs,
    common: &Common,
    found: &Found,
    maps: &[String],
    output: &Path,
) -> Result<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    let list = |texts: &[String]| {
        Value::Array(texts.iter().map(|t| Value::from(t.as_str())).collect()).to_string()
    };
    let mut text = String::from(
        "# A whole run: `microfluence run THIS_FILE` does every stage that its tables allow, and skips what is done and unchanged.\n\
         # Paths are relative to this file. `microfluence config` prints every setting with its default and what it means.\n\n\
         # Folder that the run writes to.\noutput = \"microfluence-run\"\n",
    );
    let named = |key: &str, about: &str, value: Option<&String>, example: &str| match value {
        Some(value) => format!("# {about}.\n{key} = {}\n", quoted(value)),
        None => format!("# {about}.\n# {key} = \"{example}\"\n"),
    };
    text += &named(
        "niche",
        "The niche to rank and to plan for; without it neither is done",
        args.niche.as_ref(),
        "skincare",
    );
    text += &named(
        "brand",
        "The brand that comments are scored towards",
        args.brand.as_ref(),
        "NAME",
    );
    if !maps.is_empty() {
        text += &format!(
            "# Which column is which: of these maps every file is read by the one that fits it.\nmap = {}\n",
            list(maps)
        );
    }
    let settings = typed_settings(&common.typed);
    if !settings.is_empty() {
        text += &format!("# As `init` was told.\n{settings}");
    }
    text += "# A run in which more is rejected, or finds no counterpart, than these shares ends with exit status 3.\n";
    for limit in ["max_rejected", "max_unmatched"] {
        if !settings.contains(limit) {
            text += &format!("# {limit} = 0.1\n");
        }
    }
    text += "\n[tables]\n";
    let beside = output.parent().unwrap_or(Path::new(""));
    for (table, files) in &found.tables {
        let mut paths = Vec::new();
        for file in files {
            let path = if beside == Path::new("") {
                file.clone()
            } else {
                std::path::absolute(file).map_err(|e| Error::io(file, e))?
            };
            paths.push(path.display().to_string());
        }
        text += &format!("{table} = {}\n", list(&paths));
    }
    text += "\n[rank]\n# min_followers = 1000\n# max_followers = 100000\n# top = 20\n\n\
             [plan]\n# Without a budget nothing is planned.\n# budget = 5000\n";
    Ok(text)
}

/// The flags of every command that were typed, as the settings of the run; what `init` itself is told is left out.
fn typed_settings(typed: &[String]) -> String {
    const OF_INIT: [&str; 8] = [
        "map", "output", "summary", "json", "quiet", "verbose", "strict", "hash-ids",
    ];
    let mut settings: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for flag in typed.iter().filter(|flag| !OF_INIT.contains(&name(flag))) {
        let value = match flag.split_once('=') {
            None => Value::Boolean(true),
            Some((_, text)) => text
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| text.parse::<f64>().map(Value::from))
                .unwrap_or_else(|_| Value::from(text)),
        };
        settings
            .entry(name(flag).replace('-', "_"))
            .or_default()
            .push(value);
    }
    let line = |(key, mut values): (String, Vec<Value>)| {
        let value = if values.len() == 1 {
            values.remove(0)
        } else {
            Value::Array(values)
        };
        format!("{key} = {value}\n")
    };
    settings.into_iter().map(line).collect()
}
