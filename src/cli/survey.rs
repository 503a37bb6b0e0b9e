//! A look at all tables of a run before its stages begin: what is read, rejected and joined, said once for all of them.
//!
//! A table without a usable row, or one of which nothing joins, ends the run here, before an hour of reading texts; beyond a
//! limit, the run's results are written beside those of the last good run.

use super::args::{Common, CreatorTables};
use super::config::RunConfig;
use super::limits::{Excess, excesses};
use super::session::Session;
use crate::Result;
use crate::dataset::InputInfo;
use crate::market::{Join, Market};
use crate::schema::{Comment, Creator, Observation, Order, Post, Spend, Visit};
use std::collections::BTreeMap;

/// What was found.
pub(crate) struct Survey {
    pub(crate) inputs: Vec<InputInfo>,
    pub(crate) joins: Vec<Join>,
    pub(crate) excesses: Vec<Excess>,
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
            comments: Vec::new(),
        };
        let (creators, posts): (Vec<Creator>, Vec<Post>) =
            if !tables.creators.is_empty() || session.reads_from_posts(&tables) {
                let read = session.tables(&tables)?;
                (read.creators, read.posts)
            } else {
                (Vec::new(), session.read::<Post>(&tables.posts)?.rows)
            };
        let mut market = Market::new(&creators, &posts);
        session.read_each::<Comment>(&files("comments"), &mut |comment| {
            market.push(&comment);
            Ok(())
        })?;
        let spend = session.read::<Spend>(&files("spend"))?.rows;
        let mut joins = market.spend(&spend);
        session.read_each::<Visit>(&files("visits"), &mut |_| Ok(()))?;
        session.read_each::<Order>(&files("orders"), &mut |_| Ok(()))?;
        session.read_each::<Observation>(&files("panel"), &mut |_| Ok(()))?;
        joins.splice(0..0, market.joins());
        session.join(joins)?;
        let (inputs, joins) = session.counted();
        Ok(Self {
            inputs: inputs.to_vec(),
            joins: joins.to_vec(),
            excesses: excesses(common, inputs, joins),
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

/// What a stage has read, used and joined, in one line, by what its summary document says of it.
pub(crate) fn stage_line(summary: &serde_json::Value) -> Option<String> {
    let manifest = summary.get("manifest")?;
    let number = |value: &serde_json::Value, key: &str| {
        value
            .get(key)
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0)
    };
    let mut tables: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut order = Vec::new();
    for input in manifest.get("inputs")?.as_array()? {
        let name = input.get("table")?.as_str()?.to_owned();
        if !order.contains(&name) {
            order.push(name.clone());
        }
        let rejected = number(input, "rejected");
        let sums = tables.entry(name).or_default();
        sums.0 += number(input, "rows")
            - rejected
            - number(input, "repeated")
            - number(input, "left_out");
        sums.1 += rejected;
    }
    let mut parts: Vec<String> = order
        .iter()
        .map(|name| {
            let (used, rejected) = tables[name];
            let rejected = if rejected > 0 {
                format!(" ({rejected} rejected)")
            } else {
                String::new()
            };
            format!("{used} {name}{rejected}")
        })
        .collect();
    for join in manifest
        .get("joins")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
    {
        let text = |key: &str| {
            join.get(key)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
        };
        parts.push(format!(
            "{} of {} {} joined to {}",
            number(join, "joined"),
            number(join, "rows"),
            text("table"),
            text("to")
        ));
    }
    Some(parts.join(", "))
}
