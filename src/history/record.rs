//! The record of a run.

use crate::error::{Error, Place, Result};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Ranked creators whose evidence is kept in words; of the others the numbers are kept.
const WITH_EVIDENCE: usize = 200;

/// What one run found, small enough to keep for years.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// The program's version.
    pub version: String,
    /// When the run began.
    pub started_at: Option<Timestamp>,
    /// The fingerprint of the key that people were hidden by.
    pub hash_ids: Option<String>,
    /// What was asked, a line for each setting that differs from its default: `rank niche = "vegan"`.
    pub asked: Vec<String>,
    /// sha256 of the weights, by the model's name.
    pub models: BTreeMap<String, String>,
    /// Rows by table.
    pub tables: BTreeMap<String, TableCount>,
    /// How rows of one table found those of another.
    pub joins: Vec<JoinCount>,
    /// What is wrong with the data, or had to be assumed, in sentences.
    pub faults: Vec<String>,
    /// Every creator of the tables, by id.
    pub creators: BTreeMap<String, CreatorRecord>,
    /// Whether a ranking was made.
    pub has_ranking: bool,
    /// The ranking, best first.
    pub ranking: Vec<RankedRecord>,
    /// Why a creator is not in the ranking, by id.
    pub excluded: BTreeMap<String, String>,
    /// Net sentiment by brand.
    pub brands: Vec<BrandRecord>,
    /// The plan, where one was made.
    pub plan: Option<PlanRecord>,
    /// The campaign's totals: spend, orders, revenue, roas and the like.
    pub campaign: BTreeMap<String, f64>,
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TableCount {
    /// Rows in the files.
    pub rows: usize,
    /// Rows that were rejected.
    pub rejected: usize,
    /// The columns that the files have.
    pub columns: BTreeSet<String>,
    /// Cells that say nothing, by column.
    pub unknown: BTreeMap<String, usize>,
}

/// How rows of one table found those of another.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinCount {
    /// Whose rows.
    pub table: String,
    /// The table in which they are looked up.
    pub to: String,
    /// Rows that name something.
    pub rows: usize,
    /// Rows whose name is not there.
    pub unmatched: usize,
}

/// What the tables say of a creator.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreatorRecord {
    /// Handle, or else name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Followers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<f64>,
    /// Price of a post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// A creator in the ranking.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RankedRecord {
    /// Who.
    pub creator_id: String,
    /// Place, from 1.
    pub rank: usize,
    /// Score, 0..1.
    pub score: f64,
    /// Lower end of its 90 % interval.
    pub score_lower: f64,
    /// Upper end.
    pub score_upper: f64,
    /// What the score is the sum of, by criterion.
    pub parts: BTreeMap<String, PartRecord>,
    /// The evidence in words, by criterion; kept for the first two hundred.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, String>,
}

/// One part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PartRecord {
    /// The criterion's value, 0..1.
    pub value: f64,
    /// What it adds to the score.
    pub contribution: f64,
}

/// Net sentiment towards a brand.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BrandRecord {
    /// The brand; `None` for comments that were scored as a whole.
    pub brand: Option<String>,
    /// Comments that count.
    pub about: usize,
    /// Points, -100..100; `None` where comments are too few.
    pub net_sentiment: Option<f64>,
    /// Its standard error in points, of sampling, and of the correction where there is one.
    pub std_error: Option<f64>,
    /// The error of the model where nothing corrects it, in points.
    pub model_error: Option<f64>,
    /// How it was estimated: `uncorrected`, `prediction_powered` or `adjusted_count`.
    pub method: String,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanRecord {
    /// What there was to spend.
    pub budget: f64,
    /// What is spent.
    pub spent: f64,
    /// Their currency.
    pub currency: Option<String>,
    /// Expected engagements.
    pub engagements: f64,
    /// Who is booked, in order of choice.
    pub creators: Vec<String>,
}

impl RunRecord {
    /// The record of the run whose results stand in a folder.
    ///
    /// # Errors
    /// [`Error::Input`] where no run has ended there, or a file of it is damaged.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let run: Option<Value> = read_json(&folder.join("run.json"))?;
        // While a run is under way its state has no manifest.
        let Some(manifest) = run.as_ref().and_then(|run| run.get("manifest")) else {
            return Err(Error::input(Place::file(folder), "no run has ended here")
                .with_hint("name the folder that `microfluence run` or `demo` wrote to, or a file of its history folder"));
        };
        let mut record = Self {
            version: text(manifest, "version"),
            started_at: parsed(manifest, "started_at"),
            hash_ids: parsed(manifest, "hash_ids"),
            asked: asked(&manifest["config"]),
            tables: tables(manifest),
            joins: parsed(manifest, "joins").unwrap_or_default(),
            ..Self::default()
        };
        let data = run.as_ref().map_or(&Value::Null, |run| &run["data"]);
        record.faults = parsed(data, "faults").unwrap_or_default();
        record
            .faults
            .extend(parsed::<Vec<String>>(data, "assumptions").unwrap_or_default());
        record.read_creators(&folder.join("creators.csv"))?;
        record.read_ranking(folder)?;
        for name in ["sentiment", "ranking"] {
            let document: Option<Value> = read_json(&folder.join(format!("{name}.json")))?;
            let models = document
                .iter()
                .flat_map(|d| items(&d["manifest"], "models"));
            for model in models {
                record
                    .models
                    .insert(text(model, "name"), text(model, "sha256"));
            }
            if name == "sentiment" {
                record.brands = document
                    .and_then(|d| parsed(&d, "brands"))
                    .unwrap_or_default();
            }
        }
        record.plan = read_plan(&folder.join("plan.json"))?;
        let campaign: Option<Value> = read_json(&folder.join("campaign.json"))?;
        let totals = campaign.as_ref().and_then(|c| c["total"].as_object());
        for (name, value) in totals.into_iter().flatten() {
            if let Some(number) = value.as_f64() {
                record.campaign.insert(name.clone(), number);
            }
        }
        Ok(record)
    }

    fn read_creators(&mut self, path: &Path) -> Result<()> {
        let columns = [
            "creator_id",
            "handle",
            "name",
            "followers",
            "price",
            "currency",
        ];
        each_row(
            path,
            columns,
            |[id, handle, name, followers, price, currency]| {
                if let Some(id) = id {
                    let creator = CreatorRecord {
                        name: handle.or(name).map(str::to_owned),
                        followers: followers.and_then(|cell| cell.parse().ok()),
                        price: price.and_then(|cell| cell.parse().ok()),
                        currency: currency.map(str::to_owned),
                    };
                    self.creators.insert(id.to_owned(), creator);
                }
            },
        )
    }

    fn read_ranking(&mut self, folder: &Path) -> Result<()> {
        let Some(document): Option<Value> = read_json(&folder.join("ranking.json"))? else {
            return Ok(());
        };
        self.has_ranking = true;
        for (n, creator) in items(&document, "creators").iter().enumerate() {
            let mut ranked: RankedRecord = RankedRecord {
                creator_id: text(creator, "creator_id"),
                rank: parsed(creator, "rank").unwrap_or(n + 1),
                score: parsed(creator, "score").unwrap_or_default(),
                score_lower: parsed(creator, "score_lower").unwrap_or_default(),
                score_upper: parsed(creator, "score_upper").unwrap_or_default(),
                ..RankedRecord::default()
            };
            for part in items(creator, "parts") {
                let values = serde_json::from_value(part.clone()).unwrap_or_default();
                ranked.parts.insert(text(part, "criterion"), values);
            }
            if n < WITH_EVIDENCE {
                let about: Vec<String> = parsed(creator, "reasons_about").unwrap_or_default();
                let reasons: Vec<String> = parsed(creator, "reasons").unwrap_or_default();
                ranked.evidence = about.into_iter().zip(reasons).collect();
            }
            self.ranking.push(ranked);
        }
        let path = folder.join("excluded.csv");
        each_row(&path, ["creator_id", "reason"], |[id, reason]| {
            if let (Some(id), Some(reason)) = (id, reason) {
                self.excluded.insert(id.to_owned(), reason.to_owned());
            }
        })
    }

    /// Whether the other run found the same in the same data, whenever it ran.
    #[must_use]
    pub fn finds_the_same(&self, other: &Self) -> bool {
        let timeless = |record: &Self| Self {
            started_at: None,
            excluded: BTreeMap::new(),
            ..record.clone()
        };
        timeless(self) == timeless(other)
    }

    /// The name of a creator as people know it: `@handle`, the name, or the id.
    #[must_use]
    pub fn name_of(&self, id: &str) -> String {
        let name = self.creators.get(id).and_then(|c| c.name.as_deref());
        match name {
            Some(handle) if handle.contains(' ') => handle.to_owned(),
            Some(handle) => format!("@{}", handle.trim_start_matches('@')),
            None => id.to_owned(),
        }
    }
}

fn read_plan(path: &Path) -> Result<Option<PlanRecord>> {
    let document: Option<Value> = read_json(path)?;
    Ok(document.map(|plan| PlanRecord {
        budget: parsed(&plan, "budget").unwrap_or_default(),
        spent: parsed(&plan, "spent").unwrap_or_default(),
        currency: parsed(&plan, "currency"),
        engagements: parsed(&plan, "engagements").unwrap_or_default(),
        creators: items(&plan, "creators")
            .iter()
            .map(|c| text(c, "creator_id"))
            .collect(),
    }))
}

/// What was asked of each stage, and of all of them.
fn asked(config: &Value) -> Vec<String> {
    type Settings = BTreeMap<String, Value>;
    let of_all: Settings = parsed(config, "every_stage").unwrap_or_default();
    let mut lines: Vec<String> = of_all
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    let stages: BTreeMap<String, Option<Settings>> = parsed(config, "stages").unwrap_or_default();
    for (stage, own) in stages {
        match own {
            Some(own) => lines.extend(
                own.iter()
                    .map(|(key, value)| format!("{stage} {key} = {value}")),
            ),
            None => lines.push(format!("{stage} left out")),
        }
    }
    lines
}

fn tables(manifest: &Value) -> BTreeMap<String, TableCount> {
    let mut tables: BTreeMap<String, TableCount> = BTreeMap::new();
    for input in items(manifest, "inputs") {
        let sums = tables.entry(text(input, "table")).or_default();
        sums.rows += parsed::<usize>(input, "rows").unwrap_or_default();
        sums.rejected += parsed::<usize>(input, "rejected").unwrap_or_default();
        sums.columns
            .extend(parsed::<Vec<String>>(input, "columns").unwrap_or_default());
        let unknown: BTreeMap<String, usize> = parsed(input, "unknown").unwrap_or_default();
        for (column, cells) in unknown {
            *sums.unknown.entry(column).or_default() += cells;
        }
    }
    tables
}

/// A document of the run; `None` where it has written none.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| Error::json(path, "document of a run", &e))
}

/// Hands each row of a table of the run on, its cells in the order of `columns`; a cell that is empty or in no column
/// is `None`. A table that was not written has no rows.
fn each_row<const N: usize>(
    path: &Path,
    columns: [&str; N],
    mut row: impl FnMut([Option<&str>; N]),
) -> Result<()> {
    if !path.is_file() {
        return Ok(());
    }
    let damaged = |e: csv::Error| Error::input(Place::file(path), e.to_string());
    let mut reader = csv::Reader::from_path(path).map_err(damaged)?;
    let headers = reader.headers().map_err(damaged)?;
    let at = columns.map(|column| headers.iter().position(|header| header == column));
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(damaged)? {
        row(at.map(|at| record.get(at?).filter(|cell| !cell.is_empty())));
    }
    Ok(())
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn parsed<T: DeserializeOwned>(value: &Value, key: &str) -> Option<T> {
    serde_json::from_value(value.get(key)?.clone()).ok()
}
