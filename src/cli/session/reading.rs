//! What a command reads, and how its tables join.

use super::Session;
use crate::cli::args::CreatorTables;
use crate::cli::limits;
use crate::cli::memory::{JoinedTables, SameRows};
use crate::cli::term::count;
use crate::dataset::{
    Accounts, Adopted, ColumnMap, InputInfo, Record, Spellings, Table, expand, read_rows,
    read_table,
};
use crate::inference::Encoder;
use crate::market::{Join, Market};
use crate::pipeline::Tables;
use crate::schema::{Comment, Creator, Post};
use crate::sentiment::{ScoredComment, Scorer, Target, score_stream};
use crate::{Error, Place, Result};
use std::sync::Arc;

impl Session<'_> {
    /// Reads a table by a map of the command's own, before those that were typed.
    pub(crate) fn read_by<T: Record>(
        &mut self,
        map: Option<ColumnMap>,
        patterns: &[String],
    ) -> Result<Table<T>> {
        let typed = self.options.maps.clone();
        self.options.maps.splice(0..0, map);
        let table = self.read(patterns);
        self.options.maps = typed;
        table
    }

    /// Reads one table row by row, for tables that are folded into something smaller. Within a run the rows are those
    /// of its memory.
    pub(crate) fn read_each<T: Record + Send + Sync + 'static>(
        &mut self,
        patterns: &[String],
        take: &mut dyn FnMut(&T) -> Result<()>,
    ) -> Result<()> {
        if self.common.memory.is_some() {
            return self.rows::<T>(patterns)?.iter().try_for_each(take);
        }
        let files = expand(patterns)?;
        let mut each = |row: T| take(&row);
        let sources = read_rows(&files, &self.options, &mut self.rejects, &mut each)?;
        self.note(&sources.inputs)
    }

    /// Reads one table; without files, an empty one.
    pub(crate) fn read<T: Record>(&mut self, patterns: &[String]) -> Result<Table<T>> {
        let files = expand(patterns)?;
        let table: Table<T> = read_table(&files, &self.options, &mut self.rejects)?;
        self.note(&table.inputs)?;
        Ok(table)
    }

    /// The rows of one table, which the stages of a run share.
    pub(crate) fn rows<T: Record + Send + Sync + 'static>(
        &mut self,
        patterns: &[String],
    ) -> Result<Arc<Vec<T>>> {
        let Some(memory) = &self.common.memory else {
            return Ok(Arc::new(self.read::<T>(patterns)?.rows));
        };
        let files = expand(patterns)?;
        let read = memory.table::<T>(&files, &self.options, &mut self.rejects)?;
        self.note(&read.inputs)?;
        Ok(Arc::clone(&read.rows))
    }

    /// Says what was read, and keeps it for the manifest.
    fn note(&mut self, inputs: &[InputInfo]) -> Result<()> {
        for input in inputs {
            self.check_input(input)?;
            let mut line = format!(
                "{}: {} {}",
                input.path.display(),
                count((input.rows - input.rejected - input.repeated - input.left_out) as u64),
                input.table
            );
            if input.repeated > 0 {
                line += &format!(", {} rows that repeat them", count(input.repeated as u64));
            }
            if input.left_out > 0 {
                line += &format!(", {} left out by the map", count(input.left_out as u64));
            }
            if input.rejected > 0 {
                line += &format!(", {} rejected", count(input.rejected as u64));
            }
            for (column, rows) in &input.unknown {
                line += &format!(", {column} unknown in {}", count(*rows as u64));
            }
            self.voice.say(&line);
            for note in &input.notes {
                self.voice.say(&format!("{}: {note}", input.path.display()));
            }
        }
        self.inputs.extend_from_slice(inputs);
        Ok(())
    }

    /// A file must be the one that the shares have read.
    fn check_input(&self, input: &InputInfo) -> Result<()> {
        let Some(parts) = &self.common.parts else {
            return Ok(());
        };
        let path = input.path.display().to_string();
        let read = (path, input.sha256.clone());
        if parts.inputs.contains(&read) {
            return Ok(());
        }
        Err(Error::input(
            Place::file(&input.path),
            "is not the file that the parts were made from",
        )
        .with_hint("run the shares again, or bring the file back as it was"))
    }

    /// Reads comments, judges them and hands them on at the same time, a few thousand rows after
    /// the other, so that a table may be larger than the memory.
    pub(crate) fn judge(
        &mut self,
        patterns: &[String],
        spellings: &Spellings<'_>,
        encoder: &dyn Encoder,
        target: &Target,
        mut take: impl FnMut(&[Comment], &[ScoredComment]) -> Result<()> + Send,
    ) -> Result<()> {
        if self.common.memory.is_some() {
            let comments = self.comments(patterns, spellings)?;
            let rows = self.scored(patterns, &comments, encoder, target)?;
            return take(&comments, &rows);
        }
        let shares = self.shares();
        let files = expand(patterns)?;
        let scorer = Scorer::new(encoder)?;
        let (options, rejects) = (&self.options, &mut self.rejects);
        let mut respelled = Adopted::default();
        let sum = &mut respelled;
        let sources = score_stream(
            &scorer,
            target,
            |take| {
                read_rows(&files, options, rejects, &mut |mut comment: Comment| {
                    spellings.adopt(&mut comment, sum);
                    take(comment)
                })
            },
            |comments, rows| {
                // A share's answers are no results yet.
                if shares { Ok(()) } else { take(comments, rows) }
            },
        )?;
        self.say_adopted("comments", &respelled);
        self.note(&sources.inputs)
    }

    /// Comments, with their ids in the spelling of the tables that they are of.
    pub(crate) fn comments(
        &mut self,
        patterns: &[String],
        spellings: &Spellings<'_>,
    ) -> Result<Arc<Vec<Comment>>> {
        let mut comments = self.rows::<Comment>(patterns)?;
        if comments.iter().any(|comment| spellings.differ(comment)) {
            let respelled = change(&mut comments, |comments| adopt(spellings, comments));
            self.say_adopted("comments", &respelled);
        }
        Ok(comments)
    }

    /// The comments that were judged once more, without saying again what was read.
    pub(crate) fn comments_again(
        &self,
        patterns: &[String],
        spellings: &Spellings<'_>,
    ) -> Result<Arc<Vec<Comment>>> {
        let files = expand(patterns)?;
        let mut rejects = self.rejects.of_the_same_kind();
        let mut comments = match &self.common.memory {
            Some(memory) => {
                let read = memory.table::<Comment>(&files, &self.options, &mut rejects)?;
                Arc::clone(&read.rows)
            }
            None => Arc::new(read_table(&files, &self.options, &mut rejects)?.rows),
        };
        if comments.iter().any(|comment| spellings.differ(comment)) {
            change(&mut comments, |comments| adopt(spellings, comments));
        }
        Ok(comments)
    }

    /// The accounts of `creators`, after the posts' ids were put into their spelling.
    pub(crate) fn adopt(
        &self,
        creators: &mut Arc<Vec<Creator>>,
        posts: &mut Arc<Vec<Post>>,
    ) -> Accounts {
        let accounts = change(creators, Accounts::of);
        let respelled = change(posts, |posts| accounts.adopt_posts(posts));
        self.say_adopted("posts", &respelled);
        accounts
    }

    /// Reads creators, posts and comments. Where a map reads creators out of the posts' file
    /// (or the other way round), one flag gives both.
    pub(crate) fn tables(&mut self, args: &CreatorTables) -> Result<Tables> {
        Ok(self.joined(args)?.tables)
    }

    fn joined(&mut self, args: &CreatorTables) -> Result<JoinedTables> {
        let maps_table = |table: &str| self.options.maps.iter().any(|m| m.table(table).is_some());
        let creators_from_posts = self.reads_from_posts(args);
        let posts_from_creators = args.posts.is_empty() && maps_table(Post::TABLE);
        let creators = if creators_from_posts {
            &args.posts
        } else {
            &args.creators
        };
        let posts = if posts_from_creators {
            &args.creators
        } else {
            &args.posts
        };
        if creators.is_empty() {
            return Err(Error::usage("the table of creators is missing").with_hint(
                "give --creators FILE; or --posts FILE with a --map that reads creators from it",
            ));
        }
        let creators = self.rows::<Creator>(creators)?;
        let posts = self.rows::<Post>(posts)?;
        let comments = self.rows::<Comment>(&args.comments)?;
        let joined = match &self.common.memory {
            None => joined(creators, posts, comments),
            Some(memory) => {
                let rows = SameRows(
                    Arc::clone(&creators),
                    Arc::clone(&posts),
                    Arc::clone(&comments),
                );
                memory.joined(rows, || Ok(joined(creators, posts, comments)))?
            }
        };
        self.say_adopted("posts", &joined.adopted[0]);
        self.say_adopted("comments", &joined.adopted[1]);
        Ok(joined)
    }

    /// Says which ids were spelled otherwise than in the table that they are of.
    pub(crate) fn say_adopted(&self, table: &str, sum: &Adopted) {
        for mut note in sum.notes(table) {
            if self.common.hash_ids.is_some() {
                // Addresses name people in clear.
                note = note.split(", as ").next().unwrap_or_default().to_owned();
            }
            self.voice.say(&note);
        }
    }

    /// Whether a map reads creators out of the posts' file.
    pub(crate) fn reads_from_posts(&self, args: &CreatorTables) -> bool {
        let mapped = || self.options.maps.iter().any(|m| m.creators.is_some());
        args.creators.is_empty() && !args.posts.is_empty() && mapped()
    }

    /// The same, joined: what did not join is said, and kept for the manifest.
    ///
    /// # Errors
    /// As [`Session::join`].
    pub(crate) fn market(&mut self, args: &CreatorTables) -> Result<Tables> {
        let joined = self.joined(args)?;
        self.join(joined.joins)?;
        Ok(joined.tables)
    }

    /// Says what did not join, and keeps it for the manifest.
    ///
    /// # Errors
    /// [`Error::Input`] where nothing of a table joins.
    pub(crate) fn join(&mut self, joins: Vec<Join>) -> Result<()> {
        limits::check_joins(&joins, &self.inputs)?;
        self.say_joins(joins);
        Ok(())
    }

    /// The same where any one of the joins is enough.
    ///
    /// # Errors
    /// [`Error::Input`] where none of them finds anything.
    pub(crate) fn join_either(&mut self, joins: Vec<Join>) -> Result<()> {
        if joins.iter().all(Join::finds_nothing) {
            limits::check_joins(&joins, &self.inputs)?;
        }
        self.say_joins(joins);
        Ok(())
    }

    fn say_joins(&mut self, mut joins: Vec<Join>) {
        if self.common.hash_ids.is_some() {
            // Links and codes name people in clear.
            let links = joins.iter_mut().filter(|j| !j.limited);
            links.for_each(|j| j.unmatched_say.clear());
        }
        for join in &joins {
            if join.unmatched == 0 {
                let line = format!(
                    "{}: {} of {} joined to {}",
                    join.table, join.joined, join.rows, join.to
                );
                self.voice.detail(&line);
            } else {
                self.voice
                    .say(&format!("{} ({})", join.sentence(), join.spellings()));
            }
        }
        self.joins.extend(joins);
    }
}

/// Puts the ids of posts and comments into the spelling of the tables that they are of, and joins them.
fn joined(
    mut creators: Arc<Vec<Creator>>,
    mut posts: Arc<Vec<Post>>,
    mut comments: Arc<Vec<Comment>>,
) -> JoinedTables {
    let accounts = change(&mut creators, Accounts::of);
    let of_posts = change(&mut posts, |posts| accounts.adopt_posts(posts));
    let spellings = Spellings::of(&accounts, &posts);
    let of_comments = change(&mut comments, |comments| adopt(&spellings, comments));
    drop(spellings);
    let mut market = Market::new(&creators, &posts);
    comments.iter().for_each(|c| market.push(c));
    let joins = market.joins();
    JoinedTables {
        tables: Tables::shared(creators, posts, comments),
        adopted: [of_posts, of_comments],
        joins,
    }
}

/// Puts the ids of comments into the spelling of the tables that they are of.
fn adopt(spellings: &Spellings<'_>, comments: &mut [Comment]) -> Adopted {
    let mut sum = Adopted::default();
    for comment in comments {
        spellings.adopt(comment, &mut sum);
    }
    sum
}

/// Changes rows that nobody else holds; of shared rows a copy, which is kept only where something has changed.
fn change<T: Clone + PartialEq, R>(
    rows: &mut Arc<Vec<T>>,
    change: impl FnOnce(&mut [T]) -> R,
) -> R {
    if let Some(own) = Arc::get_mut(rows) {
        return change(own);
    }
    let mut copy = rows.to_vec();
    let result = change(&mut copy);
    if copy != **rows {
        *rows = Arc::new(copy);
    }
    result
}
