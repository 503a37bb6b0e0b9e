//! A look at all tables of a run before its stages begin: what is read, rejected and joined, said once for all of them.
//!
//! A table without a usable row, or one of which nothing joins, ends the run here, before an hour of reading texts;
//! beyond a limit, the run's results are written beside those of the last good run.

use super::args::{Common, CreatorTables};
use super::config::RunConfig;
use super::limits::{Excess, excesses};
use super::session::Session;
use crate::Result;
use crate::dataset::{Accounts, InputInfo, PostIds};
use crate::market::{Join, Market};
use crate::pipeline::Tables;
use crate::schema::{Comment, Creator, Observation, Order, Post, Spend, Visit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was found.
pub(crate) struct Survey {
    pub(crate) inputs: Vec<InputInfo>,
    pub(crate) joins: Vec<Join>,
    pub(crate) excesses: Vec<Excess>,
    pub(crate) creators: Arc<Vec<Creator>>,
}

impl Survey {
    /// Reads every table of the run once.
    ///
    /// # Errors
    /// Those of reading, and where nothing of a table is usable or joins.
    pub(crate) fn of(command: &'static str, config: &RunConfig, common: &Common) -> Result<Self> {
        let mut session = Session::new(command, common)?;
        session.let_others_write();
        let files = |table: &str| config.tables.get(table).cloned().unwrap_or_default();
        let tables = CreatorTables {
            creators: files("creators"),
            posts: files("posts"),
            comments: files("comments"),
        };
        let tables = if !tables.creators.is_empty() || session.reads_from_posts(&tables) {
            session.market(&tables)?
        } else {
            let posts = session.rows::<Post>(&tables.posts)?;
            let comments = session.rows::<Comment>(&tables.comments)?;
            let mut market = Market::new(&[], &posts);
            comments.iter().for_each(|comment| market.push(comment));
            let joins = market.joins();
            session.join(joins)?;
            Tables::shared(Arc::default(), posts, comments)
        };
        let spend = session.rows::<Spend>(&files("spend"))?;
        let spend = adopted(&session, &spend, &tables);
        let joins = Market::new(&tables.creators, &tables.posts).spend(&spend);
        session.time_zone(campaign_zone(config));
        session.rows::<Visit>(&files("visits"))?;
        session.rows::<Order>(&files("orders"))?;
        session.time_zone(None);
        session.rows::<Observation>(&files("panel"))?;
        session.join(joins)?;
        session.say_read();
        let (inputs, joins) = session.counted();
        Ok(Self {
            inputs: inputs.to_vec(),
            joins: joins.to_vec(),
            excesses: excesses(common, inputs, joins),
            creators: tables.creators,
        })
    }

    /// The limits that the user has set and that are exceeded, in one line; `None` where all are kept.
    pub(crate) fn beyond(&self) -> Option<String> {
        let set: Vec<&str> = self
            .excesses
            .iter()
            .filter(|excess| excess.set)
            .map(|excess| excess.text.as_str())
            .collect();
        (!set.is_empty()).then(|| set.join("; "))
    }
}

/// The zone that the campaign's times are in where they name none.
fn campaign_zone(config: &RunConfig) -> Option<&str> {
    config.stages.get("campaign")?.as_ref()?.text("time_zone")
}

/// Rows of spend with their ids in the spelling of the tables that they are of.
fn adopted(session: &Session<'_>, spend: &[Spend], tables: &Tables) -> Vec<Spend> {
    let mut spend = spend.to_vec();
    if spend.is_empty() {
        return spend;
    }
    let accounts = Accounts::of(&mut tables.creators.to_vec());
    let mut sum = accounts.adopt_ids(spend.iter_mut().map(|s| &mut s.creator_id));
    let ids = PostIds::of(&tables.posts);
    for id in spend.iter_mut().filter_map(|s| s.post_id.as_mut()) {
        ids.adopt(id, &mut sum);
    }
    session.say_adopted("rows of spend", &sum);
    spend
}

impl Survey {
    /// What there is to know of the data before anything that was made of it is relied on, in sentences: `faults` (rows
    /// that were lost or find no counterpart), `assumptions` (what nothing in a file says), `unknown` (cells that say
    /// nothing).
    pub(crate) fn data(&self) -> serde_json::Value {
        let mut rows: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        let mut unknown: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut assumptions = Vec::new();
        for input in &self.inputs {
            let sums = rows.entry(input.table).or_default();
            sums.0 += input.rows - input.left_out;
            sums.1 += input.rejected;
            // A row that repeats another has its own unknown cells.
            sums.2 += input.rows - input.left_out - input.rejected;
            for (column, cells) in &input.unknown {
                *unknown.entry((input.table, *column)).or_default() += cells;
            }
            let name = input.path.file_name().unwrap_or_default().to_string_lossy();
            let notes = input.notes.iter();
            let doubtful = notes.filter(|n| n.contains("assumed") || n.contains("can be read"));
            assumptions.extend(doubtful.map(|note| format!("{name}: {note}")));
        }
        let mut faults: Vec<String> = self
            .joins
            .iter()
            .filter(|join| join.unmatched > 0)
            .map(|join| format!("{} ({})", join.sentence(), join.spellings()))
            .collect();
        let lost = rows.iter().filter(|(_, (_, rejected, _))| *rejected > 0);
        faults.extend(lost.map(|(table, (all, rejected, _))| {
            format!("{rejected} of {all} rows of {table} were rejected")
        }));
        let unknown: Vec<String> = unknown
            .into_iter()
            .map(|((table, column), cells)| {
                let used = rows.get(table).map_or(0, |sums| sums.2);
                format!("{column} of {table} unknown in {cells} of {used}")
            })
            .collect();
        serde_json::json!({ "faults": faults, "assumptions": assumptions, "unknown": unknown })
    }
}
