//! The runs of a folder: what each has found, and what it had read.

use crate::cli::args::Common;
use crate::cli::engine::Source;
use crate::cli::given::Given;
use crate::dataset::expand;
use crate::{Error, Place, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where a run keeps what it has done.
const STATE: &str = "run.json";
/// Runs of one folder that are listed.
const MOST: usize = 1_000;
/// Creators that the list names of each run.
const BEST: usize = 3;

/// A folder that `run` or `demo` has written.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// The folder's own name, which its address has.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    state: Value,
}

/// The runs in a folder, the newest first: the folder itself, and its folders.
///
/// # Errors
/// [`Error::Input`] where there are none.
pub(super) fn list(root: &Path) -> Result<Vec<Run>> {
    let mut folders = vec![root.to_owned()];
    let entries = std::fs::read_dir(root).map_err(|e| {
        Error::input(Place::file(root), format!("cannot be read: {e}"))
            .with_hint("--from names the folder of a run, or a folder of such folders")
    })?;
    folders.extend(
        entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_dir()),
    );
    let mut runs: Vec<Run> = folders
        .iter()
        .filter_map(|folder| Run::open(folder))
        .take(MOST)
        .collect();
    if runs.is_empty() {
        return Err(Error::input(
            Place::file(root),
            "holds no run: no run.json is in it or in a folder of it",
        )
        .with_hint("`microfluence run CONFIG.toml` and `microfluence demo` write such a folder"));
    }
    runs.sort_by(|a, b| b.date().cmp(a.date()).then_with(|| a.name.cmp(&b.name)));
    Ok(runs)
}

impl Run {
    fn open(folder: &Path) -> Option<Self> {
        let bytes = std::fs::read(folder.join(STATE)).ok()?;
        let state = serde_json::from_slice(&bytes).ok()?;
        let own = folder.canonicalize().ok()?;
        let name = own.file_name().map_or_else(
            || "run".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        Some(Self {
            name,
            folder: folder.to_owned(),
            state,
        })
    }

    /// When it began, as RFC 3339; empty where it has not ended.
    pub(super) fn date(&self) -> &str {
        self.state["manifest"]["started_at"]
            .as_str()
            .unwrap_or_default()
    }

    /// What tells this run from an earlier one into the same folder.
    pub(super) fn stamp(&self) -> String {
        format!("{} {}", self.folder.display(), self.date())
    }

    /// What it was asked for: the niche, or the creator whose look-alikes were searched.
    pub(super) fn niche(&self) -> String {
        let own = self.settings("rank");
        let niche = own.text("niche").map(str::to_owned);
        niche
            .or_else(|| Some(format!("like {}", own.text("like")?)))
            .unwrap_or_default()
    }

    fn settings(&self, stage: &str) -> Given {
        Given::of(&self.state["manifest"]["config"]["stages"][stage])
    }

    /// The first of its ranking, by handle where the tables know one.
    pub(super) fn best(&self) -> Vec<String> {
        let ranked = column(&self.folder.join("ranking.csv"), "creator_id", |_| true);
        let ids: Vec<String> = ranked.into_iter().map(|(id, _)| id).take(BEST).collect();
        let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let found = column(&self.folder.join("creators.csv"), "handle", |id| {
            wanted.contains(id)
        });
        let handles: BTreeMap<String, String> = found.into_iter().collect();
        let named = |id: &String| match handles.get(id).filter(|handle| !handle.is_empty()) {
            Some(handle) => format!("@{}", handle.trim_start_matches('@')),
            None => id.clone(),
        };
        ids.iter().map(named).collect()
    }

    /// sha256 of the files that it had read.
    pub(super) fn inputs(&self) -> BTreeSet<&str> {
        let inputs = self.state["manifest"]["inputs"].as_array();
        inputs
            .into_iter()
            .flatten()
            .filter_map(|input| input["sha256"].as_str())
            .collect()
    }

    /// The tables and settings that a question about this run is asked with.
    ///
    /// # Errors
    /// [`Error::Usage`] where the run has not ended, hides people by another key, or its tables are gone.
    pub(super) fn source(&self, common: &Common) -> Result<Source> {
        let manifest = &self.state["manifest"];
        if !manifest.is_object() {
            return Err(Error::usage(format!(
                "{}: this run has not ended, so nothing can be asked of it",
                self.name
            ))
            .with_hint("do the run again; what is done and unchanged is left as it is"));
        }
        if manifest["hash_ids"].as_str() != common.fingerprint().as_deref() {
            return Err(Error::usage(format!(
                "{}: this run hides people by another key than this server, or one of them by none",
                self.name
            ))
            .with_hint("start the server with the --hash-ids of the run"));
        }
        let config = &manifest["config"];
        let mut tables = BTreeMap::new();
        for (table, files) in config["tables"].as_object().into_iter().flatten() {
            let files = texts(files)
                .into_iter()
                .map(|file| self.locate(&file).ok_or(file));
            let files: std::result::Result<Vec<String>, String> = files.collect();
            let files = files.map_err(|gone| {
                Error::usage(format!("{gone}: this table of the run {:?} is not there", self.name))
                    .with_hint("start the server in the folder that the run was started in, or do the run again")
            })?;
            tables.insert(table.clone(), files);
        }
        let stages = config["stages"].as_object().into_iter().flatten();
        let stages = stages
            .filter(|(_, own)| own.is_object())
            .map(|(stage, own)| {
                let mut own = Given::of(own).changed(&|text| self.located(text));
                // Ids that are hidden already must not be hidden again.
                own.retain(|key| common.hash_ids.is_none() || key != "like");
                (stage.clone(), own)
            });
        Ok(Source {
            tables,
            stages: stages.collect(),
            common: Given::of(&config["every_stage"]).changed(&|text| self.located(text)),
            hash_ids: common.hash_ids.clone(),
            no_cache: common.no_cache,
        })
    }

    /// A file as it is found from here: by the path that the run had, or by the same from one of the folders around it.
    fn locate(&self, file: &str) -> Option<String> {
        let there = |path: &Path| {
            let text = path.display().to_string();
            expand(std::slice::from_ref(&text))
                .ok()
                .filter(|files| files.iter().all(|file| exists(file)))
                .map(|_| text)
        };
        if let Some(found) = there(Path::new(file)) {
            return Some(found);
        }
        let own = self.folder.canonicalize().ok()?;
        own.ancestors().find_map(|folder| there(&folder.join(file)))
    }

    /// A value as it is, or where it is a file that is found elsewhere from here, that place.
    fn located(&self, value: &str) -> String {
        let looks_like_one = value.contains(['/', '\\']) || Path::new(value).extension().is_some();
        let found = self.locate(value).filter(|_| looks_like_one);
        found.unwrap_or_else(|| value.to_owned())
    }
}

/// Whether a file is there; of `FILE#SHEET`, the file.
fn exists(path: &Path) -> bool {
    let text = path.display().to_string();
    path.exists()
        || text
            .rsplit_once('#')
            .is_some_and(|(file, _)| Path::new(file).exists())
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

/// The first ids of a table that are wanted, each with its cell of a column.
fn column(path: &Path, wanted: &str, keep: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let Ok(mut reader) = csv::Reader::from_path(path) else {
        return Vec::new();
    };
    let Ok(headers) = reader.headers().cloned() else {
        return Vec::new();
    };
    let at = |name: &str| headers.iter().position(|header| header == name);
    let (Some(id), Some(cell)) = (at("creator_id"), at(wanted)) else {
        return Vec::new();
    };
    let rows = reader.records().flatten();
    let named = rows.filter_map(|row| Some((row.get(id)?.to_owned(), row.get(cell)?.to_owned())));
    named.filter(|(id, _)| keep(id)).take(BEST).collect()
}

#[cfg(test)]
mod tests {
    use super::list;
    use crate::cli::args::Cli;
    use clap::Parser;

    fn common(typed: &[&str]) -> crate::cli::args::Common {
        let all = ["microfluence", "maps"]
            .into_iter()
            .chain(typed.iter().copied());
        Cli::try_parse_from(all).unwrap().common
    }

    #[test]
    fn tables_are_found_from_the_folders_around_a_run() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(list(root.path()).unwrap_err().exit_status(), 2);
        write("data/creators.csv", "creator_id,followers\na,1\n");
        let state = |date: &str, table: &str, hidden: &str| {
            format!(
                r#"{{"manifest": {{"started_at": "{date}"{hidden}, "config": {{"tables": {{"creators": ["{table}"]}}, "every_stage": {{"seed": 3}},
                "stages": {{"rank": {{"niche": "vegan"}}, "plan": null}}}}}}}}"#
            )
        };
        write(
            "runs/january/run.json",
            &state("2026-01-02T00:00:00Z", "data/creators.csv", ""),
        );
        write("runs/january/ranking.csv", "rank,creator_id\n1,a\n2,b\n");
        write(
            "runs/january/creators.csv",
            "creator_id,handle\nb,bob\na,ann\n",
        );
        write(
            "runs/march/run.json",
            &state("2026-03-02T00:00:00Z", "gone.csv", ""),
        );
        write(
            "runs/secret/run.json",
            &state(
                "2026-02-02T00:00:00Z",
                "data/creators.csv",
                r#", "hash_ids": "abc""#,
            ),
        );
        write("runs/unfinished/run.json", r#"{"stages": {}}"#);
        let runs = list(&root.path().join("runs")).unwrap();
        let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["march", "secret", "january", "unfinished"]);
        let open = common(&[]);
        let source = runs[2].source(&open).unwrap();
        assert!(source.tables["creators"][0].ends_with("data/creators.csv"));
        assert_eq!(source.setting("rank", "niche"), Some(&"vegan".into()));
        assert_eq!(
            (runs[2].niche(), runs[2].best()),
            (
                "vegan".to_owned(),
                vec!["@ann".to_owned(), "@bob".to_owned()]
            )
        );
        for (run, part) in [
            (&runs[0], "gone.csv"),
            (&runs[1], "--hash-ids"),
            (&runs[3], "has not ended"),
        ] {
            let error = run.source(&open).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let hidden = common(&["--hash-ids=a-key-of-many-letters"]);
        assert!(runs[2].source(&hidden).is_err());
        assert_eq!(list(&root.path().join("runs/january")).unwrap().len(), 1);
    }
}
