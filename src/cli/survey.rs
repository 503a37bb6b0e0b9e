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
use crate::pipeline::Tables;
use crate::schema::{Comment, Creator, Observation, Order, Post, Spend, Visit};
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
    let own = config.stages.get("campaign")?.as_ref()?;
    own.iter()
        .find_map(|typed| typed.strip_prefix("--time-zone="))
}
